use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};
use std::ops::Range;

use super::{Kind, Pieces, Segment};

/// A part of the text while it grows; empty once its left neighbor took it in.
struct Symbol {
    range: Range<usize>,
    previous: Option<usize>,
    next: Option<usize>,
    /// A user-defined piece, which takes part in no merge.
    is_frozen: bool,
}

/// Two neighbors whose union is a piece.
struct Pair {
    score: f32,
    left: usize,
    right: usize,
    /// Length of the union; if it is no longer that of the two, the pair is outdated.
    length: usize,
}

impl Ord for Pair {
    /// The better score first, then the place further left.
    fn cmp(&self, other: &Self) -> Ordering {
        self.score
            .total_cmp(&other.score)
            .then(other.left.cmp(&self.left))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Pair {}

struct Merging<'text> {
    text: &'text str,
    pieces: &'text Pieces,
    symbols: Vec<Symbol>,
    agenda: BinaryHeap<Pair>,
    /// The two parts that an unused piece was merged from.
    parts: HashMap<&'text str, [&'text str; 2]>,
}

/// Splits a text into characters, then merges the best pair of neighbors again and
/// again (byte-pair encoding, on characters).
///
/// Sennrich et al. 2016, <https://arxiv.org/abs/1508.07909>.
pub(super) fn segments<'text>(text: &'text str, pieces: &'text Pieces) -> Vec<Segment<'text>> {
    let mut merging = Merging {
        text,
        pieces,
        symbols: symbols_of_text(text, pieces),
        agenda: BinaryHeap::new(),
        parts: HashMap::new(),
    };
    for right in 1..merging.symbols.len() {
        merging.consider(Some(right - 1), Some(right));
    }
    while let Some(pair) = merging.agenda.pop() {
        merging.merge(&pair);
    }
    merging.segments()
}

fn symbols_of_text(text: &str, pieces: &Pieces) -> Vec<Symbol> {
    let mut symbols = Vec::with_capacity(text.len());
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let user_defined = pieces.user_defined_beginning(&text[start..]);
        let end = start + user_defined.unwrap_or(first.len_utf8());
        let position = symbols.len();
        symbols.push(Symbol {
            range: start..end,
            previous: position.checked_sub(1),
            next: (end < text.len()).then_some(position + 1),
            is_frozen: user_defined.is_some(),
        });
        start = end;
    }
    symbols
}

impl<'text> Merging<'text> {
    /// Puts two neighbors on the agenda if they can be merged.
    fn consider(&mut self, left: Option<usize>, right: Option<usize>) {
        let (Some(left), Some(right)) = (left, right) else {
            return;
        };
        let (left_symbol, right_symbol) = (&self.symbols[left], &self.symbols[right]);
        if left_symbol.is_frozen || right_symbol.is_frozen {
            return;
        }
        let text = self.text;
        let union = &text[left_symbol.range.start..right_symbol.range.end];
        let Some(piece) = self.pieces.of_text(union) else {
            return;
        };
        if piece.kind == Kind::Unused {
            let parts = [
                &text[left_symbol.range.clone()],
                &text[right_symbol.range.clone()],
            ];
            self.parts.insert(union, parts);
        }
        self.agenda.push(Pair {
            score: piece.score,
            left,
            right,
            length: union.len(),
        });
    }

    fn merge(&mut self, pair: &Pair) {
        let left_range = self.symbols[pair.left].range.clone();
        let right_range = self.symbols[pair.right].range.clone();
        if left_range.is_empty()
            || right_range.is_empty()
            || left_range.len() + right_range.len() != pair.length
        {
            return;
        }
        let next = self.symbols[pair.right].next;
        self.symbols[pair.left].range.end = right_range.end;
        self.symbols[pair.left].next = next;
        if let Some(next) = next {
            self.symbols[next].previous = Some(pair.left);
        }
        self.symbols[pair.right].range = right_range.end..right_range.end;
        self.consider(self.symbols[pair.left].previous, Some(pair.left));
        self.consider(Some(pair.left), next);
    }

    /// What is left, with unused pieces taken apart again.
    fn segments(&self) -> Vec<Segment<'text>> {
        let mut segments = Vec::new();
        for symbol in &self.symbols {
            let mut pending = vec![&self.text[symbol.range.clone()]];
            while let Some(text) = pending.pop() {
                if text.is_empty() {
                    continue;
                }
                let piece = self.pieces.of_text(text);
                if piece.is_some_and(|piece| piece.kind == Kind::Unused)
                    && let Some([left, right]) = self.parts.get(text)
                {
                    pending.extend([right, left]);
                } else {
                    segments.push(Segment {
                        text,
                        is_known: piece.is_some(),
                    });
                }
            }
        }
        segments
    }
}
