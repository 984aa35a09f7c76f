use tensor::{BackAxis, Op, Result, Shape};

use super::{Input, word};
use crate::WebGpu;
use crate::kernels::{Along, GROUP, Kernel, ROW_THREADS};
use crate::stored::{Ready, Stored};

impl WebGpu {
    /// Ops that look at whole rows, and sums.
    pub(crate) fn along_rows(
        &self,
        op: &Op,
        inputs: &[Input<'_>],
        output: &Shape,
    ) -> Result<Stored> {
        let first = inputs[0].shape;
        let made = self.made(op.name(), output.n_values())?;
        let (along, epsilon) = match op {
            Op::Softmax => (Along::Softmax, 0.0),
            Op::LogSoftmax => (Along::LogSoftmax, 0.0),
            Op::Normalize { epsilon } => (Along::Normalize, *epsilon),
            Op::InverseDeviation { epsilon } => (Along::InverseDeviation, *epsilon),
            Op::SoftmaxPullback => (Along::SoftmaxPullback, 0.0),
            Op::NormalizePullback { epsilon } => (Along::NormalizePullback, *epsilon),
            Op::Sum(axis) => {
                let n_inner: usize = first.trailing(axis.0).iter().product();
                if n_inner != 1 {
                    self.sum_axis(&inputs[0], *axis, n_inner, &made)?;
                    return Ok(Stored::ready(made));
                }
                (Along::Sum, 0.0)
            }
            Op::Nucleus {
                mass,
                n_least,
                n_most,
            } => {
                let arguments = [word(*n_least), word(*n_most), mass.to_bits()];
                self.nucleus(&inputs[0], arguments, &made)?;
                return Ok(Stored::ready(made));
            }
            _ => unreachable!("the caller sends no other ops here"),
        };
        // A sum over an axis before axes of length 1 is one over rows, too.
        let width = match op {
            Op::Sum(axis) => first.length(*axis),
            _ => first.length(BackAxis(0)),
        };
        let own = self.whole(op.name(), &inputs[0])?;
        let cotangent = match inputs.get(1) {
            Some(input) => self.whole(op.name(), input)?,
            None => own.clone(),
        };
        let n_rows = match inputs.get(1) {
            Some(input) => input.shape.n_values() / width.max(1),
            None if width == 0 => output.n_values(),
            None => first.n_values() / width,
        };
        let n_own_rows = (first.n_values() / width.max(1)).max(1);
        let n_threads = *ROW_THREADS
            .iter()
            .find(|n| width <= 4 * **n as usize)
            .unwrap_or(&ROW_THREADS[ROW_THREADS.len() - 1]);
        let arguments = [
            word(n_rows),
            word(n_own_rows),
            word(width),
            epsilon.to_bits(),
        ];
        let buffers = [own.whole(), cotangent.whole(), made.whole()];
        let n_groups = n_rows.div_ceil(GROUP / n_threads as usize);
        self.run_groups(
            Kernel::Rows { along, n_threads },
            &buffers,
            &arguments,
            n_groups,
        );
        Ok(Stored::ready(made))
    }

    fn sum_axis(
        &self,
        input: &Input<'_>,
        axis: BackAxis,
        n_inner: usize,
        made: &Ready,
    ) -> Result<()> {
        let own = self.whole("sum", input)?;
        let n_summed = input.shape.length(axis);
        let n = input.shape.leading(axis.0 + 1).iter().product::<usize>() * n_inner;
        let arguments = [word(n), word(n_summed), word(n_inner)];
        let buffers = [own.whole(), made.whole()];
        self.run_threads(Kernel::SumAxis, &buffers, &arguments, n);
        Ok(())
    }

    fn nucleus(&self, input: &Input<'_>, asked: [u32; 3], made: &Ready) -> Result<()> {
        let own = self.whole("nucleus", input)?;
        let width = input.shape.length(BackAxis(0));
        let n_rows = input.shape.n_values() / width.max(1);
        let [n_least, n_most, mass] = asked;
        let arguments = [word(width), n_least, n_most, mass, word(n_rows)];
        let buffers = [own.whole(), made.whole()];
        self.run_groups(Kernel::Nucleus, &buffers, &arguments, n_rows);
        Ok(())
    }
}
