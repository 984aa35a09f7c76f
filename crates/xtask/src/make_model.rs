//! Writes models with random weights, for benches and for trying sizes out.

use std::{borrow::Cow, collections::BTreeMap, fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use safetensors::{Dtype, View};
use serde_json::json;

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

/// A published model's shape.
#[derive(Clone, Copy, ValueEnum)]
enum ModelShape {
    /// `openai-community/gpt2`: 124M parameters, 498 MB.
    Gpt2,
}

impl ModelShape {
    fn name(self) -> &'static str {
        match self {
            ModelShape::Gpt2 => "gpt2",
        }
    }
}

/// Writes a model in the Hub's layout, unless it is there.
pub(crate) fn make_model(arguments: &MakeModelArguments) -> Result<()> {
    let name = arguments.shape.name();
    let folder = match &arguments.folder {
        Some(folder) => folder.clone(),
        None => project_root().join("target/models").join(name),
    };
    // The weights are written last, so that they say that all is there.
    if folder.join(WEIGHTS_FILE).is_file() && !arguments.again {
        println!("{} is there already", folder.display());
        return Ok(());
    }
    step(
        &format!("write random {name} to {}", folder.display()),
        || {
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
            match arguments.shape {
                ModelShape::Gpt2 => Gpt2Shape::SMALL.write(&folder),
            }
        },
    )
}

const WEIGHTS_FILE: &str = "model.safetensors";

struct Gpt2Shape {
    n_layers: usize,
    n_heads: usize,
    n_hidden: usize,
    n_positions: usize,
    n_vocabulary: usize,
}

impl Gpt2Shape {
    const SMALL: Gpt2Shape = Gpt2Shape {
        n_layers: 12,
        n_heads: 12,
        n_hidden: 768,
        n_positions: 1024,
        n_vocabulary: 50257,
    };

    fn write(&self, folder: &std::path::Path) -> Result<()> {
        let end_of_text = self.n_vocabulary - 1;
        let config = json!({
            "model_type": "gpt2",
            "architectures": ["GPT2LMHeadModel"],
            "activation_function": "gelu_new",
            "n_layer": self.n_layers,
            "n_head": self.n_heads,
            "n_embd": self.n_hidden,
            "n_positions": self.n_positions,
            "n_ctx": self.n_positions,
            "vocab_size": self.n_vocabulary,
            "layer_norm_epsilon": 1e-5,
            "bos_token_id": end_of_text,
            "eos_token_id": end_of_text,
        });
        let generation = json!({
            "bos_token_id": end_of_text,
            "eos_token_id": end_of_text,
        });
        let texts = [
            ("config.json", config.to_string()),
            ("generation_config.json", generation.to_string()),
            (
                "vocab.json",
                json!(byte_vocabulary(self.n_vocabulary)).to_string(),
            ),
            ("merges.txt", "#version: 0.2\n".to_owned()),
        ];
        for (name, text) in texts {
            fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
        }
        safetensors::serialize_to_file(self.weights(), None, &folder.join(WEIGHTS_FILE))
            .with_context(|| format!("cannot write {WEIGHTS_FILE}"))
    }

    fn weights(&self) -> Vec<(String, RandomWeights)> {
        let hidden = self.n_hidden;
        let mut weights = vec![
            random("wte.weight", &[self.n_vocabulary, hidden]),
            random("wpe.weight", &[self.n_positions, hidden]),
            constant("ln_f.weight", &[hidden], 1.0),
            constant("ln_f.bias", &[hidden], 0.0),
        ];
        for layer in 0..self.n_layers {
            for norm in ["ln_1", "ln_2"] {
                weights.push(constant(
                    &format!("h.{layer}.{norm}.weight"),
                    &[hidden],
                    1.0,
                ));
                weights.push(constant(&format!("h.{layer}.{norm}.bias"), &[hidden], 0.0));
            }
            for (module, rows, columns) in [
                ("attn.c_attn", hidden, 3 * hidden),
                ("attn.c_proj", hidden, hidden),
                ("mlp.c_fc", hidden, 4 * hidden),
                ("mlp.c_proj", 4 * hidden, hidden),
            ] {
                let name = format!("h.{layer}.{module}");
                weights.push(random(&format!("{name}.weight"), &[rows, columns]));
                weights.push(constant(&format!("{name}.bias"), &[columns], 0.0));
            }
        }
        weights
    }
}

/// One tensor, made when it is written.
struct RandomWeights {
    shape: Vec<usize>,
    values: Values,
}

enum Values {
    Constant(f32),
    /// Uniform with the standard deviation that GPT-2 starts training with.
    Random {
        seed: u64,
    },
}

fn constant(name: &str, shape: &[usize], value: f32) -> (String, RandomWeights) {
    let weights = RandomWeights {
        shape: shape.to_vec(),
        values: Values::Constant(value),
    };
    (name.to_owned(), weights)
}

fn random(name: &str, shape: &[usize]) -> (String, RandomWeights) {
    // Each tensor has a seed of its own, so that the order of writing is free.
    let seed = name.bytes().fold(0, |seed: u64, byte| {
        seed.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    let weights = RandomWeights {
        shape: shape.to_vec(),
        values: Values::Random { seed },
    };
    (name.to_owned(), weights)
}

impl View for RandomWeights {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let n_values: usize = self.shape.iter().product();
        let mut bytes = Vec::with_capacity(self.data_len());
        match self.values {
            Values::Constant(value) => {
                for _ in 0..n_values {
                    bytes.extend(value.to_le_bytes());
                }
            }
            Values::Random { seed } => {
                const STANDARD_DEVIATION: f32 = 0.02;
                let half_width = STANDARD_DEVIATION * 3_f32.sqrt();
                let mut generator = fastrand::Rng::with_seed(seed);
                for _ in 0..n_values {
                    let value = (2.0 * generator.f32() - 1.0) * half_width;
                    bytes.extend(value.to_le_bytes());
                }
            }
        }
        Cow::Owned(bytes)
    }

    fn data_len(&self) -> usize {
        4 * self.shape.iter().product::<usize>()
    }
}

/// A byte-level vocabulary in which every byte is a token; the rest are tokens that
/// no text has, and the last ends a text.
fn byte_vocabulary(n_tokens: usize) -> BTreeMap<String, usize> {
    let mut vocabulary: BTreeMap<String, usize> = byte_letters()
        .enumerate()
        .map(|(id, letter)| (letter.to_string(), id))
        .collect();
    for id in vocabulary.len()..n_tokens - 1 {
        vocabulary.insert(format!("unused{id}"), id);
    }
    vocabulary.insert("<|endoftext|>".to_owned(), n_tokens - 1);
    vocabulary
}

/// The letters by which GPT-2 writes bytes: itself where a byte is a visible Latin-1
/// letter, else the next letter from U+0100 on.
fn byte_letters() -> impl Iterator<Item = char> {
    let mut next = 0x100;
    (0..=255_u8).map(move |byte| match byte {
        b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => char::from(byte),
        _ => {
            let letter = char::from_u32(next).expect("fewer than 256 letters from U+0100 on");
            next += 1;
            letter
        }
    })
}
