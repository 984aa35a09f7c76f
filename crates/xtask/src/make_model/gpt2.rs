use std::collections::BTreeMap;

use serde_json::json;

use super::MadeModel;
use super::random_weights::{RandomWeights, causal_mask, constant, linear, plain_norm, random};

/// Sizes of a GPT-2.
pub(super) struct Gpt2Shape {
    n_layers: usize,
    n_heads: usize,
    n_hidden: usize,
    n_positions: usize,
    n_vocabulary: usize,
}

impl Gpt2Shape {
    /// `openai-community/gpt2`.
    pub(super) const SMALL: Gpt2Shape = Gpt2Shape {
        n_layers: 12,
        n_heads: 12,
        n_hidden: 768,
        n_positions: 1024,
        n_vocabulary: 50257,
    };

    /// `openai-community/gpt2-medium`.
    pub(super) const MEDIUM: Gpt2Shape = Gpt2Shape {
        n_layers: 24,
        n_heads: 16,
        n_hidden: 1024,
        ..Self::SMALL
    };

    /// `distilbert/distilgpt2`.
    pub(super) const DISTILLED: Gpt2Shape = Gpt2Shape {
        n_layers: 6,
        ..Self::SMALL
    };

    /// For tests.
    pub(super) const TINY: Gpt2Shape = Gpt2Shape {
        n_layers: 2,
        n_heads: 4,
        n_hidden: 48,
        // Masks of a megabyte, which are worth jumping over.
        n_positions: 512,
        n_vocabulary: 300,
    };

    pub(super) fn make(&self) -> MadeModel {
        let end_of_text = self.n_vocabulary - 1;
        let config = json!({
            "model_type": "gpt2",
            "architectures": ["GPT2LMHeadModel"],
            "activation_function": "gelu_new",
            "n_layer": self.n_layers,
            "n_head": self.n_heads,
            "n_embd": self.n_hidden,
            "n_positions": self.n_positions,
            "n_ctx": self.n_positions,
            "vocab_size": self.n_vocabulary,
            "layer_norm_epsilon": 1e-5,
            "bos_token_id": end_of_text,
            "eos_token_id": end_of_text,
        });
        let generation = json!({
            "bos_token_id": end_of_text,
            "eos_token_id": end_of_text,
        });
        let vocabulary = json!(byte_vocabulary(self.n_vocabulary));
        MadeModel {
            files: vec![
                ("config.json", config.to_string().into()),
                ("generation_config.json", generation.to_string().into()),
                ("vocab.json", vocabulary.to_string().into()),
                ("merges.txt", "#version: 0.2\n".into()),
            ],
            weights: self.weights(),
            shared: Vec::new(),
        }
    }

    /// What the original saves beside the weights, though it follows from the sizes.
    pub(super) fn masks(&self) -> Vec<(String, RandomWeights)> {
        let of_layer = |layer| {
            let name = format!("h.{layer}.attn");
            [
                causal_mask(&format!("{name}.bias"), self.n_positions),
                constant(&format!("{name}.masked_bias"), &[], -1e4),
            ]
        };
        (0..self.n_layers).flat_map(of_layer).collect()
    }

    fn weights(&self) -> Vec<(String, RandomWeights)> {
        let hidden = self.n_hidden;
        let mut weights = vec![
            random("wte.weight", &[self.n_vocabulary, hidden]),
            random("wpe.weight", &[self.n_positions, hidden]),
        ];
        weights.extend(plain_norm("ln_f", hidden));
        for layer in 0..self.n_layers {
            for norm in ["ln_1", "ln_2"] {
                weights.extend(plain_norm(&format!("h.{layer}.{norm}"), hidden));
            }
            for (module, rows, columns) in [
                ("attn.c_attn", hidden, 3 * hidden),
                ("attn.c_proj", hidden, hidden),
                ("mlp.c_fc", hidden, 4 * hidden),
                ("mlp.c_proj", 4 * hidden, hidden),
            ] {
                let name = format!("h.{layer}.{module}");
                weights.extend(linear(&name, [rows, columns], columns));
            }
        }
        weights
    }
}

/// A byte-level vocabulary in which every byte is a token; the rest are tokens that
/// no text has, and the last ends a text.
fn byte_vocabulary(n_tokens: usize) -> BTreeMap<String, usize> {
    let mut vocabulary: BTreeMap<String, usize> = byte_letters()
        .enumerate()
        .map(|(id, letter)| (letter.to_string(), id))
        .collect();
    for id in vocabulary.len()..n_tokens - 1 {
        vocabulary.insert(format!("unused{id}"), id);
    }
    vocabulary.insert("<|endoftext|>".to_owned(), n_tokens - 1);
    vocabulary
}

/// The letters by which GPT-2 writes bytes: itself where a byte is a visible Latin-1
/// letter, else the next letter from U+0100 on.
fn byte_letters() -> impl Iterator<Item = char> {
    let mut next = 0x100;
    (0..=255_u8).map(move |byte| match byte {
        b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => char::from(byte),
        _ => {
            let letter = char::from_u32(next).expect("fewer than 256 letters from U+0100 on");
            next += 1;
            letter
        }
    })
}
