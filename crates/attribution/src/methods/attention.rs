use attribution_output::{Axis, Compatibility, Kind, Scores};
use models::{Place, Probe, Site, Stack};
use tensor::{BackAxis, LocalFuture, Tensor};

use crate::method::{Method, MethodEntry, RunSize};
use crate::run::{Collected, Run};
use crate::{MethodDescription, OptionDescription, OptionDomain, Result};

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(Attention {
            output_decoder_self_attentions: options.flag(WHOLE),
        }))
    },
};

const WHOLE: &str = "output_decoder_self_attentions";

fn describe() -> MethodDescription {
    MethodDescription {
        id: "attention",
        title: "Attention weights",
        sentence: "How much each head of each layer looked at each token when the target was \
                   chosen; whatever the attributed function.",
        paper: "Bahdanau et al. 2015",
        paper_url: "https://arxiv.org/abs/1409.0473",
        options: vec![OptionDescription {
            id: WHOLE,
            title: "Attention of all positions",
            sentence: "Also report how the positions of the prompt looked at each other, which \
                       rollout needs. Inseq reports it only where the prefix is not attributed.",
            domain: OptionDomain::Flag { default: false },
        }],
    }
}

/// Attention weights: how much each head looked at each token, from the position
/// before the target.
///
/// `[targets, tokens, layers, heads]`; the weights of one target, layer and head sum
/// to 1. For encoder-decoder models the source has the decoder's attention to it, the
/// prefix the decoder's attention to itself. `encoder_self_attentions`, and
/// `decoder_self_attentions` if the prefix is not attributed or if asked for, are
/// sequence scores, `[attended, from, layers, heads]`. The attributed function plays no
/// part.
///
/// Bahdanau et al. 2015, <https://arxiv.org/abs/1409.0473>. Inseq: `attention`.
struct Attention {
    output_decoder_self_attentions: bool,
}

impl Method for Attention {
    fn n_passes(&self, _size: RunSize) -> f64 {
        1.0
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let mut seen = SeenWeights::default();
            let positions: Vec<u32> = (0_u32..).take(run.n_prefix()).collect();
            run.model
                .forward(&run.inputs()?, &positions, None, &mut seen)?;

            let own = Weights::read(&seen.decoder).await?;
            let mut collected = Collected::new(Kind::MultiDimensional, own.axes());
            if run.is_prefix_attributed() {
                collected.prefix = own.by_row(&run.positions);
            }
            if !run.is_prefix_attributed() || self.output_decoder_self_attentions {
                let n_tokens = match run.compatibility {
                    Compatibility::Corrected => run.n_prefix(),
                    // Inseq keeps as many as there are targets.
                    Compatibility::Inseq => run.positions.len(),
                };
                let name = "decoder_self_attentions".to_owned();
                collected.sequence_scores.insert(name, own.square(n_tokens));
            }
            if run.source_ids().is_some() {
                let cross = Weights::read(&seen.cross).await?;
                collected.source = cross.by_row(&run.positions);
                let encoder = Weights::read(&seen.encoder).await?;
                let name = "encoder_self_attentions".to_owned();
                let scores = encoder.square(run.n_source());
                collected.sequence_scores.insert(name, scores);
            }
            run.report(1, 1);
            Ok(collected)
        })
    }
}

/// Remembers attention weights, `[heads, rows, keys]` of each layer.
#[derive(Default)]
struct SeenWeights {
    encoder: Vec<Tensor>,
    decoder: Vec<Tensor>,
    cross: Vec<Tensor>,
}

impl Probe for SeenWeights {
    fn visit(&mut self, site: Site, value: Tensor) -> models::Result<Tensor> {
        let list = match (site.stack, site.place) {
            (Stack::Encoder, Place::AttentionWeights(_)) => &mut self.encoder,
            (Stack::Decoder, Place::AttentionWeights(_)) => &mut self.decoder,
            (Stack::Decoder, Place::CrossAttentionWeights(_)) => &mut self.cross,
            _ => return Ok(value),
        };
        list.push(value.clone());
        Ok(value)
    }
}

/// Attention weights of all layers of a stack, on the host.
struct Weights {
    n_heads: usize,
    n_rows: usize,
    n_keys: usize,
    /// `[heads, rows, keys]` each.
    layers: Vec<Vec<f32>>,
}

impl Weights {
    async fn read(seen: &[Tensor]) -> Result<Self> {
        let length = |axis| seen.first().map_or(0, |layer| layer.shape().length(axis));
        let mut layers = Vec::with_capacity(seen.len());
        for layer in seen {
            layers.push(layer.read().await?);
        }
        Ok(Self {
            n_heads: length(BackAxis(2)),
            n_rows: length(BackAxis(1)),
            n_keys: length(BackAxis(0)),
            layers,
        })
    }

    fn axes(&self) -> Vec<(Axis, usize)> {
        vec![
            (Axis::Layers, self.layers.len()),
            (Axis::Heads, self.n_heads),
        ]
    }

    /// How much some rows look at each key, `[rows, keys, layers, heads]`.
    fn by_row(&self, rows: &[u32]) -> Vec<f32> {
        let mut made = Vec::new();
        for row in rows {
            for key in 0..self.n_keys {
                made.extend(self.between(*row as usize, key));
            }
        }
        made
    }

    /// How much the first tokens are looked at by each other, `[keys, rows, layers,
    /// heads]`.
    fn square(&self, n_tokens: usize) -> Scores {
        let mut values = Vec::new();
        for key in 0..n_tokens {
            for row in 0..n_tokens {
                values.extend(self.between(row, key));
            }
        }
        Scores {
            axes: vec![Axis::Inputs, Axis::Inputs, Axis::Layers, Axis::Heads],
            shape: vec![n_tokens, n_tokens, self.layers.len(), self.n_heads],
            values,
        }
    }

    /// `[layers, heads]`
    fn between(&self, row: usize, key: usize) -> impl Iterator<Item = f32> {
        self.layers.iter().flat_map(move |layer| {
            (0..self.n_heads).map(move |head| layer[(head * self.n_rows + row) * self.n_keys + key])
        })
    }
}
