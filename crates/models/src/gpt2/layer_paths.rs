use crate::{LayerPath, Place, Site, Stack};

/// Modules of `GPT2LMHeadModel`.
pub(super) fn layer_paths(n_layers: usize) -> Vec<LayerPath> {
    let mut paths = vec![
        path("wte".to_owned(), &[Place::TokenEmbeddings], None),
        path("wpe".to_owned(), &[Place::PositionEmbeddings], None),
        path(
            "drop".to_owned(),
            &[Place::Embeddings],
            Some(Place::Embeddings),
        ),
    ];
    for number in 0..n_layers {
        paths.extend(block_paths(number));
    }
    let last = Place::LayerOutput(n_layers.saturating_sub(1));
    paths.push(path("ln_f".to_owned(), &[Place::FinalNorm], Some(last)));
    paths
}

fn block_paths(number: usize) -> Vec<LayerPath> {
    let before = match number {
        0 => Place::Embeddings,
        _ => Place::LayerOutput(number - 1),
    };
    let attention_norm = Place::AttentionNorm(number);
    let attention_output = Place::AttentionOutput(number);
    let feed_forward_norm = Place::FeedForwardNorm(number);
    let inner = Place::FeedForwardInner(number);
    let activated = Place::FeedForwardActivated(number);
    let added = Place::FeedForwardOutput(number);
    // Queries, keys and values are one matrix there.
    let attention_inputs = [
        Place::Queries(number),
        Place::Keys(number),
        Place::JoinedValues(number),
    ];
    let modules: [(&str, &[Place], Place); 12] = [
        ("", &[Place::LayerOutput(number)], before),
        (".ln_1", &[attention_norm], before),
        (".attn", &[attention_output], attention_norm),
        (".attn.c_attn", &attention_inputs, attention_norm),
        (
            ".attn.c_proj",
            &[attention_output],
            Place::WeighedValues(number),
        ),
        (".attn.resid_dropout", &[attention_output], attention_output),
        (".ln_2", &[feed_forward_norm], Place::AttentionSum(number)),
        (".mlp", &[added], feed_forward_norm),
        (".mlp.c_fc", &[inner], feed_forward_norm),
        (".mlp.act", &[activated], inner),
        (".mlp.c_proj", &[added], activated),
        (".mlp.dropout", &[added], added),
    ];
    modules
        .into_iter()
        .map(|(module, output, input)| path(format!("h.{number}{module}"), output, Some(input)))
        .collect()
}

fn path(module: String, output: &[Place], input: Option<Place>) -> LayerPath {
    let site = |place| Site {
        stack: Stack::Decoder,
        place,
    };
    LayerPath {
        path: format!("transformer.{module}"),
        output: output.iter().copied().map(site).collect(),
        input: input.map(site),
    }
}
