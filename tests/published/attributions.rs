//! Group B: outputs of Inseq's tutorial notebook.

use std::collections::BTreeMap;

use attribution_output::{Attribution, Scores, Token, aggregate, from_inseq_json, pair};
use inseq_tests::tiny_models::{carry_out, tiny_models};
use inseq_tests::tolerance::{THREE_DECIMALS, rounds_to};
use protocol::{AttributeRequest, Compatibility, Event, Work};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::real_models::{real_model, with_fields};

#[derive(Clone, Deserialize)]
struct AttributionCase {
    id: String,
    #[allow(dead_code, reason = "for those who read the file")]
    source: String,
    models: Vec<String>,
    /// Fields of [`AttributeRequest`] that are not Inseq's defaults.
    request: Map<String, Value>,
    /// What the model writes, if the case lets it.
    output: Option<String>,
    /// The text whose attribution is compared with the request's, hidden value by value.
    paired_text: Option<String>,
    /// Of the source's scores before aggregating.
    source_shape: Option<Vec<usize>>,
    columns: Vec<Column>,
}

/// What one produced token was given, by the words of rows as people read them.
#[derive(Clone, Deserialize)]
struct Column {
    token: String,
    #[serde(default)]
    source: BTreeMap<String, f32>,
    #[serde(default)]
    target: BTreeMap<String, f32>,
}

impl AttributionCase {
    fn named(id: &str) -> Self {
        let cases: Vec<Self> = serde_json::from_str(include_str!("attributions.json")).unwrap();
        cases.into_iter().find(|case| case.id == id).unwrap()
    }

    fn asked(&self, model: &str) -> AttributeRequest {
        let mut settings = AttributeRequest::new(model, "");
        settings.compatibility = Compatibility::Inseq;
        with_fields(&settings, &self.request, &self.id)
    }

    fn check(&self, model: &str) -> Result<(), String> {
        let asked = self.asked(model);
        let first = self.attributed(&asked)?;
        if let Some(shape) = &self.source_shape {
            let found = first
                .source_attributions
                .as_ref()
                .map(|scores| &scores.shape);
            if found != Some(shape) {
                return Err(format!("source scores are {found:?}, expected {shape:?}"));
            }
        }
        let compared = match &self.paired_text {
            None => first,
            Some(text) => {
                let other = AttributeRequest {
                    generated_text: Some(text.clone()),
                    ..asked
                };
                let second = self.attributed(&other)?;
                pair(&first, &second).map_err(|error| error.to_string())?
            }
        };
        let matrices = aggregate(&compared).map_err(|error| error.to_string())?;
        self.columns
            .iter()
            .try_for_each(|column| column.check(&matrices))
    }

    fn attributed(&self, asked: &AttributeRequest) -> Result<Attribution, String> {
        let events = carry_out(Work::Attribute(asked.clone()));
        let written = events.iter().find_map(|event| match event {
            Event::Output { text } => Some(text),
            _ => None,
        });
        if self.output.is_some() && written != self.output.as_ref() {
            return Err(format!("wrote {written:?}, expected {:?}", self.output));
        }
        let Some(Event::Attributed { inseq_json }) = events.last() else {
            return Err(format!("{:?}", events.last()));
        };
        let output = from_inseq_json(inseq_json).map_err(|error| error.to_string())?;
        Ok(output.sequences[0].clone())
    }
}

impl Column {
    fn check(&self, found: &Attribution) -> Result<(), String> {
        let read = |token: &Token| token.display(found.spelling).trim().to_owned();
        let place = |tokens: &[Token], word: &str| -> Result<usize, String> {
            let place = tokens.iter().position(|token| read(token) == word);
            place.ok_or_else(|| {
                let words: Vec<String> = tokens.iter().map(read).collect();
                format!("no token {word:?} among {words:?}")
            })
        };
        let column = place(found.targets(), &self.token)?;
        let sides = [
            (&self.source, &found.source[..], &found.source_attributions),
            (&self.target, found.prefix(), &found.target_attributions),
        ];
        for (expected, tokens, scores) in sides {
            for (word, value) in expected {
                let row = place(tokens, word)?;
                let given = given(scores.as_ref(), row, column);
                rounds_to(THREE_DECIMALS, &[*value], &[given])
                    .map_err(|error| format!("{word} for {}: {error}", self.token))?;
            }
        }
        Ok(())
    }
}

/// NaN where there is no such value.
fn given(scores: Option<&Scores>, row: usize, column: usize) -> f32 {
    let value = scores.and_then(|scores| {
        let n_columns = *scores.shape.get(1)?;
        scores.values.get(row * n_columns + column).copied()
    });
    value.unwrap_or(f32::NAN)
}

fn check(id: &str) {
    let case = AttributionCase::named(id);
    if let Some(folder) = real_model(&case.models) {
        case.check(&folder.display().to_string())
            .unwrap_or_else(|error| panic!("{id}: {error}"));
    }
}

#[test]
fn b1_input_times_gradient_of_a_greeting() {
    check("B1");
}

#[test]
fn b2_attention_of_a_greeting() {
    check("B2");
}

#[test]
fn b4_the_manager_and_he() {
    check("B4, he");
}

#[test]
fn b4_the_manager_and_she() {
    check("B4, she");
}

#[test]
fn b5_the_manager_from_he_to_she() {
    check("B5");
}

#[test]
fn b6_a_manager_of_one_gender_or_the_other() {
    check("B6");
}

#[test]
fn b7_peacekeepers_aligned_from_the_end() {
    check("B7, aligned from the end");
}

#[test]
fn b7_peacekeepers_aligned_by_hand() {
    check("B7, aligned by hand");
}

/// The same runner on a tiny model: a column of one row holds all.
#[test]
fn a_wrong_number_or_word_would_be_noticed() {
    let case = |column: Value| -> AttributionCase {
        serde_json::from_value(json!({
            "id": "tiny", "source": "here", "models": [],
            "request": {"input_text": "The", "generated_text": "The doctor"},
            "columns": [column],
        }))
        .unwrap()
    };
    let model = tiny_models().join("gpt2").display().to_string();
    let right = case(json!({"token": "doctor", "target": {"The": 1.0}}));
    right.check(&model).unwrap();
    for (wrong, words) in [
        (
            json!({"token": "doctor", "target": {"The": 0.99}}),
            "three decimals",
        ),
        (
            json!({"token": "nurse", "target": {"The": 1.0}}),
            "no token \"nurse\"",
        ),
        (
            json!({"token": "doctor", "source": {"The": 1.0}}),
            "three decimals",
        ),
    ] {
        let complaint = case(wrong).check(&model).unwrap_err();
        assert!(complaint.contains(words), "{complaint}");
    }
}
