use serde_json::json;

use super::weights::RandomWeights;
use super::{Recipe, tokenizer_files};
use crate::draws::Draws;

/// Tokens of the committed vocabulary: the first ends a text, the last pads one and
/// starts the decoder.
const N_TOKENS: usize = 350;
const END: u32 = 0;
const START: u32 = N_TOKENS as u32 - 1;

struct Sizes {
    hidden: usize,
    n_heads: [usize; 2],
    n_layers: [usize; 2],
    inner: [usize; 2],
    n_positions: usize,
}

pub(super) fn recipe(draws: &mut Draws, logit_factor: Option<f32>) -> Recipe {
    let sizes = Sizes {
        hidden: draws.one_of(&[8, 12, 24]),
        n_heads: [draws.one_of(&[1, 2, 4]), draws.one_of(&[1, 2, 4])],
        n_layers: [draws.between(1, 2), draws.between(1, 3)],
        inner: [draws.between(4, 30), draws.between(4, 30)],
        n_positions: draws.between(16, 40),
    };
    let activation = draws.one_of(&["gelu_new", "gelu", "relu", "swish"]);
    let (is_scaled, is_shared) = (draws.coin(), draws.coin());
    let is_tied = draws.coin() && logit_factor.is_none();
    let config = json!({
        "model_type": "marian",
        "vocab_size": N_TOKENS,
        "decoder_vocab_size": N_TOKENS,
        "d_model": sizes.hidden,
        "encoder_layers": sizes.n_layers[0],
        "decoder_layers": sizes.n_layers[1],
        "encoder_attention_heads": sizes.n_heads[0],
        "decoder_attention_heads": sizes.n_heads[1],
        "encoder_ffn_dim": sizes.inner[0],
        "decoder_ffn_dim": sizes.inner[1],
        "max_position_embeddings": sizes.n_positions,
        "decoder_start_token_id": START,
        "activation_function": activation,
        "scale_embedding": is_scaled,
        "share_encoder_decoder_embeddings": is_shared,
        "tie_word_embeddings": is_tied,
        "eos_token_id": END,
        "bad_words_ids": [[START]],
    });

    let weights = weights(
        draws,
        &sizes,
        is_scaled,
        is_shared,
        (!is_tied).then(|| logit_factor.unwrap_or(1.0)),
    );
    let names = [
        "vocab.json",
        "source.spm",
        "target.spm",
        "tokenizer_config.json",
    ];
    let mut files = tokenizer_files("marian", &names);
    files.insert("config.json", config.to_string().into_bytes());
    files.insert("model.safetensors", weights.into_safetensors());
    let text = |draws: &mut Draws| {
        let n_tokens = draws.between(2, 5);
        let mut ids = draws.ids(n_tokens, END + 1, START - 1);
        ids.push(END);
        ids
    };
    let source = text(draws);
    let target = [vec![START], text(draws)].concat();
    Recipe {
        settings: format!(
            "marian, {:?} layers, {:?} heads, {} wide, {:?} inside, {activation}",
            sizes.n_layers, sizes.n_heads, sizes.hidden, sizes.inner
        ),
        files,
        source: Some(source),
        target,
        n_given: 1,
    }
}

/// `logit_factor` is that of an unembedding of its own.
fn weights(
    draws: &mut Draws,
    sizes: &Sizes,
    is_scaled: bool,
    is_shared: bool,
    logit_factor: Option<f32>,
) -> RandomWeights {
    let hidden = sizes.hidden;
    let table = [N_TOKENS, hidden];
    let spread = match is_scaled {
        true => 0.5 / (hidden as f32).sqrt(),
        false => 0.5,
    };
    let mut weights = RandomWeights::default();
    if is_shared {
        weights.add_table(draws, "model.shared.weight", table, spread);
    } else {
        for stack in ["encoder", "decoder"] {
            let name = format!("model.{stack}.embed_tokens.weight");
            weights.add_table(draws, &name, table, spread);
        }
    }
    for (stack, name) in ["encoder", "decoder"].into_iter().enumerate() {
        if draws.coin() {
            // Stored positions; else the model computes its sinusoids.
            let name = format!("model.{name}.embed_positions.weight");
            weights.add_table(draws, &name, [sizes.n_positions, hidden], 0.3);
        }
        for layer in 0..sizes.n_layers[stack] {
            let layer = format!("model.{name}.layers.{layer}");
            add_attention(&mut weights, draws, &layer, "self_attn", hidden);
            if name == "decoder" {
                add_attention(&mut weights, draws, &layer, "encoder_attn", hidden);
            }
            let inner = sizes.inner[stack];
            let (expand, contract) = (format!("{layer}.fc1"), format!("{layer}.fc2"));
            weights.add_linear(draws, &expand, [inner, hidden], [hidden, inner]);
            weights.add_linear(draws, &contract, [hidden, inner], [inner, hidden]);
            weights.add_norm(draws, &format!("{layer}.final_layer_norm"), hidden);
        }
    }
    let factor = logit_factor.unwrap_or(1.0);
    let scaled =
        |values: Vec<f32>| -> Vec<f32> { values.iter().map(|value| value * factor).collect() };
    let bias = scaled(draws.values(N_TOKENS, 0.3));
    weights.add("final_logits_bias", &[1, N_TOKENS], &bias);
    if logit_factor.is_some() {
        let values = scaled(draws.values(N_TOKENS * hidden, 0.5));
        weights.add("lm_head.weight", &table, &values);
    }
    weights
}

fn add_attention(
    weights: &mut RandomWeights,
    draws: &mut Draws,
    layer: &str,
    part: &str,
    hidden: usize,
) {
    for projection in ["q_proj", "k_proj", "v_proj", "out_proj"] {
        let name = format!("{layer}.{part}.{projection}");
        weights.add_linear(draws, &name, [hidden, hidden], [hidden, hidden]);
    }
    weights.add_norm(draws, &format!("{layer}.{part}_layer_norm"), hidden);
}
