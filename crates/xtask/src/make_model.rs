//! Writes models with random weights, for benches and for trying sizes out.

mod gpt2;
mod marian;
mod random_weights;
mod sentence_piece;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use self::gpt2::Gpt2Shape;
use self::marian::MarianShape;
use self::random_weights::RandomWeights;
use crate::process::project_root;
use crate::step::step;

/// What `make-model` can be told.
#[derive(Args)]
pub(crate) struct MakeModelArguments {
    /// Whose shape the model has.
    shape: ModelShape,
    /// The folder to write; `target/models/<shape>` unless given.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Write it again, even if it is there.
    #[arg(long)]
    again: bool,
}

impl MakeModelArguments {
    /// What it is told when a bench needs a model.
    pub(crate) fn of(shape: ModelShape) -> Self {
        Self {
            shape,
            folder: None,
            again: false,
        }
    }
}

/// A published model's shape.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ModelShape {
    /// `openai-community/gpt2`: 124M parameters, 498 MB.
    Gpt2,
    /// `Helsinki-NLP/opus-mt-en-fr`: 75M parameters, 299 MB.
    OpusMt,
}

impl ModelShape {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ModelShape::Gpt2 => "gpt2",
            ModelShape::OpusMt => "opus-mt",
        }
    }

    fn make(self) -> MadeModel {
        match self {
            ModelShape::Gpt2 => Gpt2Shape::SMALL.make(),
            ModelShape::OpusMt => MarianShape::OPUS.make(),
        }
    }
}

/// A model in the Hub's layout.
struct MadeModel {
    files: Vec<(&'static str, Vec<u8>)>,
    weights: Vec<(String, RandomWeights)>,
}

/// Writes a model, unless it is there.
pub(crate) fn make_model(arguments: &MakeModelArguments) -> Result<()> {
    let shape = arguments.shape;
    let folder = arguments
        .folder
        .clone()
        .unwrap_or_else(|| made_model(shape));
    // The weights are written last, so that they say that all is there.
    if folder.join(WEIGHTS_FILE).is_file() && !arguments.again {
        println!("{} is there already", folder.display());
        return Ok(());
    }
    step(
        &format!("write random {} to {}", shape.name(), folder.display()),
        || shape.make().write(&folder),
    )
}

/// Where a model is written unless the caller says otherwise.
pub(crate) fn made_model(shape: ModelShape) -> PathBuf {
    project_root().join("target/models").join(shape.name())
}

const WEIGHTS_FILE: &str = "model.safetensors";

impl MadeModel {
    fn write(self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        for (name, bytes) in self.files {
            fs::write(folder.join(name), bytes).with_context(|| format!("cannot write {name}"))?;
        }
        safetensors::serialize_to_file(self.weights, None, &folder.join(WEIGHTS_FILE))
            .with_context(|| format!("cannot write {WEIGHTS_FILE}"))
    }
}

#[cfg(test)]
mod tests {
    use models::{CONFIG_FILE, ModelFiles, SequenceModel, files_to_fetch};

    use super::*;

    fn loaded(model: MadeModel) -> Box<dyn SequenceModel> {
        let folder = tempfile::tempdir().unwrap();
        model.write(folder.path()).unwrap();
        let read = |name: &str| fs::read(folder.path().join(name)).ok();
        let mut files = ModelFiles::new();
        let config = read(CONFIG_FILE).unwrap();
        for name in files_to_fetch(&config)
            .unwrap()
            .iter()
            .flat_map(|wanted| wanted.alternatives.iter().flatten())
        {
            if let Some(bytes) = read(name) {
                files.insert(*name, bytes);
            }
        }
        files.insert(CONFIG_FILE, config);
        let device = backend_cpu::Cpu::device();
        futures::executor::block_on(models::load(files, &device, &mut |_| ())).unwrap()
    }

    #[test]
    fn a_made_gpt2_loads_and_splits_text_into_bytes() {
        let model = loaded(Gpt2Shape::TINY.make());
        assert_eq!(model.summary().vocabulary_size, 300);
        assert_eq!(model.tokenizer().encode("Hé!").unwrap().len(), 4);
    }

    #[test]
    fn a_made_marian_loads_and_splits_text_into_letters() {
        let model = loaded(MarianShape::TINY.make());
        assert_eq!(model.summary().vocabulary_size, 200);
        let ids = model.tokenizer().encode("Hi you").unwrap();
        let tokens: Vec<_> = ids
            .iter()
            .filter_map(|id| model.tokenizer().token(*id))
            .collect();
        assert_eq!(tokens, ["▁H", "i", "▁y", "o", "u", "</s>"]);
    }
}
