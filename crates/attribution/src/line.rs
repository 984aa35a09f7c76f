//! The straight line from baseline to input.

use std::ops::Range;

use tensor::Tensor;

use crate::options::CheckedOptions;
use crate::path::Point;
use crate::path_integral::{Path, by_point};
use crate::run::Run;
use crate::sides::Sides;
use crate::{Error, OptionDescription, OptionDomain, Quadrature, Result};

/// Which points of a line are looked at: the options that all methods have which
/// integrate along one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampling {
    quadrature: Quadrature,
    n_points: usize,
    pub(crate) n_points_at_once: Option<usize>,
}

impl Sampling {
    /// The options, with Inseq's names and defaults.
    pub(crate) fn options() -> Vec<OptionDescription> {
        vec![
            OptionDescription {
                id: "n_steps",
                title: "Points",
                sentence: "How many points of the line are looked at; more is slower and closer.",
                domain: OptionDomain::Integer {
                    default: Some(50),
                    minimum: 1,
                    maximum: 100_000,
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
                id: "internal_batch_size",
                title: "Points at once",
                sentence: "How many points share a pass; the result does not depend on it.",
                domain: OptionDomain::Integer {
                    default: None,
                    minimum: 1,
                    maximum: 1000,
                },
            },
        ]
    }

    /// Reads those options of the method `owner`.
    pub(crate) fn from_options(owner: &str, options: &CheckedOptions<'_>) -> Result<Self> {
        let quadrature = Quadrature::named(options.choice("method"))
            .expect("the choice was checked against the same names");
        let fewest = quadrature.fewest_points();
        let n_points = options
            .integer("n_steps")
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0);
        if n_points < fewest {
            return Err(Error::OptionValue {
                owner: owner.to_owned(),
                option: "n_steps",
                expected: format!("at least {fewest} with method {}", options.choice("method")),
                found: n_points.to_string(),
            });
        }
        Ok(Self {
            quadrature,
            n_points,
            n_points_at_once: options
                .integer("internal_batch_size")
                .and_then(|size| usize::try_from(size).ok()),
        })
    }

    /// How many points there are.
    pub(crate) fn n_points(&self) -> usize {
        self.n_points
    }

    /// The points, from the baseline on.
    pub(crate) fn points(&self) -> Vec<Point> {
        self.quadrature.points(self.n_points)
    }
}

/// The options that say whether differences are multiplied in, and whether deltas
/// are reported.
pub(crate) fn outcome_options(multiply_by_inputs: bool) -> Vec<OptionDescription> {
    vec![
        OptionDescription {
            id: "multiply_by_inputs",
            title: "Multiply by inputs",
            sentence: "Multiply by the distance from the baseline, so that values are \
                       contributions and not slopes.",
            domain: OptionDomain::Flag {
                default: multiply_by_inputs,
            },
        },
        OptionDescription {
            id: "return_convergence_delta",
            title: "Convergence delta",
            sentence: "Also report, for each target, how far the values are from summing to the \
                       change of the score.",
            domain: OptionDomain::Flag { default: false },
        },
    ]
}

/// From the baseline to the input, straight, in all tokens at once.
pub(crate) struct Line {
    pub(crate) input: Sides<Tensor>,
    pub(crate) baseline: Sides<Tensor>,
    /// Input less baseline.
    pub(crate) difference: Sides<Tensor>,
    points: Vec<Point>,
}

impl Line {
    /// The run's own line.
    pub(crate) fn new(run: &Run<'_>, points: Vec<Point>) -> Result<Self> {
        let baseline = run.attributed(&run.baseline_embeddings()?);
        let input = run.attributed(&run.embeddings()?);
        let difference = input.try_zip(&baseline, |input, baseline| input.subtract(baseline))?;
        Ok(Self {
            input,
            baseline,
            difference,
            points,
        })
    }
}

impl Path for Line {
    fn n_points(&self) -> usize {
        self.points.len()
    }

    fn inputs(&self, points: Range<usize>) -> Result<Sides<Tensor>> {
        self.baseline
            .try_zip(&self.difference, |baseline, difference| {
                on_the_line(baseline, difference, &self.points[points.clone()])
            })
    }

    fn weights(&self, points: Range<usize>) -> Result<Sides<Tensor>> {
        self.difference
            .try_map(|difference| weights(difference, &self.points[points.clone()]))
    }
}

/// `baseline + position × difference` for each point, `[points, tokens, hidden]`.
pub(crate) fn on_the_line(
    baseline: &Tensor,
    difference: &Tensor,
    points: &[Point],
) -> Result<Tensor> {
    let positions = points.iter().map(|point| point.position as f32).collect();
    let positions = by_point(baseline, positions)?;
    Ok(baseline.add(&difference.multiply(&positions)?)?)
}

/// The points' weights, `[points, 1, 1]`.
pub(crate) fn weights(beside: &Tensor, points: &[Point]) -> Result<Tensor> {
    by_point(
        beside,
        points.iter().map(|point| point.weight as f32).collect(),
    )
}
