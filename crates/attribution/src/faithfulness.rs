//! Whether the model needs the tokens that an attribution says it needs.

mod holes;
mod order;
mod removed_texts;

use std::ops::Range;

use attribution_output::{
    Attribution, Faithfulness, FaithfulnessMeasures, FaithfulnessPoint, FaithfulnessSettings,
    Ranking, TargetFaithfulness, Token, aggregate,
};
use models::SequenceModel;

use self::holes::HoleScores;
use self::order::Order;
use self::removed_texts::{RemovedTexts, Remover};
use crate::dropout::mixed;
use crate::run::Run;
use crate::{Error, Request, Result};

/// What messages call it.
const OWNER: &str = "faithfulness";

/// Most random texts for one target.
const MOST_SAMPLES: usize = 100_000;

/// Measures how faithful a finished attribution is to its model: for each of its
/// targets, and as their mean.
///
/// The request is the one that it was made with: its text, its targets, its attributed
/// function, whose values are the scores here. Of the tokens attributed to, those before
/// a target are put in order by what they gave to it, aggregated in the
/// [default way](attribution_output::default_stages), the largest first; what spoke
/// against the target comes last, as in ERASER, and of equals the earlier comes first.
/// Special tokens (decoder start, end of sequence unless `include_eos_baseline`) are
/// neither removed nor counted. To remove a token is to replace it
/// ([`Removal`](attribution_output::Removal)), so that all others stay where they are,
/// and the target too. ERASER takes it out, which moves the others.
///
/// - Comprehensiveness of a fraction: the score of the text, less the score without the
///   first tokens of the order. High if the model needs what the attribution names.
/// - Sufficiency of a fraction: the score of the text, less the score with those tokens
///   alone. Low if they are all that it needs.
/// - Of each, the mean over the fractions: the area over the perturbation curve as
///   ERASER's program takes it. (The paper's formula counts one more, empty, fraction.)
///   DeYoung et al. 2020, <https://arxiv.org/abs/1911.03429>.
/// - The soft variants remove coordinates of embeddings instead of tokens: with `a` what
///   a token gave, divided by the largest, and 0 if it is below 0, sufficiency keeps
///   each coordinate with probability `a` and comprehensiveness with `1 - a`; others are
///   0. Both are means over `n_samples` texts, which share their random numbers: one
///   keeps what the other loses. The differences of scores are left as they are, where
///   the paper cuts them off at 0 and divides by that of an empty text. They hang on how
///   a method scales its numbers: one that gives nearly all to one token keeps little.
///   Zhao and Aletras 2023, <https://arxiv.org/abs/2305.10496>.
///
/// A target's random numbers hang on the seed and its position alone. `progress` is told
/// how many of how many targets are done.
///
/// # Errors
/// If a setting or the request does not fit, the attribution is of another text or has
/// no numbers, or the device fails.
pub async fn faithfulness(
    model: &dyn SequenceModel,
    request: &Request,
    attribution: &Attribution,
    settings: &FaithfulnessSettings,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Faithfulness> {
    check_settings(settings)?;
    let functions = &request.step_functions;
    let function = functions.attributed(&request.attributed_fn, &request.attributed_fn_args)?;
    let range = request.range()?;
    check_text(request, &range, attribution)?;
    let attribution = aggregate(attribution)?;
    let run = Run::new(model, request, &range, function, progress)?;
    let measuring = Measuring {
        run: &run,
        attribution: &attribution,
        remover: Remover::new(&run, settings.removal)?,
        settings,
    };
    let mut targets = Vec::with_capacity(range.len());
    for (target, position) in range.clone().enumerate() {
        let (n_tokens, measures) = measuring.of_target(target, position).await?;
        targets.push(TargetFaithfulness {
            position,
            token: attribution.target[position].token.clone(),
            n_tokens,
            measures,
        });
        run.report(target + 1, range.len());
    }
    Ok(Faithfulness::new(settings.clone(), targets))
}

/// What all targets share.
struct Measuring<'r, 'a> {
    run: &'r Run<'a>,
    /// Matrices.
    attribution: &'r Attribution,
    remover: Remover,
    settings: &'r FaithfulnessSettings,
}

impl Measuring<'_, '_> {
    /// The measures of one target, and of how many tokens.
    async fn of_target(
        &self,
        target: usize,
        position: usize,
    ) -> Result<(usize, FaithfulnessMeasures)> {
        let (run, settings) = (self.run, self.settings);
        let mut draws = run.draws(mixed(u64::from(settings.seed), &[position as u64]));
        let mut order = Order::new(run, self.attribution, target, &self.remover)?;
        if settings.ranking == Ranking::Random {
            order.shuffle(&mut draws)?;
        }
        let texts = RemovedTexts::draw(&order, &self.remover, settings, &mut draws)?;
        let removed = texts.scores(run, target).await?;
        let holes = HoleScores::draw(run, target, &order, settings.n_samples, &mut draws).await?;
        let curve = settings.fractions.iter().map(|fraction| {
            let n_removed = order.n_of(*fraction);
            FaithfulnessPoint {
                fraction: *fraction,
                comprehensiveness: removed.whole - removed.without[&n_removed],
                sufficiency: removed.whole - removed.with_only[&n_removed],
            }
        });
        let curve: Vec<FaithfulnessPoint> = curve.collect();
        let area = |value: fn(&FaithfulnessPoint) -> f64| {
            curve.iter().map(value).sum::<f64>() / curve.len() as f64
        };
        let measures = FaithfulnessMeasures {
            score: removed.whole,
            score_without_all: removed.with_only[&0],
            comprehensiveness: area(|point| point.comprehensiveness),
            sufficiency: area(|point| point.sufficiency),
            soft_comprehensiveness: removed.whole - holes.complement,
            soft_sufficiency: removed.whole - holes.kept,
            curve,
        };
        Ok((order.n_tokens(), measures))
    }
}

/// Checks what can be checked without a model.
///
/// # Errors
/// If a setting is out of its range.
pub fn check_settings(settings: &FaithfulnessSettings) -> Result<()> {
    let refused = |option, expected: String, found: String| {
        Err(Error::OptionValue {
            owner: OWNER.to_owned(),
            option,
            expected,
            found,
        })
    };
    let fractions = &settings.fractions;
    let are_shares = fractions.iter().all(|share| (0.0..=1.0).contains(share));
    let are_rising = fractions.is_sorted_by(|left, right| left < right);
    if fractions.is_empty() || !are_shares || !are_rising {
        let expected = "numbers from 0 to 1, each larger than the one before";
        return refused("fractions", expected.to_owned(), format!("{fractions:?}"));
    }
    if !(1..=MOST_SAMPLES).contains(&settings.n_samples) {
        let expected = format!("a whole number from 1 to {MOST_SAMPLES}");
        return refused("n_samples", expected, settings.n_samples.to_string());
    }
    Ok(())
}

/// Refuses an attribution that is not of the request's text and targets.
fn check_text(request: &Request, range: &Range<usize>, attribution: &Attribution) -> Result<()> {
    let own = attribution.attr_pos_start..attribution.attr_pos_end;
    if own != *range {
        let words = |range: &Range<usize>| format!("{} to {}", range.start, range.end);
        let place = "attributed positions".to_owned();
        return Err(other_text(place, words(&own), words(range)));
    }
    if let Some(source) = &request.source {
        check_tokens("source", &attribution.source, source)?;
    }
    check_tokens("output", &attribution.target, &request.target)
}

fn check_tokens(side: &str, tokens: &[Token], ids: &[u32]) -> Result<()> {
    if tokens.len() != ids.len() {
        let place = format!("the number of {side} tokens");
        let lengths = [tokens.len(), ids.len()].map(|n| n.to_string());
        let [attributed, given] = lengths;
        return Err(other_text(place, attributed, given));
    }
    for (position, (token, id)) in tokens.iter().zip(ids).enumerate() {
        // A target that stands against another token has no id.
        if token.id >= 0 && token.id != i64::from(*id) {
            let place = format!("the id of {side} token {position}");
            return Err(other_text(place, token.id.to_string(), id.to_string()));
        }
    }
    Ok(())
}

fn other_text(place: String, attributed: String, given: String) -> Error {
    Error::OtherText {
        place,
        attributed,
        given,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        let fractions = |fractions: &[f64]| FaithfulnessSettings {
            fractions: fractions.to_vec(),
            ..FaithfulnessSettings::default()
        };
        for wrong in [
            &[][..],
            &[-0.1],
            &[1.1],
            &[f64::NAN],
            &[0.5, 0.2],
            &[0.5, 0.5],
        ] {
            let error = check_settings(&fractions(wrong)).unwrap_err().to_string();
            assert!(error.contains("option fractions must be"), "{error}");
        }
        assert!(check_settings(&fractions(&[0.0, 0.25, 1.0])).is_ok());
        let none = FaithfulnessSettings {
            n_samples: 0,
            ..FaithfulnessSettings::default()
        };
        let error = check_settings(&none).unwrap_err().to_string();
        assert!(error.contains("n_samples"), "{error}");
    }
}
