/// One token of a text, as the tokenizer writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id in the vocabulary; −1 for merged tokens and labels.
    pub id: i64,
    /// The tokenizer's own spelling, such as `Ġworld` or `▁world`.
    pub token: String,
}

/// How a tokenizer spells spaces and bytes inside its tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// GPT-2: one printable character for each byte, `Ġ` for a space.
    ByteLevel,
    /// Marian: `▁` for a space.
    SentencePiece,
    /// As written.
    #[default]
    Plain,
}
