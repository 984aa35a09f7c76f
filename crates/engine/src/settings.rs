use attribution::StepFunctions;
use attribution_output::Attribution;
use models::SequenceModel;
use protocol::{AttributeRequest, Fold, OptionDomain};
use serde_json::{Map, Value, json};

use crate::describe::description_with;

/// What is known of a run once it is over.
pub(crate) struct Made {
    pub(crate) exec_time_secs: f64,
    pub(crate) device: &'static str,
    pub(crate) generated_text: String,
    /// Settings of generation; none if the output was given.
    pub(crate) generation_args: Map<String, Value>,
    /// What beam search thinks of the output.
    pub(crate) generation_score: Option<f32>,
}

/// Inseq's `info`: every setting a number depends on, under Inseq's keys, and a few
/// of ours: `device`, `engine`, `compatibility`, `custom_step_functions`,
/// `attribution_fold` and `generation_score`.
pub(crate) fn info(
    asked: &AttributeRequest,
    functions: &StepFunctions,
    model: &dyn SequenceModel,
    attribution: &Attribution,
    made: Made,
) -> Map<String, Value> {
    let summary = model.summary();
    let info = json!({
        "attribution_method": asked.method,
        "attribution_args": with_defaults(asked, functions, OptionsOf::Method),
        "attr_pos_start": attribution.attr_pos_start,
        "attr_pos_end": attribution.attr_pos_end,
        "attribute_target": asked.attribute_target && summary.is_encoder_decoder,
        // Inseq writes the name of its Python function.
        "attributed_fn": format!("{}_fn", asked.attributed_fn),
        "attributed_fn_args": with_defaults(asked, functions, OptionsOf::AttributedFunction),
        "step_scores": asked.step_scores,
        "step_scores_args": with_defaults(asked, functions, OptionsOf::StepScores),
        "custom_step_functions": asked.custom_step_functions,
        "include_eos_baseline": asked.include_eos_baseline,
        "output_step_attributions": false,
        "exec_time": made.exec_time_secs,
        "model_name": asked.model,
        "model_class": summary.class_name,
        "tokenizer_name": Value::Null,
        "tokenizer_class": model.tokenizer().class_name(),
        "input_texts": [asked.input_text],
        "generated_texts": [made.generated_text],
        "generation_args": made.generation_args,
        "generation_score": made.generation_score,
        "constrained_decoding": asked.generated_text.is_some(),
        "generate_from_target_prefix": asked.generate_from_target_prefix,
        "device": made.device,
        "engine": concat!("inseq-web ", env!("CARGO_PKG_VERSION")),
        "compatibility": asked.compatibility,
        "attribution_fold": match asked.fold {
            Fold::Norm => "vnorm",
            Fold::Keep => "none",
        },
    });
    match info {
        Value::Object(info) => info,
        _ => unreachable!("written as an object above"),
    }
}

enum OptionsOf {
    Method,
    AttributedFunction,
    StepScores,
}

/// Options as they were in force: what was given, else the default.
fn with_defaults(
    asked: &AttributeRequest,
    functions: &StepFunctions,
    of: OptionsOf,
) -> Map<String, Value> {
    let description = description_with(functions);
    let (options, given) = match of {
        OptionsOf::Method => {
            let methods = description.methods.into_iter();
            let mut chosen = methods.filter(|method| method.id == asked.method);
            (
                chosen.next().map(|method| method.options),
                &asked.method_options,
            )
        }
        OptionsOf::AttributedFunction => {
            let functions = description.step_functions.into_iter();
            let mut chosen = functions.filter(|function| function.id == asked.attributed_fn);
            (
                chosen.next().map(|function| function.options),
                &asked.attributed_fn_args,
            )
        }
        OptionsOf::StepScores => {
            let functions = description.step_functions.into_iter();
            let chosen = functions.filter(|function| asked.step_scores.contains(&function.id));
            (
                Some(chosen.flat_map(|function| function.options).collect()),
                &asked.step_scores_args,
            )
        }
    };
    options
        .unwrap_or_default()
        .into_iter()
        .filter_map(|option| {
            let value = match (given.get(&option.id), option.domain) {
                (Some(value), _) => json!(value),
                (None, OptionDomain::Flag { default }) => json!(default),
                (None, OptionDomain::Integer { default, .. }) => json!(default?),
                (None, OptionDomain::Number { default, .. }) => json!(default?),
                (None, OptionDomain::Choice { default, .. }) => json!(default),
                (None, OptionDomain::Text { default, .. }) => json!(default?),
                (None, OptionDomain::Structure { .. } | OptionDomain::Alignment { .. }) => {
                    return None;
                }
            };
            Some((option.id, value))
        })
        .collect()
}
