use super::sampling::{Sampling, log_softmax};

/// What may be written next: the logits processors of transformers, in its order.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) repetition_penalty: f32,
    pub(super) no_repeat_ngram_size: usize,
    pub(super) bad_words: Vec<Vec<u32>>,
    /// Fewest tokens of a text that has ended, the end not counted.
    pub(super) min_length: usize,
    pub(super) forced_first: Option<u32>,
    pub(super) forced_last: Vec<u32>,
    pub(super) sampling: Option<Sampling>,
    pub(super) is_renormalized: bool,
    pub(super) end_ids: Vec<u32>,
    pub(super) max_length: usize,
}

impl Rules {
    /// Changes the scores of all tokens as the text so far demands; −∞ forbids one.
    pub(super) fn apply(&self, written: &[u32], scores: &mut [f32]) {
        self.penalize_repetition(written, scores);
        for id in self.forbidden(written) {
            if let Some(score) = scores.get_mut(id as usize) {
                *score = f32::NEG_INFINITY;
            }
        }
        if written.len() == 1
            && let Some(id) = self.forced_first
        {
            force(&[id], scores);
        }
        if written.len() + 1 == self.max_length && !self.forced_last.is_empty() {
            force(&self.forced_last, scores);
        }
        if let Some(sampling) = &self.sampling {
            sampling.narrow(scores);
        }
        if self.is_renormalized {
            log_softmax(scores);
        }
    }

    /// Keskar et al. 2019, <https://arxiv.org/abs/1909.05858>: each token that is
    /// there counts once, however often.
    fn penalize_repetition(&self, written: &[u32], scores: &mut [f32]) {
        if self.repetition_penalty == 1.0 {
            return;
        }
        let mut seen = written.to_vec();
        seen.sort_unstable();
        seen.dedup();
        for id in seen {
            if let Some(score) = scores.get_mut(id as usize) {
                if *score < 0.0 {
                    *score *= self.repetition_penalty;
                } else {
                    *score /= self.repetition_penalty;
                }
            }
        }
    }

    fn forbidden(&self, written: &[u32]) -> Vec<u32> {
        let mut forbidden = self.second_occurrences(written);
        for word in &self.bad_words {
            let Some((last, before)) = word.split_last() else {
                continue;
            };
            // A word as long as the text and the token after it is passed over, as
            // in transformers.
            let is_short = before.is_empty() || word.len() <= written.len();
            if is_short && written.ends_with(before) {
                forbidden.push(*last);
            }
        }
        if written.len() < self.min_length {
            forbidden.extend(&self.end_ids);
        }
        forbidden
    }

    /// Tokens that would complete a sequence for the second time.
    fn second_occurrences(&self, written: &[u32]) -> Vec<u32> {
        let size = self.no_repeat_ngram_size;
        if size == 0 || written.len() < size {
            return Vec::new();
        }
        let last = &written[written.len() - (size - 1)..];
        let sequences = written.windows(size);
        sequences
            .filter(|sequence| sequence.starts_with(last))
            .map(|sequence| sequence[size - 1])
            .collect()
    }
}

fn force(ids: &[u32], scores: &mut [f32]) {
    scores.fill(f32::NEG_INFINITY);
    for id in ids {
        if let Some(score) = scores.get_mut(*id as usize) {
            *score = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: f32 = f32::NEG_INFINITY;

    fn no_rules() -> Rules {
        Rules {
            repetition_penalty: 1.0,
            no_repeat_ngram_size: 0,
            bad_words: Vec::new(),
            min_length: 0,
            forced_first: None,
            forced_last: Vec::new(),
            sampling: None,
            is_renormalized: false,
            end_ids: vec![0],
            max_length: 100,
        }
    }

    fn after(rules: &Rules, written: &[u32]) -> Vec<f32> {
        let mut scores = vec![1.0, -2.0, 3.0];
        rules.apply(written, &mut scores);
        scores
    }

    #[test]
    fn without_rules_nothing_changes() {
        assert_eq!(after(&no_rules(), &[2, 2]), [1.0, -2.0, 3.0]);
    }

    #[test]
    fn a_bad_word_is_not_completed() {
        let rules = Rules {
            bad_words: vec![vec![1, 2], vec![1]],
            ..no_rules()
        };
        assert_eq!(after(&rules, &[2, 1]), [1.0, NEVER, NEVER]);
        assert_eq!(after(&rules, &[2, 2]), [1.0, NEVER, 3.0]);
        // Shorter than the word: transformers does not look.
        assert_eq!(after(&rules, &[1]), [1.0, NEVER, 3.0]);
    }

    #[test]
    fn no_sequence_comes_twice() {
        let rules = Rules {
            no_repeat_ngram_size: 2,
            ..no_rules()
        };
        assert_eq!(after(&rules, &[1, 2, 0, 1]), [1.0, -2.0, NEVER]);
        assert_eq!(after(&rules, &[1]), [1.0, -2.0, 3.0]);
        let single = Rules {
            no_repeat_ngram_size: 1,
            ..no_rules()
        };
        assert_eq!(after(&single, &[1]), [1.0, NEVER, 3.0]);
    }

    #[test]
    fn repeated_tokens_become_less_likely_once() {
        let rules = Rules {
            repetition_penalty: 2.0,
            ..no_rules()
        };
        assert_eq!(after(&rules, &[1, 1, 0]), [0.5, -4.0, 3.0]);
    }

    #[test]
    fn a_text_does_not_end_too_early_and_ends_in_time() {
        let rules = Rules {
            min_length: 3,
            max_length: 5,
            forced_last: vec![0],
            forced_first: Some(2),
            ..no_rules()
        };
        assert_eq!(after(&rules, &[1]), [NEVER, NEVER, 0.0]);
        assert_eq!(after(&rules, &[1, 1]), [NEVER, -2.0, 3.0]);
        assert_eq!(after(&rules, &[1, 1, 1]), [1.0, -2.0, 3.0]);
        assert_eq!(after(&rules, &[1, 1, 1, 1]), [0.0, NEVER, NEVER]);
    }
}
