use tensor::{BackAxis, LocalFuture, Tensor, Usage};

use crate::gradients::{Reverse, pieces};
use crate::memory::Chunks;
use crate::method::{Method, MethodEntry};
use crate::path::Point;
use crate::run::{Collected, Run};
use crate::sides::Sides;
use crate::{Error, MethodDescription, OptionDescription, OptionDomain, Quadrature, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        let quadrature = Quadrature::named(options.choice("method"))
            .expect("the choice was checked against the same names");
        let n_points = options.integer("n_steps").unwrap_or(1);
        let fewest = quadrature.fewest_points();
        let n_points = usize::try_from(n_points).unwrap_or(0);
        if n_points < fewest {
            return Err(Error::OptionValue {
                owner: "integrated_gradients".to_owned(),
                option: "n_steps",
                expected: format!("at least {fewest} with method {}", options.choice("method")),
                found: n_points.to_string(),
            });
        }
        Ok(Box::new(IntegratedGradients {
            quadrature,
            n_points,
            n_points_at_once: options
                .integer("internal_batch_size")
                .and_then(|size| usize::try_from(size).ok()),
            multiply_by_inputs: options.flag("multiply_by_inputs"),
            return_convergence_delta: options.flag("return_convergence_delta"),
        }))
    },
};

fn describe() -> MethodDescription {
    MethodDescription {
        id: "integrated_gradients",
        title: "Integrated gradients",
        sentence: "The gradient averaged on the straight line from a baseline to the input, times \
                   their difference; the values of one target sum to the change of its score.",
        paper: "Sundararajan et al. 2017",
        paper_url: "https://arxiv.org/abs/1703.01365",
        options: vec![
            OptionDescription {
                id: "n_steps",
                title: "Points",
                sentence: "How many points of the line are looked at; more is slower and closer.",
                domain: OptionDomain::Integer {
                    default: Some(50),
                    minimum: 1,
                    maximum: 1000,
                },
            },
            OptionDescription {
                id: "method",
                title: "Quadrature",
                sentence: "Where on the line the points lie, and how they are weighted.",
                domain: OptionDomain::Choice {
                    default: "gausslegendre",
                    choices: Quadrature::NAMES,
                },
            },
            OptionDescription {
                id: "multiply_by_inputs",
                title: "Multiply by inputs",
                sentence: "Multiply the average gradient by the distance from the baseline.",
                domain: OptionDomain::Flag { default: true },
            },
            OptionDescription {
                id: "return_convergence_delta",
                title: "Convergence delta",
                sentence: "Also report, for each target, how far the values are from summing to \
                           the change of the score.",
                domain: OptionDomain::Flag { default: false },
            },
            OptionDescription {
                id: "internal_batch_size",
                title: "Points at once",
                sentence: "How many points share a pass; the result does not depend on it.",
                domain: OptionDomain::Integer {
                    default: None,
                    minimum: 1,
                    maximum: 1000,
                },
            },
        ],
    }
}

/// Integrated gradients: the gradient averaged on the straight line from a baseline
/// to the input, times their difference.
///
/// `[targets, tokens, hidden]` before folding. The values for one target sum to
/// `score(input) − score(baseline)`, up to the error of the quadrature; the
/// difference is the convergence delta. The line is the same for every target of a
/// causal model, so that each point costs one forward pass for all of them.
///
/// Sundararajan et al. 2017, <https://arxiv.org/abs/1703.01365>. Inseq:
/// `integrated_gradients`.
struct IntegratedGradients {
    quadrature: Quadrature,
    n_points: usize,
    n_points_at_once: Option<usize>,
    multiply_by_inputs: bool,
    return_convergence_delta: bool,
}

impl Method for IntegratedGradients {
    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let baseline = run.attributed(&run.baseline_embeddings()?);
            let input = run.attributed(&run.embeddings()?);
            let difference =
                input.try_zip(&baseline, |input, baseline| input.subtract(baseline))?;
            let averages = self.average_gradients(run, &baseline, &difference)?;

            let mut collected = Collected::granular(run);
            let mut totals = Vec::new();
            for average in averages {
                let product = average.try_zip(&difference, |average, difference| {
                    average.multiply(difference)
                })?;
                if self.return_convergence_delta {
                    totals.extend(totals_by_target(&product).await?);
                }
                let values = if self.multiply_by_inputs {
                    &product
                } else {
                    &average
                };
                collected.add(run, values).await?;
            }
            if self.return_convergence_delta {
                let changes = score_changes(run, &baseline, &input).await?;
                let deltas = totals.iter().zip(changes);
                collected.deltas = Some(deltas.map(|(total, change)| total - change).collect());
            }
            Ok(collected)
        })
    }
}

impl IntegratedGradients {
    /// Weighted mean gradients on the line, `[targets, tokens, hidden]` for each
    /// piece of the targets.
    fn average_gradients(
        &self,
        run: &Run<'_>,
        baseline: &Sides<Tensor>,
        difference: &Sides<Tensor>,
    ) -> Result<Vec<Sides<Tensor>>> {
        let points = self.quadrature.points(self.n_points);
        let n_targets = run.positions.len();
        let chunks = Chunks::for_run(run, self.n_points);
        let n_points_at_once = self.n_points_at_once.unwrap_or(chunks.n_points);
        let mut sums: Vec<Option<Sides<Tensor>>> =
            pieces(n_targets, chunks.n_targets).map(|_| None).collect();
        for chunk in pieces(self.n_points, n_points_at_once) {
            let (start, end) = (chunk.start, chunk.end);
            let moved = on_the_line(baseline, difference, &points[chunk.clone()])?;
            let pass = run.pass(&moved)?;
            let reverse = Reverse::new(run, &pass)?;
            for (sum, targets) in sums.iter_mut().zip(pieces(n_targets, chunks.n_targets)) {
                let n_done = start * n_targets + targets.end * (end - start);
                let gradients = reverse.gradients(targets)?;
                let share =
                    gradients.try_map(|gradient| weighted_sum(gradient, &points[chunk.clone()]))?;
                *sum = Some(match sum.take() {
                    Some(sum) => sum.try_zip(&share, |sum, share| sum.add(share))?,
                    None => share,
                });
                run.report(n_done, self.n_points * n_targets);
            }
        }
        Ok(sums.into_iter().flatten().collect())
    }
}

/// Inputs at some points, `[points, tokens, hidden]`.
fn on_the_line(
    baseline: &Sides<Tensor>,
    difference: &Sides<Tensor>,
    points: &[Point],
) -> Result<Sides<Tensor>> {
    baseline.try_zip(difference, |baseline, difference| {
        let positions = points.iter().map(|point| point.position as f32).collect();
        let positions = by_point(baseline, positions)?;
        Ok(baseline.add(&difference.multiply(&positions)?)?)
    })
}

/// `[targets, points, tokens, hidden]` → `[targets, tokens, hidden]`
fn weighted_sum(gradient: &Tensor, points: &[Point]) -> Result<Tensor> {
    let weights = points.iter().map(|point| point.weight as f32).collect();
    let weighted = gradient.multiply(&by_point(gradient, weights)?)?;
    let sum = weighted.sum(BackAxis(2))?; // [targets, 1, tokens, hidden]
    let tokens_and_hidden = sum.shape().trailing(2).to_vec();
    Ok(sum.reshape(3, &tokens_and_hidden)?)
}

/// One number for each point, `[points, 1, 1]`.
fn by_point(beside: &Tensor, values: Vec<f32>) -> Result<Tensor> {
    let shape = [values.len(), 1, 1];
    Ok(Tensor::upload(
        beside.device(),
        values,
        shape,
        Usage::Value,
    )?)
}

/// Sums of all values of each target, over every attributed text.
async fn totals_by_target(product: &Sides<Tensor>) -> Result<Vec<f32>> {
    let mut totals: Vec<f32> = Vec::new();
    for values in product.present() {
        let sums = values.sum(BackAxis(0))?.sum(BackAxis(1))?.read().await?;
        totals = if totals.is_empty() {
            sums
        } else {
            totals
                .iter()
                .zip(sums)
                .map(|(total, sum)| total + sum)
                .collect()
        };
    }
    Ok(totals)
}

/// `score(input) − score(baseline)` for each target.
async fn score_changes(
    run: &Run<'_>,
    baseline: &Sides<Tensor>,
    input: &Sides<Tensor>,
) -> Result<Vec<f32>> {
    let at_input = run
        .scores(&run.pass(input)?.hidden.detached())?
        .read()
        .await?;
    let at_baseline = run
        .scores(&run.pass(baseline)?.hidden.detached())?
        .read()
        .await?;
    Ok(at_input
        .iter()
        .zip(at_baseline)
        .map(|(input, baseline)| input - baseline)
        .collect())
}
