//! Values of `references.json`, which `make_references.py` computed in plain numpy.

use std::path::Path;

use attribution::Request;
use attribution_output::{
    Attribution, Axis, FaithfulnessMeasures, FaithfulnessPoint, FaithfulnessSettings, Kind, Scores,
};
use inseq_tests::tolerance::{CANCELLING, within};
use serde::Deserialize;

use crate::asking::{attributed, measured, numbers, tiny};

#[derive(Deserialize)]
struct Case {
    name: String,
    family: String,
    attribute_target: bool,
    source: Option<Vec<u32>>,
    target: Vec<u32>,
    n_given: usize,
    source_attributions: Option<Vec<f32>>,
    target_attributions: Option<Vec<f32>>,
    fractions: Vec<f64>,
    n_samples: usize,
    draws: Vec<f64>,
    targets: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    position: usize,
    n_tokens: usize,
    score: f64,
    score_without_all: f64,
    comprehensiveness: f64,
    sufficiency: f64,
    soft_comprehensiveness: f64,
    soft_sufficiency: f64,
    curve: Vec<(f64, f64, f64)>,
}

impl Expected {
    fn measures(&self) -> FaithfulnessMeasures {
        let point =
            |(fraction, comprehensiveness, sufficiency): &(f64, f64, f64)| FaithfulnessPoint {
                fraction: *fraction,
                comprehensiveness: *comprehensiveness,
                sufficiency: *sufficiency,
            };
        FaithfulnessMeasures {
            score: self.score,
            score_without_all: self.score_without_all,
            comprehensiveness: self.comprehensiveness,
            sufficiency: self.sufficiency,
            soft_comprehensiveness: self.soft_comprehensiveness,
            soft_sufficiency: self.soft_sufficiency,
            curve: self.curve.iter().map(point).collect(),
        }
    }
}

impl Case {
    fn request(&self) -> Request {
        Request {
            method: "attention".to_owned(),
            attribute_target: self.attribute_target,
            recorded_draws: Some(self.draws.clone()),
            ..Request::new(self.source.clone(), self.target.clone(), self.n_given)
        }
    }

    /// The tokens of an attribution of this text, with made-up numbers.
    fn attribution(&self, of_text: Attribution) -> Attribution {
        let n_targets = self.target.len() - self.n_given;
        let matrix = |values: &Option<Vec<f32>>| {
            values.as_ref().map(|values| Scores {
                axes: vec![Axis::Inputs, Axis::Targets],
                shape: vec![values.len() / n_targets, n_targets],
                values: values.clone(),
            })
        };
        Attribution {
            kind: Kind::Coarse,
            source_attributions: matrix(&self.source_attributions),
            target_attributions: matrix(&self.target_attributions),
            ..of_text
        }
    }
}

#[test]
fn measures_agree_with_plain_numpy() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("faithfulness/references.json");
    let text = std::fs::read_to_string(path).expect("the values are committed");
    let cases: Vec<Case> = serde_json::from_str(&text).expect("the values can be read");
    assert_eq!(cases.len(), 3, "cases went missing");
    for case in &cases {
        let model = tiny(&case.family);
        let request = case.request();
        let attribution = case.attribution(attributed(model.as_ref(), &request));
        let settings = FaithfulnessSettings {
            fractions: case.fractions.clone(),
            n_samples: case.n_samples,
            ..FaithfulnessSettings::default()
        };
        let found = measured(model.as_ref(), &request, &attribution, &settings).unwrap();
        let mut expected = found.clone();
        for (target, wanted) in expected.targets.iter_mut().zip(&case.targets) {
            assert_eq!(
                (target.position, target.n_tokens),
                (wanted.position, wanted.n_tokens),
                "{}",
                case.name
            );
            target.measures = wanted.measures();
        }
        // Falls are differences of scores that are nearly equal.
        within(CANCELLING, &numbers(&expected), &numbers(&found))
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
    }
}
