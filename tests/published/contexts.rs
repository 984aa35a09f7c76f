//! Group A: unit tests of Inseq's `attribute-context`.

use std::collections::BTreeMap;

use attribution_output::{ContextAttribution, Spelling, Token};
use inseq_tests::tiny_models::{carry_out, tiny_models};
use inseq_tests::tolerance::{TWO_DECIMALS, rounds_to};
use protocol::{AttributeRequest, Compatibility, ContextRequest, Event, Work};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::real_models::{real_model, with_fields};

#[derive(Clone, Deserialize)]
struct ContextCase {
    id: String,
    #[allow(dead_code, reason = "for those who read the file")]
    source: String,
    models: Vec<String>,
    /// Fields of [`ContextRequest`] that are not Inseq's defaults.
    request: serde_json::Map<String, Value>,
    /// What the model writes, if the case lets it.
    output_current: Option<String>,
    cti_scores: Option<Vec<f32>>,
    strongest: Strongest,
}

/// The chosen token that hangs on the context most; scores by position.
#[derive(Clone, Deserialize)]
struct Strongest {
    cti_idx: usize,
    cti_token: String,
    contrast_token: String,
    #[serde(default)]
    input_context_scores: BTreeMap<usize, f32>,
    #[serde(default)]
    output_context_scores: BTreeMap<usize, f32>,
}

impl ContextCase {
    fn named(id: &str) -> Self {
        let cases: Vec<Self> = serde_json::from_str(include_str!("contexts.json")).unwrap();
        cases.into_iter().find(|case| case.id == id).unwrap()
    }

    /// As Inseq's tests ask: the difference of two probabilities, by saliency.
    fn asked(&self, model: &str) -> ContextRequest {
        let mut settings = AttributeRequest::new(model, "");
        settings.attributed_fn = "contrast_prob_diff".to_owned();
        settings.compatibility = Compatibility::Inseq;
        let request = ContextRequest::new(settings, "");
        with_fields(&request, &self.request, &self.id)
    }

    fn check(&self, model: &str) -> Result<(), String> {
        let events = carry_out(Work::AttributeContext(Box::new(self.asked(model))));
        let Some(Event::ContextAttributed { json }) = events.last() else {
            return Err(format!("{:?}", events.last()));
        };
        let found = ContextAttribution::from_json(json)?;
        if let Some(expected) = &self.output_current
            && *expected != found.output_current
        {
            return Err(format!("wrote {:?}", found.output_current));
        }
        if let Some(expected) = &self.cti_scores {
            rounds_to(TWO_DECIMALS, expected, &found.cti_scores)?;
        }
        let (expected, strongest) = (&self.strongest, &found.cci_scores[0]);
        let class = found.info["tokenizer_class"].as_str().unwrap();
        let spelling = Spelling::from_class_names(class, "");
        let read = |token: &str| Token::new(0, token).display(spelling).trim().to_owned();
        let words = (
            strongest.cti_idx,
            read(&strongest.cti_token),
            read(strongest.contrast_token.as_deref().unwrap_or_default()),
        );
        let expected_words = (
            expected.cti_idx,
            expected.cti_token.clone(),
            expected.contrast_token.clone(),
        );
        if words != expected_words {
            return Err(format!("{words:?}, expected {expected_words:?}"));
        }
        for (expected, found) in [
            (
                &expected.input_context_scores,
                &strongest.input_context_scores,
            ),
            (
                &expected.output_context_scores,
                &strongest.output_context_scores,
            ),
        ] {
            let found = found.as_deref().unwrap_or_default();
            let at = |position: &usize| found.get(*position).copied().flatten();
            let found: Vec<f32> = expected
                .keys()
                .map(|it| at(it).unwrap_or(f32::NAN))
                .collect();
            let expected: Vec<f32> = expected.values().copied().collect();
            rounds_to(TWO_DECIMALS, &expected, &found)?;
        }
        Ok(())
    }
}

fn check(id: &str) {
    let case = ContextCase::named(id);
    if let Some(folder) = real_model(&case.models) {
        case.check(&folder.display().to_string())
            .unwrap_or_else(|error| panic!("{id}: {error}"));
    }
}

#[test]
fn a1_the_hospital_hangs_on_the_sick() {
    check("A1");
}

#[test]
fn a2_fine_hangs_on_both_contexts() {
    check("A2");
}

#[test]
fn a3_pairs_hang_on_the_reasoning() {
    check("A3");
}

#[test]
fn a4_where_hangs_on_an_empty_output_context() {
    check("A4");
}

#[test]
fn a5_elles_hangs_on_the_girls_behind_a_separator() {
    check("A5");
}

/// The same runner on a tiny model, whose values are in `golden/`.
#[test]
fn a_wrong_number_or_word_would_be_noticed() {
    let case: ContextCase = serde_json::from_value(json!({
        "id": "tiny", "source": "golden/cases/gpt2-context-input.json", "models": [],
        "request": {
            "input_context_text": "The nurse was sick.",
            "input_current_text": "Hello ladies and",
            "output_current_text": "gentlemen, the doctor said",
        },
        "cti_scores": [0.28, 0.68, 0.46, 0.45, 0.62],
        "strongest": {"cti_idx": 1, "cti_token": "", "contrast_token": ""},
    }))
    .unwrap();
    let model = tiny_models().join("gpt2").display().to_string();
    // The words are not known yet; the numbers agree, so the words are complained of.
    let complaint = case.check(&model).unwrap_err();
    assert!(complaint.starts_with("(1, "), "{complaint}");
    let mut wrong = case.clone();
    wrong.cti_scores.as_mut().unwrap()[4] = 0.64;
    let complaint = wrong.check(&model).unwrap_err();
    assert!(complaint.contains("two decimals"), "{complaint}");
}

#[test]
fn requests_of_all_cases_can_be_carried_out() {
    for id in ["A1", "A2", "A3", "A4", "A5"] {
        let case = ContextCase::named(id);
        // Whatever the tiny model says, it is asked and answers.
        let family = match case.models[0].as_str() {
            "gpt2" => "gpt2",
            _ => "marian",
        };
        let mut asked = case.asked(family);
        asked.special_tokens_to_keep.clear();
        asked.output_current_text = asked.output_current_text.or(case.output_current);
        // Tiny models read 128 tokens, and split words so that a text that is cut within
        // one and read again, as Inseq does, has other tokens.
        asked.settings.compatibility = Compatibility::Corrected;
        let context = asked.output_context_text.as_ref();
        asked.output_context_text = context.map(|text| text.chars().take(30).collect());
        let events = carry_out(Work::AttributeContext(Box::new(asked)));
        let answered = matches!(events.last(), Some(Event::ContextAttributed { .. }));
        assert!(answered, "{id}: {:?}", events.last());
    }
}
