use std::ops::Range;

use crate::{Error, Result};

/// Which positions of an output of `n_tokens` are attributed.
///
/// Negative numbers count from the end, the end is exclusive. Tokens that were given
/// rather than produced are never attributed: a start among them moves to the first
/// produced one, as in Inseq.
pub(crate) fn attributed_range(
    n_tokens: usize,
    n_given: usize,
    start: Option<i64>,
    end: Option<i64>,
) -> Result<Range<usize>> {
    let resolve = |option, position: Option<i64>, default: usize| -> Result<usize> {
        let Some(position) = position else {
            return Ok(default);
        };
        let from_start = if position < 0 {
            usize::try_from(position.unsigned_abs())
                .ok()
                .and_then(|from_end| n_tokens.checked_sub(from_end))
        } else {
            usize::try_from(position).ok()
        };
        from_start.ok_or(Error::PositionOutside {
            option,
            position,
            n_tokens,
        })
    };
    let start = resolve("attr_pos_start", start, n_given)?.max(n_given);
    let end = resolve("attr_pos_end", end, n_tokens)?.min(n_tokens);
    if start >= end {
        return Err(Error::NothingToAttribute {
            start,
            end,
            n_tokens,
        });
    }
    Ok(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_positions_count_from_the_end() {
        assert_eq!(attributed_range(9, 4, Some(-3), Some(-1)).unwrap(), 6..8);
        assert!(attributed_range(9, 4, Some(-10), None).is_err());
    }

    #[test]
    fn given_tokens_are_not_attributed() {
        assert_eq!(attributed_range(9, 4, Some(2), None).unwrap(), 4..9);
        assert_eq!(attributed_range(9, 4, None, Some(100)).unwrap(), 4..9);
    }

    #[test]
    fn an_empty_range_is_an_error() {
        assert!(attributed_range(4, 4, None, None).is_err());
        assert!(attributed_range(9, 4, Some(6), Some(6)).is_err());
    }
}
