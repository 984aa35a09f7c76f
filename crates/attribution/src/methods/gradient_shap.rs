use std::f64::consts::TAU;
use std::ops::Range;

use tensor::{BackAxis, LocalFuture, Shape, Tensor, Usage};

use super::{seed, seed_option};
use crate::completeness::{Totals, scores_at};
use crate::draws::Draws;
use crate::line::outcome_options;
use crate::method::{Method, MethodEntry, RunSize};
use crate::path_integral::{Path, by_point, integrate};
use crate::run::{Collected, Run};
use crate::sides::Sides;
use crate::{MethodDescription, OptionDescription, OptionDomain, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        let n_samples = options.integer("n_samples").unwrap_or_default();
        Ok(Box::new(GradientShap {
            n_samples: usize::try_from(n_samples).unwrap_or_default(),
            deviation: options.number("stdevs").unwrap_or_default(),
            multiply_by_inputs: options.flag("multiply_by_inputs"),
            return_convergence_delta: options.flag("return_convergence_delta"),
            seed: seed(options),
        }))
    },
};

fn describe() -> MethodDescription {
    let own = vec![
        OptionDescription {
            id: "n_samples",
            title: "Samples",
            sentence: "How many random points of the line are looked at; more is slower and \
                       varies less with the seed.",
            domain: OptionDomain::Integer {
                default: Some(5),
                minimum: 1,
                maximum: 100_000,
            },
        },
        OptionDescription {
            id: "stdevs",
            title: "Noise",
            sentence: "Standard deviation of the noise that is added to each coordinate of the \
                       input, in the unit of embeddings; 0 for none.",
            domain: OptionDomain::Number {
                default: Some(0.0),
                minimum: 0.0,
                maximum: 1e6,
            },
        },
    ];
    MethodDescription {
        id: "gradient_shap",
        title: "Gradient SHAP",
        sentence: "The gradient at random points between a baseline and the input, times their \
                   difference: integrated gradients by chance instead of by rule.",
        paper: "Lundberg and Lee 2017",
        paper_url: "https://arxiv.org/abs/1705.07874",
        options: [own, outcome_options(true), vec![seed_option()]].concat(),
    }
}

/// Gradient SHAP: the mean of gradients at points `r x̃ + (1 − r) b` with `r` uniform,
/// times `x̃ − b`, where `x̃` is the input with normal noise.
///
/// `[targets, tokens, hidden]` before folding. One set of samples serves all targets;
/// Inseq draws anew for each. Its expectation without noise is that of
/// [`integrated_gradients`](super::integrated_gradients). The convergence delta is that
/// of the mean of the samples.
///
/// Draws are first a number for each sample, its place on the line, then, if there is
/// noise, two for each coordinate of the samples, source before prefix.
///
/// Lundberg and Lee 2017, <https://arxiv.org/abs/1705.07874>. Inseq: `gradient_shap`.
struct GradientShap {
    n_samples: usize,
    deviation: f64,
    multiply_by_inputs: bool,
    return_convergence_delta: bool,
    seed: u64,
}

impl Method for GradientShap {
    fn n_passes(&self, size: RunSize) -> f64 {
        self.n_samples as f64 * size.of_gradients()
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let samples = self.draw(run)?;
            let mut collected = Collected::granular(run);
            let mut totals = Totals::default();
            for mean in integrate(run, &samples, None)? {
                collected.add(run, &mean).await?;
                if self.return_convergence_delta && self.multiply_by_inputs {
                    totals.add(&mean.present()).await?;
                }
            }
            if self.return_convergence_delta {
                if !self.multiply_by_inputs {
                    // Slopes do not sum to a change: what the samples multiply to does.
                    let multiplied = Samples {
                        multiply_by_inputs: true,
                        ..samples.clone()
                    };
                    for mean in integrate(run, &multiplied, None)? {
                        totals.add(&mean.present()).await?;
                    }
                }
                collected.deltas = Some(totals.deltas(&samples.changes(run).await?));
            }
            Ok(collected)
        })
    }
}

impl GradientShap {
    fn draw(&self, run: &Run<'_>) -> Result<Samples> {
        let mut draws = run.draws(self.seed);
        let places = draws.uniforms(self.n_samples)?;
        let baseline = run.attributed(&run.baseline_embeddings()?);
        let input = run.attributed(&run.embeddings()?);
        let inputs = input.try_map(|input| {
            let shape = [&[self.n_samples], input.shape().lengths()].concat();
            let noise = match self.deviation > 0.0 {
                true => normals(&mut draws, shape.iter().product(), self.deviation)?,
                false => vec![0.0; shape.iter().product()],
            };
            let shape = Shape::new(shape);
            let noise = Tensor::upload(input.device(), noise, shape, Usage::Value)?;
            Ok::<_, crate::Error>(noise.add(input)?)
        })?;
        let differences = inputs.try_zip(&baseline, |input, baseline| input.subtract(baseline))?;
        Ok(Samples {
            places: places.into_iter().map(|place| place as f32).collect(),
            baseline,
            inputs,
            differences,
            multiply_by_inputs: self.multiply_by_inputs,
        })
    }
}

/// Normal numbers around 0, by the transform of Box and Muller 1958.
fn normals(draws: &mut Draws, n: usize, deviation: f64) -> Result<Vec<f32>> {
    (0..n)
        .map(|_| {
            // Of 1 − u, since u may be 0.
            let radius = (-2.0 * (1.0 - draws.uniform()?).ln()).sqrt();
            let angle = TAU * draws.uniform()?;
            Ok((deviation * radius * angle.cos()) as f32)
        })
        .collect()
}

/// Random points, each on the line to an input with noise of its own.
#[derive(Clone)]
struct Samples {
    /// Where on the line each is, from 0 at the baseline to 1.
    places: Vec<f32>,
    baseline: Sides<Tensor>,
    /// `[samples, tokens, hidden]`
    inputs: Sides<Tensor>,
    /// Inputs less baseline, `[samples, tokens, hidden]`.
    differences: Sides<Tensor>,
    multiply_by_inputs: bool,
}

impl Samples {
    /// How the score changes from the baseline to the inputs, on average.
    async fn changes(&self, run: &Run<'_>) -> Result<Vec<f32>> {
        let at_baseline = scores_at(run, &self.baseline).await?;
        let n_samples = self.places.len();
        let mut sums = vec![0.0_f64; at_baseline.len()];
        for sample in 0..n_samples {
            let input = self.inputs.try_map(|inputs| one_of(inputs, sample))?;
            for (sum, score) in sums.iter_mut().zip(scores_at(run, &input).await?) {
                *sum += f64::from(score);
            }
        }
        let means = sums.iter().map(|sum| (sum / n_samples as f64) as f32);
        Ok(means
            .zip(at_baseline)
            .map(|(input, baseline)| input - baseline)
            .collect())
    }
}

/// `[samples, tokens, hidden]` → `[tokens, hidden]`
fn one_of(samples: &Tensor, number: usize) -> Result<Tensor> {
    let one = samples.narrow(BackAxis(2), number, 1)?;
    let lengths = one.shape().trailing(2).to_vec();
    Ok(one.reshape(3, &lengths)?)
}

impl Path for Samples {
    fn n_points(&self) -> usize {
        self.places.len()
    }

    fn inputs(&self, points: Range<usize>) -> Result<Sides<Tensor>> {
        self.baseline
            .try_zip(&self.differences, |baseline, differences| {
                let places = by_point(baseline, self.places[points.clone()].to_vec())?;
                let differences = some_of(differences, &points)?;
                Ok(baseline.add(&differences.multiply(&places)?)?)
            })
    }

    fn weights(&self, points: Range<usize>) -> Result<Sides<Tensor>> {
        let share = 1.0 / self.places.len() as f32;
        self.differences.try_map(|differences| {
            if self.multiply_by_inputs {
                Ok(some_of(differences, &points)?.scale(share)?)
            } else {
                by_point(differences, vec![share; points.len()])
            }
        })
    }
}

fn some_of(samples: &Tensor, points: &Range<usize>) -> Result<Tensor> {
    Ok(samples.narrow(BackAxis(2), points.start, points.len())?)
}
