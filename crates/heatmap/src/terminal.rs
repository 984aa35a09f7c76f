use std::ops::Range;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::escape::printable;
use crate::numbers::{decimals_for, number};
use crate::{Color, Heatmap, Label, Role, Row, ScoreRow, Theme, background, ink};

/// What the terminal can show.
#[derive(Clone, Copy, Debug)]
pub struct TerminalSettings {
    /// Columns of the screen. Wider tables continue below.
    pub width: usize,
    /// Colors for that background, as 24-bit escape codes; `None` for plain text,
    /// as when `NO_COLOR` is set or a file is written.
    pub colors: Option<Theme>,
}

const DECIMALS: usize = 2;
const LONGEST_LABEL: usize = 14;
const GAP: usize = 1;

/// The heatmap as a table of text, lines ended by line feeds.
pub fn terminal_text(heatmap: &Heatmap, settings: TerminalSettings) -> String {
    let table = Table::new(heatmap, settings);
    let mut lines = Vec::new();
    let width = settings.width;
    wrap(&heatmap.title, width, &mut lines);
    wrap(&heatmap.summary(), width, &mut lines);
    lines.push(String::new());
    for columns in table.blocks() {
        table.block(columns, &mut lines);
        lines.push(String::new());
    }
    wrap(heatmap.legend, width, &mut lines);
    for setting in &heatmap.settings {
        let words = format!("{}: {}", setting.name, setting.value);
        wrap(&words, width, &mut lines);
    }
    let mut text = String::new();
    for line in lines {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Adds a line, broken at spaces where the screen is too narrow for it; what follows
/// is indented.
fn wrap(line: &str, width: usize, lines: &mut Vec<String>) {
    let mut words = line.split(' ').map(printable);
    let mut so_far = words.next().unwrap_or_default();
    for word in words {
        if so_far.width() + 1 + word.width() > width {
            lines.push(std::mem::replace(&mut so_far, " ".to_owned()));
        }
        so_far.push(' ');
        so_far.push_str(&word);
    }
    lines.push(so_far);
}

struct Table<'a> {
    heatmap: &'a Heatmap,
    settings: TerminalSettings,
    decimals: usize,
    /// Width of the row labels.
    gutter: usize,
    /// Width of each column, without the gap before it.
    widths: Vec<usize>,
}

impl<'a> Table<'a> {
    fn new(heatmap: &'a Heatmap, settings: TerminalSettings) -> Self {
        let decimals = decimals_for(heatmap.range, DECIMALS);
        let rows = || heatmap.parts.iter().flat_map(|part| &part.rows);
        let labels = rows().map(|row| row_label(&row.label).width());
        let names = heatmap.scores.iter().map(|score| score_name(score).width());
        let column_width = |index: usize| {
            let label = shown(&heatmap.columns[index]).width();
            let cells = rows().filter_map(|row| row.cells.get(index)?.value);
            let cells = cells.map(|value| number(value, decimals).len());
            let scores = heatmap
                .scores
                .iter()
                .map(|score| score_text(score, index).len());
            cells.chain(scores).fold(label, usize::max) + 1
        };
        Self {
            heatmap,
            settings,
            decimals,
            gutter: labels.chain(names).max().unwrap_or(0),
            widths: (0..heatmap.columns.len()).map(column_width).collect(),
        }
    }

    /// Ranges of columns that fit the screen; at least one each.
    fn blocks(&self) -> Vec<Range<usize>> {
        let mut blocks = Vec::new();
        let mut start = 0;
        let mut used = self.gutter;
        for (index, width) in self.widths.iter().enumerate() {
            if index > start && used + GAP + width > self.settings.width {
                blocks.push(start..index);
                start = index;
                used = self.gutter;
            }
            used += GAP + width;
        }
        blocks.push(start..self.widths.len());
        blocks
    }

    fn block(&self, columns: Range<usize>, lines: &mut Vec<String>) {
        let positions = |index: usize| self.heatmap.columns[index].position.to_string();
        lines.push(self.line("", columns.clone().map(|index| (index, positions(index)))));
        let labels = |index: usize| shown(&self.heatmap.columns[index]);
        lines.push(self.line("", columns.clone().map(|index| (index, labels(index)))));
        for part in &self.heatmap.parts {
            lines.push(part.side.words().to_owned());
            for row in &part.rows {
                lines.push(self.row(row, columns.clone()));
            }
        }
        if !self.heatmap.scores.is_empty() {
            lines.push(String::new());
        }
        for score in &self.heatmap.scores {
            let texts = columns
                .clone()
                .map(|index| (index, score_text(score, index)));
            lines.push(self.line(&score_name(score), texts));
        }
    }

    fn row(&self, row: &Row, columns: Range<usize>) -> String {
        let mut label = padded(&row_label(&row.label), self.gutter);
        if row.role == Role::Produced && self.settings.colors.is_some() {
            label = format!("\u{1B}[1m{label}\u{1B}[22m");
        }
        for index in columns {
            let cell = &row.cells[index];
            let text = cell
                .value
                .map_or(String::new(), |value| number(value, self.decimals));
            let text = right(&text, self.widths[index]);
            label.push_str(&" ".repeat(GAP));
            match (self.settings.colors, cell.value) {
                (Some(theme), Some(_)) => {
                    let (paper, ink) = (background(cell.level, theme), ink(cell.level, theme));
                    label.push_str(&colored(&text, paper, ink));
                }
                _ => label.push_str(&text),
            }
        }
        label
    }

    fn line(&self, label: &str, texts: impl Iterator<Item = (usize, String)>) -> String {
        let mut line = padded(label, self.gutter);
        for (index, text) in texts {
            line.push_str(&" ".repeat(GAP));
            line.push_str(&right(&text, self.widths[index]));
        }
        line
    }
}

pub(crate) fn colored(text: &str, paper: Color, ink: Color) -> String {
    let code = |color: Color| format!("{};{};{}", color.red, color.green, color.blue);
    format!(
        "\u{1B}[48;2;{};38;2;{}m{text}\u{1B}[0m",
        code(paper),
        code(ink)
    )
}

fn row_label(label: &Label) -> String {
    format!("{:>3} {}", label.position, shown(label))
}

/// The token with a dot for its space, cut to what a column has room for.
fn shown(label: &Label) -> String {
    let (has_space, rest) = label.without_space();
    let text = printable(&format!("{}{rest}", if has_space { "·" } else { "" }));
    cut(&text)
}

fn score_name(score: &ScoreRow) -> String {
    cut(&printable(&score.name.replace('_', " ")))
}

fn score_text(score: &ScoreRow, index: usize) -> String {
    let values = score.values.iter().flatten();
    let largest = values.fold(0.0, |largest, value| f32::max(largest, value.abs()));
    let value = score.values.get(index).copied().flatten();
    value.map_or(String::new(), |value| {
        number(value, decimals_for(largest, DECIMALS))
    })
}

fn cut(text: &str) -> String {
    if text.width() <= LONGEST_LABEL {
        return text.to_owned();
    }
    let mut shortened = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > LONGEST_LABEL {
            break;
        }
        shortened.push(character);
    }
    shortened + "…"
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::small_heatmap;

    const PLAIN: TerminalSettings = TerminalSettings {
        width: 80,
        colors: None,
    };

    #[test]
    fn plain_text_has_no_escape_codes() {
        let text = terminal_text(&small_heatmap([0.25, -0.5]), PLAIN);
        assert!(!text.contains('\u{1B}'));
        assert!(text.contains("  0 ·Hello  0.25  -0.50\n"), "{text}");
    }

    #[test]
    fn colors_end_after_each_cell() {
        let colors = Some(Theme::Dark);
        let text = terminal_text(
            &small_heatmap([0.25, -0.5]),
            TerminalSettings { colors, ..PLAIN },
        );
        let n_starts = text.matches("\u{1B}[48;2;").count();
        assert_eq!(n_starts, 2);
        assert_eq!(text.matches("\u{1B}[0m").count(), n_starts);
    }

    #[test]
    fn a_wide_table_continues_below() {
        let settings = TerminalSettings { width: 18, ..PLAIN };
        let text = terminal_text(&small_heatmap([0.25, -0.5]), settings);
        assert_eq!(text.matches("·Hello").count(), 2);
        let table = text
            .lines()
            .skip(3)
            .take_while(|line| !line.starts_with("rows:"));
        for line in table {
            assert!(line.width() <= 18, "{line}");
        }
    }

    #[test]
    fn long_lines_break_at_spaces() {
        let mut lines = Vec::new();
        wrap("model settings: depth 12, width 漢字", 16, &mut lines);
        assert_eq!(lines, ["model settings:", "  depth 12,", "  width 漢字"]);
    }

    #[test]
    fn wide_characters_are_cut_by_their_width() {
        assert_eq!(cut("漢字漢字漢字漢字").width(), 13);
        assert_eq!(cut("abcdefghijklmn"), "abcdefghijklmn");
        assert_eq!(cut("abcdefghijklmno"), "abcdefghijklm…");
    }
}
