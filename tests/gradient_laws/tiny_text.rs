//! A tiny model with the text of its golden cases, and requests for it.

use std::path::Path;

use attribution::{Fold, OptionValue, Request};
use attribution_output::{Attribution, Scores};
use futures::executor::block_on;
use inseq_tests::tiny_models::{loaded, tiny_models};
use models::{CONFIG_FILE, ModelFiles, SequenceModel, files_to_fetch};
use serde_json::Value;

/// A model and its text.
pub(crate) struct TinyText {
    pub(crate) model: Box<dyn SequenceModel>,
    pub(crate) source: Option<Vec<u32>>,
    pub(crate) target: Vec<u32>,
    pub(crate) n_given: usize,
}

/// The two families.
pub(crate) const FAMILIES: [&str; 2] = ["gpt2", "marian"];

pub(crate) fn tiny_text(family: &str) -> TinyText {
    let case = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden/cases")
        .join(format!("{family}-saliency.json"));
    let text = std::fs::read_to_string(case).expect("the golden cases are committed");
    let case: Value = serde_json::from_str(&text).expect("a case is JSON");
    let result = &case["result"];
    let ids = |name: &str| -> Vec<u32> {
        let tokens = result[name].as_array().expect("tokens are a list");
        tokens
            .iter()
            .map(|token| token[1].as_u64().expect("ids are numbers") as u32)
            .collect()
    };
    TinyText {
        model: load(&tiny_models().join(family)),
        source: (family == "marian").then(|| ids("source_tokens")),
        target: ids("target_tokens"),
        n_given: result["attr_pos_start"].as_u64().expect("a position") as usize,
    }
}

fn load(folder: &Path) -> Box<dyn SequenceModel> {
    let read = |name: &str| std::fs::read(folder.join(name)).ok();
    let config = read(CONFIG_FILE).expect("the tiny models are committed");
    let mut files = ModelFiles::new();
    for wanted in files_to_fetch(&config).expect("the family is ours") {
        for name in wanted.alternatives.iter().flatten() {
            if let Some(bytes) = read(name) {
                files.insert(*name, bytes);
            }
        }
    }
    files.insert(CONFIG_FILE, config);
    loaded(files).expect("the tiny models are whole")
}

impl TinyText {
    /// Both sides attributed, nothing folded, scores as logits: probabilities of the
    /// tiny Marian are too small to compare.
    pub(crate) fn request(&self, method: &str, options: &[(&str, OptionValue)]) -> Request {
        let options = options.iter();
        Request {
            method: method.to_owned(),
            method_options: options
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            attributed_fn: "logit".to_owned(),
            attribute_target: true,
            fold: Fold::Keep,
            ..Request::new(self.source.clone(), self.target.clone(), self.n_given)
        }
    }

    pub(crate) fn attribute(&self, request: &Request) -> Attribution {
        self.try_attribute(request)
            .unwrap_or_else(|error| panic!("{}: {error}", request.method))
    }

    pub(crate) fn try_attribute(&self, request: &Request) -> attribution::Result<Attribution> {
        let model = self.model.as_ref();
        block_on(attribution::attribute(model, request, &mut |_, _| {}))
    }
}

pub(crate) fn text(value: &str) -> OptionValue {
    OptionValue::Text(value.to_owned())
}

pub(crate) fn integer(value: i64) -> OptionValue {
    OptionValue::Integer(value)
}

pub(crate) fn flag(value: bool) -> OptionValue {
    OptionValue::Flag(value)
}

/// The matrices that are there.
pub(crate) fn matrices(attribution: &Attribution) -> Vec<&Scores> {
    let sides = [
        &attribution.source_attributions,
        &attribution.target_attributions,
    ];
    sides.into_iter().flatten().collect()
}

/// Sum of everything each target was given; `[targets, layers]` if there are layers.
pub(crate) fn totals(attribution: &Attribution, n_layers: usize) -> Vec<f32> {
    let n_targets = attribution.attr_pos_end - attribution.attr_pos_start;
    let mut totals = vec![0.0_f64; n_targets * n_layers];
    for scores in matrices(attribution) {
        let width: usize = scores.shape[2..].iter().product::<usize>() / n_layers;
        for (index, values) in scores.values.chunks_exact(width).enumerate() {
            let known = values.iter().filter(|value| !value.is_nan());
            totals[index % (n_targets * n_layers)] +=
                known.map(|value| f64::from(*value)).sum::<f64>();
        }
    }
    totals.into_iter().map(|total| total as f32).collect()
}
