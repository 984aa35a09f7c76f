use std::ops::Range;

use attribution_output::Compatibility;
use models::Side;
use tensor::{Device, LocalFuture, Tensor, Usage};

use crate::completeness::{Totals, score_changes};
use crate::line::{Line, outcome_options};
use crate::method::{Method, MethodEntry, RunSize};
use crate::path_integral::{Path, integrate};
use crate::run::{Collected, Run};
use crate::sides::Sides;
use crate::word_path::{Strategy, word_paths};
use crate::{Error, MethodDescription, OptionDescription, OptionDomain, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        let whole = |id| {
            options
                .integer(id)
                .and_then(|value| usize::try_from(value).ok())
        };
        Ok(Box::new(DiscretizedIntegratedGradients {
            n_points: whole("n_steps").unwrap_or(2),
            strategy: Strategy::named(options.choice("method")),
            n_points_at_once: whole("internal_batch_size"),
            multiply_by_inputs: options.flag("multiply_by_inputs"),
            return_convergence_delta: options.flag("return_convergence_delta"),
        }))
    },
};

fn describe() -> MethodDescription {
    let own = vec![
        OptionDescription {
            id: "n_steps",
            title: "Points",
            sentence: "How many points a path has, its ends included; more is slower.",
            domain: OptionDomain::Integer {
                default: Some(50),
                minimum: 2,
                maximum: 1000,
            },
        },
        OptionDescription {
            id: "method",
            title: "Next word",
            sentence: "How the next word of a path is chosen among the 50 nearest: the one that \
                       has to be moved least to lie on the way, or the one with the most \
                       coordinates there.",
            domain: OptionDomain::Choice {
                default: "greedy",
                choices: Strategy::NAMES,
            },
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
    ];
    MethodDescription {
        id: "discretized_integrated_gradients",
        title: "Discretized integrated gradients",
        sentence: "Integrated gradients on a path that steps over other words of the vocabulary, \
                   not on a straight line through meanings that no word has.",
        paper: "Sanyal and Ren 2021",
        paper_url: "https://arxiv.org/abs/2108.13654",
        options: [own, outcome_options(false)].concat(),
    }
}

/// Discretized integrated gradients: gradients along a path from baseline to input that
/// steps over words of the vocabulary, each moved so that no coordinate turns back,
/// times the steps.
///
/// `[targets, tokens, hidden]` before folding: a left sum, which for short steps comes
/// near `score(input) − score(baseline)`. All tokens walk in step. Special tokens stay
/// where they are until the last step. The convergence delta is what the values sum to
/// less that change; Inseq takes the change with the wrong sign, and so do we under its
/// compatibility (behavior A8).
///
/// Sanyal and Ren 2021, <https://arxiv.org/abs/2108.13654>. Inseq:
/// `discretized_integrated_gradients`.
struct DiscretizedIntegratedGradients {
    n_points: usize,
    strategy: Strategy,
    n_points_at_once: Option<usize>,
    multiply_by_inputs: bool,
    return_convergence_delta: bool,
}

impl Method for DiscretizedIntegratedGradients {
    fn n_passes(&self, size: RunSize) -> f64 {
        self.n_points as f64 * size.of_gradients()
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let line = Line::new(run, Vec::new())?;
            let path = self.path(run).await?;
            let mut collected = Collected::granular(run);
            let mut totals = Totals::default();
            for sums in integrate(run, &path, self.n_points_at_once)? {
                let values = if self.multiply_by_inputs {
                    sums.try_zip(&line.difference, |sum, difference| sum.multiply(difference))?
                } else {
                    sums
                };
                if self.return_convergence_delta {
                    totals.add(&values.present()).await?;
                }
                collected.add(run, &values).await?;
            }
            if self.return_convergence_delta {
                let mut changes = score_changes(run, &line.baseline, &line.input).await?;
                if run.compatibility == Compatibility::Inseq {
                    changes.iter_mut().for_each(|change| *change = -*change);
                }
                collected.deltas = Some(totals.deltas(&changes));
            }
            Ok(collected)
        })
    }
}

impl DiscretizedIntegratedGradients {
    async fn path(&self, run: &Run<'_>) -> Result<WordPath> {
        let unknown = run.model.tokenizer().unknown_id();
        let baseline = run.baseline_ids(unknown.ok_or(Error::NoBaselineToken)?);
        let source = match run.source_ids().zip(baseline.source) {
            Some((own, baseline)) => Some(self.points(run, Side::Source, own, &baseline).await?),
            None => None,
        };
        let prefix = if run.is_prefix_attributed() {
            let own = run.prefix_ids();
            Some(
                self.points(run, Side::Target, own, &baseline.prefix)
                    .await?,
            )
        } else {
            None
        };
        Ok(WordPath {
            device: run.model.device().clone(),
            width: run.model.summary().hidden_size,
            n_points: self.n_points,
            points: Sides { source, prefix },
        })
    }

    async fn points(
        &self,
        run: &Run<'_>,
        side: Side,
        ids: &[u32],
        baseline_ids: &[u32],
    ) -> Result<Vec<f32>> {
        word_paths(run, side, ids, baseline_ids, self.strategy, self.n_points).await
    }
}

/// Points of words' paths, each weighted by the step to the next.
struct WordPath {
    device: Device,
    width: usize,
    /// Both ends included; the last has no step after it.
    n_points: usize,
    /// `[points, tokens, hidden]`
    points: Sides<Vec<f32>>,
}

impl WordPath {
    fn upload(&self, values: Vec<f32>, n_points: usize) -> Result<Tensor> {
        let n_tokens = values.len() / (n_points * self.width);
        let shape = [n_points, n_tokens, self.width];
        Ok(Tensor::upload(&self.device, values, shape, Usage::Value)?)
    }
}

impl Path for WordPath {
    fn n_points(&self) -> usize {
        self.n_points - 1
    }

    fn inputs(&self, points: Range<usize>) -> Result<Sides<Tensor>> {
        self.points.try_map(|values| {
            let size = values.len() / self.n_points;
            let some = values[points.start * size..points.end * size].to_vec();
            self.upload(some, points.len())
        })
    }

    fn weights(&self, points: Range<usize>) -> Result<Sides<Tensor>> {
        self.points.try_map(|values| {
            let size = values.len() / self.n_points;
            let here = &values[points.start * size..points.end * size];
            let next = &values[(points.start + 1) * size..(points.end + 1) * size];
            let steps = here.iter().zip(next).map(|(here, next)| next - here);
            self.upload(steps.collect(), points.len())
        })
    }
}
