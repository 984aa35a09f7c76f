//! Writes models with random weights, for benches and for trying sizes out.

mod gpt2;
mod marian;
mod pickle;
mod pytorch;
mod random_weights;
mod sentence_piece;
mod weights_format;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use self::gpt2::Gpt2Shape;
use self::marian::MarianShape;
pub(crate) use self::random_weights::Numbers;
use self::random_weights::RandomWeights;
pub(crate) use self::weights_format::WeightsFormat;
use crate::process::project_root;
use crate::step::step;

/// What `make-model` can be told.
#[derive(Args)]
pub(crate) struct MakeModelArguments {
    /// Whose shape the model has.
    shape: ModelShape,
    /// What files the weights are in.
    #[arg(long, default_value = "safetensors")]
    format: WeightsFormat,
    /// How the weights' numbers are stored.
    #[arg(long, default_value = "f32")]
    numbers: Numbers,
    /// Also write the masks that GPT-2's original has among its weights.
    #[arg(long)]
    with_masks: bool,
    /// The folder to write; `target/models/<shape>` unless given, with the format, the
    /// numbers and the masks in its name if they are not the usual.
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
            format: WeightsFormat::default(),
            numbers: Numbers::default(),
            with_masks: false,
            folder: None,
            again: false,
        }
    }

    /// The same with masks among the weights, in a folder of the caller's choice.
    pub(crate) fn with_masks(self, folder: PathBuf) -> Self {
        Self {
            with_masks: true,
            folder: Some(folder),
            ..self
        }
    }

    /// The same, stored in another way.
    pub(crate) fn stored(self, format: WeightsFormat, numbers: Numbers, with_masks: bool) -> Self {
        Self {
            format,
            numbers,
            with_masks,
            ..self
        }
    }

    fn folder(&self) -> PathBuf {
        match &self.folder {
            Some(folder) => folder.clone(),
            None => models_folder().join(self.name()),
        }
    }

    /// The name of its folder, unless the caller says otherwise.
    pub(crate) fn name(&self) -> String {
        let mut name = self.shape.name().to_owned();
        if self.format != WeightsFormat::default() {
            name += &format!("-{}", self.format.name());
        }
        if self.numbers != Numbers::default() {
            name += &format!("-{}", self.numbers.name());
        }
        if self.with_masks {
            name += "-with-masks";
        }
        name
    }
}

/// A published model's shape, or a tiny one's.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ModelShape {
    /// `openai-community/gpt2`: 124M parameters, 498 MB.
    Gpt2,
    /// `openai-community/gpt2-medium`: 355M parameters, 1.4 GB.
    Gpt2Medium,
    /// `distilbert/distilgpt2`: 82M parameters, 328 MB.
    #[value(name = "distilgpt2")]
    DistilGpt2,
    /// GPT-2 with 300 tokens, for tests: 400 kB, masks of another 2 MB.
    Gpt2Tiny,
    /// `Helsinki-NLP/opus-mt-en-fr`: 75M parameters, 299 MB.
    OpusMt,
    /// `Helsinki-NLP/opus-mt-tc-big-en-fr`: 231M parameters, 923 MB.
    OpusMtTcBig,
    /// Marian with 200 tokens, for tests: 400 kB.
    OpusMtTiny,
}

/// What makes the model of a shape.
enum ShapeOf {
    Gpt2(Gpt2Shape),
    Marian(MarianShape),
}

impl ModelShape {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ModelShape::Gpt2 => "gpt2",
            ModelShape::Gpt2Medium => "gpt2-medium",
            ModelShape::DistilGpt2 => "distilgpt2",
            ModelShape::Gpt2Tiny => "gpt2-tiny",
            ModelShape::OpusMt => "opus-mt",
            ModelShape::OpusMtTcBig => "opus-mt-tc-big",
            ModelShape::OpusMtTiny => "opus-mt-tiny",
        }
    }

    fn shape(self) -> ShapeOf {
        match self {
            ModelShape::Gpt2 => ShapeOf::Gpt2(Gpt2Shape::SMALL),
            ModelShape::Gpt2Medium => ShapeOf::Gpt2(Gpt2Shape::MEDIUM),
            ModelShape::DistilGpt2 => ShapeOf::Gpt2(Gpt2Shape::DISTILLED),
            ModelShape::Gpt2Tiny => ShapeOf::Gpt2(Gpt2Shape::TINY),
            ModelShape::OpusMt => ShapeOf::Marian(MarianShape::OPUS),
            ModelShape::OpusMtTcBig => ShapeOf::Marian(MarianShape::OPUS_BIG),
            ModelShape::OpusMtTiny => ShapeOf::Marian(MarianShape::TINY),
        }
    }

    fn make(self, with_masks: bool) -> Result<MadeModel> {
        Ok(match self.shape() {
            ShapeOf::Gpt2(shape) => {
                let mut model = shape.make();
                if with_masks {
                    model.weights.extend(shape.masks());
                }
                model
            }
            ShapeOf::Marian(_) if with_masks => bail!("only GPT-2 has masks among its weights"),
            ShapeOf::Marian(shape) => shape.make(),
        })
    }
}

/// A model in the Hub's layout.
struct MadeModel {
    files: Vec<(&'static str, Vec<u8>)>,
    weights: Vec<(String, RandomWeights)>,
    /// Further names of some weights, and the names that they have above.
    shared: Vec<(&'static str, &'static str)>,
}

/// Writes a model, unless it is there.
pub(crate) fn make_model(arguments: &MakeModelArguments) -> Result<()> {
    let (shape, format) = (arguments.shape, arguments.format);
    let folder = arguments.folder();
    // The weights are written last, so that they say that all is there.
    if folder.join(format.last_file()).is_file() && !arguments.again {
        println!("{} is there already", folder.display());
        return Ok(());
    }
    let model = shape
        .make(arguments.with_masks)?
        .with_numbers(arguments.numbers);
    step(
        &format!("write random {} to {}", shape.name(), folder.display()),
        || model.write(&folder, format),
    )
}

/// Where a model is written unless the caller says otherwise.
pub(crate) fn made_model(shape: ModelShape) -> PathBuf {
    models_folder().join(shape.name())
}

/// Where models are written unless the caller says otherwise.
pub(crate) fn models_folder() -> PathBuf {
    project_root().join("target/models")
}

impl MadeModel {
    fn with_numbers(mut self, numbers: Numbers) -> Self {
        let weights = self.weights.into_iter();
        self.weights = weights
            .map(|(name, weights)| (name, weights.with_numbers(numbers)))
            .collect();
        self
    }

    fn write(&self, folder: &Path, format: WeightsFormat) -> Result<()> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        for (name, bytes) in &self.files {
            fs::write(folder.join(name), bytes).with_context(|| format!("cannot write {name}"))?;
        }
        format.write(folder, &self.weights, &self.shared)
    }
}

#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod loading_tests;
