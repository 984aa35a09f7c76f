use serde_json::json;

use super::weights::RandomWeights;
use super::{Recipe, tokenizer_files};
use crate::draws::Draws;

/// Tokens of the committed tokenizer; the model may have more.
const N_TOKENS: usize = 600;

pub(super) fn recipe(draws: &mut Draws, logit_factor: Option<f32>) -> Recipe {
    let n_heads = draws.between(1, 3);
    // Fewer than seven values, normalized, leave gradients that are mostly rounding.
    let hidden = n_heads * draws.between(9 - 2 * n_heads, 8);
    let n_layers = draws.between(1, 3);
    let inner = draws.coin().then(|| draws.between(3, 30));
    let n_positions = draws.between(16, 40);
    let vocabulary = N_TOKENS + draws.between(0, 7);
    let activation = draws.one_of(&["gelu_new", "gelu", "relu", "swish"]);
    let epsilon = draws.one_of(&[1e-5, 1e-2]);
    let is_tied = draws.coin() && logit_factor.is_none();
    // As saved from the whole model, and from the bare one, which has no unembedding.
    let prefix = match draws.coin() && is_tied {
        true => "",
        false => "transformer.",
    };
    let config = json!({
        "model_type": "gpt2",
        "vocab_size": vocabulary,
        "n_positions": n_positions,
        "n_embd": hidden,
        "n_layer": n_layers,
        "n_head": n_heads,
        "n_inner": inner,
        "activation_function": activation,
        "layer_norm_epsilon": epsilon,
        "tie_word_embeddings": is_tied,
        "eos_token_id": 0,
    });

    let inner = inner.unwrap_or(4 * hidden);
    let mut weights = RandomWeights::with_prefix(prefix);
    weights.add_table(draws, "wte.weight", [vocabulary, hidden], 0.5);
    weights.add_table(draws, "wpe.weight", [n_positions, hidden], 0.2);
    for layer in 0..n_layers {
        let name = |part: &str| format!("h.{layer}.{part}");
        weights.add_norm(draws, &name("ln_1"), hidden);
        weights.add_norm(draws, &name("ln_2"), hidden);
        for (part, n_in, n_out) in [
            ("attn.c_attn", hidden, 3 * hidden),
            ("attn.c_proj", hidden, hidden),
            ("mlp.c_fc", hidden, inner),
            ("mlp.c_proj", inner, hidden),
        ] {
            weights.add_linear(draws, &name(part), [n_in, n_out], [n_in, n_out]);
        }
    }
    weights.add_norm(draws, "ln_f", hidden);
    if !is_tied {
        let factor = logit_factor.unwrap_or(1.0);
        let values: Vec<f32> = draws
            .values(vocabulary * hidden, 0.5)
            .iter()
            .map(|value| value * factor)
            .collect();
        weights.add_unprefixed("lm_head.weight", &[vocabulary, hidden], &values);
    }

    let names = ["tokenizer.json", "tokenizer_config.json"];
    let mut files = tokenizer_files("gpt2", &names);
    files.insert("config.json", config.to_string().into_bytes());
    files.insert("model.safetensors", weights.into_safetensors());
    let n_given = draws.between(1, 4);
    let n_produced = draws.between(2, 5);
    Recipe {
        settings: format!(
            "gpt2, {n_layers} layers, {n_heads} heads, {hidden} wide, {inner} inside, {activation}"
        ),
        files,
        source: None,
        // Token 0 ends a text.
        target: draws.ids(n_given + n_produced, 1, N_TOKENS as u32 - 1),
        n_given,
    }
}
