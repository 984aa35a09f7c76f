use tensor::{Activation, BackAxis, Link, Op, References, Result, Tensor, Usage};

/// Where DeepLIFT's rescale rule takes the place of the derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rescale {
    /// At rectified linear units only, which is all that Inseq's DeepLIFT (captum's)
    /// finds to rescale in these models; derivatives at the input elsewhere.
    Relu,
    /// At every op, so that contributions sum to the change of the score.
    Everywhere,
}

impl Rescale {
    pub(crate) const NAMES: &'static [&'static str] = &["relu", "everywhere"];

    pub(crate) fn named(name: &str) -> Self {
        if name == Self::NAMES[0] {
            Self::Relu
        } else {
            Self::Everywhere
        }
    }
}

/// DeepLIFT's rules: a multiplier says how much of an op's change, between reference
/// and input, each of its inputs is given per unit of its own change.
///
/// With [`Rescale::Everywhere`], what an op's inputs are given sums to the change of
/// its output, op by op:
///
/// - what is linear keeps its derivative;
/// - of a product (products of matrices included, so queries with keys and weights
///   with values) each factor is given its change times the mean of the other, the
///   Shapley value of two factors; a quotient is a product with a reciprocal;
/// - a function of one number is given the slope of its chord (the rescale rule);
///   where the chord is too short to measure, the slope at its middle;
/// - softmax, its logarithm and layer normalization are taken apart into sums, products
///   and functions of one number, which follow these rules: softmax is exponentials
///   over their sum; normalization is deviations times their inverse root mean square.
///
/// Shrikumar et al. 2017, <https://arxiv.org/abs/1704.02685>; for products and
/// quotients Lundberg & Lee 2017, <https://arxiv.org/abs/1705.07874>.
pub(crate) struct RescaleRule {
    references: References,
    rescale: Rescale,
}

/// Below this change captum takes the derivative in place of the chord's slope.
const CAPTUM_THRESHOLD: f32 = 1e-10;

/// A chord this short is measured with an error of some 1e-5; so is the slope at the
/// middle of a chord this long.
const SHORT_CHORD: f32 = 1e-2;

impl RescaleRule {
    pub(crate) fn new(references: References, rescale: Rescale) -> Self {
        Self {
            references,
            rescale,
        }
    }

    /// What of the link's cotangent goes to its input.
    pub(crate) fn share(&self, link: &Link<'_>) -> Result<Tensor> {
        match (self.rescale, link.op) {
            (_, Op::Activate(Activation::Relu)) => self.rectified(link),
            (Rescale::Relu, _) => link.derivative(),
            (Rescale::Everywhere, Op::Multiply | Op::MatMul(_)) => {
                let means: Vec<Tensor> = link
                    .inputs
                    .iter()
                    .map(|input| self.mean(input))
                    .collect::<Result<_>>()?;
                link.derivative_at(&means, link.output)
            }
            (Rescale::Everywhere, Op::Divide) => self.quotient(link),
            (Rescale::Everywhere, Op::Exponential) => {
                self.along_chord(link, &self.mean(link.output)?)
            }
            (Rescale::Everywhere, Op::SquareRoot) => {
                let sum = self.mean(link.output)?.scale(2.0)?;
                link.cotangent.divide(&sum)
            }
            (Rescale::Everywhere, Op::Activate(activation)) => {
                let middle = self.mean(&link.inputs[0])?;
                let slope = Tensor::apply(Op::Slope(*activation), &[&middle])?;
                self.along_chord(link, &slope)
            }
            (Rescale::Everywhere, Op::Softmax) => {
                let row = self.exponentials(&link.inputs[0])?;
                let mean_inverse_sum = row.sum.add(&row.inverse_sum)?.scale(0.5)?;
                let weighted = link.cotangent.multiply(&row.mean)?.sum(BackAxis(0))?;
                link.cotangent
                    .multiply(&mean_inverse_sum)?
                    .subtract(&weighted)?
                    .multiply(&row.chord)
            }
            (Rescale::Everywhere, Op::LogSoftmax) => {
                let row = self.exponentials(&link.inputs[0])?;
                let change = row.sum.subtract(&row.inverse_sum)?;
                let logarithm = chord(&row.log_change, &change, &one(&change)?, SHORT_CHORD)?;
                let total = link.cotangent.sum(BackAxis(0))?.multiply(&logarithm)?;
                link.cotangent.subtract(&total.multiply(&row.chord)?)
            }
            (Rescale::Everywhere, Op::Normalize { epsilon }) => self.normalized(link, *epsilon),
            // The rest is linear, or occurs in reverse passes only.
            (Rescale::Everywhere, _) => link.derivative(),
        }
    }

    fn mean(&self, value: &Tensor) -> Result<Tensor> {
        if !value.is_traced() {
            return Ok(value.clone());
        }
        let half = value.detached().scale(0.5)?;
        half.add(&self.references.of(value).scale(0.5)?)
    }

    fn change(&self, value: &Tensor) -> Result<Tensor> {
        value.detached().subtract(&self.references.of(value))
    }

    fn rectified(&self, link: &Link<'_>) -> Result<Tensor> {
        let input = &link.inputs[0];
        let slope = Tensor::apply(Op::Slope(Activation::Relu), &[&input.detached()])?;
        let change = self.change(link.output)?;
        let multiplier = chord(&change, &self.change(input)?, &slope, CAPTUM_THRESHOLD)?;
        link.cotangent.multiply(&multiplier)
    }

    fn along_chord(&self, link: &Link<'_>, slope: &Tensor) -> Result<Tensor> {
        let change = self.change(link.output)?;
        let input_change = self.change(&link.inputs[0])?;
        let multiplier = chord(&change, &input_change, slope, SHORT_CHORD)?;
        link.cotangent.multiply(&multiplier)
    }

    /// `a / b` as `a × (1 / b)`.
    fn quotient(&self, link: &Link<'_>) -> Result<Tensor> {
        let (dividend, divisor) = (&link.inputs[0], &link.inputs[1]);
        let reference = self.references.of(divisor);
        let product = divisor.detached().multiply(&reference)?;
        if link.index == 0 {
            let harmonic_mean = product.divide(&self.mean(divisor)?)?;
            link.derivative_at(&[dividend.clone(), harmonic_mean], link.output)
        } else {
            // The derivative is −output / divisor.
            let mean = self.mean(dividend)?;
            link.derivative_at(&[dividend.clone(), product], &mean)
        }
    }

    /// Exponentials of each row and of its reference, both over the geometric mean of
    /// the two rows' sums, so that neither overflows where softmax does not.
    fn exponentials(&self, input: &Tensor) -> Result<Exponentials> {
        let (own, other) = (input.detached(), self.references.of(input));
        let (own_logs, other_logs) = (own.log_softmax()?, other.log_softmax()?);
        // log Σ exp of a row; no mask hides its first column.
        let log_sum = |row: &Tensor, logs: &Tensor| {
            row.narrow(BackAxis(0), 0, 1)?
                .subtract(&logs.narrow(BackAxis(0), 0, 1)?)
        };
        let log_change = log_sum(&own, &own_logs)?.subtract(&log_sum(&other, &other_logs)?)?;
        let sum = log_change.scale(0.5)?.exponential()?;
        let inverse_sum = log_change.scale(-0.5)?.exponential()?;
        let own_values = own_logs.exponential()?.multiply(&sum)?;
        let other_values = other_logs.exponential()?.multiply(&inverse_sum)?;
        let mean = own_values.add(&other_values)?.scale(0.5)?;
        let change = own_values.subtract(&other_values)?;
        let chord = chord(&change, &own.subtract(&other)?, &mean, SHORT_CHORD)?;
        Ok(Exponentials {
            mean,
            chord,
            log_change,
            sum,
            inverse_sum,
        })
    }

    /// Deviations from the mean, times `(their mean square + ε)^(−1/2)`.
    fn normalized(&self, link: &Link<'_>, epsilon: f32) -> Result<Tensor> {
        let input = &link.inputs[0];
        let inverse_deviation =
            |value: &Tensor| Tensor::apply(Op::InverseDeviation { epsilon }, &[value]);
        let own = inverse_deviation(&input.detached())?;
        let other = inverse_deviation(&self.references.of(input))?;
        let own_deviations = link.output.detached().divide(&own)?;
        let other_deviations = self.references.of(link.output).divide(&other)?;
        let deviations = own_deviations.add(&other_deviations)?.scale(0.5)?;

        // The chord of v^(−1/2) in terms of its ends r and s: −r² s² / (r + s).
        let product = own.multiply(&other)?;
        let sum = own.add(&other)?;
        let chord = product.multiply(&product)?.divide(&sum)?.scale(-1.0)?;
        let mean_factor = 1.0 / input.shape().length(BackAxis(0)) as f32;
        let to_variance = link
            .cotangent
            .multiply(&deviations)?
            .sum(BackAxis(0))?
            .multiply(&chord)?
            .scale(2.0 * mean_factor)?;
        let to_deviations = link
            .cotangent
            .multiply(&sum.scale(0.5)?)?
            .add(&deviations.multiply(&to_variance)?)?;
        let mean = to_deviations.sum(BackAxis(0))?.scale(mean_factor)?;
        to_deviations.subtract(&mean)
    }
}

/// See [`RescaleRule::exponentials`].
struct Exponentials {
    /// Mean of the row and its reference.
    mean: Tensor,
    /// Slopes of the chords, change of exponential per change of exponent.
    chord: Tensor,
    /// Change of the logarithm of the sum, `[.., 1]`.
    log_change: Tensor,
    /// Sum of the row, `[.., 1]`; that of its reference is the inverse.
    sum: Tensor,
    inverse_sum: Tensor,
}

/// `rise / run` where `run` is longer than `threshold`, `slope` elsewhere.
fn chord(rise: &Tensor, run: &Tensor, slope: &Tensor, threshold: f32) -> Result<Tensor> {
    let limit = constant(run, threshold * threshold)?;
    let square_over = run.multiply(run)?.subtract(&limit)?;
    // The slope of a rectified linear unit is a step: 1 above 0, 0 below.
    let is_long = Tensor::apply(Op::Slope(Activation::Relu), &[&square_over])?;
    let is_short = one(run)?.subtract(&is_long)?;
    let divisor = run.multiply(&is_long)?.add(&is_short)?;
    let quotient = rise.divide(&divisor)?.multiply(&is_long)?;
    quotient.add(&slope.multiply(&is_short)?)
}

fn one(beside: &Tensor) -> Result<Tensor> {
    constant(beside, 1.0)
}

fn constant(beside: &Tensor, value: f32) -> Result<Tensor> {
    Tensor::upload(beside.device(), vec![value], [1], Usage::Value)
}
