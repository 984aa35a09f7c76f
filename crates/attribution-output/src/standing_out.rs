use serde_json::Value;

use crate::{ContextAttribution, ContextCues};

/// Inseq's default: one standard deviation above the mean.
const DEFAULT_STD_THRESHOLD: f32 = 1.0;

/// The scores that stand out, as positions, largest magnitude first: those whose
/// magnitude is at least [`score_threshold`], at most `topk` of them.
pub fn standing_out(scores: &[f32], std_threshold: Option<f32>, topk: Option<usize>) -> Vec<usize> {
    largest(scores, score_threshold(scores, std_threshold), topk)
}

/// What a score's magnitude must reach to stand out: so many standard deviations of the
/// sample above the mean of all; the mean alone of a single score, and 0 if
/// `std_threshold` is `None`.
pub fn score_threshold(scores: &[f32], std_threshold: Option<f32>) -> f32 {
    let Some(factor) = std_threshold.filter(|_| !scores.is_empty()) else {
        return 0.0;
    };
    let n = scores.len() as f32;
    let mean = scores.iter().sum::<f32>() / n;
    if scores.len() == 1 || factor == 0.0 {
        return mean;
    }
    let squares = scores.iter().map(|score| (score - mean).powi(2));
    mean + factor * (squares.sum::<f32>() / (n - 1.0)).sqrt()
}

/// Positions of the scores whose magnitude reaches `threshold`, largest first; the first
/// of equals comes first.
fn largest(scores: &[f32], threshold: f32, topk: Option<usize>) -> Vec<usize> {
    let mut chosen: Vec<(usize, f32)> = scores
        .iter()
        .map(|score| score.abs())
        .enumerate()
        .filter(|(_, magnitude)| *magnitude >= threshold)
        .collect();
    chosen.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    chosen.truncate(topk.unwrap_or(usize::MAX));
    chosen.into_iter().map(|(position, _)| position).collect()
}

/// The context tokens that an output token hangs on most.
#[derive(Clone, Debug, PartialEq)]
pub struct StandingOut {
    /// What a score's magnitude must reach, by all scores of both contexts.
    pub threshold: f32,
    /// Positions among the tokens of the input's context, largest magnitude first.
    pub input_context: Vec<usize>,
    /// Positions among the tokens of the output's context, largest magnitude first.
    pub output_context: Vec<usize>,
}

impl ContextCues {
    /// The context tokens whose scores stand out among those of both contexts; at most
    /// `topk` of each context, as Inseq has it.
    pub fn standing_out(&self, std_threshold: Option<f32>, topk: Option<usize>) -> StandingOut {
        let contexts = [&self.input_context_scores, &self.output_context_scores];
        let all: Vec<f32> = contexts
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|score| *score)
            .collect();
        let threshold = score_threshold(&all, std_threshold);
        let [input_context, output_context] = contexts.map(|scores| {
            let scores = scores.iter().flatten();
            // A row that says nothing reaches no threshold.
            let scores: Vec<f32> = scores.map(|score| score.unwrap_or(f32::NAN)).collect();
            largest(&scores, threshold, topk)
        });
        StandingOut {
            threshold,
            input_context,
            output_context,
        }
    }
}

impl ContextAttribution {
    /// The context tokens to be highlighted for one of the chosen output tokens, by the
    /// settings that the analysis was asked for with; by Inseq's if it does not say.
    pub fn highlighted(&self, cues: &ContextCues) -> StandingOut {
        let std_threshold = match self.info.get("attribution_std_threshold") {
            None => Some(DEFAULT_STD_THRESHOLD),
            Some(given) => given.as_f64().map(|factor| factor as f32),
        };
        let topk = self.info.get("attribution_topk").and_then(Value::as_u64);
        cues.standing_out(std_threshold, topk.and_then(|n| usize::try_from(n).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean 2, standard deviation of the sample 2.
    const SCORES: [f32; 4] = [1.0, 5.0, 1.0, 1.0];

    #[test]
    fn the_threshold_is_mean_plus_deviations_of_the_sample() {
        assert_eq!(score_threshold(&SCORES, Some(1.0)), 4.0);
        assert_eq!(score_threshold(&SCORES, Some(-0.5)), 1.0);
        assert_eq!(score_threshold(&SCORES, Some(0.0)), 2.0);
        assert_eq!(score_threshold(&[3.0], Some(1.0)), 3.0);
        assert_eq!(score_threshold(&SCORES, None), 0.0);
        assert_eq!(score_threshold(&[], Some(1.0)), 0.0);
    }

    #[test]
    fn the_largest_magnitudes_come_first_and_are_capped() {
        assert_eq!(standing_out(&SCORES, Some(1.0), None), [1]);
        let signed = [-0.3, 0.2, 0.3, f32::NAN, -0.9];
        assert_eq!(standing_out(&signed, None, None), [4, 0, 2, 1]);
        assert_eq!(standing_out(&signed, None, Some(2)), [4, 0]);
    }

    #[test]
    fn both_contexts_share_a_threshold_and_each_has_its_cap() {
        let scores = |scores: &[f32]| Some(scores.iter().copied().map(Some).collect());
        let cues = ContextCues {
            cti_idx: 0,
            cti_token: String::new(),
            cti_score: 1.0,
            contextual_output: String::new(),
            contrast_token: None,
            contextless_output: None,
            input_context_scores: scores(&[1.0, 5.0]),
            output_context_scores: Some(vec![Some(1.0), None, Some(1.0)]),
        };
        let found = cues.standing_out(Some(1.0), None);
        assert_eq!(found.threshold, 4.0);
        assert_eq!(found.input_context, [1]);
        assert!(found.output_context.is_empty());
        let found = cues.standing_out(None, Some(1));
        assert_eq!(found.input_context, [1]);
        assert_eq!(found.output_context, [0]);
    }
}
