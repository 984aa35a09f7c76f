use super::{Kind, Pieces, Segment};

/// What a character that is no piece costs beyond the worst piece.
const UNKNOWN_PENALTY: f32 = 10.0;
/// Makes a user-defined piece a little worse than free.
const USER_DEFINED_PENALTY: f64 = 0.1;

/// The best known way to reach a place in a text.
#[derive(Clone, Copy)]
struct Path {
    score: f32,
    /// Where its last segment starts.
    start: usize,
    is_known: bool,
}

/// Splits a text into the pieces whose scores have the greatest sum.
///
/// Sums are compared in 64 bits and kept in 32, as SentencePiece does: among equal
/// ways to split "!!!!!" rounding decides, so it has to be the same rounding.
///
/// Kudo 2018, <https://arxiv.org/abs/1804.10959>.
pub(super) fn segments<'text>(text: &'text str, pieces: &Pieces) -> Vec<Segment<'text>> {
    let unknown_score = pieces.lowest_score - UNKNOWN_PENALTY;
    let mut paths: Vec<Option<Path>> = vec![None; text.len() + 1];
    for (start, first) in text.char_indices() {
        let score_here = paths[start].map_or(0.0, |path| path.score);
        let first_end = start + first.len_utf8();
        let mut is_first_known = false;
        for length in pieces.possible_ends(&text[start..]) {
            let end = start + length;
            let Some(piece) = pieces.of_text(&text[start..end]) else {
                continue;
            };
            let score = match piece.kind {
                Kind::Unused => continue,
                Kind::UserDefined => {
                    f64::from(length as f32 * pieces.highest_score) - USER_DEFINED_PENALTY
                }
                _ => f64::from(piece.score),
            };
            improve(&mut paths[end], score + f64::from(score_here), start, true);
            is_first_known |= end == first_end;
        }
        if !is_first_known {
            improve(
                &mut paths[first_end],
                f64::from(unknown_score + score_here),
                start,
                false,
            );
        }
    }
    segments_from_paths(text, &paths)
}

fn improve(path: &mut Option<Path>, score: f64, start: usize, is_known: bool) {
    if path.is_none_or(|path| score > f64::from(path.score)) {
        *path = Some(Path {
            score: score as f32,
            start,
            is_known,
        });
    }
}

fn segments_from_paths<'text>(text: &'text str, paths: &[Option<Path>]) -> Vec<Segment<'text>> {
    let mut segments = Vec::new();
    let mut end = text.len();
    while let Some(Path {
        start, is_known, ..
    }) = paths[end]
    {
        segments.push(Segment {
            text: &text[start..end],
            is_known,
        });
        end = start;
    }
    segments.reverse();
    segments
}
