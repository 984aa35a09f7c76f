//! The files that a model's weights can be in.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::ValueEnum;
use safetensors::View;
use serde_json::json;

use super::pytorch::{Named, write_archive, write_pickles};
use super::random_weights::RandomWeights;

/// A format and how many files it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum WeightsFormat {
    /// `model.safetensors`.
    #[default]
    Safetensors,
    /// `model-00001-of-0000N.safetensors` and so on, and an index.
    ShardedSafetensors,
    /// `pytorch_model.bin`, a zip archive as PyTorch writes it since version 1.6.
    PytorchZip,
    /// `pytorch_model.bin`, a row of pickles as PyTorch wrote it before.
    PytorchPickle,
    /// `pytorch_model-00001-of-0000N.bin` and so on, zip archives, and an index.
    ShardedPytorch,
}

type Weights = [(String, RandomWeights)];

/// Names, and the names of the weights that they have too.
type Shared = [(&'static str, &'static str)];

/// Into about so many files sharded weights go.
const N_SHARDS: usize = 3;

impl WeightsFormat {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::ShardedSafetensors => "sharded-safetensors",
            Self::PytorchZip => "pytorch-zip",
            Self::PytorchPickle => "pytorch-pickle",
            Self::ShardedPytorch => "sharded-pytorch",
        }
    }

    /// The file that is written last.
    pub(super) fn last_file(self) -> &'static str {
        match self {
            Self::Safetensors => "model.safetensors",
            Self::ShardedSafetensors => "model.safetensors.index.json",
            Self::PytorchZip | Self::PytorchPickle => "pytorch_model.bin",
            Self::ShardedPytorch => "pytorch_model.bin.index.json",
        }
    }

    /// Writes all weights into a folder. Only PyTorch's formats have names for what is
    /// there already.
    pub(super) fn write(self, folder: &Path, weights: &Weights, shared: &Shared) -> Result<()> {
        match self {
            Self::Safetensors => self.write_file(&folder.join(self.last_file()), weights, &[]),
            Self::PytorchZip | Self::PytorchPickle => {
                self.write_file(&folder.join(self.last_file()), weights, shared)
            }
            Self::ShardedSafetensors => {
                let name = |number, of| format!("model-{number:05}-of-{of:05}.safetensors");
                self.write_shards(folder, name, weights, &[])
            }
            Self::ShardedPytorch => {
                let name = |number, of| format!("pytorch_model-{number:05}-of-{of:05}.bin");
                self.write_shards(folder, name, weights, shared)
            }
        }
    }

    fn write_shards(
        self,
        folder: &Path,
        name: impl Fn(usize, usize) -> String,
        weights: &Weights,
        shared: &Shared,
    ) -> Result<()> {
        let shards = shards(weights);
        let mut files = BTreeMap::new();
        for (number, shard) in shards.iter().enumerate() {
            let file = name(number + 1, shards.len());
            // The same values are never in two files.
            let is_here = |weights: &str| shard.iter().any(|(name, _)| name == weights);
            let mut shared = shared.to_vec();
            shared.retain(|(_, weights)| is_here(weights));
            self.write_file(&folder.join(&file), shard, &shared)?;
            let names = shard.iter().map(|(weights, _)| weights.as_str());
            let names = names.chain(shared.iter().map(|(other, _)| *other));
            files.extend(names.map(|weights| (weights.to_owned(), file.clone())));
        }
        let total: usize = weights.iter().map(|(_, weights)| weights.data_len()).sum();
        let index = json!({"metadata": {"total_size": total}, "weight_map": files});
        fs::write(folder.join(self.last_file()), format!("{index:#}\n"))
            .context("cannot write the index")
    }

    fn write_file(self, path: &Path, weights: &Weights, shared: &Shared) -> Result<()> {
        let written = match self {
            Self::Safetensors | Self::ShardedSafetensors => {
                let weights = weights.iter().map(|(name, weights)| (name, weights));
                // What wrote it, by which its readers choose.
                let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
                safetensors::serialize_to_file(weights, Some(format), path).map_err(Into::into)
            }
            Self::PytorchZip | Self::ShardedPytorch => {
                write_archive(path, &named(weights, shared), &storages(weights))
            }
            Self::PytorchPickle => write_pickles(path, &named(weights, shared), &storages(weights)),
        };
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

fn storages(weights: &Weights) -> Vec<&RandomWeights> {
    weights.iter().map(|(_, weights)| weights).collect()
}

/// Each weight under all its names.
fn named<'a>(weights: &'a Weights, shared: &'a Shared) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    for (storage, (name, weights)) in weights.iter().enumerate() {
        let others = shared.iter().filter(|(_, table)| table == name);
        let names = std::iter::once(name.as_str()).chain(others.map(|(other, _)| *other));
        named.extend(names.map(|name| Named {
            name,
            weights,
            storage,
        }));
    }
    named
}

/// Parts of about the same size, in the order of the weights.
fn shards(weights: &Weights) -> Vec<&Weights> {
    let total: usize = weights.iter().map(|(_, weights)| weights.data_len()).sum();
    let mut n_bytes_before = 0;
    let shard = |(_, weights): &(String, RandomWeights)| {
        let shard = n_bytes_before * N_SHARDS / total.max(1);
        n_bytes_before += weights.data_len();
        shard
    };
    let shard_of: Vec<usize> = weights.iter().map(shard).collect();
    let mut rest = weights;
    let mut shards = Vec::new();
    for part in shard_of.chunk_by(|one, next| one == next) {
        let (shard, after) = rest.split_at(part.len());
        shards.push(shard);
        rest = after;
    }
    shards
}
