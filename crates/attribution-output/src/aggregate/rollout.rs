use serde::{Deserialize, Serialize};

use crate::{AggregateFunction, Attribution, Axis, Error, Kind, Result, Scores};

/// Attention rollout: how much of each input token is left at a position after all
/// layers, if attention mixes what it attends to and a residual connection keeps
/// what was there.
///
/// Heads are made one by `aggregate_fn`. In each layer a position takes `residual` of
/// itself and the rest from what it attends to, whose weights are brought to sum to 1;
/// the layers are multiplied from the first to the last.
///
/// - Decoder-only: the layers' self-attention, from the tokens read to the position
///   that produces each target. It needs the attention of the prompt's positions too:
///   the sequence score `decoder_self_attentions`, or attributions that begin at the
///   second token.
/// - Encoder-decoder: first the encoder's layers. Then in each decoder layer
///   self-attention and, after it, cross-attention, which takes from the rolled-out
///   encoder; either keeps `residual` of what was there. A column's sum over source and
///   prefix is 1; the prefix is in the result where it was attributed.
///
/// The result are matrices of [`Kind::Coarse`]. For value zeroing, whose scores hold the
/// residual connection already, set `residual` to 0.
///
/// Abnar & Zuidema 2020, <https://arxiv.org/abs/2005.00928>. Not in Inseq.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutAggregation {
    /// How heads become one.
    pub aggregate_fn: AggregateFunction,
    /// Share that a layer keeps, 0 to 1.
    pub residual: f64,
}

impl Default for RolloutAggregation {
    fn default() -> Self {
        Self {
            aggregate_fn: AggregateFunction::Mean,
            residual: 0.5,
        }
    }
}

impl RolloutAggregation {
    /// Rolls out all layers.
    pub(super) fn apply(&self, attribution: &Attribution) -> Result<Attribution> {
        if !(0.0..=1.0).contains(&self.residual) {
            return Err(lacks(format!(
                "residual must be from 0 to 1, not {}",
                self.residual
            )));
        }
        if attribution.attr_pos_start == 0 {
            return Err(lacks(
                "the first token is not produced by any position".to_owned(),
            ));
        }
        // The last token is produced, but never read.
        let n_read = attribution.attr_pos_end.saturating_sub(1);
        let self_attention = self.self_attention(attribution, n_read)?;
        let (source, mixed) = match &attribution.source_attributions {
            None => (0, self.roll(&self_attention)),
            Some(cross) => {
                if attribution.attr_pos_start != 1 {
                    return Err(lacks(format!(
                        "cross-attention is there from position {} on, but all is needed",
                        attribution.attr_pos_start
                    )));
                }
                let cross = self.layers(cross, "source_attributions")?;
                let encoder = self.encoder(attribution)?;
                (
                    cross.n_inputs,
                    self.encoder_decoder(&encoder, &self_attention, &cross)?,
                )
            }
        };
        let columns = attribution.attr_pos_start..attribution.attr_pos_end;
        let matrix = |first: usize, n_rows: usize, is_known: fn(usize, usize) -> bool| {
            let mut values = Vec::with_capacity(n_rows * columns.len());
            for row in 0..n_rows {
                for target in columns.clone() {
                    // The position before a target produces it.
                    values.push(match is_known(row, target) {
                        true => mixed[target - 1][first + row] as f32,
                        false => f32::NAN,
                    });
                }
            }
            Scores::matrix(n_rows, columns.len(), values)
        };
        let has_source = attribution.source_attributions.is_some();
        let has_target = attribution.target_attributions.is_some();
        Ok(Attribution {
            kind: Kind::Coarse,
            source_attributions: has_source
                .then(|| matrix(0, source, |_, _| true))
                .transpose()?,
            target_attributions: has_target
                .then(|| matrix(source, attribution.attr_pos_end, |row, target| row < target))
                .transpose()?,
            ..attribution.clone_without_scores()
        })
    }

    /// What each position holds of each after all layers of self-attention.
    fn roll(&self, attention: &Layers) -> Vec<Vec<f64>> {
        let mut mixed = identity(attention.n_queries, 0);
        for layer in 0..attention.n_layers {
            mixed = self.mix(&mixed, &mixed, attention, layer);
        }
        mixed
    }

    fn encoder(&self, attribution: &Attribution) -> Result<Vec<Vec<f64>>> {
        let (name, scores) = sequence_score(attribution, "encoder_self")
            .ok_or_else(|| lacks("the encoder's self-attention is not in the result".to_owned()))?;
        let attention = self.layers(scores, name)?;
        if attention.n_inputs != attribution.source.len()
            || attention.n_queries != attribution.source.len()
        {
            return Err(lacks(format!(
                "{name} is not a square over the source tokens"
            )));
        }
        Ok(self.roll(&attention))
    }

    /// Columns hold the source tokens, then the prefix.
    fn encoder_decoder(
        &self,
        encoder: &[Vec<f64>],
        attention: &Layers,
        cross: &Layers,
    ) -> Result<Vec<Vec<f64>>> {
        if cross.n_layers != attention.n_layers || cross.n_queries != attention.n_queries {
            return Err(lacks(format!(
                "cross-attention has {} layers of {} positions, self-attention {} of {}",
                cross.n_layers, cross.n_queries, attention.n_layers, attention.n_queries
            )));
        }
        let mut mixed = identity(attention.n_queries, cross.n_inputs);
        for layer in 0..attention.n_layers {
            mixed = self.mix(&mixed, &mixed, attention, layer);
            mixed = self.mix(&mixed, encoder, cross, layer);
        }
        Ok(mixed)
    }

    /// What each position holds after a layer that keeps some of `own` and takes the
    /// rest from `attended`.
    fn mix(
        &self,
        own: &[Vec<f64>],
        attended: &[Vec<f64>],
        attention: &Layers,
        layer: usize,
    ) -> Vec<Vec<f64>> {
        let mix_column = |(query, own): (usize, &Vec<f64>)| {
            let weights: Vec<f64> = (0..attention.n_inputs)
                .map(|input| attention.at(input, query, layer))
                .collect();
            let sum: f64 = weights.iter().sum();
            // A position that attends to nothing keeps what it has.
            let residual = if sum > 0.0 { self.residual } else { 1.0 };
            let mut mixed: Vec<f64> = own.iter().map(|value| value * residual).collect();
            for (weight, column) in weights.iter().zip(attended) {
                if *weight != 0.0 {
                    for (slot, value) in mixed.iter_mut().zip(column) {
                        *slot += (1.0 - residual) * weight / sum * value;
                    }
                }
            }
            mixed
        };
        own.iter().enumerate().map(mix_column).collect()
    }

    /// The decoder's self-attention of every position that it reads.
    fn self_attention(&self, attribution: &Attribution, n_read: usize) -> Result<Layers> {
        if let Some((name, scores)) = sequence_score(attribution, "decoder_self") {
            let layers = self.layers(scores, name)?;
            if layers.n_inputs >= n_read && layers.n_queries >= n_read {
                return Ok(Layers {
                    n_inputs: n_read,
                    n_queries: n_read,
                    ..layers
                });
            }
        }
        match &attribution.target_attributions {
            Some(scores) if attribution.attr_pos_start == 1 => {
                let layers = self.layers(scores, "target_attributions")?;
                Ok(Layers {
                    n_inputs: n_read,
                    ..layers
                })
            }
            _ => Err(lacks(format!(
                "the self-attention of the decoder's {n_read} positions is not in the result"
            ))),
        }
    }

    fn layers(&self, scores: &Scores, name: &str) -> Result<Layers> {
        let scores = match scores.position(Axis::Heads) {
            Some(_) => scores.reduce(Axis::Heads, self.aggregate_fn)?,
            None => scores.clone(),
        };
        match (scores.axes.as_slice(), scores.shape.as_slice()) {
            (&[_, _, Axis::Layers], &[n_inputs, n_queries, n_layers]) => Ok(Layers {
                n_inputs,
                n_queries,
                n_layers,
                row_length: n_queries * n_layers,
                values: scores.values,
            }),
            _ => Err(lacks(format!(
                "{name} has shape {:?}, without layers",
                scores.shape
            ))),
        }
    }
}

/// Weights `[inputs, queries, layers]`.
struct Layers {
    n_inputs: usize,
    n_queries: usize,
    n_layers: usize,
    row_length: usize,
    values: Vec<f32>,
}

impl Layers {
    /// A weight; zero where there can be none.
    fn at(&self, input: usize, query: usize, layer: usize) -> f64 {
        let weight = self.values[input * self.row_length + query * self.n_layers + layer];
        if weight.is_nan() {
            0.0
        } else {
            f64::from(weight)
        }
    }
}

fn sequence_score<'a>(attribution: &'a Attribution, start: &str) -> Option<(&'a str, &'a Scores)> {
    let mut scores = attribution.sequence_scores.iter();
    scores
        .find(|(name, _)| name.starts_with(start))
        .map(|(name, scores)| (name.as_str(), scores))
}

/// Each position holds itself only, after `n_before` others.
fn identity(n: usize, n_before: usize) -> Vec<Vec<f64>> {
    let column = |position: usize| {
        let mut column = vec![0.0; n_before + n];
        column[n_before + position] = 1.0;
        column
    };
    (0..n).map(column).collect()
}

fn lacks(reason: String) -> Error {
    Error::Rollout { reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::tests::{columns, decoder_only, five_tokens};

    /// Three tokens; the second position looks back and at itself, equally.
    fn two_layers() -> Attribution {
        let mut attribution = decoder_only();
        attribution.source.truncate(1);
        attribution.target.truncate(3);
        (attribution.attr_pos_start, attribution.attr_pos_end) = (1, 3);
        let none = f32::NAN;
        let values = vec![
            1.0, 1.0, 0.5, 0.5, none, none, 0.5, 0.5, none, none, none, none,
        ];
        let axes = vec![Axis::Inputs, Axis::Targets, Axis::Layers];
        attribution.target_attributions = Scores::new(axes, vec![3, 2, 2], values).ok();
        attribution.kind = Kind::MultiDimensional;
        attribution
    }

    #[test]
    fn layers_are_multiplied_with_what_they_keep() {
        let rolled = RolloutAggregation::default().apply(&two_layers()).unwrap();
        assert_eq!(rolled.kind, Kind::Coarse);
        let columns = columns(&rolled.target_attributions.unwrap());
        assert_eq!(columns[0][0], 1.0);
        assert_eq!(columns[1][..2], [0.4375, 0.5625]);
        assert!(columns[0][1].is_nan() && columns[1][2].is_nan());
    }

    #[test]
    fn without_a_residual_the_attention_itself_is_multiplied() {
        let rollout = RolloutAggregation {
            residual: 0.0,
            ..RolloutAggregation::default()
        };
        let rolled = rollout
            .apply(&two_layers())
            .unwrap()
            .target_attributions
            .unwrap();
        assert_eq!(columns(&rolled)[1][..2], [0.75, 0.25]);
    }

    #[test]
    fn the_prompt_needs_its_own_attention() {
        let mut attribution = two_layers();
        attribution.source = attribution.target[..2].to_vec();
        attribution.attr_pos_start = 2;
        let scores = attribution.target_attributions.take().unwrap();
        let last = scores.select_indices(Axis::Targets, &[1]).unwrap();
        attribution.target_attributions = Some(last);
        let error = RolloutAggregation::default()
            .apply(&attribution)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "rollout: the self-attention of the decoder's 2 positions is not in the result"
        );
        let square = scores.select_indices(Axis::Inputs, &[0, 1]).unwrap();
        attribution
            .sequence_scores
            .insert("decoder_self_attentions".to_owned(), square);
        let rolled = RolloutAggregation::default().apply(&attribution).unwrap();
        let columns = columns(&rolled.target_attributions.unwrap());
        assert_eq!(columns[0][..2], [0.4375, 0.5625]);
    }

    #[test]
    fn what_has_no_layers_cannot_be_rolled_out() {
        let error = RolloutAggregation::default()
            .apply(&five_tokens())
            .unwrap_err();
        assert!(error.to_string().contains("without layers"), "{error}");
    }
}
