//! Stored results, read as far as the showcases' tables need them.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use super::runs::{folder, text};

/// The first sequence of a saved attribution, one number for each pair of tokens, or for
/// each pair and layer.
pub(super) struct Stored {
    pub(super) source: Vec<String>,
    pub(super) target: Vec<String>,
    pub(super) start: usize,
    pub(super) end: usize,
    source_scores: Option<Tensor>,
    target_scores: Option<Tensor>,
    step_scores: Vec<(String, Tensor)>,
}

/// Numbers and their shape.
pub(super) struct Tensor {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Stored {
    pub(super) fn read(name: &str) -> Result<Self> {
        let path = folder().join(format!("results/{name}.json"));
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}; cargo xtask showcases makes it",
                path.display()
            )
        })?;
        Self::all(&text)?
            .into_iter()
            .next()
            .with_context(|| format!("{name} holds no sequence"))
    }

    /// Every sequence of a file.
    pub(super) fn all(file: &str) -> Result<Vec<Self>> {
        let whole: Value = serde_json::from_str(file)?;
        let output = &whole["attributes"];
        let sequences = output["sequence_attributions"].as_array();
        let sequences = sequences.context("no sequences")?.iter();
        sequences
            .map(|sequence| Self::of_sequence(&sequence["attributes"]))
            .collect()
    }

    fn of_sequence(sequence: &Value) -> Result<Self> {
        let position = |key: &str| -> Result<usize> {
            let position = sequence[key].as_u64();
            Ok(usize::try_from(
                position.with_context(|| format!("no {key}"))?,
            )?)
        };
        let scores = sequence["step_scores"].as_object().into_iter().flatten();
        let step_scores = scores.map(|(name, value)| {
            let tensor = Tensor::read(value)?.context("a score without numbers")?;
            Ok((name.clone(), tensor))
        });
        Ok(Self {
            source: tokens(&sequence["source"])?,
            target: tokens(&sequence["target"])?,
            start: position("attr_pos_start")?,
            end: position("attr_pos_end")?,
            source_scores: Tensor::read(&sequence["source_attributions"])?,
            target_scores: Tensor::read(&sequence["target_attributions"])?,
            step_scores: step_scores.collect::<Result<_>>()?,
        })
    }

    /// What was written.
    pub(super) fn columns(&self) -> &[String] {
        &self.target[self.start..self.end]
    }

    /// Whose the scores are: source tokens, then those of the output before the last one,
    /// each with whether it is of the source.
    pub(super) fn rows(&self) -> Vec<(&str, bool)> {
        let source = self.source_scores.iter().flat_map(|_| &self.source);
        let target = self
            .target_scores
            .iter()
            .flat_map(|_| &self.target[..self.end]);
        let source = source.map(|token| (token.as_str(), true));
        source
            .chain(target.map(|token| (token.as_str(), false)))
            .collect()
    }

    /// What each row gave to a column; nothing where it came later.
    pub(super) fn column(&self, column: usize) -> Vec<Option<f32>> {
        self.column_of_layer(column, 0)
    }

    /// The same at a layer of a result that has layers.
    pub(super) fn column_of_layer(&self, column: usize, layer: usize) -> Vec<Option<f32>> {
        let parts = [
            (&self.source_scores, self.source.len()),
            (&self.target_scores, self.end),
        ];
        let mut values = Vec::new();
        for (scores, n_rows) in parts {
            let Some(scores) = scores else { continue };
            values.extend((0..n_rows).map(|row| scores.at(row, column, layer)));
        }
        values
    }

    pub(super) fn n_layers(&self) -> usize {
        let scores = self.source_scores.iter().chain(&self.target_scores).next();
        scores.map_or(0, |scores| scores.shape.get(2).copied().unwrap_or(1))
    }

    /// A step score of a column.
    pub(super) fn score(&self, name: &str, column: usize) -> Result<f32> {
        let found = self.step_scores.iter().find(|(own, _)| own == name);
        let (_, scores) = found.with_context(|| format!("no step score {name}"))?;
        scores.values.get(column).copied().context("no such column")
    }
}

impl Tensor {
    /// `None` for null.
    fn read(value: &Value) -> Result<Option<Self>> {
        if value.is_null() {
            return Ok(None);
        }
        let bytes = STANDARD
            .decode(text(value)?)
            .context("a tensor is no base64")?;
        let tensors = SafeTensors::deserialize(&bytes).context("a tensor is no safetensors")?;
        let tensor = tensors.tensor("attribution")?;
        ensure!(tensor.dtype() == Dtype::F32, "numbers of another type");
        let numbers = tensor.data().chunks_exact(4);
        Ok(Some(Self {
            shape: tensor.shape().to_vec(),
            values: numbers
                .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                .collect(),
        }))
    }

    fn at(&self, row: usize, column: usize, layer: usize) -> Option<f32> {
        let n_layers = self.shape.get(2).copied().unwrap_or(1);
        let index = (row * self.shape.get(1)? + column) * n_layers + layer;
        self.values
            .get(index)
            .copied()
            .filter(|value| value.is_finite())
    }
}

fn tokens(value: &Value) -> Result<Vec<String>> {
    let tokens = value.as_array().into_iter().flatten();
    tokens
        .map(|token| text(&token["attributes"]["token"]))
        .collect()
}

/// A token as a reader should see it. The bundled models' texts have no bytes beyond
/// those that stand for themselves, apart from the space.
pub(super) fn display(token: &str) -> String {
    token.replace(['▁', 'Ġ'], " ").trim().to_owned()
}
