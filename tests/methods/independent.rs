//! Values of `golden/independent/values.json`, which says how they were made.

use std::collections::BTreeMap;
use std::path::Path;

use attribution::{Fold, Request};
use attribution_output::{Compatibility, Scores};
use inseq_tests::tolerance::{FITTED, INDEPENDENT, SAMPLED, Tolerance, within};
use serde::Deserialize;
use serde_json::Value;

use crate::asking::{answer, options, tiny};

#[derive(Deserialize)]
struct Case {
    name: String,
    family: String,
    method: String,
    options: Value,
    compatibility: String,
    attribute_target: bool,
    source: Option<Vec<u32>>,
    target: Vec<u32>,
    n_given: usize,
    draws: Option<Vec<f64>>,
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    source: Option<Array>,
    target: Option<Array>,
    sequence_scores: BTreeMap<String, Array>,
}

#[derive(Deserialize)]
struct Array {
    shape: Vec<usize>,
    data: Vec<Option<f32>>,
}

impl Case {
    fn tolerance(&self) -> Tolerance {
        match (self.method.as_str(), &self.draws) {
            ("lime", None) => SAMPLED,
            ("lime", Some(_)) => FITTED,
            _ => INDEPENDENT,
        }
    }

    fn request(&self) -> Request {
        Request {
            method: self.method.clone(),
            method_options: options(&self.options),
            attribute_target: self.attribute_target,
            compatibility: match self.compatibility.as_str() {
                "inseq" => Compatibility::Inseq,
                _ => Compatibility::Corrected,
            },
            fold: Fold::Keep,
            recorded_draws: self.draws.clone(),
            ..Request::new(self.source.clone(), self.target.clone(), self.n_given)
        }
    }

    fn check(&self) -> Result<usize, String> {
        let model = tiny(&self.family);
        let found = answer(model.as_ref(), &self.request()).map_err(|error| error.to_string())?;
        let wanted = &self.expected;
        let mut n = 0;
        for (name, wanted, found) in [
            ("source", &wanted.source, &found.source_attributions),
            ("target", &wanted.target, &found.target_attributions),
        ] {
            n += self.compare(name, wanted.as_ref(), found.as_ref())?;
        }
        if found
            .sequence_scores
            .keys()
            .ne(wanted.sequence_scores.keys())
        {
            return Err(format!(
                "sequence scores {:?}",
                found.sequence_scores.keys()
            ));
        }
        for (name, wanted) in &wanted.sequence_scores {
            n += self.compare(name, Some(wanted), found.sequence_scores.get(name))?;
        }
        Ok(n)
    }

    fn compare(
        &self,
        name: &str,
        wanted: Option<&Array>,
        found: Option<&Scores>,
    ) -> Result<usize, String> {
        let (wanted, found) = match (wanted, found) {
            (Some(wanted), Some(found)) => (wanted, found),
            (None, None) => return Ok(0),
            _ => return Err(format!("{name}: there or not there")),
        };
        if wanted.shape != found.shape {
            return Err(format!("{name}: {:?}, not {:?}", found.shape, wanted.shape));
        }
        let values = wanted.data.iter().map(|value| value.unwrap_or(f32::NAN));
        let values: Vec<f32> = values.collect();
        within(self.tolerance(), &values, &found.values)
            .map_err(|error| format!("{name}: {error}"))?;
        Ok(1)
    }
}

#[test]
fn methods_agree_with_plain_numpy() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/independent/values.json");
    let text = std::fs::read_to_string(path).expect("the values are committed");
    let cases: Vec<Case> = serde_json::from_str(&text).expect("the values can be read");
    let mut failures = Vec::new();
    let mut n_arrays = 0;
    for case in &cases {
        match case.check() {
            Ok(n) => n_arrays += n,
            Err(failure) => failures.push(format!("{}: {failure}", case.name)),
        }
    }
    println!("{} cases, {n_arrays} arrays compared", cases.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(cases.len() >= 17 && n_arrays >= 26, "cases went missing");
}
