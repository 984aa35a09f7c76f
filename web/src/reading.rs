//! An attribution as text to read: tokens in their lines, each with the tint that
//! every attributed target gives it.

use attribution_output::{Attribution, Token};
use heatmap::{Heatmap, Side};

use crate::words::t;

/// The lines of a result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// The source text, for models that have one apart from the output.
    pub(crate) source: Option<Vec<ReadToken>>,
    /// The output, with the prompt or the decoder's start.
    pub(crate) target: Vec<ReadToken>,
    /// What the line of `target` is.
    pub(crate) target_title: &'static str,
}

/// A token as it stands in its line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReadToken {
    /// White space before it.
    pub(crate) space: String,
    /// What can be read.
    pub(crate) text: String,
    /// Whether it marks a beginning or an end rather than standing for text.
    pub(crate) is_special: bool,
    /// Its column, if it was explained.
    pub(crate) column: Option<usize>,
    /// Whose row it is in the heatmap, and which of that side.
    pub(crate) row: (Side, usize),
}

impl ReadToken {
    /// Its tint for a column; `None` where it had no say. Asked for one column at a time,
    /// as those of all would be as many as the table has cells.
    pub(crate) fn tint(&self, heatmap: &Heatmap, column: usize) -> Option<Tint> {
        let (side, row) = self.row;
        let part = heatmap.parts.iter().find(|part| part.side == side)?;
        let cell = part.rows.get(row)?.cells.get(column)?;
        cell.value.map(|_| Tint {
            value: cell.text(),
            level: cell.level,
        })
    }
}

/// How much a token gave to a target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tint {
    /// The attribution as text.
    pub(crate) value: String,
    /// Its color step.
    pub(crate) level: i8,
}

impl Reading {
    /// Reads an attribution with the tints of its heatmap.
    pub(crate) fn new(attribution: &Attribution, heatmap: &Heatmap) -> Self {
        let spelled = |token: &Token| token.display(attribution.spelling);
        let line = |tokens: &[Token], side: Side| -> Vec<ReadToken> {
            let read = |(row, token)| read_token((side, row), token, &spelled(token));
            tokens.iter().enumerate().map(read).collect()
        };
        let has_source = heatmap.parts.iter().any(|part| part.side == Side::Source);
        let source = has_source.then(|| line(&attribution.source, Side::Source));
        let mut target = line(&attribution.target, Side::Target);
        for (column, label) in heatmap.columns.iter().enumerate() {
            if let Some(token) = target.get_mut(label.position) {
                token.column = Some(column);
            }
        }
        let is_decoder_only = attribution.is_decoder_only();
        let target_title = if is_decoder_only {
            t("Prompt and output")
        } else {
            t("Output")
        };
        Self {
            source,
            target,
            target_title,
        }
    }
}

fn read_token(row: (Side, usize), token: &Token, display: &str) -> ReadToken {
    let text = display.trim_start();
    let space = if row.1 == 0 {
        ""
    } else {
        &display[..display.len() - text.len()]
    };
    ReadToken {
        space: space.to_owned(),
        // A token of nothing but space is still something to point at.
        text: if text.is_empty() {
            "␣".to_owned()
        } else {
            text.to_owned()
        },
        is_special: is_special(&token.token),
        column: None,
        row,
    }
}

/// Special tokens of both families are written in angle brackets.
fn is_special(token: &str) -> bool {
    token.len() > 2 && token.starts_with('<') && token.ends_with('>')
}

#[cfg(test)]
mod tests {
    use super::Reading;
    use crate::shown::Shown;

    #[test]
    fn columns_are_found_at_their_tokens() {
        let example = Shown::stored_example();
        let reading = Reading::new(&example.attribution, &example.heatmap);
        for (column, label) in example.heatmap.columns.iter().enumerate() {
            let token = &reading.target[label.position];
            assert_eq!(token.column, Some(column));
            assert_eq!(token.text, label.text.trim_start());
        }
    }

    #[test]
    fn no_token_is_tinted_by_one_that_came_before_it() {
        let example = Shown::stored_example();
        let reading = Reading::new(&example.attribution, &example.heatmap);
        for token in &reading.target {
            for column in 0..example.heatmap.columns.len() {
                let tint = token.tint(&example.heatmap, column);
                let is_later = token.column.is_some_and(|own| own >= column);
                assert_eq!(tint.is_none(), is_later, "{token:?} for column {column}");
            }
        }
    }
}
