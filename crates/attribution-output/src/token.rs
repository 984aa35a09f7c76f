use std::fmt::Write as _;

/// One token of a text, as the tokenizer writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id in the vocabulary; −1 for merged tokens and labels.
    pub id: i64,
    /// The tokenizer's own spelling, such as `Ġworld` or `▁world`.
    pub token: String,
}

/// What stands between the two tokens of a change.
pub(crate) const CHANGE: &str = " → ";

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

impl Token {
    /// A token with its id.
    pub fn new(id: i64, token: impl Into<String>) -> Self {
        Self {
            id,
            token: token.into(),
        }
    }

    /// Whether it stands for something else than text, such as `</s>`,
    /// `<|endoftext|>` or `>>fra<<`. Known by its form, which both families share.
    pub fn is_special(&self) -> bool {
        let within = |start, end| {
            let rest = self.token.strip_prefix(start)?;
            rest.strip_suffix(end)
        };
        within("<", ">").is_some_and(|name: &str| !name.is_empty())
            || within(">>", "<<").is_some_and(|name| !name.is_empty())
    }

    /// The token as a reader should see it.
    ///
    /// Spaces are spaces. Bytes that are not whole characters read `\xE2`, line
    /// breaks `⏎`, tabs `⇥`, and characters that are invisible or turn the writing
    /// direction `\u{202e}`, so that no token looks like another or like none.
    pub fn display(&self, spelling: Spelling) -> String {
        // A label of a change, such as `Ġher → Ġhis`: two tokens.
        if self.id < 0
            && let Some((from, to)) = self.token.split_once(CHANGE)
        {
            let [from, to] = [from, to].map(|token| Self::new(0, token).display(spelling));
            return format!("{from}{CHANGE}{}", to.trim_start());
        }
        match spelling {
            Spelling::ByteLevel => {
                let bytes: Option<Vec<u8>> = self.token.chars().map(byte_from_character).collect();
                match bytes {
                    Some(bytes) => display_bytes(&bytes),
                    // Added tokens are written as they are.
                    None => display_text(&self.token),
                }
            }
            Spelling::SentencePiece => display_text(&self.token.replace('▁', " ")),
            Spelling::Plain => display_text(&self.token),
        }
    }
}

impl Spelling {
    /// How the tokens of a result are spelled, from the class names in its
    /// settings: first the tokenizer's, then, where that one is used for many
    /// models, the model's.
    pub fn from_class_names(tokenizer_class: &str, model_class: &str) -> Self {
        [tokenizer_class, model_class]
            .into_iter()
            .find_map(|name| {
                if name.starts_with("GPT2") {
                    Some(Self::ByteLevel)
                } else if name.starts_with("Marian") {
                    Some(Self::SentencePiece)
                } else {
                    None
                }
            })
            .unwrap_or_default()
    }
}

fn display_bytes(bytes: &[u8]) -> String {
    let mut display = String::new();
    for chunk in bytes.utf8_chunks() {
        display.push_str(&display_text(chunk.valid()));
        for byte in chunk.invalid() {
            write!(display, "\\x{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    display
}

fn display_text(text: &str) -> String {
    let mut display = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => display.push('⏎'),
            '\t' => display.push('⇥'),
            _ if is_invisible(character) => display.extend(character.escape_unicode()),
            _ => display.push(character),
        }
    }
    display
}

/// Characters that would hide, or rearrange what stands around them.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}')
}

/// Inverts GPT-2's table from bytes to printable characters: printable bytes stand
/// for themselves, the other 68 are numbered from 256 on.
fn byte_from_character(character: char) -> Option<u8> {
    let stands_for_itself = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let code = u32::from(character);
    match u8::try_from(code) {
        Ok(byte) => stands_for_itself(byte).then_some(byte),
        Err(_) => (0..=255u8)
            .filter(|&byte| !stands_for_itself(byte))
            .nth(usize::try_from(code - 256).ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn byte_level(token: &str) -> String {
        Token::new(0, token).display(Spelling::ByteLevel)
    }

    #[test]
    fn every_byte_has_exactly_one_character() {
        let mut bytes: Vec<u8> = (0..=0x2FF)
            .filter_map(char::from_u32)
            .filter_map(byte_from_character)
            .collect();
        bytes.sort_unstable();
        assert!(bytes.into_iter().eq(0..=255));
    }

    #[test]
    fn byte_level_tokens_are_readable() {
        assert_eq!(byte_level("Ġworld"), " world");
        assert_eq!(byte_level("Ċ"), "⏎");
        assert_eq!(byte_level("cafÃ©"), "café");
        assert_eq!(byte_level("<|endoftext|>"), "<|endoftext|>");
    }

    #[test]
    fn changes_are_readable() {
        let change = Token::new(-1, "Ġher → ĠÃ©t");
        assert_eq!(change.display(Spelling::ByteLevel), " her → ét");
        let change = Token::new(-1, "▁her → ▁his");
        assert_eq!(change.display(Spelling::SentencePiece), " her → his");
        assert_eq!(byte_level("a → b"), "a → b");
    }

    #[test]
    fn parts_of_characters_show_their_bytes() {
        assert_eq!(byte_level("âĤ"), "\\xE2\\x82");
        assert_eq!(byte_level("ĠâĤ¬"), " €");
    }

    #[test]
    fn tokens_outside_of_the_byte_alphabet_stay() {
        assert_eq!(byte_level("漢字 <tag>"), "漢字 <tag>");
    }

    #[test]
    fn sentence_piece_marks_are_spaces() {
        let token = Token::new(0, "▁le▁chat");
        assert_eq!(token.display(Spelling::SentencePiece), " le chat");
        assert_eq!(token.display(Spelling::Plain), "▁le▁chat");
    }

    #[test]
    fn special_tokens_are_known_by_their_form() {
        for special in ["</s>", "<pad>", "<|endoftext|>", ">>fra<<"] {
            assert!(Token::new(0, special).is_special(), "{special}");
        }
        for text in ["<", ">", "<>", ">><<", "a>", "▁<s>", ">>"] {
            assert!(!Token::new(0, text).is_special(), "{text}");
        }
    }

    #[test]
    fn invisible_characters_are_spelled_out() {
        let token = Token::new(0, "a\u{202E}b\u{1B}[31m");
        assert_eq!(token.display(Spelling::Plain), "a\\u{202e}b\\u{1b}[31m");
    }

    #[test]
    fn spelling_is_known_from_either_class_name() {
        let spelling = |tokenizer, model| Spelling::from_class_names(tokenizer, model);
        assert_eq!(spelling("GPT2TokenizerFast", ""), Spelling::ByteLevel);
        assert_eq!(spelling("MarianTokenizer", "GPT2"), Spelling::SentencePiece);
        assert_eq!(
            spelling("PreTrainedTokenizerFast", "GPT2LMHeadModel"),
            Spelling::ByteLevel
        );
        assert_eq!(spelling("T5Tokenizer", ""), Spelling::Plain);
    }
}
