//! How an output is generated, in the words of `models`.

use models::{GenerationConfig, SequenceModel};
use protocol::{AttributeRequest, Failure, FailureKind, GenerationSettings};
use serde_json::{Map, Value, json};

use crate::Answer;
use crate::failure::failure_from_models;

/// What settings want otherwise than the model's own config has it.
pub(crate) fn generation_config(settings: &GenerationSettings) -> Answer<GenerationConfig> {
    // Both sides write Hugging Face's names.
    let changes: GenerationConfig = serde_json::to_value(settings)
        .and_then(serde_json::from_value)
        .map_err(|error| Failure {
            kind: FailureKind::Input,
            message: format!("generation: {error}"),
            hint: None,
        })?;
    changes
        .check()
        .map_err(|error| failure_from_models(&error))?;
    Ok(changes)
}

/// The same of a request, which may also give the beginning of its output.
pub(crate) fn generation_changes(asked: &AttributeRequest) -> Answer<GenerationConfig> {
    let changes = generation_config(&asked.generation)?;
    if asked.generate_from_target_prefix && asked.generated_text.is_none() {
        return Err(Failure {
            kind: FailureKind::Input,
            message: "generate_from_target_prefix: there is no generated_text to go on from"
                .to_owned(),
            hint: Some("give the beginning of the output as generated_text".to_owned()),
        });
    }
    Ok(changes)
}

/// The beginning that a generated output is given, if any.
pub(crate) fn target_prefix<'a>(
    model: &dyn SequenceModel,
    asked: &'a AttributeRequest,
) -> Answer<Option<&'a str>> {
    if !asked.generate_from_target_prefix {
        return Ok(None);
    }
    let summary = model.summary();
    if summary.is_encoder_decoder {
        return Ok(asked.generated_text.as_deref());
    }
    Err(Failure {
        kind: FailureKind::Input,
        message: format!(
            "generate_from_target_prefix: {} has no target of its own",
            summary.family
        ),
        hint: Some("write the beginning of the output into the prompt".to_owned()),
    })
}

/// The settings an output was generated with, defaults included where they decide how.
pub(crate) fn generation_args(
    model: &dyn SequenceModel,
    changes: &GenerationConfig,
) -> Map<String, Value> {
    let mut args = Map::from_iter([
        ("do_sample".to_owned(), json!(false)),
        ("num_beams".to_owned(), json!(1)),
    ]);
    let config = model.generation_config().changed_by(changes);
    if let Ok(Value::Object(set)) = serde_json::to_value(config) {
        args.extend(set);
    }
    args
}
