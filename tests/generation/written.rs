//! The only code of this suite that calls `models::generate`.

use futures::executor::block_on;
use models::{Generated, GenerationConfig, Result, SequenceModel};
use serde_json::{Map, Value};

/// Settings under Hugging Face's names.
pub(crate) type Settings = Map<String, Value>;

/// What a model writes of a text.
pub(crate) fn written(
    model: &dyn SequenceModel,
    text: &str,
    target_prefix: &[u32],
    settings: &Settings,
) -> Result<Generated> {
    let config: GenerationConfig =
        serde_json::from_value(Value::Object(settings.clone())).expect("settings have a meaning");
    let input = model.tokenizer().encode(text)?;
    let (source, mut prefix) = match model.summary().decoder_start_token_id {
        Some(start) => (Some(input), vec![start]),
        None => (None, input),
    };
    prefix.extend(target_prefix);
    let source = source.as_deref();
    let mut on_token = |_, _| {};
    block_on(models::generate(
        model,
        source,
        &prefix,
        &config,
        &mut on_token,
    ))
}
