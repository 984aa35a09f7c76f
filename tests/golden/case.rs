//! The case files.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use inseq_tests::tiny_models::tiny_models;
use inseq_tests::tolerance::{GOLDEN, GOLDEN_COSINE, Tolerance};
use protocol::{AttributeRequest, Fold, OptionValue};
use serde::Deserialize;
use serde_json::{Map, Value};

/// One run of Inseq.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    family: String,
    method: String,
    source: String,
    target: String,
    #[serde(default)]
    load_kwargs: Map<String, Value>,
    #[serde(default)]
    kwargs: Map<String, Value>,
    pub(crate) result: Expected,
}

/// What Inseq said.
#[derive(Deserialize)]
pub(crate) struct Expected {
    pub(crate) source_tokens: Vec<(String, i64)>,
    pub(crate) target_tokens: Vec<(String, i64)>,
    pub(crate) attr_pos_start: usize,
    pub(crate) attr_pos_end: usize,
    pub(crate) source_attributions: Option<Array>,
    pub(crate) target_attributions: Option<Array>,
    #[serde(default)]
    pub(crate) step_scores: BTreeMap<String, Array>,
    #[serde(default)]
    pub(crate) sequence_scores: BTreeMap<String, Array>,
    pub(crate) aggregated: Aggregated,
}

/// After the default aggregation.
#[derive(Deserialize)]
pub(crate) struct Aggregated {
    pub(crate) source_attributions: Option<Array>,
    pub(crate) target_attributions: Option<Array>,
    #[serde(default)]
    pub(crate) sequence_scores: BTreeMap<String, Array>,
}

/// Row-major, `null` for NaN.
#[derive(Deserialize)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    data: Vec<Option<f32>>,
}

impl Array {
    pub(crate) fn values(&self) -> Vec<f32> {
        self.data
            .iter()
            .map(|value| value.unwrap_or(f32::NAN))
            .collect()
    }
}

impl Case {
    /// Every case of Inseq's `attribute`; those of other commands have no result of
    /// this form.
    pub(crate) fn all(folder: &Path) -> Vec<Self> {
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .expect("the golden cases are committed")
            .map(|entry| entry.expect("a folder can be listed").path())
            .collect();
        paths.sort();
        let is_case = |path: &&std::path::PathBuf| {
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

    /// Why this case cannot run yet, if it cannot.
    pub(crate) fn is_ours(&self) -> Result<(), String> {
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

    /// How closely Inseq's numbers can be met.
    pub(crate) fn tolerance(&self) -> Tolerance {
        match self.method.as_str() {
            "value_zeroing" => GOLDEN_COSINE,
            _ => GOLDEN,
        }
    }

    pub(crate) fn request(&self) -> AttributeRequest {
        let mut request = AttributeRequest::new(&self.family, &self.source);
        request.generated_text = Some(self.target.clone());
        request.method = self.method.clone();
        request.step_scores = self.step_scores().into_iter().map(str::to_owned).collect();
        request.fold = Fold::Keep;
        // Inseq takes some of a method's options when the model is loaded.
        for (name, value) in &self.load_kwargs {
            request.method_options.insert(name.clone(), option(value));
        }
        for (name, value) in &self.kwargs {
            match name.as_str() {
                "attributed_fn" => {
                    request.attributed_fn = value.as_str().unwrap_or_default().to_owned();
                }
                "attribute_target" => request.attribute_target = value == true,
                "attributed_fn_args" => request.attributed_fn_args = options(value),
                "step_scores_args" => request.step_scores_args = options(value),
                "step_scores" => {}
                "attr_pos_start" => request.attr_pos_start = value.as_i64(),
                "attr_pos_end" => request.attr_pos_end = value.as_i64(),
                "include_eos_baseline" => request.include_eos_baseline = value == true,
                _ => {
                    request.method_options.insert(name.clone(), option(value));
                }
            }
        }
        request
    }

    /// The same run, as a user of the command line asks for it.
    pub(crate) fn arguments(&self, save_path: &Path) -> Vec<OsString> {
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

    fn step_scores(&self) -> Vec<&str> {
        let names = self.kwargs.get("step_scores").and_then(Value::as_array);
        names
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default()
    }
}

fn options(value: &Value) -> BTreeMap<String, OptionValue> {
    let values = value.as_object().cloned().unwrap_or_default();
    values
        .iter()
        .map(|(name, value)| (name.clone(), option(value)))
        .collect()
}

fn option(value: &Value) -> OptionValue {
    match value {
        Value::Bool(value) => OptionValue::Flag(*value),
        Value::Number(value) => match value.as_i64() {
            Some(value) => OptionValue::Integer(value),
            None => OptionValue::Number(value.as_f64().expect("JSON numbers of cases are finite")),
        },
        Value::String(value) => OptionValue::Text(value.clone()),
        Value::Array(values) => OptionValue::List(values.iter().map(option).collect()),
        Value::Object(_) => OptionValue::Map(options(value)),
        Value::Null => panic!("no case gives null for an option"),
    }
}
