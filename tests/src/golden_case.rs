//! The golden cases: what was asked of Inseq, what it said, and whether we say the same.

mod expected;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use attribution_output::{AttributionOutput, Token, aggregate};
use protocol::{AttributeRequest, Fold, OptionValue};
use serde::Deserialize;
use serde_json::{Map, Value};

pub use self::expected::Array;
use self::expected::{Expected, compare, per_target};
use crate::tiny_models::tiny_models;
use crate::tolerance::{GOLDEN, GOLDEN_COSINE, GOLDEN_DIVERGENCE, Tolerance};

/// One run of Inseq.
#[derive(Deserialize)]
pub struct Case {
    /// Name of its file, without the ending.
    pub name: String,
    family: String,
    method: String,
    source: String,
    target: String,
    #[serde(default)]
    load_kwargs: Map<String, Value>,
    #[serde(default)]
    kwargs: Map<String, Value>,
    result: Expected,
}

impl Case {
    /// Every case of Inseq's `attribute`; those of other commands have no result of
    /// this form.
    ///
    /// # Panics
    /// If a case cannot be read.
    pub fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/cases");
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .expect("the golden cases are committed")
            .map(|entry| entry.expect("a folder can be listed").path())
            .collect();
        paths.sort();
        let is_case = |path: &&PathBuf| {
            let name = path.display().to_string();
            name.ends_with(".json") && !name.ends_with(".inseq.json") && !name.contains("-context-")
        };
        paths
            .iter()
            .filter(is_case)
            .map(|path| {
                let text = std::fs::read_to_string(path).expect("a case can be read");
                serde_json::from_str(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            })
            .collect()
    }

    /// Whether every method and function that it names is ours.
    ///
    /// # Errors
    /// Says why this case cannot run yet.
    pub fn is_ours(&self) -> Result<(), String> {
        let description = engine::description();
        if !description
            .methods
            .iter()
            .any(|method| method.id == self.method)
        {
            return Err(format!("method {} is not there yet", self.method));
        }
        if ["lime", "gradient_shap"].contains(&self.method.as_str()) {
            let reason = "draws at random; the suite `methods` feeds it recorded draws";
            return Err(reason.to_owned());
        }
        let functions: Vec<&str> = self
            .step_scores()
            .into_iter()
            .chain(self.kwargs.get("attributed_fn").and_then(Value::as_str))
            .collect();
        for function in functions {
            if !description
                .step_functions
                .iter()
                .any(|known| known.id == function)
            {
                return Err(format!("step function {function} is not there yet"));
            }
        }
        Ok(())
    }

    /// The same run asked of our engine, which knows the model by its family's name.
    pub fn request(&self) -> AttributeRequest {
        let mut request = AttributeRequest::new(&self.family, &self.source);
        request.generated_text = Some(self.target.clone());
        request.method = self.method.clone();
        request.step_scores = self.step_scores().into_iter().map(str::to_owned).collect();
        request.fold = Fold::Keep;
        // Inseq takes some of a method's options when the model is loaded.
        for (name, value) in &self.load_kwargs {
            request.method_options.insert(name.clone(), option(value));
        }
        if let Some(function) = self.kwargs.get("attributed_fn") {
            request.attributed_fn = function.as_str().unwrap_or_default().to_owned();
        }
        let functions = engine::description().step_functions;
        let takes = |function: &str, option: &str| {
            let mut options = functions.iter().filter(|known| known.id == function);
            options.any(|known| known.options.iter().any(|known| known.id == option))
        };
        for (name, value) in &self.kwargs {
            match name.as_str() {
                "attributed_fn" => {}
                "attribute_target" => request.attribute_target = value == true,
                "attributed_fn_args" => request.attributed_fn_args = options(value),
                "step_scores_args" => request.step_scores_args = options(value),
                "step_scores" => {}
                "attr_pos_start" => request.attr_pos_start = value.as_i64(),
                "attr_pos_end" => request.attr_pos_end = value.as_i64(),
                "include_eos_baseline" => request.include_eos_baseline = value == true,
                // As in Inseq, a keyword goes to all who take it.
                _ => {
                    let is_attributed = takes(&request.attributed_fn, name);
                    let is_reported = request.step_scores.iter().any(|id| takes(id, name));
                    for (is_taken, values) in [
                        (is_attributed, &mut request.attributed_fn_args),
                        (is_reported, &mut request.step_scores_args),
                        (!is_attributed && !is_reported, &mut request.method_options),
                    ] {
                        if is_taken {
                            values.insert(name.clone(), option(value));
                        }
                    }
                }
            }
        }
        request
    }

    /// For each target, whether the attributed function compares its token with itself
    /// in one and the same run. Its score and attributions are then exactly 0, but some
    /// of Inseq's are rounding errors, and normalized they are any number.
    fn compares_with_itself(&self) -> Vec<bool> {
        let compares = ["contrast_prob_diff", "contrast_logits_diff", "pcxmi"];
        let attributed = self.kwargs.get("attributed_fn").and_then(Value::as_str);
        let is_difference = attributed.is_some_and(|function| compares.contains(&function));
        self.result.target_tokens[self.result.attr_pos_start..self.result.attr_pos_end]
            .iter()
            .map(|(_, id)| is_difference && *id >= 0)
            .collect()
    }

    /// The same run, as a user of the command line asks for it.
    pub fn arguments(&self, save_path: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["attribute".into(), "--hide".into()];
        let mut give = |option: &str, values: Vec<OsString>| {
            arguments.push(option.into());
            arguments.extend(values);
        };
        give("-m", vec![tiny_models().join(&self.family).into()]);
        give("-i", vec![self.source.clone().into()]);
        give("-g", vec![self.target.clone().into()]);
        give("-a", vec![self.method.clone().into()]);
        give("-o", vec![save_path.into()]);
        let mut keywords = self.load_kwargs.clone();
        for (name, value) in &self.kwargs {
            let text = || value.as_str().unwrap_or_default().into();
            match name.as_str() {
                "attributed_fn" => give("-fn", vec![text()]),
                "step_scores" => {
                    let names = self.step_scores().into_iter();
                    give("--step_scores", names.map(OsString::from).collect());
                }
                "attribute_target" | "include_eos_baseline" => {
                    give(&format!("--{name}"), vec![value.to_string().into()]);
                }
                "attr_pos_start" => give("-s", vec![value.to_string().into()]),
                "attr_pos_end" => give("-e", vec![value.to_string().into()]),
                _ => {
                    keywords.insert(name.clone(), value.clone());
                }
            }
        }
        if !keywords.is_empty() {
            let keywords = Value::Object(keywords).to_string();
            give("--attribution_kwargs", vec![keywords.into()]);
        }
        arguments
    }

    /// Compares what we computed with what Inseq said, raw and aggregated; returns how
    /// many arrays were compared.
    ///
    /// # Errors
    /// Says what differs.
    pub fn compare(&self, output: &AttributionOutput) -> Result<usize, String> {
        let found = &output.sequences[0];
        let expected = &self.result;
        let names = |tokens: &[Token]| -> Vec<(String, i64)> {
            tokens
                .iter()
                .map(|token| (token.token.clone(), token.id))
                .collect()
        };
        if names(&found.source) != expected.source_tokens
            || names(&found.target) != expected.target_tokens
            || (found.attr_pos_start, found.attr_pos_end)
                != (expected.attr_pos_start, expected.attr_pos_end)
        {
            return Err("tokens or positions differ".to_owned());
        }
        let aggregated = aggregate(found).map_err(|error| error.to_string())?;
        let mut pairs = Vec::new();
        for (start, expected, found) in [
            ("", expected.attributions(), found),
            (
                "aggregated ",
                expected.aggregated.attributions(),
                &aggregated,
            ),
        ] {
            for (name, array) in expected {
                let found = match name.as_str() {
                    "source_attributions" => found.source_attributions.as_ref(),
                    "target_attributions" => found.target_attributions.as_ref(),
                    name => found.sequence_scores.get(name),
                };
                pairs.push((
                    format!("{start}{name}"),
                    array,
                    found.cloned(),
                    self.tolerance(),
                ));
            }
        }
        for (name, array) in &expected.step_scores {
            // Rounding errors on both sides: what they must be is a law, not a number.
            if name != "deltas" {
                let found = found.step_scores.get(name).map(|it| per_target(it));
                let tolerance = match name.as_str() {
                    "kl_divergence" => GOLDEN_DIVERGENCE,
                    _ => GOLDEN,
                };
                pairs.push((name.clone(), array, found, tolerance));
            }
        }
        let is_zero = self.compares_with_itself();
        for (name, expected, found, tolerance) in &pairs {
            let is_zero = if name.ends_with("_attributions") {
                is_zero.as_slice()
            } else {
                &[]
            };
            compare(*tolerance, name, expected, found.as_ref(), is_zero)?;
        }
        Ok(pairs.len())
    }

    /// How closely Inseq's numbers can be met.
    fn tolerance(&self) -> Tolerance {
        match self.method.as_str() {
            "value_zeroing" => GOLDEN_COSINE,
            _ => GOLDEN,
        }
    }

    fn step_scores(&self) -> Vec<&str> {
        let names = self.kwargs.get("step_scores").and_then(Value::as_array);
        names
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default()
    }
}

fn options(value: &Value) -> BTreeMap<String, OptionValue> {
    serde_json::from_value(value.clone()).expect("a case's options have names and values")
}

fn option(value: &Value) -> OptionValue {
    serde_json::from_value(value.clone()).expect("no case gives null for an option")
}
