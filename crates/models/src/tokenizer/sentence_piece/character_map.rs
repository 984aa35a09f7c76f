/// SentencePiece's compiled table of character rewritings: NFKC and some more.
///
/// The format: the length of a trie in bytes, 32 bits; the trie, a Darts double
/// array of 32-bit units; replacements, each ended by a zero byte. A value in the
/// trie is the place of a replacement. Nothing here relies on the trie being sound:
/// every step is checked.
#[derive(Default)]
pub(super) struct CharacterMap {
    units: Vec<u32>,
    replacements: String,
}

impl CharacterMap {
    /// Reads a table; no bytes are the empty table.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let broken = "its table of characters is broken";
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(broken)?;
        let (trie, replacements) = rest
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or(broken)?;
        let (units, []) = trie.as_chunks::<4>() else {
            return Err(broken);
        };
        Ok(Self {
            units: units.iter().map(|unit| u32::from_le_bytes(*unit)).collect(),
            replacements: String::from_utf8(replacements.to_vec()).map_err(|_| broken)?,
        })
    }

    /// The longest beginning of `text` that is rewritten: its length in bytes, and
    /// what it becomes.
    pub(super) fn longest_beginning(&self, text: &str) -> Option<(usize, &str)> {
        let mut node = offset(*self.units.first()?);
        let mut found = None;
        for (position, byte) in text.bytes().enumerate() {
            node ^= usize::from(byte);
            let Some(unit) = self.units.get(node).copied() else {
                break;
            };
            if label(unit) != u32::from(byte) {
                break;
            }
            node ^= offset(unit);
            if has_value(unit) && text.is_char_boundary(position + 1) {
                let value = self.units.get(node).map(|unit| value(*unit));
                found = value.map(|value| (position + 1, value)).or(found);
            }
        }
        let (length, value) = found?;
        let replacement = self.replacements.get(value..)?.split('\0').next()?;
        Some((length, replacement))
    }
}

// The parts of a unit, as in <https://github.com/s-yata/darts-clone>.

fn has_value(unit: u32) -> bool {
    unit >> 8 & 1 == 1
}

fn value(unit: u32) -> usize {
    (unit & 0x7FFF_FFFF) as usize
}

fn label(unit: u32) -> u32 {
    unit & 0x8000_00FF
}

fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & 1 << 9) >> 6)) as usize
}

#[cfg(test)]
mod tests {
    use super::CharacterMap;

    #[test]
    fn an_empty_table_rewrites_nothing() {
        let map = CharacterMap::from_bytes(&[]).unwrap();
        assert_eq!(map.longest_beginning("a"), None);
    }

    #[test]
    fn broken_tables_are_refused() {
        for bytes in [
            &[1][..],
            &[9, 0, 0, 0, 1],
            &[3, 0, 0, 0, 1, 2, 3],
            &[0, 0, 0, 0, 0xFF],
        ] {
            assert!(CharacterMap::from_bytes(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn tables_of_noise_do_no_harm() {
        // A linear congruential generator: noise that is the same each time.
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 8
        };
        for _ in 0..200 {
            let mut bytes = 1024_u32.to_le_bytes().to_vec();
            bytes.extend((0..1024).map(|_| noise() as u8));
            bytes.extend_from_slice("ä\0b\0".as_bytes());
            let map = CharacterMap::from_bytes(&bytes).unwrap();
            for text in ["", "a", "äöü", "日本語", "\0", "🇫🇷"] {
                if let Some((length, _)) = map.longest_beginning(text) {
                    assert!(text.is_char_boundary(length));
                }
            }
        }
    }
}
