use std::collections::BTreeMap;

use serde_json::json;

use super::MadeModel;
use super::random_weights::{RandomWeights, constant, linear, plain_norm, random};
use super::sentence_piece::{Piece, PieceKind, sentence_piece_model};

/// Sizes of a Marian.
pub(super) struct MarianShape {
    n_layers: usize,
    n_heads: usize,
    n_hidden: usize,
    n_inner: usize,
    n_positions: usize,
    n_vocabulary: usize,
    activation: &'static str,
}

/// Ids as in the Helsinki models: the end of a text comes first, padding last.
const END: usize = 0;
const UNKNOWN: usize = 1;

impl MarianShape {
    /// `Helsinki-NLP/opus-mt-en-fr`.
    pub(super) const OPUS: MarianShape = MarianShape {
        n_layers: 6,
        n_heads: 8,
        n_hidden: 512,
        n_inner: 2048,
        n_positions: 512,
        n_vocabulary: 59514,
        activation: "swish",
    };

    /// `Helsinki-NLP/opus-mt-tc-big-en-fr`.
    pub(super) const OPUS_BIG: MarianShape = MarianShape {
        n_layers: 6,
        n_heads: 16,
        n_hidden: 1024,
        n_inner: 4096,
        n_positions: 1024,
        n_vocabulary: 53017,
        activation: "relu",
    };

    /// For tests.
    pub(super) const TINY: MarianShape = MarianShape {
        n_layers: 2,
        n_heads: 4,
        n_hidden: 48,
        n_inner: 96,
        n_positions: 64,
        n_vocabulary: 200,
        activation: "swish",
    };

    pub(super) fn make(&self) -> MadeModel {
        let pad = self.n_vocabulary - 1;
        let config = json!({
            "model_type": "marian",
            "architectures": ["MarianMTModel"],
            "activation_function": self.activation,
            "d_model": self.n_hidden,
            "encoder_layers": self.n_layers,
            "decoder_layers": self.n_layers,
            "encoder_attention_heads": self.n_heads,
            "decoder_attention_heads": self.n_heads,
            "encoder_ffn_dim": self.n_inner,
            "decoder_ffn_dim": self.n_inner,
            "max_position_embeddings": self.n_positions,
            "vocab_size": self.n_vocabulary,
            "decoder_start_token_id": pad,
            "eos_token_id": END,
            "pad_token_id": pad,
            "scale_embedding": true,
            "static_position_embeddings": true,
        });
        let generation = json!({
            "decoder_start_token_id": pad,
            "eos_token_id": END,
            "pad_token_id": pad,
            "bad_words_ids": [[pad]],
            "max_length": self.n_positions,
        });
        let tokenizer = json!({"tokenizer_class": "MarianTokenizer"});
        let pieces = sentence_piece_model(&pieces());
        let vocabulary = json!(self.vocabulary());
        MadeModel {
            files: vec![
                ("config.json", config.to_string().into()),
                ("generation_config.json", generation.to_string().into()),
                ("tokenizer_config.json", tokenizer.to_string().into()),
                ("source.spm", pieces.clone()),
                ("target.spm", pieces),
                ("vocab.json", vocabulary.to_string().into()),
            ],
            weights: self.weights(),
            shared: shared_embeddings(),
        }
    }

    /// The pieces, tokens that no text has, and padding.
    fn vocabulary(&self) -> BTreeMap<String, usize> {
        let mut vocabulary =
            BTreeMap::from([("</s>".to_owned(), END), ("<unk>".to_owned(), UNKNOWN)]);
        for piece in letters() {
            vocabulary.insert(piece, vocabulary.len());
        }
        for id in vocabulary.len()..self.n_vocabulary - 1 {
            vocabulary.insert(format!("unused{id}"), id);
        }
        vocabulary.insert("<pad>".to_owned(), self.n_vocabulary - 1);
        vocabulary
    }

    fn weights(&self) -> Vec<(String, RandomWeights)> {
        let hidden = self.n_hidden;
        let mut weights = vec![
            random("model.shared.weight", &[self.n_vocabulary, hidden]),
            constant("final_logits_bias", &[1, self.n_vocabulary], 0.0),
        ];
        for (stack, attentions) in [
            ("encoder", &["self_attn"][..]),
            ("decoder", &["self_attn", "encoder_attn"]),
        ] {
            for layer in 0..self.n_layers {
                let name = format!("model.{stack}.layers.{layer}");
                for attention in attentions {
                    for projection in ["q_proj", "k_proj", "v_proj", "out_proj"] {
                        let name = format!("{name}.{attention}.{projection}");
                        weights.extend(linear(&name, [hidden, hidden], hidden));
                    }
                    let norm = format!("{name}.{attention}_layer_norm");
                    weights.extend(plain_norm(&norm, hidden));
                }
                let inner = self.n_inner;
                weights.extend(linear(&format!("{name}.fc1"), [inner, hidden], inner));
                weights.extend(linear(&format!("{name}.fc2"), [hidden, inner], hidden));
                weights.extend(plain_norm(&format!("{name}.final_layer_norm"), hidden));
            }
        }
        weights
    }
}

/// The one table of embeddings, under the other names that it is saved by.
fn shared_embeddings() -> Vec<(&'static str, &'static str)> {
    let others = [
        "model.encoder.embed_tokens.weight",
        "model.decoder.embed_tokens.weight",
        "lm_head.weight",
    ];
    let table = "model.shared.weight";
    others.map(|other| (other, table)).to_vec()
}

/// Visible letters, each alone and at the start of a word; every other is unknown.
fn letters() -> impl Iterator<Item = String> {
    let start = "▁";
    let starting = ('!'..='~').map(move |letter| format!("{start}{letter}"));
    std::iter::once(start.to_owned())
        .chain(('!'..='~').map(String::from))
        .chain(starting)
}

fn pieces() -> Vec<Piece> {
    let special = [
        ("<unk>", PieceKind::Unknown),
        ("<s>", PieceKind::Control),
        ("</s>", PieceKind::Control),
    ];
    let special = special.map(|(text, kind)| Piece {
        text: text.to_owned(),
        score: 0.0,
        kind,
    });
    let ordinary = letters().map(|text| Piece {
        // Longer pieces are more likely than their parts.
        score: -4.0 + text.chars().count() as f32,
        text,
        kind: PieceKind::Ordinary,
    });
    special.into_iter().chain(ordinary).collect()
}
