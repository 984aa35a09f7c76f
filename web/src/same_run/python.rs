mod literals;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use attribution_output::{Selection, Stage};
use protocol::{AttributeRequest, Compatibility, ContextRequest, DeviceChoice, OptionValue, Work};
use serde_json::Value;

use self::literals::{is_identifier, json_literal, literal, number, text};
use super::{Place, context_texts};
use crate::run_request::RunRequest;

/// The run as calls of Inseq.
pub(crate) fn python(run: &RunRequest) -> String {
    match &run.work {
        Work::Attribute(asked) => attribute(asked, run.device, run.is_encoder_decoder),
        Work::AttributeContext(asked) => attribute_context(asked, run.device),
        _ => String::new(),
    }
}

fn attribute(asked: &AttributeRequest, device: DeviceChoice, has_source: bool) -> String {
    let place = Place::of(&asked.model);
    let mut code = start(asked, &place);
    code.push_str("import inseq\n\n");
    let mut model = Call::new("model = inseq.load_model");
    model.positional(text(&place.name));
    model.positional(text(&asked.method));
    if device == DeviceChoice::Cpu {
        model.named("device", text("cpu"));
    }
    if let Some(revision) = &place.revision {
        let revision = format!("{{\"revision\": {}}}", text(revision));
        model.named("model_kwargs", revision.clone());
        model.named("tokenizer_kwargs", revision);
    }
    model.write_to(&mut code);
    let mut call = Call::new("out = model.attribute");
    call.named("input_texts", text(&asked.input_text));
    if let Some(generated) = &asked.generated_text {
        call.named("generated_texts", text(generated));
    }
    call.named("attributed_fn", text(&asked.attributed_fn));
    call.texts("step_scores", &asked.step_scores);
    if has_source && asked.attribute_target {
        call.named("attribute_target", "True".to_owned());
    }
    if asked.include_eos_baseline {
        call.named("include_eos_baseline", "True".to_owned());
    }
    if asked.generate_from_target_prefix {
        call.named("generate_from_target_prefix", "True".to_owned());
    }
    for (name, position) in [
        ("attr_pos_start", asked.attr_pos_start),
        ("attr_pos_end", asked.attr_pos_end),
    ] {
        if let Some(position) = position {
            call.named(name, position.to_string());
        }
    }
    if asked.generated_text.is_none() || asked.generate_from_target_prefix {
        generation(&mut call, "generation_args", asked);
    }
    // Inseq gives each to whom it belongs, by its name.
    call.options(&options_of(asked));
    call.write_to(&mut code);
    code.push_str("out.show()\n");
    code
}

fn attribute_context(asked: &ContextRequest, device: DeviceChoice) -> String {
    let settings = &asked.settings;
    let place = Place::of(&settings.model);
    let mut code = start(settings, &place);
    code.push_str(
        "from inseq.commands.attribute_context.attribute_context import (\n    \
         AttributeContextArgs,\n    attribute_context,\n)\n\n",
    );
    let mut call = Call::new("arguments = AttributeContextArgs");
    call.named("model_name_or_path", text(&place.name));
    if let Some(revision) = &place.revision {
        let revision = format!("{{\"revision\": {}}}", text(revision));
        call.named("model_kwargs", revision.clone());
        call.named("tokenizer_kwargs", revision);
    }
    if device == DeviceChoice::Cpu {
        call.named("device", text("cpu"));
    }
    for (name, value) in context_texts(asked) {
        call.named(name, text(value));
    }
    call.texts(
        "contextless_output_next_tokens",
        &asked.contextless_output_next_tokens,
    );
    call.texts("special_tokens_to_keep", &asked.special_tokens_to_keep);
    call.named(
        "context_sensitivity_metric",
        text(&asked.context_sensitivity_metric),
    );
    for (name, factor) in [
        (
            "context_sensitivity_std_threshold",
            asked.context_sensitivity_std_threshold,
        ),
        ("attribution_std_threshold", asked.attribution_std_threshold),
    ] {
        let factor = factor.map(|factor| number(f64::from(factor)));
        call.named(name, factor.unwrap_or_else(|| "None".to_owned()));
    }
    for (name, most) in [
        ("context_sensitivity_topk", asked.context_sensitivity_topk),
        ("attribution_topk", asked.attribution_topk),
    ] {
        if let Some(most) = most {
            call.named(name, most.to_string());
        }
    }
    aggregation(&mut call, asked);
    call.named("attribution_method", text(&settings.method));
    call.named("attributed_fn", text(&settings.attributed_fn));
    let options = options_of(settings);
    if !options.is_empty() {
        call.named("attribution_kwargs", literal(&OptionValue::Map(options)));
    }
    generation(&mut call, "generation_kwargs", settings);
    call.write_to(&mut code);
    code.push_str("out = attribute_context(arguments)\n");
    code
}

/// How attributions become one number for each token. Inseq's command takes names of
/// aggregators and an index for each, no other options of theirs.
fn aggregation(call: &mut Call, asked: &ContextRequest) {
    let stages = &asked.attribution_aggregators;
    let names: Vec<String> = stages
        .iter()
        .map(|stage| match stage {
            Stage::Scores(options) => options.aggregate_fn.map_or("scores", |it| it.id()),
            other => other.id(),
        })
        .map(str::to_owned)
        .collect();
    call.texts("attribution_aggregators", &names);
    let scores = stages.iter().filter_map(|stage| match stage {
        Stage::Scores(options) => Some(options),
        _ => None,
    });
    let mut sums_to_one = scores.clone().map(|it| it.normalize.unwrap_or(!it.rescale));
    let is_normalized = sums_to_one.any(|sums_to_one| sums_to_one);
    if is_normalized || asked.normalize_attributions {
        call.named("normalize_attributions", "True".to_owned());
    }
    if scores.clone().any(|options| options.rescale) {
        call.named("rescale_attributions", "True".to_owned());
    }
    let indices: Vec<String> = scores
        .filter_map(|options| match &options.select_idx {
            Some(Selection::Index(index)) => Some(index.to_string()),
            _ => None,
        })
        .collect();
    if !indices.is_empty() {
        call.named("attribution_selectors", format!("[{}]", indices.join(", ")));
    }
}

/// What a reader must know before.
fn start(asked: &AttributeRequest, place: &Place) -> String {
    let mut code = String::from("# pip install inseq==0.7.1\n");
    if let Some(note) = place.note {
        put(&mut code, format_args!("# {note}\n"));
    }
    if asked.compatibility == Compatibility::Corrected {
        code.push_str(
            "# Where Inseq 0.7.1 makes a mistake, its numbers differ: crates/DIFFERENCES.md.\n",
        );
    }
    if !asked.custom_step_functions.is_empty() {
        code.push_str("# Formulas of step functions have to be registered with Inseq first:\n");
        for (name, formula) in &asked.custom_step_functions {
            put(
                &mut code,
                format_args!("# {}: {}\n", text(name), text(formula)),
            );
        }
    }
    code
}

fn options_of(asked: &AttributeRequest) -> BTreeMap<String, OptionValue> {
    let all = [
        &asked.step_scores_args,
        &asked.attributed_fn_args,
        &asked.method_options,
    ];
    let all = all.into_iter().flatten();
    all.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn generation(call: &mut Call, name: &str, asked: &AttributeRequest) {
    let Ok(Value::Object(settings)) = serde_json::to_value(&asked.generation) else {
        return;
    };
    let given = settings.into_iter().filter(|(_, value)| !value.is_null());
    let given: Vec<String> = given
        .map(|(name, value)| format!("{}: {}", text(&name), json_literal(&value)))
        .collect();
    if !given.is_empty() {
        call.named(name, format!("{{{}}}", given.join(", ")));
    }
}

/// A call with one argument a line.
struct Call {
    start: String,
    arguments: Vec<String>,
    names: Vec<String>,
}

impl Call {
    fn new(start: &str) -> Self {
        Self {
            start: start.to_owned(),
            arguments: Vec::new(),
            names: Vec::new(),
        }
    }

    fn positional(&mut self, value: String) {
        self.arguments.push(value);
    }

    fn named(&mut self, name: &str, value: String) {
        self.arguments.push(format!("{name}={value}"));
        self.names.push(name.to_owned());
    }

    /// A list of texts, if there are any.
    fn texts(&mut self, name: &str, values: &[String]) {
        if !values.is_empty() {
            let texts: Vec<String> = values.iter().map(|value| text(value)).collect();
            self.named(name, format!("[{}]", texts.join(", ")));
        }
    }

    /// Options of any names: those that cannot be written as an argument stand in a
    /// dictionary.
    fn options(&mut self, options: &BTreeMap<String, OptionValue>) {
        let mut others = Vec::new();
        for (name, value) in options {
            if is_identifier(name) && !self.names.contains(name) {
                self.named(name, literal(value));
            } else {
                others.push(format!("{}: {}", text(name), literal(value)));
            }
        }
        if !others.is_empty() {
            self.positional(format!("**{{{}}}", others.join(", ")));
        }
    }

    fn write_to(self, code: &mut String) {
        put(code, format_args!("{}(\n", self.start));
        for argument in self.arguments {
            put(code, format_args!("    {argument},\n"));
        }
        code.push_str(")\n");
    }
}

fn put(code: &mut String, arguments: std::fmt::Arguments<'_>) {
    code.write_fmt(arguments).expect("strings take any text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_written_with_all_its_settings() {
        let mut asked = AttributeRequest::new("openai-community/gpt2@main", "The capital \"is\"");
        asked.method = "integrated_gradients".to_owned();
        asked.step_scores = vec!["entropy".to_owned()];
        let options = &mut asked.method_options;
        options.insert("n_steps".to_owned(), OptionValue::Integer(20));
        options.insert(
            "input_texts".to_owned(),
            OptionValue::Text("twice".to_owned()),
        );
        asked.generation.max_new_tokens = Some(5);
        let run = RunRequest {
            work: Work::Attribute(asked),
            device: DeviceChoice::Cpu,
            is_encoder_decoder: false,
        };
        assert_eq!(
            python(&run),
            r#"# pip install inseq==0.7.1
# Where Inseq 0.7.1 makes a mistake, its numbers differ: crates/DIFFERENCES.md.
import inseq

model = inseq.load_model(
    "openai-community/gpt2",
    "integrated_gradients",
    device="cpu",
    model_kwargs={"revision": "main"},
    tokenizer_kwargs={"revision": "main"},
)
out = model.attribute(
    input_texts="The capital \"is\"",
    attributed_fn="probability",
    step_scores=["entropy"],
    generation_args={"max_new_tokens": 5},
    n_steps=20,
    **{"input_texts": "twice"},
)
out.show()
"#
        );
    }

    #[test]
    fn a_question_about_a_context_is_written_with_its_texts() {
        let mut asked = ContextRequest::new(AttributeRequest::new("demo-gpt2", ""), "He went to");
        asked.input_context_text = Some("George was sick.".to_owned());
        asked.context_sensitivity_std_threshold = None;
        asked.context_sensitivity_topk = Some(3);
        let run = RunRequest {
            work: Work::AttributeContext(Box::new(asked)),
            device: DeviceChoice::Auto,
            is_encoder_decoder: false,
        };
        let code = python(&run);
        for line in [
            "model_name_or_path=\"web/models/demo-gpt2\",",
            "input_context_text=\"George was sick.\",",
            "context_sensitivity_std_threshold=None,",
            "context_sensitivity_topk=3,",
            "out = attribute_context(arguments)",
        ] {
            assert!(code.contains(line), "{line} is not in {code}");
        }
    }
}
