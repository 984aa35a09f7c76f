use serde::Deserialize;
use tensor::Device;

use crate::files::content_from_json;
use crate::gpt2::{self, Gpt2};
use crate::marian::{self, Marian};
use crate::weights_files::checkpoint_of;
use crate::{
    CONFIG_FILE, Error, GenerationConfig, ModelFiles, Result, SequenceModel, Tokenizer, WeightsSize,
};

/// The architectures we have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Gpt2,
    Marian,
}

impl Family {
    const ALL: [Self; 2] = [Self::Gpt2, Self::Marian];

    /// The `model_type` in the file `config.json`.
    fn name(self) -> &'static str {
        match self {
            Self::Gpt2 => "gpt2",
            Self::Marian => "marian",
        }
    }

    /// The family of a model whose `config.json` is given.
    pub(crate) fn of(config: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct ConfigOfAnyFamily {
            model_type: String,
            /// Only for words; so nothing that it may be is an error.
            #[serde(default)]
            architectures: serde_json::Value,
        }
        let config: ConfigOfAnyFamily = content_from_json(CONFIG_FILE, config)?;
        let mut families = Self::ALL.into_iter();
        if let Some(family) = families.find(|family| family.name() == config.model_type) {
            return Ok(family);
        }
        let architectures = config.architectures.as_array();
        Err(Error::UnknownFamily {
            found: config.model_type,
            architectures: architectures
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
            known: Self::ALL.map(|family| family.name().to_owned()).to_vec(),
        })
    }
}

/// Puts a model on a device, one tensor after the other: beside what the device holds,
/// about one tensor is in memory at a time.
///
/// `files` are those that [`files_to_fetch`](crate::files_to_fetch) asks for;
/// `on_layer` is told how many layers are there.
///
/// # Errors
/// If a file is missing or broken, the architecture is none of ours, a setting that
/// changes results is not supported, or the device has no room.
pub async fn load(
    mut files: ModelFiles,
    device: &Device,
    on_layer: &mut dyn FnMut(usize),
) -> Result<Box<dyn SequenceModel>> {
    let family = Family::of(files.get(CONFIG_FILE)?)?;
    let generation: GenerationConfig = match files.json_if_present("generation_config.json")? {
        Some(generation) => generation,
        None => files.json(CONFIG_FILE)?,
    };
    let checkpoint = checkpoint_of(&mut files).await?;
    match family {
        Family::Gpt2 => {
            let config: gpt2::Config = files.json(CONFIG_FILE)?;
            let tokenizer = Tokenizer::byte_level(&files)?;
            let model = Gpt2::load(config, tokenizer, generation, checkpoint, device, on_layer);
            Ok(Box::new(model.await?))
        }
        Family::Marian => {
            let config: marian::Config = files.json(CONFIG_FILE)?;
            let tokenizer = Tokenizer::marian(&files)?;
            let model = Marian::load(config, tokenizer, generation, checkpoint, device, on_layer);
            Ok(Box::new(model.await?))
        }
    }
}

/// The `model_type` of a model, by its `config.json`.
///
/// # Errors
/// If it is no configuration of a family of ours.
pub fn family_name(config: &[u8]) -> Result<&'static str> {
    Ok(Family::of(config)?.name())
}

/// Whether a model reads a source text apart from its output, by its `config.json`.
///
/// # Errors
/// If it is no configuration of a family of ours.
pub fn is_encoder_decoder(config: &[u8]) -> Result<bool> {
    Ok(match Family::of(config)? {
        Family::Gpt2 => false,
        Family::Marian => true,
    })
}

/// How large a model's weights are, by its `config.json` alone: to be known before
/// anything large is fetched.
///
/// # Errors
/// If it is no configuration of a family of ours, or asks for what we do not do.
pub fn weights_bytes(config: &[u8]) -> Result<WeightsSize> {
    match Family::of(config)? {
        Family::Gpt2 => {
            let config: gpt2::Config = content_from_json(CONFIG_FILE, config)?;
            config.check()?;
            Ok(config.weights_size())
        }
        Family::Marian => {
            let config: marian::Config = content_from_json(CONFIG_FILE, config)?;
            config.check()?;
            Ok(config.weights_size())
        }
    }
}
