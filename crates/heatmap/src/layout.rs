use attribution_output::{Attribution, AttributionOutput, Scores, Spelling, Token, aggregate};

use crate::numbers::{decimals_for, number};
use crate::settings::{Setting, settings_from_info};
use crate::{Error, LEVELS, Result};

/// An attribution laid out for reading: every row, column and cell, with its text
/// and color step. The printers add nothing but marks.
#[derive(Clone, Debug, PartialEq)]
pub struct Heatmap {
    /// The method in words, such as "Integrated gradients".
    pub title: String,
    /// What rows and columns are.
    pub legend: &'static str,
    /// The produced tokens.
    pub columns: Vec<Label>,
    /// Source rows if there is a source, then target rows if they were attributed.
    pub parts: Vec<Part>,
    /// What step functions say of each produced token.
    pub scores: Vec<ScoreRow>,
    /// Largest magnitude; colors run from its negative to it. Zero if there is
    /// nothing but zeros.
    pub range: f32,
    /// Whether any value is below zero. Otherwise the blue half is not in use.
    pub is_signed: bool,
    /// Decimals of the cells.
    pub decimals: usize,
    /// How the numbers were made.
    pub settings: Vec<Setting>,
}

/// Rows of one side.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Whose tokens the rows are.
    pub side: Side,
    /// One per token.
    pub rows: Vec<Row>,
}

/// Whose tokens are attributed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The source text.
    Source,
    /// The output, with its prompt or start token.
    Target,
    /// Rows are layers, the tokens are columns.
    Layers,
}

/// Where a token comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It was in the source text, the prompt or the given beginning.
    Given,
    /// It is among the explained tokens.
    Produced,
}

/// What one token gave to each produced token.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The token.
    pub label: Label,
    /// Where it comes from.
    pub role: Role,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// A token's place and reading form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its position in its text, from 0.
    pub position: usize,
    /// As a reader should see it; a space at the start belongs to it.
    pub text: String,
}

/// How much one token gave to one other.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// `None` where nothing could be given.
    pub value: Option<f32>,
    /// Color step, −10 to 10.
    pub level: i8,
    /// Decimals of its text.
    pub(crate) decimals: u8,
}

impl Cell {
    /// The value as a table shows it; empty where there is none. Made when it is asked
    /// for: of a quarter of a million cells few are ever read.
    pub fn text(&self) -> String {
        self.value.map_or(String::new(), |value| {
            number(value, usize::from(self.decimals))
        })
    }
}

/// What one step function says of each produced token.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRow {
    /// The function's name.
    pub name: String,
    /// One for each column; empty where there is none.
    pub texts: Vec<String>,
    /// The same as numbers.
    pub values: Vec<Option<f32>>,
}

const LEGEND: &str = "rows: attributed tokens, columns: generated tokens";
const DECIMALS: usize = 3;

impl Heatmap {
    /// Aggregates each sequence in the way of its kind, and lays it out.
    pub fn from_output(output: &AttributionOutput) -> Result<Vec<Self>> {
        let lay_out = |sequence: &Attribution| {
            let settings = settings_from_info(&output.info, sequence.kind);
            let method = output.info.get("attribution_method");
            let title = method.and_then(serde_json::Value::as_str);
            Self::new(
                &aggregate(sequence)?,
                title.unwrap_or("attribution"),
                settings,
            )
        };
        output.sequences.iter().map(lay_out).collect()
    }

    /// Lays out an aggregated attribution. It is an error if a matrix has more than
    /// two axes, or does not fit its tokens.
    pub fn new(attribution: &Attribution, method: &str, settings: Vec<Setting>) -> Result<Self> {
        attribution.check()?;
        let lowest = attribution.minimum();
        let range = attribution.maximum().max(-lowest);
        let scale = Scale {
            range,
            decimals: decimals_for(range, DECIMALS),
        };
        let spelling = attribution.spelling;
        let start = attribution.attr_pos_start;
        let sides = [
            (Side::Source, &attribution.source_attributions),
            (Side::Target, &attribution.target_attributions),
        ];
        let mut parts = Vec::new();
        for (side, scores) in sides {
            let Some(scores) = scores else { continue };
            let (tokens, n_given) = match side {
                Side::Target => (attribution.prefix(), start),
                Side::Source | Side::Layers => (&attribution.source[..], usize::MAX),
            };
            let mut rows = rows(scores, tokens, spelling, scale).ok_or(Error::NotAMatrix {
                part: side.words(),
                shape: scores.shape.clone(),
            })?;
            for row in rows.iter_mut().skip(n_given) {
                row.role = Role::Produced;
            }
            parts.push(Part { side, rows });
        }
        Ok(Self {
            title: title_from_id(method),
            legend: LEGEND,
            columns: labels(attribution.targets(), start, spelling).collect(),
            parts,
            scores: score_rows(attribution),
            range,
            is_signed: lowest < 0.0,
            decimals: scale.decimals,
            settings,
        })
    }

    /// Whether there are colors, and so a scale of them.
    pub(crate) fn has_colors(&self) -> bool {
        !self.parts.is_empty()
    }

    /// The levels that the color scale shows.
    pub(crate) fn levels(&self) -> impl Iterator<Item = i8> {
        let lowest = if self.is_signed { -LEVELS } else { 0 };
        lowest..=LEVELS
    }

    /// Numbers at the ends and the middle of the color scale.
    pub(crate) fn scale_ends(&self) -> (String, String) {
        let lowest = if self.is_signed { -self.range } else { 0.0 };
        (
            number(lowest, self.decimals),
            number(self.range, self.decimals),
        )
    }
}

impl Side {
    /// In words, for headings.
    pub fn words(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
            Self::Layers => "layers",
        }
    }
}

impl Label {
    /// Whether a space comes first, and the rest.
    pub(crate) fn without_space(&self) -> (bool, &str) {
        match self.text.strip_prefix(' ') {
            Some(rest) => (true, rest),
            None => (false, &self.text),
        }
    }
}

/// How values become color steps and text.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) range: f32,
    pub(crate) decimals: usize,
}

impl Scale {
    pub(crate) fn cell(self, value: f32) -> Cell {
        if value.is_nan() {
            return Cell {
                value: None,
                level: 0,
                decimals: 0,
            };
        }
        // Nothing but zeros is neutral, not a division by zero.
        let share = if self.range > 0.0 {
            value / self.range
        } else {
            0.0
        };
        Cell {
            value: Some(value),
            level: (share * f32::from(LEVELS)).round() as i8,
            // A handful, whatever the range is.
            decimals: u8::try_from(self.decimals).unwrap_or(u8::MAX),
        }
    }
}

/// `None` if the scores are not a matrix.
fn rows(scores: &Scores, tokens: &[Token], spelling: Spelling, scale: Scale) -> Option<Vec<Row>> {
    let &[_, n_columns] = scores.shape.as_slice() else {
        return None;
    };
    let rows = labels(tokens, 0, spelling).enumerate().map(|(row, label)| {
        let values = &scores.values[row * n_columns..(row + 1) * n_columns];
        Row {
            label,
            role: Role::Given,
            cells: values.iter().map(|&value| scale.cell(value)).collect(),
        }
    });
    Some(rows.collect())
}

pub(crate) fn labels(
    tokens: &[Token],
    start: usize,
    spelling: Spelling,
) -> impl Iterator<Item = Label> {
    let label = move |(index, token): (usize, &Token)| Label {
        position: start + index,
        text: token.display(spelling),
    };
    tokens.iter().enumerate().map(label)
}

fn score_rows(attribution: &Attribution) -> Vec<ScoreRow> {
    let score_row = |(name, values): (&String, &Vec<f32>)| {
        let finite = values.iter().filter(|value| value.is_finite());
        let largest = finite.fold(0.0, |largest, value| f32::max(largest, value.abs()));
        let decimals = decimals_for(largest, DECIMALS);
        let values = values
            .iter()
            .map(|&value| (!value.is_nan()).then_some(value));
        ScoreRow {
            name: name.clone(),
            texts: values
                .clone()
                .map(|value| value.map_or(String::new(), |value| number(value, decimals)))
                .collect(),
            values: values.collect(),
        }
    };
    attribution.step_scores.iter().map(score_row).collect()
}

/// `integrated_gradients` is "Integrated gradients".
pub(crate) fn title_from_id(id: &str) -> String {
    let words = id.replace('_', " ");
    let mut characters = words.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use attribution_output::{Axis, Kind, from_inseq_json, to_inseq_json};

    /// One source token, a start token, and two produced tokens.
    pub(crate) fn small_attribution(values: [f32; 2]) -> Attribution {
        Attribution {
            kind: Kind::Coarse,
            spelling: Spelling::SentencePiece,
            source: vec![Token::new(1, "▁Hello")],
            target: vec![
                Token::new(0, "<pad>"),
                Token::new(2, "▁Sa"),
                Token::new(3, "lut"),
            ],
            source_attributions: Scores::matrix(1, 2, values.to_vec()).ok(),
            target_attributions: None,
            step_scores: BTreeMap::from([("entropy".to_owned(), vec![5.5, f32::NAN])]),
            sequence_scores: BTreeMap::new(),
            attr_pos_start: 1,
            attr_pos_end: 3,
        }
    }

    pub(crate) fn small_heatmap(values: [f32; 2]) -> Heatmap {
        Heatmap::new(&small_attribution(values), "input_x_gradient", Vec::new()).unwrap()
    }

    #[test]
    fn the_largest_magnitude_gets_the_strongest_color() {
        let heatmap = small_heatmap([0.25, -0.5]);
        let cells = &heatmap.parts[0].rows[0].cells;
        assert_eq!([cells[0].level, cells[1].level], [5, -10]);
        assert_eq!(cells[1].text(), "-0.500");
        assert!(heatmap.is_signed);
        assert_eq!(heatmap.title, "Input x gradient");
        assert_eq!(
            heatmap.summary(),
            "strongest: “Hello” (0) gave -0.500 to “lut” (2)"
        );
    }

    #[test]
    fn step_scores_are_shown_without_attributions() {
        let mut attribution = small_attribution([0.0; 2]);
        attribution.kind = Kind::Plain;
        attribution.source_attributions = None;
        let heatmap = Heatmap::new(&attribution, "dummy", Vec::new()).unwrap();
        assert!(heatmap.parts.is_empty() && !heatmap.has_colors());
        assert_eq!(heatmap.columns.len(), 2);
        assert_eq!(heatmap.scores[0].texts, ["5.500", ""]);
        assert_eq!(heatmap.summary(), "no attributions, step scores only");
    }

    #[test]
    fn nothing_but_zeros_is_neutral() {
        let heatmap = small_heatmap([0.0, -0.0]);
        let cells = &heatmap.parts[0].rows[0].cells;
        assert_eq!([cells[0].level, cells[1].level], [0, 0]);
        assert_eq!(heatmap.summary(), "all attributions are zero");
    }

    #[test]
    fn what_is_not_a_number_is_an_empty_cell() {
        let heatmap = small_heatmap([f32::NAN, f32::INFINITY]);
        let cells = &heatmap.parts[0].rows[0].cells;
        assert_eq!((cells[0].value, cells[0].text().as_str()), (None, ""));
        assert_eq!(heatmap.scores[0].texts, ["5.500", ""]);
    }

    #[test]
    fn columns_count_from_the_first_produced_token() {
        let heatmap = small_heatmap([1.0, 2.0]);
        assert_eq!(heatmap.columns[0].position, 1);
        assert_eq!(heatmap.columns[0].text, " Sa");
        assert_eq!(heatmap.columns[1].text, "lut");
    }

    #[test]
    fn layers_must_be_aggregated_first() {
        let mut attribution = small_attribution([1.0, 2.0]);
        let axes = vec![Axis::Inputs, Axis::Targets, Axis::Layers];
        attribution.source_attributions = Scores::new(axes, vec![1, 2, 1], vec![1.0; 2]).ok();
        let error = Heatmap::new(&attribution, "attention", Vec::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "source has shape [1, 2, 1]; a heatmap needs a matrix, so aggregate first"
        );
    }

    #[test]
    fn a_saved_attribution_looks_the_same() {
        let output = AttributionOutput {
            info: serde_json::Map::from_iter([
                ("tokenizer_class".to_owned(), "MarianTokenizer".into()),
                ("attribution_method".to_owned(), "saliency".into()),
            ]),
            sequences: vec![small_attribution([0.25, -0.5])],
        };
        let read = from_inseq_json(to_inseq_json(&output)).unwrap();
        assert_eq!(
            Heatmap::from_output(&read).unwrap(),
            Heatmap::from_output(&output).unwrap()
        );
    }
}
