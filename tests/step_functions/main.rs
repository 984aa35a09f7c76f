//! Do step functions give what the same formulas give in plain PyTorch, in double
//! precision, reported and attributed, compared with another text or source?
//! `make_references.py` says how the references were made.
//!
//! Not here: what Inseq says (`golden`).

mod alignments;
mod asking;
mod dropout;
mod laws;
mod refusals;

use std::collections::BTreeMap;

use attribution_output::Scores;
use inseq_tests::tolerance::{INDEPENDENT, within};
use protocol::{AttributeRequest, Compatibility, OptionValue};
use serde::Deserialize;

use asking::answer;

/// The name that the references give to their formula.
const FORMULA_NAME: &str = "mine";

/// A run of the references.
#[derive(Deserialize)]
struct Reference {
    family: String,
    source: String,
    target: String,
    function: String,
    options: BTreeMap<String, OptionValue>,
    formula: String,
    /// "inseq" where the decoder scales twice.
    scale: Option<String>,
    /// Reported by target.
    scores: Option<Vec<f32>>,
    method: Option<String>,
    n_steps: Option<i64>,
    #[serde(rename = "target_attributions")]
    of_target: Option<Folded>,
    #[serde(rename = "source_attributions")]
    of_source: Option<Folded>,
}

/// Attributions `[tokens][targets]`, the hidden axis folded.
#[derive(Deserialize)]
struct Folded {
    norms: Vec<Vec<f32>>,
    sums: Vec<Vec<f32>>,
}

impl Reference {
    fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("references.json")).expect("the references can be read")
    }

    fn request(&self) -> AttributeRequest {
        let mut request = asking::request(&self.family, &self.source, &self.target);
        if self.scale.as_deref() == Some("inseq") {
            request.compatibility = Compatibility::Inseq;
        }
        let formulas = &mut request.custom_step_functions;
        formulas.insert(FORMULA_NAME.to_owned(), self.formula.clone());
        request
    }

    fn name(&self) -> String {
        format!(
            "{} {} {} {:?}",
            self.family,
            self.method.as_deref().unwrap_or("reported"),
            self.function,
            self.options
        )
    }
}

#[test]
fn reported_scores_agree_with_plain_pytorch() {
    let mut n = 0;
    for reference in Reference::all() {
        let Some(expected) = &reference.scores else {
            continue;
        };
        let mut request = reference.request();
        request.step_scores = vec![reference.function.clone()];
        request.step_scores_args = reference.options.clone();
        let found = answer(request).unwrap_or_else(|words| panic!("{}: {words}", reference.name()));
        within(
            INDEPENDENT,
            expected,
            &found.step_scores[&reference.function],
        )
        .unwrap_or_else(|words| panic!("{}: {words}", reference.name()));
        n += 1;
    }
    assert!(n >= 64, "references went missing");
}

#[test]
fn attributions_agree_with_plain_pytorch() {
    let mut n = 0;
    for reference in Reference::all() {
        let (Some(method), Some(of_target)) = (&reference.method, &reference.of_target) else {
            continue;
        };
        let mut request = reference.request();
        request.method = method.clone();
        let options = &mut request.method_options;
        if method == "saliency" {
            options.insert("abs".to_owned(), OptionValue::Flag(false));
        } else if let Some(n_steps) = reference.n_steps {
            options.insert("n_steps".to_owned(), OptionValue::Integer(n_steps));
        }
        request.attributed_fn = reference.function.clone();
        request.attributed_fn_args = reference.options.clone();
        let found = answer(request).unwrap_or_else(|words| panic!("{}: {words}", reference.name()));
        let sides = [
            (Some(of_target), &found.target_attributions),
            (reference.of_source.as_ref(), &found.source_attributions),
        ];
        for (expected, found) in sides {
            let Some(expected) = expected else { continue };
            let found = found.as_ref().expect("both sides are attributed");
            agree(expected, found).unwrap_or_else(|words| panic!("{}: {words}", reference.name()));
        }
        n += 1;
    }
    assert!(n >= 25, "references went missing");
}

/// Compares norms and sums over the hidden axis; where values of both signs sum to
/// nothing, the norms say how large they are. Where we say nothing, the reference has 0:
/// a token does not depend on those after it.
fn agree(expected: &Folded, found: &Scores) -> Result<(), String> {
    let n_hidden = found.shape[2];
    let n_cells = expected.norms.concat().len();
    let cells = || found.values.chunks_exact(n_hidden).take(n_cells);
    let known = |cell: &[f32], folded: f32| if cell[0].is_nan() { 0.0 } else { folded };
    let norms = cells().map(|cell| known(cell, cell.iter().map(|x| x * x).sum::<f32>().sqrt()));
    let sums = cells().map(|cell| known(cell, cell.iter().sum()));
    let found: Vec<f32> = norms.chain(sums).collect();
    let expected = [expected.norms.concat(), expected.sums.concat()].concat();
    within(INDEPENDENT, &expected, &found)
}
