use std::collections::BTreeMap;

use models::{Side, Tokenizer};

/// Draws tokens to stand in for others.
///
/// Special tokens stand for nothing and nothing stands for them.
pub(crate) struct Replacer {
    /// Tokens that stand in for each other.
    groups: Vec<Vec<u32>>,
    /// The group of each id; `None` for one that stays as it is.
    group_of: Vec<Option<usize>>,
}

/// Which tokens stand in for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Those spelled alike: whether they begin a word, and with what kind of character.
    SameKind,
    /// All.
    Uniform,
    /// None: this token stands in for every other.
    Always(u32),
}

/// What can be told of a token's part of speech from its spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    begins_word: bool,
    first: FirstCharacter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FirstCharacter {
    Lowercase,
    Capital,
    Digit,
    Punctuation,
    /// Beyond ASCII, where byte-level tokens are parts of characters.
    Other,
}

impl Replacer {
    pub(crate) fn new(tokenizer: &Tokenizer, side: Side, grouping: Grouping) -> Self {
        let n_ids = tokenizer.vocabulary_size_of_side(side);
        let mut by_kind: BTreeMap<Option<Kind>, Vec<u32>> = BTreeMap::new();
        for id in (0_u32..).take(n_ids) {
            let Some(token) = tokenizer.token_of_side(id, side) else {
                continue;
            };
            if tokenizer.is_special(id) {
                continue;
            }
            let kind = match grouping {
                Grouping::SameKind => Some(kind(token)),
                Grouping::Uniform | Grouping::Always(_) => None,
            };
            by_kind.entry(kind).or_default().push(id);
        }
        let mut groups: Vec<Vec<u32>> = by_kind.into_values().collect();
        let mut group_of = vec![None; n_ids];
        for (number, group) in groups.iter().enumerate() {
            for id in group {
                group_of[*id as usize] = Some(number);
            }
        }
        if let Grouping::Always(stand_in) = grouping {
            groups.iter_mut().for_each(|group| *group = vec![stand_in]);
        }
        Self { groups, group_of }
    }

    /// Whether anything stands in for `id`.
    pub(crate) fn has_stand_ins(&self, id: u32) -> bool {
        matches!(self.group_of.get(id as usize), Some(Some(_)))
    }

    /// The token that a uniform number from 0 to below 1 chooses in place of `id`;
    /// perhaps the same.
    pub(crate) fn choose(&self, id: u32, uniform: f64) -> u32 {
        let Some(Some(group)) = self.group_of.get(id as usize) else {
            return id;
        };
        let group = &self.groups[*group];
        let index = (uniform * group.len() as f64) as usize;
        group[index.min(group.len() - 1)]
    }
}

fn kind(token: &str) -> Kind {
    let within = token.trim_start_matches(['Ġ', '▁']);
    Kind {
        begins_word: within.len() < token.len(),
        first: match within.chars().next() {
            Some(c) if c.is_ascii_lowercase() => FirstCharacter::Lowercase,
            Some(c) if c.is_ascii_uppercase() => FirstCharacter::Capital,
            Some(c) if c.is_ascii_digit() => FirstCharacter::Digit,
            Some(c) if !c.is_ascii() => FirstCharacter::Other,
            Some(_) | None => FirstCharacter::Punctuation,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_off_the_spelling() {
        let kinds = ["Ġworld", "▁world", "world", "ĠParis", "1990", ".", "é"].map(kind);
        let of = |begins_word, first| Kind { begins_word, first };
        assert_eq!(kinds[0], of(true, FirstCharacter::Lowercase));
        assert_eq!(kinds[1], kinds[0]);
        assert_eq!(kinds[2], of(false, FirstCharacter::Lowercase));
        assert_eq!(kinds[3], of(true, FirstCharacter::Capital));
        assert_eq!(kinds[4], of(false, FirstCharacter::Digit));
        assert_eq!(kinds[5], of(false, FirstCharacter::Punctuation));
        assert_eq!(kinds[6], of(false, FirstCharacter::Other));
    }

    #[test]
    fn a_number_chooses_within_the_group() {
        let replacer = Replacer {
            groups: vec![vec![1, 3], vec![2]],
            group_of: vec![None, Some(0), Some(1), Some(0)],
        };
        assert_eq!(
            [0.0, 0.49, 0.5, 0.999].map(|u| replacer.choose(3, u)),
            [1, 1, 3, 3]
        );
        assert_eq!(replacer.choose(2, 0.7), 2);
        // Special, and unknown to the tokenizer.
        assert!(replacer.has_stand_ins(2) && !replacer.has_stand_ins(0));
        assert_eq!(replacer.choose(0, 0.7), 0);
        assert_eq!(replacer.choose(9, 0.7), 9);
    }
}
