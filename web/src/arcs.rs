//! A result as lines from token to token: which tokens there are, which lines are drawn.

use attribution_output::Attribution;
use heatmap::{Cell, Heatmap, Side};

use crate::{
    reading::Reading,
    words::{key, tf},
};

/// Lines of each output token that are drawn while nobody chose how many.
const FEW_OF_EACH: usize = 3;
/// Lines of one token alone while nobody chose how many.
const FEW_ALONE: usize = 12;
/// More lines than this are no picture.
pub(crate) const MOST_LINKS: usize = 400;

/// The tokens between which lines are drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ends {
    /// In the order in which keys walk through them.
    pub(crate) tokens: Vec<End>,
    /// Whether all are one line of text, as with models that continue it. Otherwise the
    /// given tokens stand on one side and those of the output on the other.
    pub(crate) is_one_line: bool,
    /// The token of each row.
    rows: Vec<usize>,
    /// The token of each column.
    columns: Vec<usize>,
}

/// A token at which lines begin or end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// What can be read.
    pub(crate) text: String,
    /// Its position in its text.
    pub(crate) position: usize,
    /// Whose text that is.
    pub(crate) side: Side,
    /// Its column, if it was explained and stands as that.
    pub(crate) column: Option<usize>,
}

/// A line between two tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Link<'a> {
    /// Index of the token that gave.
    pub(crate) from: usize,
    /// Index of the token that was explained.
    pub(crate) to: usize,
    /// How much it gave.
    pub(crate) value: f32,
    /// The cell that says so.
    pub(crate) cell: &'a Cell,
}

impl Ends {
    /// The tokens of a result.
    pub(crate) fn new(attribution: &Attribution, heatmap: &Heatmap) -> Self {
        let sides: Vec<Side> = heatmap.parts.iter().map(|part| part.side).collect();
        let reading = Reading::new(attribution, heatmap);
        let is_one_line = sides == [Side::Target];
        let read = |tokens: Vec<crate::reading::ReadToken>| {
            let tokens = tokens.into_iter().enumerate();
            tokens.map(|(position, token)| End {
                text: token.text,
                position,
                side: token.row.0,
                column: token.column,
            })
        };
        let target: Vec<End> = read(reading.target).collect();
        let positions = heatmap.columns.iter().map(|label| label.position);
        if is_one_line {
            return Self {
                rows: (0..heatmap.n_rows()).collect(),
                columns: positions.collect(),
                tokens: target,
                is_one_line,
            };
        }
        let mut tokens = Vec::new();
        for part in &heatmap.parts {
            let given = match part.side {
                Side::Source => read(reading.source.clone().unwrap_or_default()).collect(),
                _ => target.clone(),
            };
            let given = given.into_iter().take(part.rows.len());
            tokens.extend(given.map(|end| End {
                column: None,
                ..end
            }));
        }
        let n_rows = tokens.len();
        tokens.extend(positions.filter_map(|position| target.get(position).cloned()));
        Self {
            rows: (0..n_rows).collect(),
            columns: (n_rows..tokens.len()).collect(),
            tokens,
            is_one_line,
        }
    }

    /// How many of the tokens stand on the side of what was given.
    pub(crate) fn n_given(&self) -> usize {
        self.rows.len()
    }

    /// The lines to draw, strongest first, and how many there would be. `least` is the
    /// least magnitude as a share of the largest; without it those are drawn that matter
    /// most to each token. `alone` is a token whose lines are drawn without the others.
    pub(crate) fn links<'a>(
        &self,
        heatmap: &'a Heatmap,
        least: Option<f32>,
        alone: Option<usize>,
    ) -> (Vec<Link<'a>>, usize) {
        let mut links: Vec<Link<'a>> = self.all(heatmap).collect();
        links.retain(|link| alone.is_none_or(|token| link.from == token || link.to == token));
        let n_all = links.len();
        if let Some(least) = least {
            let least = least * heatmap.range;
            links.retain(|link| link.value.abs() >= least);
        }
        // Stable, so equals keep their order.
        links.sort_by(|left, right| right.value.abs().total_cmp(&left.value.abs()));
        match (least, alone) {
            (Some(_), _) => links.truncate(MOST_LINKS),
            (None, Some(_)) => links.truncate(FEW_ALONE),
            (None, None) => {
                let mut drawn = vec![0; self.tokens.len()];
                links.retain(|link| {
                    drawn[link.to] += 1;
                    drawn[link.to] <= FEW_OF_EACH
                });
                links.truncate(MOST_LINKS);
            }
        }
        (links, n_all)
    }

    fn all<'a>(&self, heatmap: &'a Heatmap) -> impl Iterator<Item = Link<'a>> {
        let rows = heatmap.parts.iter().flat_map(|part| &part.rows);
        rows.zip(&self.rows).flat_map(|(row, &from)| {
            let cells = row.cells.iter().zip(&self.columns);
            cells.filter_map(move |(cell, &to)| {
                let value = cell.value.filter(|value| *value != 0.0)?;
                Some(Link {
                    from,
                    to,
                    value,
                    cell,
                })
            })
        })
    }

    /// A token and where it stands, such as "“cat” (3), source".
    pub(crate) fn name(&self, token: usize) -> String {
        let Some(end) = self.tokens.get(token) else {
            return String::new();
        };
        let words = match (self.is_one_line, token < self.n_given(), end.side) {
            (true, ..) => key("“{token}” ({position})"),
            (false, true, Side::Source) => key("“{token}” ({position}), source"),
            (false, true, _) => key("“{token}” ({position}), text so far"),
            (false, false, _) => key("“{token}” ({position}), output"),
        };
        tf(words, &[("token", &end.text), ("position", &end.position)])
    }

    /// The strongest lines of one token, such as "“Paris” (6): from “France” (3) 0.412".
    pub(crate) fn in_words(&self, heatmap: &Heatmap, token: usize, n: usize) -> String {
        let (links, _) = self.links(heatmap, None, Some(token));
        let said = links.iter().take(n).map(|link| {
            let (words, other) = match link.to == token {
                true => (key("from {token} {value}"), link.from),
                false => (key("to {token} {value}"), link.to),
            };
            let other = self.name(other);
            tf(words, &[("token", &other), ("value", &link.cell.text())])
        });
        let said: Vec<String> = said.collect();
        match said.is_empty() {
            true => tf("{token} has no links", &[("token", &self.name(token))]),
            false => format!("{}: {}", self.name(token), said.join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use attribution_output::from_inseq_json;

    use super::{Ends, FEW_OF_EACH};
    use crate::shown::{Origin, Shown};

    fn attention() -> Shown {
        let text = include_str!("../../tests/golden/cases/gpt2-attention.inseq.json");
        let output = from_inseq_json(text).unwrap();
        Shown::of(output, text.to_owned(), Origin::Linked).unwrap()
    }

    #[test]
    fn a_continued_text_is_one_line_and_a_translation_has_two_sides() {
        let shown = attention();
        let ends = Ends::new(&shown.attribution, &shown.heatmap);
        assert!(ends.is_one_line);
        assert_eq!(ends.tokens.len(), shown.attribution.target.len());

        let shown = Shown::stored_example();
        let ends = Ends::new(&shown.attribution, &shown.heatmap);
        assert!(!ends.is_one_line);
        assert_eq!(ends.n_given(), shown.heatmap.n_rows());
        let n_columns = shown.heatmap.columns.len();
        assert_eq!(ends.tokens.len(), ends.n_given() + n_columns);
        assert_eq!(ends.tokens[ends.n_given()].column, Some(0));
        assert!(ends.name(0).ends_with(", source"));
        assert!(ends.name(ends.n_given()).ends_with(", output"));
    }

    #[test]
    fn few_lines_are_drawn_until_more_are_asked_for() {
        for shown in [attention(), Shown::stored_example()] {
            let ends = Ends::new(&shown.attribution, &shown.heatmap);
            let (few, n_all) = ends.links(&shown.heatmap, None, None);
            assert!(few.len() <= FEW_OF_EACH * shown.heatmap.columns.len());
            let (all, _) = ends.links(&shown.heatmap, Some(0.0), None);
            assert_eq!(all.len(), n_all);
            assert_eq!(all[0].value.abs(), shown.heatmap.range);
            let (strong, _) = ends.links(&shown.heatmap, Some(0.5), None);
            assert!(strong.len() < n_all && !strong.is_empty());
            let strongest = shown.heatmap.strongest().unwrap();
            assert_eq!(strong[0].cell, strongest.cell);
            let token = strong[0].to;
            let (alone, _) = ends.links(&shown.heatmap, None, Some(token));
            assert!(
                alone
                    .iter()
                    .all(|link| link.to == token || link.from == token)
            );
            let words = ends.in_words(&shown.heatmap, token, 3);
            assert!(words.contains(&strongest.cell.text()), "{words}");
        }
    }
}
