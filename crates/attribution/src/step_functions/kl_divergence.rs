use std::rc::Rc;

use tensor::{BackAxis, Tensor};

use crate::contrast;
use crate::options::CheckedOptions;
use crate::step_function::FunctionEntry;
use crate::{
    Choices, Error, FunctionDescription, OptionDescription, OptionDomain, Result, StepFunction,
};

const ID: &str = "kl_divergence";

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |options| Ok(Rc::new(KlDivergence::new(options))),
};

fn describe() -> FunctionDescription {
    let mut options = contrast::options();
    options.extend([
        OptionDescription {
            id: "top_k",
            title: "Top k",
            sentence: "Look at this many of the likeliest tokens only; at all of them with 0.",
            domain: OptionDomain::Integer {
                default: Some(0),
                minimum: 0,
                maximum: i64::from(u32::MAX),
            },
        },
        OptionDescription {
            id: "top_p",
            title: "Top p",
            sentence: "Look at the fewest likeliest tokens only that have this probability \
                       together; at all of them with 1.",
            domain: OptionDomain::Number {
                default: Some(1.0),
                minimum: 0.0,
                maximum: 1.0,
            },
        },
        OptionDescription {
            id: "min_tokens_to_keep",
            title: "Fewest tokens",
            sentence: "Look at no fewer tokens than this.",
            domain: OptionDomain::Integer {
                default: Some(1),
                minimum: 1,
                maximum: i64::from(u32::MAX),
            },
        },
    ]);
    FunctionDescription::new(
        ID,
        "KL divergence",
        "How far the model's choice among all tokens is from that in the contrast, in nats.",
        options,
    )
}

/// `Σ p (log p − log p_c)` over the vocabulary: Kullback-Leibler divergence of the
/// contrast's choice from the text's.
///
/// With `top_k` or `top_p`, both are renormalized over the tokens kept, which are the
/// same for both: the largest by the sum of the two logits. Removed tokens add
/// nothing; in Inseq they make the result NaN.
struct KlDivergence {
    top_k: usize,
    top_p: f64,
    n_least: usize,
}

/// Added to the logits of removed tokens: so low that their probability is 0, and
/// finite, so that 0 times their logarithm is 0 as well.
const REMOVED: f32 = -1e30;

impl KlDivergence {
    fn new(options: &CheckedOptions<'_>) -> Self {
        let count = |id| usize::try_from(options.integer(id).unwrap_or(0)).unwrap_or(usize::MAX);
        Self {
            top_k: count("top_k"),
            top_p: options.number("top_p").unwrap_or(1.0),
            n_least: count("min_tokens_to_keep"),
        }
    }

    fn is_filtered(&self) -> bool {
        self.top_k > 0 || self.top_p < 1.0
    }

    /// 0 for tokens that are kept, [`REMOVED`] for others, `[.., targets, vocabulary]`.
    fn removal(&self, original: &Tensor, contrast: &Tensor) -> Result<Tensor> {
        let n_tokens = original.shape().length(BackAxis(0));
        for (option, value) in [("top_k", self.top_k), ("min_tokens_to_keep", self.n_least)] {
            if value > n_tokens {
                return Err(Error::OptionValue {
                    owner: ID.to_owned(),
                    option,
                    expected: format!("at most {n_tokens}, the size of the vocabulary"),
                    found: value.to_string(),
                });
            }
        }
        let n_most = match self.top_k {
            0 => n_tokens,
            top_k => top_k.max(self.n_least),
        };
        let sum = original.detached().add(&contrast.detached())?;
        let kept = sum.nucleus(self.top_p as f32, self.n_least, n_most)?;
        // 1 → 0, 0 → REMOVED
        let one = Tensor::upload(kept.device(), vec![1.0], [1], tensor::Usage::Value)?;
        Ok(one.subtract(&kept)?.scale(REMOVED)?)
    }
}

impl StepFunction for KlDivergence {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        let mut original = choices.log_probabilities()?;
        let mut contrast = choices.contrast().log_probabilities()?;
        if self.is_filtered() {
            let removal = self.removal(&original, &contrast)?;
            original = original.add(&removal)?.log_softmax()?;
            contrast = contrast.add(&removal)?.log_softmax()?;
        }
        from_log_probabilities(choices, &original, &contrast)
    }

    fn compares_runs(&self) -> bool {
        true
    }
}

/// Of the contrast's choice from the text's among all tokens, `[.., targets]`.
pub(crate) fn divergence(choices: &Choices<'_>) -> Result<Tensor> {
    let original = choices.log_probabilities()?;
    from_log_probabilities(choices, &original, &choices.contrast().log_probabilities()?)
}

fn from_log_probabilities(
    choices: &Choices<'_>,
    original: &Tensor,
    contrast: &Tensor,
) -> Result<Tensor> {
    // Σ (p log(p/q) + q − p): the last two sum to 0, but with them the rounding of the
    // logarithms, which is as large as a small divergence, cancels.
    let (p, q) = (original.exponential()?, contrast.exponential()?);
    let terms = p.multiply(&original.subtract(contrast)?)?;
    choices.total(&terms.add(&q.subtract(&p)?)?)
}
