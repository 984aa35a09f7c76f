use attribution_output::{Compatibility, Kind};
use tensor::LocalFuture;

use self::samples::Samples;
use crate::changed_texts::{ChangedTexts, DecoderScaling};
use crate::method::{Method, MethodEntry, RunSize};
use crate::run::{Collected, Run};
use crate::{Error, MethodDescription, OptionDescription, OptionDomain, Result};

mod number_masking;
mod samples;

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        let whole = |id| {
            let value = options.integer(id);
            value.and_then(|value| usize::try_from(value).ok())
        };
        Ok(Box::new(Lime {
            n_samples: whole("n_samples").unwrap_or(1),
            mask_prob: options.number("mask_prob").unwrap_or_default(),
            mask_token: match options.choice("mask_token") {
                "pad" => MaskToken::Pad,
                _ => MaskToken::Unknown,
            },
            alpha: options.number("alpha").unwrap_or_default(),
            seed: super::seed(options),
            n_at_most: whole("perturbations_per_eval"),
        }))
    },
};

fn describe() -> MethodDescription {
    MethodDescription {
        id: "lime",
        title: "LIME",
        sentence: "How much each token adds to the target's score, by a linear model of texts \
                   in which random tokens are masked.",
        paper: "Ribeiro et al. 2016",
        paper_url: "https://arxiv.org/abs/1602.04938",
        options: vec![
            OptionDescription {
                id: "n_samples",
                title: "Samples",
                sentence: "How many masked texts are scored; more is slower and steadier.",
                domain: OptionDomain::Integer {
                    default: Some(50),
                    minimum: 1,
                    maximum: 100_000,
                },
            },
            OptionDescription {
                id: "mask_prob",
                title: "Masked share",
                sentence: "How likely each token is masked in a sample.",
                domain: OptionDomain::Number {
                    default: Some(0.3),
                    minimum: 0.0,
                    maximum: 1.0,
                },
            },
            OptionDescription {
                id: "mask_token",
                title: "Mask",
                sentence: "What stands for a masked token: the unknown token, or padding.",
                domain: OptionDomain::Choice {
                    default: "unk",
                    choices: &["unk", "pad"],
                },
            },
            OptionDescription {
                id: "alpha",
                title: "Penalty",
                sentence: "How strongly the linear model is held to small coefficients.",
                domain: OptionDomain::Number {
                    default: Some(1.0),
                    minimum: 1e-9,
                    maximum: 1e9,
                },
            },
            super::seed_option(),
            OptionDescription {
                id: "perturbations_per_eval",
                title: "Texts at once",
                sentence: "At most how many masked texts share a pass; the result does not \
                           depend on it.",
                domain: OptionDomain::Integer {
                    default: None,
                    minimum: 1,
                    maximum: 100_000,
                },
            },
        ],
    }
}

/// LIME: the coefficients of a linear model of the score, fitted to texts in which
/// random tokens are masked.
///
/// `[targets, tokens]`, in units of the score: what the presence of a token adds. The
/// model is ridge regression on which tokens are present; a sample counts by how many
/// are. The decoder start and, unless included, the end of sequence are never masked
/// and have 0. One set of samples serves all targets.
///
/// Inseq masks differently, and its way is what [`Compatibility::Inseq`] gives: each
/// coordinate of a masked embedding is the mask token's *id* as a number, the model is
/// fitted on the coordinates, and each target has its own samples; `[targets, tokens,
/// hidden]`.
///
/// Ribeiro et al. 2016, <https://arxiv.org/abs/1602.04938>. Inseq: `lime`.
struct Lime {
    n_samples: usize,
    mask_prob: f64,
    mask_token: MaskToken,
    alpha: f64,
    seed: u64,
    n_at_most: Option<usize>,
}

#[derive(Clone, Copy)]
enum MaskToken {
    Unknown,
    Pad,
}

impl Method for Lime {
    fn n_passes(&self, _size: RunSize) -> f64 {
        self.n_samples as f64
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            match run.compatibility {
                Compatibility::Corrected => self.by_token(run).await,
                Compatibility::Inseq => self.by_coordinate(run).await,
            }
        })
    }
}

impl Lime {
    fn mask_id(&self, run: &Run<'_>) -> Result<u32> {
        let tokenizer = run.model.tokenizer();
        let id = match self.mask_token {
            MaskToken::Unknown => tokenizer.unknown_id(),
            // As Inseq: a model without padding pads with the end of sequence.
            MaskToken::Pad => tokenizer.pad_id().or(tokenizer.end_id()),
        };
        id.ok_or(Error::NoBaselineToken)
    }

    async fn by_token(&self, run: &Run<'_>) -> Result<Collected> {
        let masked = run.baseline_ids(self.mask_id(run)?);
        let mut draws = run.draws(self.seed);
        let samples = Samples::draw(run, &masked, self.n_samples, || {
            Ok(draws.uniform()? < self.mask_prob)
        })?;
        let n_targets = run.positions.len();
        let changed =
            ChangedTexts::new(run, 0..n_targets, DecoderScaling::OfRun)?.at_most(self.n_at_most);
        let look = |states: &_| run.scores(states);
        let report = |n_done| run.report(n_done, self.n_samples);
        let scores = changed.look_at(&samples.texts, look, report).await?;

        let mut collected = Collected::new(Kind::Coarse, Vec::new());
        for (target, position) in run.positions.iter().enumerate() {
            let of_target: Vec<f64> = scores.iter().map(|of| f64::from(of[target])).collect();
            let n_read = *position as usize + 1;
            let added = samples.coefficients(n_read, &of_target, self.alpha);
            collected.source.extend(added.source.unwrap_or_default());
            if let Some(mut prefix) = added.prefix {
                prefix.resize(run.n_prefix(), 0.0);
                collected.prefix.extend(prefix);
            }
        }
        Ok(collected)
    }
}
