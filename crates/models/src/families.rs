use serde::Deserialize;
use tensor::Device;

use crate::gpt2::{self, Gpt2};
use crate::marian::{self, Marian};
use crate::{
    CONFIG_FILE, Checkpoint, Error, GenerationConfig, ModelFiles, Result, SequenceModel, Tokenizer,
};

/// Puts a model on a device.
///
/// `files` are those that [`files_to_fetch`](crate::files_to_fetch) asks for;
/// `on_layer` is told how many layers are there.
///
/// # Errors
/// If a file is missing or broken, the architecture is none of ours, a setting that
/// changes results is not supported, or the device has no room.
pub fn load(
    mut files: ModelFiles,
    device: &Device,
    on_layer: &mut dyn FnMut(usize),
) -> Result<Box<dyn SequenceModel>> {
    #[derive(Deserialize)]
    struct Family {
        model_type: String,
    }
    let family: Family = files.json(CONFIG_FILE)?;
    let generation: GenerationConfig = match files.json_if_present("generation_config.json")? {
        Some(generation) => generation,
        None => files.json(CONFIG_FILE)?,
    };
    let checkpoint = Checkpoint::from_safetensors(files.take("model.safetensors")?)?;
    match family.model_type.as_str() {
        "gpt2" => {
            let config: gpt2::Config = files.json(CONFIG_FILE)?;
            let tokenizer = Tokenizer::byte_level(&files)?;
            let model = Gpt2::load(config, tokenizer, generation, checkpoint, device, on_layer)?;
            Ok(Box::new(model))
        }
        "marian" => {
            let config: marian::Config = files.json(CONFIG_FILE)?;
            let tokenizer = Tokenizer::marian(&files)?;
            let model = Marian::load(config, tokenizer, generation, checkpoint, device, on_layer)?;
            Ok(Box::new(model))
        }
        _ => Err(Error::UnknownFamily {
            found: family.model_type,
            known: vec!["gpt2".to_owned(), "marian".to_owned()],
        }),
    }
}
