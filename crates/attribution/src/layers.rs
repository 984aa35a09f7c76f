//! Which layers a layer method attributes to, and how it gets at their values.

use models::{Place, Probe, Side, Site, Stack, find_layer, layer_outputs};
use tensor::{BackAxis, Op, Tensor};

use crate::options::CheckedOptions;
use crate::run::Run;
use crate::{Error, OptionDescription, OptionDomain, Result};

/// A layer: the sites whose values make it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) sites: Vec<Site>,
}

/// What the options of a layer method ask for.
#[derive(Clone, Debug)]
pub(crate) struct LayerChoice {
    target: TargetLayer,
    is_input: bool,
}

#[derive(Clone, Debug)]
enum TargetLayer {
    /// Token embeddings of every attributed text, together.
    Embeddings,
    /// The module of a path.
    Named(String),
    /// Each layer of the stacks that read the attributed texts.
    All,
}

/// Asks for every layer.
const ALL: &str = "all";

impl LayerChoice {
    /// The options, with Inseq's names and defaults.
    pub(crate) fn options() -> Vec<OptionDescription> {
        vec![
            OptionDescription {
                id: "target_layer",
                title: "Layer",
                sentence: "The module whose values are looked at, by its path in the Hugging Face \
                           model; \"all\" for the output of each layer; the embedding layer if \
                           not given.",
                domain: OptionDomain::Text {
                    default: None,
                    example: "transformer.h.1.mlp",
                },
            },
            OptionDescription {
                id: "attribute_to_layer_input",
                title: "Layer's input",
                sentence: "Look at what goes into the layer, not at what comes out of it.",
                domain: OptionDomain::Flag { default: false },
            },
        ]
    }

    pub(crate) fn from_options(options: &CheckedOptions<'_>) -> Self {
        Self {
            target: match options.text("target_layer") {
                None => TargetLayer::Embeddings,
                Some(ALL) => TargetLayer::All,
                Some(path) => TargetLayer::Named(path.to_owned()),
            },
            is_input: options.flag("attribute_to_layer_input"),
        }
    }

    /// About how many layers there are to choose from one by one, in a model whose stacks
    /// have so many.
    pub(crate) fn n_chosen(&self, n_layers: usize) -> usize {
        if self.is_all() { n_layers } else { 1 }
    }

    /// Whether there is an axis of layers.
    pub(crate) fn is_all(&self) -> bool {
        matches!(self.target, TargetLayer::All)
    }

    /// The layers, first to last, in groups of those that lie one above the other.
    pub(crate) fn groups(&self, run: &Run<'_>) -> Result<Vec<Vec<Layer>>> {
        if run.function.dropout().is_some() {
            return Err(Error::LayerOfManyRuns {
                function: run.function_id.to_owned(),
            });
        }
        let stacks: Vec<Stack> = if !run.model.summary().is_encoder_decoder {
            vec![Stack::Decoder]
        } else if run.is_prefix_attributed() {
            vec![Stack::Encoder, Stack::Decoder]
        } else {
            vec![Stack::Encoder]
        };
        match &self.target {
            TargetLayer::Embeddings if self.is_input => Err(Error::LayerReadsIds {
                path: "embedding layer".to_owned(),
            }),
            TargetLayer::Embeddings => {
                let sites = stacks.into_iter().map(|stack| Site {
                    stack,
                    place: Place::TokenEmbeddings,
                });
                Ok(vec![vec![Layer {
                    sites: sites.collect(),
                }]])
            }
            TargetLayer::Named(path) => {
                let found = find_layer(&run.model.layer_paths(), path)?;
                let sites = match (self.is_input, found.input) {
                    (false, _) => found.output,
                    (true, Some(input)) => vec![input],
                    (true, None) => return Err(Error::LayerReadsIds { path: found.path }),
                };
                Ok(vec![vec![Layer { sites }]])
            }
            TargetLayer::All => {
                let paths = run.model.layer_paths();
                let groups = stacks.into_iter().map(|stack| {
                    let mut outputs = layer_outputs(&paths, stack);
                    if self.is_input {
                        // Each layer reads what the one before it made.
                        outputs.pop();
                        let place = Place::Embeddings;
                        outputs.insert(0, Site { stack, place });
                    }
                    let layers = outputs.into_iter().map(|site| Layer { sites: vec![site] });
                    layers.collect()
                });
                Ok(groups.collect())
            }
        }
    }
}

/// Keeps the values of some sites. With tracing on, the first of them on each way
/// starts a trace, so that all are on it.
pub(crate) struct Watch<'a> {
    sites: Vec<&'a Site>,
    is_traced: bool,
    seen: Vec<Option<Tensor>>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(layers: &'a [Layer], is_traced: bool) -> Self {
        let sites: Vec<&Site> = layers.iter().flat_map(|layer| &layer.sites).collect();
        Self {
            seen: vec![None; sites.len()],
            sites,
            is_traced,
        }
    }

    /// The value of each site of each layer, in order.
    pub(crate) fn seen(self) -> Vec<Tensor> {
        let seen = self.seen.into_iter();
        seen.map(|value| value.expect("a forward pass visits the sites of its own paths"))
            .collect()
    }
}

impl Probe for Watch<'_> {
    fn visit(&mut self, site: Site, value: Tensor) -> models::Result<Tensor> {
        let mut handed_on = value;
        for (wanted, seen) in self.sites.iter().zip(&mut self.seen) {
            if **wanted == site {
                if self.is_traced && !handed_on.is_traced() {
                    handed_on = handed_on.traced();
                }
                *seen = Some(handed_on.clone());
            }
        }
        Ok(handed_on)
    }
}

/// Puts given values in the place of a layer's own, and so resumes the forward pass
/// from there.
///
/// Layers that lie one above the other are resumed in one pass: the values given for
/// each are texts of their own, and come after those of the layers below along the
/// first axis.
pub(crate) struct Resume<'a> {
    layers: &'a [Layer],
    /// For each site of each layer, `[points, rows, hidden]`; taken when it is visited.
    given: Vec<Tensor>,
    /// The same, as the starts of traces.
    leaves: Vec<Option<Tensor>>,
}

impl<'a> Resume<'a> {
    pub(crate) fn new(layers: &'a [Layer], given: Vec<Tensor>) -> Self {
        Self {
            layers,
            leaves: vec![None; given.len()],
            given,
        }
    }

    /// The values given, traced, in order.
    pub(crate) fn leaves(self) -> Vec<Tensor> {
        let leaves = self.leaves.into_iter();
        leaves
            .map(|leaf| leaf.expect("a forward pass visits the sites of its own paths"))
            .collect()
    }
}

impl Probe for Resume<'_> {
    fn visit(&mut self, site: Site, value: Tensor) -> models::Result<Tensor> {
        let places = self.layers.iter().enumerate().flat_map(|(number, layer)| {
            let sites = layer.sites.iter();
            sites.map(move |wanted| (number, *wanted))
        });
        for (index, (number, wanted)) in places.enumerate() {
            if wanted == site {
                let leaf = self.given[index].traced();
                self.leaves[index] = Some(leaf.clone());
                return if number == 0 {
                    Ok(leaf)
                } else {
                    Ok(value.concatenate(&leaf, BackAxis(2))?)
                };
            }
        }
        Ok(value)
    }
}

/// `[targets, rows, hidden]` as seen at a site → `[targets, tokens, hidden]`: the
/// decoder's last layer leaves out tokens that no target is chosen at.
pub(crate) fn on_tokens(run: &Run<'_>, site: Site, values: &Tensor) -> Result<Tensor> {
    let n_rows = values.shape().length(BackAxis(1));
    if site.side() == Side::Source || n_rows == run.n_prefix() {
        return Ok(values.clone());
    }
    let place = Op::PlaceRows {
        ids: run.positions.as_slice().into(),
        n_rows: run.n_prefix(),
    };
    Ok(Tensor::apply(place, &[values])?)
}
