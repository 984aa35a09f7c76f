use attribution_output::{Axis, Compatibility, Kind, Scores};
use tensor::LocalFuture;

use self::clean_states::CleanStates;
use self::distance::Distance;
use self::heads::ZeroedHeads;
use self::part::{Attention, Part};
use crate::method::{Method, MethodEntry, RunSize};
use crate::options::CheckedOptions;
use crate::run::{Collected, Run};
use crate::{Error, MethodDescription, OptionDescription, OptionDomain, Result};

mod clean_states;
mod distance;
mod heads;
mod part;

const DECODER_HEADS: &str = "decoder_zeroed_units_indices";
const ENCODER_HEADS: &str = "encoder_zeroed_units_indices";
const CROSS_HEADS: &str = "cross_zeroed_units_indices";

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(ValueZeroing {
            distance: match options.choice("similarity_metric") {
                "euclidean" => Distance::Euclidean,
                _ => Distance::Cosine,
            },
            decoder: zeroed_heads(options, DECODER_HEADS)?,
            encoder: zeroed_heads(options, ENCODER_HEADS)?,
            cross: zeroed_heads(options, CROSS_HEADS)?,
            only_with_source: [ENCODER_HEADS, CROSS_HEADS]
                .into_iter()
                .find(|id| options.structure(id).is_some()),
            output_decoder_self_scores: options.flag("output_decoder_self_scores"),
            output_encoder_self_scores: options.flag("output_encoder_self_scores"),
        }))
    },
};

fn zeroed_heads(options: &CheckedOptions<'_>, id: &'static str) -> Result<ZeroedHeads> {
    ZeroedHeads::from_option(options.structure(id)).ok_or_else(|| options.bad_value(id))
}

fn describe() -> MethodDescription {
    let heads = |id, title, sentence| OptionDescription {
        id,
        title,
        sentence,
        domain: OptionDomain::Structure {
            form: ZeroedHeads::FORM,
            example: "{\"0\": [1, 3]}",
        },
    };
    let flag = |id, title, sentence| OptionDescription {
        id,
        title,
        sentence,
        domain: OptionDomain::Flag { default: true },
    };
    MethodDescription {
        id: "value_zeroing",
        title: "Value zeroing",
        sentence: "How much a layer's picture of the text changes when attention reads nothing \
                   from a token; whatever the attributed function.",
        paper: "Mohebbi et al. 2023",
        paper_url: "https://aclanthology.org/2023.eacl-main.245",
        options: vec![
            OptionDescription {
                id: "similarity_metric",
                title: "Distance",
                sentence: "How far apart two hidden states are: one minus their cosine, or the \
                           length of their difference.",
                domain: OptionDomain::Choice {
                    default: "cosine",
                    choices: &["cosine", "euclidean"],
                },
            },
            heads(
                DECODER_HEADS,
                "Heads of the decoder",
                "In which heads of the decoder's attention to itself values are zeroed; all \
                 unless given.",
            ),
            heads(
                ENCODER_HEADS,
                "Heads of the encoder",
                "In which heads of the encoder values are zeroed; all unless given.",
            ),
            heads(
                CROSS_HEADS,
                "Heads that look at the source",
                "In which heads of the decoder's attention to the source values are zeroed; all \
                 unless given.",
            ),
            flag(
                "output_decoder_self_scores",
                "Scores within the output",
                "Where only the source is attributed, also report scores between output tokens.",
            ),
            flag(
                "output_encoder_self_scores",
                "Scores within the source",
                "Also report scores between source tokens.",
            ),
        ],
    }
}

/// Value zeroing: how far each layer's output moves when the values of one token are
/// zero in its attention, while what the layer reads and where it looks stay.
///
/// `[targets, tokens, layers]`, from the position before the target; the scores of one
/// target and layer sum to 1, or are all 0. For encoder-decoder models the source has
/// scores by the decoder's attention to it, the prefix by its attention to itself.
/// `encoder_self_scores`, and `decoder_self_scores` if the prefix is not attributed,
/// are sequence scores, `[zeroed, moved, layers]`. The attributed function plays no
/// part.
///
/// Mohebbi et al. 2023, <https://aclanthology.org/2023.eacl-main.245>. Inseq:
/// `value_zeroing`.
struct ValueZeroing {
    distance: Distance,
    decoder: ZeroedHeads,
    encoder: ZeroedHeads,
    cross: ZeroedHeads,
    /// An option that was given and needs a source.
    only_with_source: Option<&'static str>,
    output_decoder_self_scores: bool,
    output_encoder_self_scores: bool,
}

impl Method for ValueZeroing {
    fn n_passes(&self, size: RunSize) -> f64 {
        // Each token once in each layer.
        size.n_tokens as f64
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let is_encoder_decoder = run.source_ids().is_some();
            if let Some(option) = self.only_with_source
                && !is_encoder_decoder
            {
                return Err(Error::OptionValue {
                    owner: "value_zeroing".to_owned(),
                    option,
                    expected: "left out for a model without an encoder".to_owned(),
                    found: "a choice of heads".to_owned(),
                });
            }
            let clean = CleanStates::of(run)?;
            let every = |n: usize| -> Vec<u32> { (0_u32..).take(n).collect() };
            let mut parts = vec![Part {
                attention: Attention::OfDecoder,
                heads: &self.decoder,
                rows: match run.is_prefix_attributed() {
                    true => run.positions.clone(),
                    false => every(run.n_prefix()),
                },
                n_keys: run.n_prefix(),
            }];
            if !run.is_prefix_attributed() && !self.output_decoder_self_scores {
                parts.clear();
            }
            if is_encoder_decoder {
                parts.push(Part {
                    attention: Attention::ToSource,
                    heads: &self.cross,
                    rows: run.positions.clone(),
                    n_keys: run.n_source(),
                });
                if self.output_encoder_self_scores {
                    parts.push(Part {
                        attention: Attention::OfEncoder,
                        heads: &self.encoder,
                        rows: every(run.n_source()),
                        n_keys: run.n_source(),
                    });
                }
            }
            self.collect(run, &clean, &parts).await
        })
    }
}

impl ValueZeroing {
    async fn collect(
        &self,
        run: &Run<'_>,
        clean: &CleanStates,
        parts: &[Part<'_>],
    ) -> Result<Collected> {
        for part in parts {
            let stack = clean.stack(part.attention);
            let n_heads = stack.n_heads(part.attention);
            let option = part.attention.heads_option();
            part.heads.check(option, stack.n_layers(), n_heads)?;
        }
        let n_layers = clean.decoder.n_layers();
        let axes = vec![(Axis::Layers, n_layers)];
        let mut collected = Collected::new(Kind::MultiDimensional, axes);
        let n_units = parts
            .iter()
            .map(|part| clean.stack(part.attention).n_layers());
        let (mut n_done, n_units) = (0, n_units.sum());
        for part in parts {
            let stack = clean.stack(part.attention);
            let mut layers = Vec::with_capacity(stack.n_layers());
            for number in 0..stack.n_layers() {
                layers.push(part.scores(run, clean, number, self.distance).await?);
                n_done += 1;
                run.report(n_done, n_units);
            }
            match part.attention {
                Attention::OfDecoder if run.is_prefix_attributed() => {
                    collected.prefix = by_row(&layers);
                }
                Attention::OfDecoder => {
                    let n_tokens = match run.compatibility {
                        Compatibility::Corrected => run.n_prefix(),
                        // Inseq keeps as many as there are targets.
                        Compatibility::Inseq => run.positions.len(),
                    };
                    let scores = square(&layers, part.n_keys, n_tokens);
                    let name = "decoder_self_scores".to_owned();
                    collected.sequence_scores.insert(name, scores);
                }
                Attention::ToSource => collected.source = by_row(&layers),
                Attention::OfEncoder => {
                    let scores = square(&layers, part.n_keys, part.n_keys);
                    let name = "encoder_self_scores".to_owned();
                    collected.sequence_scores.insert(name, scores);
                }
            }
        }
        Ok(collected)
    }
}

/// `[rows, keys]` of each layer → `[rows, keys, layers]`
fn by_row(layers: &[Vec<f32>]) -> Vec<f32> {
    let n_cells = layers.first().map_or(0, Vec::len);
    (0..n_cells)
        .flat_map(|cell| layers.iter().map(move |layer| layer[cell]))
        .collect()
}

/// `[rows, keys]` of each layer → `[keys, rows, layers]` for the first tokens.
fn square(layers: &[Vec<f32>], n_keys: usize, n_tokens: usize) -> Scores {
    let mut values = Vec::new();
    for key in 0..n_tokens {
        for row in 0..n_tokens {
            values.extend(layers.iter().map(|layer| layer[row * n_keys + key]));
        }
    }
    Scores {
        axes: vec![Axis::Inputs, Axis::Inputs, Axis::Layers],
        shape: vec![n_tokens, n_tokens, layers.len()],
        values,
    }
}
