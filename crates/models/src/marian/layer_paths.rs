use crate::{LayerPath, Place, Site, Stack};

/// Modules of `MarianMTModel`.
///
/// The embedding modules there give rows before they are scaled; here they are seen
/// after.
pub(super) fn layer_paths(n_encoder_layers: usize, n_decoder_layers: usize) -> Vec<LayerPath> {
    let mut paths = vec![LayerPath {
        path: "model.shared".to_owned(),
        output: vec![Site {
            stack: Stack::Encoder,
            place: Place::TokenEmbeddings,
        }],
        input: None,
    }];
    for (stack, n_layers) in [
        (Stack::Encoder, n_encoder_layers),
        (Stack::Decoder, n_decoder_layers),
    ] {
        let last = Place::LayerOutput(n_layers.saturating_sub(1));
        paths.push(path(stack, "", last, None));
        paths.push(path(stack, ".embed_tokens", Place::TokenEmbeddings, None));
        let positions = Place::PositionEmbeddings;
        paths.push(path(stack, ".embed_positions", positions, None));
        for number in 0..n_layers {
            let before = match number {
                0 => Place::Embeddings,
                _ => Place::LayerOutput(number - 1),
            };
            let mut modules = attention_modules(number, before);
            let feed_forward_reads = match stack {
                Stack::Encoder => Place::AttentionNorm(number),
                Stack::Decoder => {
                    modules.extend(cross_attention_modules(number));
                    Place::CrossAttentionNorm(number)
                }
            };
            modules.extend(feed_forward_modules(number, feed_forward_reads));
            modules.push(("", Place::LayerOutput(number), Some(before)));
            paths.extend(modules.into_iter().map(|(module, output, input)| {
                path(stack, &format!(".layers.{number}{module}"), output, input)
            }));
        }
    }
    // Keys and values of the source are made of the encoder's output.
    for known in &mut paths {
        if known.path.contains(".encoder_attn.k_") || known.path.contains(".encoder_attn.v_") {
            known.input = Some(Site {
                stack: Stack::Encoder,
                place: Place::LayerOutput(n_encoder_layers.saturating_sub(1)),
            });
        }
    }
    paths
}

/// A module within a layer, its output, its input.
type Module = (&'static str, Place, Option<Place>);

fn attention_modules(number: usize, before: Place) -> Vec<Module> {
    let output = Place::AttentionOutput(number);
    let weighed = Place::WeighedValues(number);
    let sum = Place::AttentionSum(number);
    vec![
        (".self_attn", output, Some(before)),
        (".self_attn.q_proj", Place::Queries(number), Some(before)),
        (".self_attn.k_proj", Place::Keys(number), Some(before)),
        (
            ".self_attn.v_proj",
            Place::JoinedValues(number),
            Some(before),
        ),
        (".self_attn.out_proj", output, Some(weighed)),
        (
            ".self_attn_layer_norm",
            Place::AttentionNorm(number),
            Some(sum),
        ),
    ]
}

fn cross_attention_modules(number: usize) -> Vec<Module> {
    let reads = Some(Place::AttentionNorm(number));
    let output = Place::CrossAttentionOutput(number);
    let weighed = Place::WeighedCrossValues(number);
    vec![
        (".encoder_attn", output, reads),
        (".encoder_attn.q_proj", Place::CrossQueries(number), reads),
        (".encoder_attn.k_proj", Place::CrossKeys(number), None),
        (
            ".encoder_attn.v_proj",
            Place::JoinedCrossValues(number),
            None,
        ),
        (".encoder_attn.out_proj", output, Some(weighed)),
        (
            ".encoder_attn_layer_norm",
            Place::CrossAttentionNorm(number),
            Some(Place::CrossAttentionSum(number)),
        ),
    ]
}

fn feed_forward_modules(number: usize, reads: Place) -> Vec<Module> {
    let inner = Place::FeedForwardInner(number);
    let activated = Place::FeedForwardActivated(number);
    let sum = Place::FeedForwardSum(number);
    vec![
        (".fc1", inner, Some(reads)),
        (".activation_fn", activated, Some(inner)),
        (".fc2", Place::FeedForwardOutput(number), Some(activated)),
        (".final_layer_norm", Place::LayerOutput(number), Some(sum)),
    ]
}

fn path(stack: Stack, module: &str, output: Place, input: Option<Place>) -> LayerPath {
    let name = match stack {
        Stack::Encoder => "encoder",
        Stack::Decoder => "decoder",
    };
    let site = |place| Site { stack, place };
    LayerPath {
        path: format!("model.{name}{module}"),
        output: vec![site(output)],
        input: input.map(site),
    }
}
