//! Held-out sentences of the bundled models, whose rules are ours: which tokens of the
//! input decided a word of the output.

use std::path::Path;

use attribution::Request;
use attribution_output::{Attribution, aggregate};
use models::{SequenceModel, Side};
use serde::Deserialize;

use crate::tiny_models::bundled_models;

/// A text, the token of its output that is explained, and the tokens that decided it.
#[derive(Clone, Debug)]
pub struct PlantedCause {
    source: Option<Vec<u32>>,
    target: Vec<u32>,
    n_given: usize,
    /// Position of the explained token.
    position: usize,
    /// For each token of the source, or of the prompt, whether it is of the cause.
    is_cause: Vec<bool>,
}

#[derive(Deserialize)]
struct HeldOut {
    items: Vec<Item>,
}

/// Of a decoder-only model, `prompt` and `expected`; of an encoder-decoder, the others.
#[derive(Deserialize)]
struct Item {
    cause: String,
    cause_at: usize,
    prompt: Option<String>,
    expected: Option<String>,
    source: Option<String>,
    target: Option<String>,
    effect_at: Option<usize>,
}

/// The models that ship with the page.
pub const BUNDLED: [&str; 3] = ["demo-gpt2", "demo-mt-en-fr", "demo-mt-tr-en"];

/// Every so many-th sentence of a model is in the table of `bundled/README.md`: of each
/// kind a third, which all methods get through in minutes.
pub const STEP_OF_TABLE: usize = 3;

/// All held-out sentences of a bundled model.
///
/// # Panics
/// If the committed file is broken.
pub fn planted_causes(name: &str, model: &dyn SequenceModel) -> Vec<PlantedCause> {
    let path = bundled_models().join(name).join("held-out.json");
    read(&path)
        .items
        .iter()
        .map(|item| {
            let planted = PlantedCause::of_item(item, model);
            let has_cause = planted.is_cause.contains(&true);
            assert!(has_cause, "{:?} is not in its text", item.cause);
            planted
        })
        .collect()
}

fn read(path: &Path) -> HeldOut {
    let text = std::fs::read_to_string(path).expect("the sentences are committed");
    serde_json::from_str(&text).expect("the sentences can be read")
}

impl PlantedCause {
    fn of_item(item: &Item, model: &dyn SequenceModel) -> Self {
        let tokenizer = model.tokenizer();
        let ids = |text: &str| tokenizer.encode(text).expect("any text can be split");
        let cause = item.cause_at..item.cause_at + item.cause.len();
        if let (Some(prompt), Some(expected)) = (&item.prompt, &item.expected) {
            let target = ids(&format!("{prompt}{expected}"));
            let n_given = ids(prompt).len();
            let ends = ends(&target[..n_given], |id| tokenizer.decode(&[id], false));
            return Self {
                source: None,
                position: n_given,
                is_cause: overlaps(&ends, &cause),
                target,
                n_given,
            };
        }
        let missing = "an encoder-decoder's item has a source, a target and an effect";
        let source = ids(item.source.as_ref().expect(missing));
        let written = item.target.as_ref().expect(missing);
        let start = model.summary().decoder_start_token_id.expect(missing);
        let written = tokenizer.encode_target(written).expect("it can be split");
        // The space before the first word is no part of the text.
        let spelled = |side: Side| {
            move |id: u32| {
                let token = tokenizer.token_of_side(id, side).unwrap_or_default();
                token.replace('▁', " ")
            }
        };
        let effect_at = item.effect_at.expect(missing);
        let ends_of_target = ends(&written, spelled(Side::Target));
        let effect = ends_of_target.iter().position(|end| *end > effect_at + 1);
        let ends_of_source = ends(&source, spelled(Side::Source));
        let n_words = source.len() - 1;
        let mut is_cause = overlaps(&ends_of_source, &(cause.start + 1..cause.end + 1));
        // The end of sequence is no word.
        is_cause.truncate(n_words);
        Self {
            is_cause,
            source: Some(source),
            position: 1 + effect.expect("the effect is in the target"),
            target: [vec![start], written].concat(),
            n_given: 1,
        }
    }

    /// Asks for the explained token alone.
    pub fn request(&self) -> Request {
        let position = i64::try_from(self.position).ok();
        Request {
            attr_pos_start: position,
            attr_pos_end: position.map(|position| position + 1),
            ..Request::new(self.source.clone(), self.target.clone(), self.n_given)
        }
    }

    /// How many tokens gave more than the token of the cause that gave most; ends of
    /// sequence and earlier output are not looked at.
    ///
    /// # Panics
    /// If the attribution has no matrix of these tokens.
    pub fn n_before(&self, attribution: &Attribution) -> usize {
        let matrix = aggregate(attribution).expect("finished attributions aggregate");
        let scores = match self.source {
            Some(_) => matrix.source_attributions,
            None => matrix.target_attributions,
        }
        .expect("the input was attributed");
        let gave = |token: usize| scores.values[token * scores.shape[1]];
        let tokens = 0..self.is_cause.len();
        let of_cause = tokens.clone().filter(|token| self.is_cause[*token]);
        let most = of_cause.map(gave).fold(f32::NEG_INFINITY, f32::max);
        tokens.filter(|token| gave(*token) > most).count()
    }

    /// How likely `n` tokens taken blindly have one of the cause.
    pub fn by_chance(&self, n: usize) -> f64 {
        let n_tokens = self.is_cause.len();
        let n_others = self.is_cause.iter().filter(|is_cause| !**is_cause).count();
        let others_only = (0..n).map(|taken| {
            n_others.saturating_sub(taken) as f64 / n_tokens.saturating_sub(taken).max(1) as f64
        });
        1.0 - others_only.product::<f64>()
    }
}

/// How often a method found the cause.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    n_asked: usize,
    n_first: usize,
    n_first_two: usize,
}

impl Found {
    /// Counts an attribution of a sentence.
    pub fn add(&mut self, cause: &PlantedCause, attribution: &Attribution) {
        let n_before = cause.n_before(attribution);
        self.n_asked += 1;
        self.n_first += usize::from(n_before == 0);
        self.n_first_two += usize::from(n_before < 2);
    }

    /// In percent: the cause gave most, and was among the two that gave most.
    pub fn percents(&self) -> [f64; 2] {
        [self.n_first, self.n_first_two].map(|n| 100.0 * n as f64 / self.n_asked as f64)
    }
}

/// Where each token ends, in bytes of the text.
fn ends(ids: &[u32], spelled: impl Fn(u32) -> String) -> Vec<usize> {
    let mut end = 0;
    ids.iter()
        .map(|id| {
            end += spelled(*id).len();
            end
        })
        .collect()
}

fn overlaps(ends: &[usize], range: &std::ops::Range<usize>) -> Vec<bool> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let is_in = |(start, end): (usize, &usize)| start < range.end && *end > range.start;
    starts.zip(ends).map(is_in).collect()
}
