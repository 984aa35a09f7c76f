use std::rc::Rc;

use tensor::{BackAxis, Op, Result, Shape};

use super::{Input, word};
use crate::buffers::Pool;
use crate::kernels::{Format, Kernel, Picked};
use crate::stored::{Ready, Stored};
use crate::{WebGpu, no_room};

/// One of two arrays of which a window is made: where it begins on the axis, and how
/// long it is.
#[derive(Clone, Copy)]
struct Placed {
    before: i64,
    length: usize,
}

impl WebGpu {
    /// Ops that move values.
    pub(crate) fn moved(&self, op: &Op, inputs: &[Input<'_>], output: &Shape) -> Result<Stored> {
        let first = inputs[0].shape;
        let nothing = Placed {
            before: 0,
            length: 0,
        };
        let placed = |before: i64, shape: &Shape, axis: BackAxis| Placed {
            before,
            length: shape.length(axis),
        };
        let (axis, a, b) = match op {
            Op::PickRows(ids) => return self.pick_rows(&inputs[0], ids, output),
            Op::PlaceRows { ids, .. } => {
                return self.picked(op, Picked::PlaceRows, ids, &inputs[0], output);
            }
            Op::PickColumns(ids) => {
                return self.picked(op, Picked::PickColumns, ids, &inputs[0], output);
            }
            Op::PlaceColumns { ids, .. } => {
                return self.picked(op, Picked::PlaceColumns, ids, &inputs[0], output);
            }
            Op::Concatenate(axis) => {
                let a = placed(0, first, *axis);
                let b = placed(a.length as i64, inputs[1].shape, *axis);
                (*axis, a, b)
            }
            Op::Narrow { axis, start, .. } => {
                (*axis, placed(-(*start as i64), first, *axis), nothing)
            }
            Op::Pad { axis, before, .. } => (*axis, placed(*before as i64, first, *axis), nothing),
            _ => unreachable!("the caller sends no other ops here"),
        };
        let made = self.made(op.name(), output.n_values())?;
        let left = self.whole(op.name(), &inputs[0])?;
        let right = match inputs.get(1) {
            Some(input) => self.whole(op.name(), input)?,
            None => left.clone(),
        };
        let n_inner: usize = output.trailing(axis.0).iter().product();
        let signed = |value: i64| (value as i32).cast_unsigned();
        let is_by_fours = n_inner.is_multiple_of(4);
        let each = if is_by_fours { 4 } else { 1 };
        let n_threads = output.n_values() / each;
        let arguments = [
            word(n_threads),
            word(n_inner / each),
            word(output.length(axis)),
            0,
            signed(a.before),
            word(a.length),
            signed(b.before),
            word(b.length),
        ];
        let buffers = [left.whole(), right.whole(), made.whole()];
        let kernel = Kernel::Windows { is_by_fours };
        self.run_threads(kernel, &buffers, &arguments, n_threads);
        Ok(Stored::ready(made))
    }

    /// Rows of a value that may be in parts, and have 16 bits.
    fn pick_rows(&self, input: &Input<'_>, ids: &Rc<[u32]>, output: &Shape) -> Result<Stored> {
        let ready = self.ready(&input.stored)?;
        let width = input.shape.length(BackAxis(0));
        let made = self.made("pick rows", output.n_values())?;
        if let [part] = ready.parts.as_slice() {
            let n_rows = input.shape.length(BackAxis(1));
            self.pick_from(
                &ready,
                &part.allocation.buffer,
                (0, n_rows),
                ids,
                width,
                &made,
            )?;
            return Ok(Stored::ready(made));
        }
        for part in &ready.parts {
            let rows = (part.first_row, part.n_rows);
            self.pick_from(&ready, &part.allocation.buffer, rows, ids, width, &made)?;
        }
        Ok(Stored::ready(made))
    }

    fn pick_from(
        &self,
        ready: &Ready,
        from: &wgpu::Buffer,
        (first_row, n_rows): (usize, usize),
        ids: &[u32],
        width: usize,
        made: &Ready,
    ) -> Result<()> {
        let n = made.parts[0].n_values;
        let arguments = [n, ids.len(), n_rows, width, first_row].map(word);
        let listed = Pool::filled(&self.pool, bytemuck::cast_slice(ids)).map_err(no_room)?;
        let buffers = [from, &listed.buffer, made.whole()];
        let kernel = Kernel::Picks(Picked::PickRows, ready.format);
        self.run_threads(kernel, &buffers, &arguments, n);
        Ok(())
    }

    fn picked(
        &self,
        op: &Op,
        picked: Picked,
        ids: &Rc<[u32]>,
        input: &Input<'_>,
        output: &Shape,
    ) -> Result<Stored> {
        let made = self.made(op.name(), output.n_values())?;
        let own = self.whole(op.name(), input)?;
        let (n_rows, width) = match picked {
            Picked::PickColumns => (ids.len(), input.shape.length(BackAxis(0))),
            _ => (output.length(BackAxis(1)), output.length(BackAxis(0))),
        };
        let n = output.n_values();
        let arguments = [n, ids.len(), n_rows, width, 0].map(word);
        let listed = Pool::filled(&self.pool, bytemuck::cast_slice(ids)).map_err(no_room)?;
        let buffers = [own.whole(), &listed.buffer, made.whole()];
        self.run_threads(Kernel::Picks(picked, Format::F32), &buffers, &arguments, n);
        Ok(Stored::ready(made))
    }

    /// The same values as 32-bit floats in one buffer.
    pub(crate) fn in_one_part(&self, op: &'static str, ready: &Rc<Ready>) -> Result<Rc<Ready>> {
        if ready.buffer().is_some() {
            return Ok(ready.clone());
        }
        let n_values: usize = ready.parts.iter().map(|part| part.n_values).sum();
        let n_rows: usize = ready.parts.iter().map(|part| part.n_rows).sum();
        let made = self.made(op, n_values)?;
        let ids: Vec<u32> = (0..word(n_rows)).collect();
        for part in &ready.parts {
            let rows = (part.first_row, part.n_rows);
            let from = &part.allocation.buffer;
            self.pick_from(ready, from, rows, &ids, n_values / n_rows.max(1), &made)?;
        }
        Ok(Rc::new(made))
    }
}
