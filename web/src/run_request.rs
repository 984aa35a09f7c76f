//! How a result is made again: what was asked of which model, and what computed.

use std::collections::BTreeMap;

use attribution_output::AttributionOutput;
use protocol::{AttributeRequest, ContextRequest, DeviceChoice, OptionValue, Work};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A run, whole: nothing of the form is needed to run it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunRequest {
    /// What is asked: `Attribute` or `AttributeContext`.
    pub(crate) work: Work,
    /// What computes.
    #[serde(default)]
    pub(crate) device: DeviceChoice,
    /// Whether the model reads a source text apart from its output.
    #[serde(default)]
    pub(crate) is_encoder_decoder: bool,
}

impl RunRequest {
    /// What a result says of itself in its settings; `None` if they do not name a model
    /// and a text. Settings that Inseq writes and we do not know are passed over.
    pub(crate) fn of_result(output: &AttributionOutput) -> Option<Self> {
        let settings = Settings(&output.info);
        let model_class = settings.text("model_class");
        let is_encoder_decoder = match &model_class {
            Some(class) => class.contains("Marian"),
            None => !output.sequences.first()?.is_decoder_only(),
        };
        let model = settings
            .text("model_name")
            .or_else(|| settings.text("model_name_or_path"))?;
        let work = match settings.text("input_current_text") {
            Some(current) => {
                let asked = attribute_request(&settings, &model, "");
                Work::AttributeContext(Box::new(context_request(&settings, asked, current)))
            }
            None => {
                let input = settings.first_text("input_texts")?;
                let mut asked = attribute_request(&settings, &model, &input);
                if settings.read("constrained_decoding") == Some(true) {
                    asked.generated_text = settings.first_text("generated_texts");
                }
                Work::Attribute(asked)
            }
        };
        Some(Self {
            work,
            device: match settings.text("device").as_deref() {
                Some("webgpu") => DeviceChoice::Webgpu,
                Some("cpu") => DeviceChoice::Cpu,
                _ => DeviceChoice::Auto,
            },
            is_encoder_decoder,
        })
    }

    /// Whether it is one of the two kinds of work that make a result to show.
    pub(crate) fn is_run(&self) -> bool {
        matches!(self.work, Work::Attribute(_) | Work::AttributeContext(_))
    }

    /// Id of its method; empty if it is no run.
    pub(crate) fn method(&self) -> &str {
        self.asked().map_or("", |asked| &asked.method)
    }

    /// Name of its model; empty if it is no run.
    pub(crate) fn model(&self) -> &str {
        self.asked().map_or("", |asked| &asked.model)
    }

    fn asked(&self) -> Option<&AttributeRequest> {
        match &self.work {
            Work::Attribute(asked) => Some(asked),
            Work::AttributeContext(context) => Some(&context.settings),
            _ => None,
        }
    }

    /// Model, method and the beginning of the text, for lists.
    pub(crate) fn title(&self) -> String {
        const LONGEST_TEXT: usize = 48;
        let (asked, text) = match &self.work {
            Work::Attribute(asked) => (asked, asked.input_text.as_str()),
            Work::AttributeContext(asked) => (&asked.settings, asked.input_current_text.as_str()),
            _ => return "no run".to_owned(),
        };
        let mut shortened: String = text.chars().take(LONGEST_TEXT).collect();
        if shortened.len() < text.len() {
            shortened.push('…');
        }
        let kind = match self.work {
            Work::AttributeContext(_) => "context, ",
            _ => "",
        };
        format!("“{shortened}” · {kind}{}, {}", asked.method, asked.model)
    }
}

/// Settings of a result, which nobody has checked.
struct Settings<'a>(&'a Map<String, Value>);

impl Settings<'_> {
    fn read<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        T::deserialize(self.0.get(key)?).ok()
    }

    fn text(&self, key: &str) -> Option<String> {
        self.read(key)
    }

    fn first_text(&self, key: &str) -> Option<String> {
        self.read::<Vec<String>>(key)?.into_iter().next()
    }

    /// Values of options; those of other types are none of ours.
    fn options(&self, key: &str) -> BTreeMap<String, OptionValue> {
        let values = self.0.get(key).and_then(Value::as_object);
        let values = values.into_iter().flatten();
        values
            .filter_map(|(name, value)| Some((name.clone(), OptionValue::deserialize(value).ok()?)))
            .collect()
    }
}

fn attribute_request(settings: &Settings<'_>, model: &str, input: &str) -> AttributeRequest {
    let defaults = AttributeRequest::new(model, input);
    let function = settings.text("attributed_fn").map(|name| {
        // Inseq writes the name of its Python function.
        name.strip_suffix("_fn").unwrap_or(&name).to_owned()
    });
    AttributeRequest {
        method: settings
            .text("attribution_method")
            .unwrap_or(defaults.method),
        method_options: settings.options("attribution_args"),
        attributed_fn: function.unwrap_or(defaults.attributed_fn),
        attributed_fn_args: settings.options("attributed_fn_args"),
        step_scores: settings.read("step_scores").unwrap_or_default(),
        step_scores_args: settings.options("step_scores_args"),
        custom_step_functions: settings.read("custom_step_functions").unwrap_or_default(),
        attribute_target: settings.read("attribute_target").unwrap_or_default(),
        include_eos_baseline: settings.read("include_eos_baseline").unwrap_or_default(),
        attr_pos_start: settings.read("attr_pos_start"),
        attr_pos_end: settings.read("attr_pos_end"),
        generation: settings.read("generation_args").unwrap_or_default(),
        generate_from_target_prefix: settings
            .read("generate_from_target_prefix")
            .unwrap_or_default(),
        compatibility: settings.read("compatibility").unwrap_or_default(),
        ..AttributeRequest::new(model, input)
    }
}

fn context_request(
    settings: &Settings<'_>,
    asked: AttributeRequest,
    current: String,
) -> ContextRequest {
    let defaults = ContextRequest::new(asked, current);
    let template =
        |key: &str, default: &str| settings.text(key).unwrap_or_else(|| default.to_owned());
    ContextRequest {
        input_context_text: settings.text("input_context_text"),
        input_template: settings.text("input_template"),
        output_current_text: settings.text("output_current_text"),
        output_context_text: settings.text("output_context_text"),
        output_template: settings.text("output_template"),
        contextless_input_current_text: template("contextless_input_current_text", "{current}"),
        contextless_output_current_text: template("contextless_output_current_text", "{current}"),
        context_sensitivity_metric: settings
            .text("context_sensitivity_metric")
            .unwrap_or_else(|| defaults.context_sensitivity_metric.clone()),
        context_sensitivity_std_threshold: settings.read("context_sensitivity_std_threshold"),
        context_sensitivity_topk: settings.read("context_sensitivity_topk"),
        contextless_output_next_tokens: settings
            .read("contextless_output_next_tokens")
            .unwrap_or_default(),
        decoder_input_output_separator: template("decoder_input_output_separator", " "),
        handle_output_context_strategy: settings
            .read("handle_output_context_strategy")
            .unwrap_or_default(),
        special_tokens_to_keep: settings.read("special_tokens_to_keep").unwrap_or_default(),
        attribution_std_threshold: settings.read("attribution_std_threshold"),
        attribution_topk: settings.read("attribution_topk"),
        attribution_aggregators: settings.read("attribution_aggregators").unwrap_or_default(),
        normalize_attributions: settings.read("normalize_attributions").unwrap_or_default(),
        ..defaults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::Shown;
    use serde_json::json;

    #[test]
    fn the_stored_example_says_how_it_was_made() {
        let asked = RunRequest::of_result(&Shown::stored_example().output).unwrap();
        let Work::Attribute(request) = &asked.work else {
            panic!("another question");
        };
        assert_eq!(request.method, "integrated_gradients");
        assert_eq!(request.attributed_fn, "probability");
        assert_eq!(request.method_options["n_steps"], OptionValue::Integer(50));
        assert_eq!(request.generated_text, None);
        assert_eq!(request.generation.max_length, Some(128));
        assert!(asked.is_encoder_decoder && request.attribute_target);
        assert!(
            asked.title().starts_with("“The doctor arrived"),
            "{}",
            asked.title()
        );
    }

    #[test]
    fn settings_of_other_types_are_passed_over() {
        let mut output = Shown::stored_example().output;
        for key in [
            "attribution_args",
            "step_scores",
            "attr_pos_start",
            "generation_args",
        ] {
            output.info.insert(key.to_owned(), json!([{"a": null}]));
        }
        let asked = RunRequest::of_result(&output).unwrap();
        let Work::Attribute(request) = asked.work else {
            panic!("another question");
        };
        assert!(request.method_options.is_empty() && request.attr_pos_start.is_none());
        output.info.insert("model_name".to_owned(), json!(7));
        assert_eq!(RunRequest::of_result(&output), None);
    }
}
