use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use crate::escape::markup;
use crate::{Cell, Color, Heatmap, LEVELS, Label, Role, Row, Theme, background, ink};

const CELL_WIDTH: f64 = 50.0;
const CELL_HEIGHT: f64 = 24.0;
const GAP: f64 = 2.0;
const MARGIN: f64 = 20.0;
const FONT_SIZE: f64 = 12.0;
/// Width of one column of text, as a share of the font size: generous, because the
/// reader's font is not known here.
const CHARACTER_WIDTH: f64 = 0.62;
/// Space between parts.
const PART_GAP: f64 = 12.0;
const LONGEST_LABEL: usize = 24;
/// Of the lines below a sheet, in characters and in height.
const LONGEST_LINE: usize = 96;
const LINE_HEIGHT: f64 = 16.0;

/// A self-contained picture: no script, no font, no address of another file. Colors
/// are light, and dark where the reader's system is.
pub fn svg_picture(heatmap: &Heatmap) -> String {
    drawn(heatmap, &dark_style(), &[])
}

/// The same for paper and for pictures of pixels: in light colors only, with title and
/// settings as lines of text at its end, where nothing else would tell them.
pub fn svg_sheet(heatmap: &Heatmap) -> String {
    let settings = heatmap.settings.iter();
    let lines = settings.flat_map(|setting| {
        let line = format!("{}: {}", setting.name, setting.value);
        broken(&line, LONGEST_LINE)
    });
    let lines: Vec<String> = [heatmap.title.clone()].into_iter().chain(lines).collect();
    drawn(heatmap, ".faint{fill:#6b6760}", &lines)
}

/// `lines` stand below the picture.
fn drawn(heatmap: &Heatmap, style: &str, lines: &[String]) -> String {
    let layout = Layout::new(heatmap);
    let mut body = String::new();
    column_labels(&mut body, heatmap, &layout);
    let mut top = layout.top;
    for part in &heatmap.parts {
        let mut previous = Role::Given;
        for row in &part.rows {
            if row.role == Role::Produced && previous == Role::Given {
                top += GAP * 2.0;
            }
            cell_row(&mut body, row, top, &layout);
            previous = row.role;
            top += CELL_HEIGHT + GAP;
        }
        top += PART_GAP;
    }
    for score in &heatmap.scores {
        score_row(&mut body, &score.name, &score.texts, top, &layout);
        top += CELL_HEIGHT;
    }
    if heatmap.has_colors() {
        color_scale(&mut body, heatmap, top + PART_GAP, &layout);
    }
    top += PART_GAP + CELL_HEIGHT;
    let mut width = layout.width;
    for line in lines {
        top += LINE_HEIGHT;
        width = width.max(text_width(line) + 2.0 * MARGIN);
        put(
            &mut body,
            format_args!(
                "<text class=\"faint\" x=\"{MARGIN}\" y=\"{top:.1}\" font-size=\"11\">{}</text>\n",
                markup(line)
            ),
        );
    }
    let height = top + MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" \
         aria-labelledby=\"title description\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"description\">{}; {}{}</desc>\n\
         <style>{}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\" fill=\"#fbfaf8\"/>\n\
         <g font-family=\"ui-sans-serif, system-ui, Helvetica, Arial, sans-serif\" \
         font-size=\"{FONT_SIZE}\" fill=\"#1d1c1a\" class=\"ink\">\n{body}</g>\n</svg>\n",
        markup(&heatmap.title),
        markup(heatmap.legend),
        markup(&heatmap.summary()),
        markup(&settings_in_words(heatmap)),
        style,
    )
}

/// As `; method: saliency; model: gpt2`.
fn settings_in_words(heatmap: &Heatmap) -> String {
    let settings = heatmap.settings.iter();
    settings
        .map(|setting| format!("; {}: {}", setting.name, setting.value))
        .collect()
}

/// Where things lie.
struct Layout {
    /// Left edge of the first column.
    left: f64,
    /// Top edge of the first row.
    top: f64,
    width: f64,
}

impl Layout {
    fn new(heatmap: &Heatmap) -> Self {
        let rows = heatmap.parts.iter().flat_map(|part| &part.rows);
        let row_labels = rows.map(|row| text_width(&label_text(&row.label)) + 28.0);
        let names = heatmap.scores.iter().map(|score| text_width(&score.name));
        let left = MARGIN + row_labels.chain(names).fold(40.0, f64::max) + 8.0;
        // Column labels rise by 45 degrees, so that long ones do not collide.
        let columns = heatmap.columns.iter();
        let slanted = columns.map(|column| text_width(&label_text(column)) + 18.0);
        let rise = slanted.fold(24.0, f64::max) * std::f64::consts::FRAC_1_SQRT_2;
        let cells = heatmap.columns.len().max(2) as f64 * (CELL_WIDTH + GAP);
        Self {
            left,
            top: MARGIN + rise + 10.0,
            // The last label leans out of the last column.
            width: (left + cells + rise - CELL_WIDTH / 2.0).max(left + cells) + MARGIN,
        }
    }

    fn column(&self, index: usize) -> f64 {
        self.left + index as f64 * (CELL_WIDTH + GAP)
    }
}

fn column_labels(body: &mut String, heatmap: &Heatmap, layout: &Layout) {
    for (index, column) in heatmap.columns.iter().enumerate() {
        let x = layout.column(index) + CELL_WIDTH / 2.0 + 4.0;
        let y = layout.top - 8.0;
        put(
            body,
            format_args!(
                "<text x=\"{x:.1}\" y=\"{y:.1}\" transform=\"rotate(-45 {x:.1} {y:.1})\">{} \
                 {}</text>\n",
                markup(&label_text(column)),
                position(column),
            ),
        );
    }
}

fn cell_row(body: &mut String, row: &Row, top: f64, layout: &Layout) {
    let (x, y) = (layout.left - 8.0, middle(top));
    put(
        body,
        format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{} {}</text>\n",
            position(&row.label),
            markup(&label_text(&row.label)),
        ),
    );
    for (index, cell) in row.cells.iter().enumerate() {
        if cell.value.is_some() {
            filled_cell(body, cell, layout.column(index), top);
        }
    }
}

fn filled_cell(body: &mut String, cell: &Cell, left: f64, top: f64) {
    let (level, x, y) = (cell.level, left + CELL_WIDTH / 2.0, middle(top));
    put(
        body,
        format_args!(
            "<g class=\"{}\"><rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{CELL_WIDTH}\" \
             height=\"{CELL_HEIGHT}\" rx=\"3\" fill=\"{}\"/><text x=\"{x:.1}\" y=\"{y:.1}\" \
             text-anchor=\"middle\" font-size=\"11\" fill=\"{}\">{}</text></g>\n",
            class(level),
            background(level, Theme::Light),
            ink(level, Theme::Light),
            cell.text(),
        ),
    );
}

fn score_row(body: &mut String, name: &str, texts: &[String], top: f64, layout: &Layout) {
    let (x, y) = (layout.left - 8.0, middle(top));
    put(
        body,
        format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{}</text>\n",
            markup(&name.replace('_', " "))
        ),
    );
    for (index, text) in texts.iter().enumerate() {
        let x = layout.column(index) + CELL_WIDTH / 2.0;
        put(
            body,
            format_args!(
                "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" font-size=\"11\">{text}</text>\n"
            ),
        );
    }
}

fn color_scale(body: &mut String, heatmap: &Heatmap, top: f64, layout: &Layout) {
    const STEP: f64 = 14.0;
    let (lowest, highest) = heatmap.scale_ends();
    let (x, y) = (layout.left - 8.0, middle(top));
    put(
        body,
        format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\" font-size=\"11\">{lowest}</text>\n"
        ),
    );
    let mut left = layout.left;
    for level in heatmap.levels() {
        put(
            body,
            format_args!(
                "<g class=\"{}\"><rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{STEP}\" height=\"12\" \
                 fill=\"{}\"/></g>\n",
                class(level),
                top + 6.0,
                background(level, Theme::Light),
            ),
        );
        left += STEP;
    }
    put(
        body,
        format_args!(
            "<text x=\"{:.1}\" y=\"{y:.1}\" font-size=\"11\">{highest}</text>\n",
            left + 8.0
        ),
    );
}

/// Overrides the colors that the elements carry themselves, which simple viewers
/// understand too.
fn dark_style() -> String {
    let mut style = String::from(
        ".faint{fill:#6b6760}@media (prefers-color-scheme:dark){.paper{fill:#161719}\
         .ink{fill:#ece9e4}.faint{fill:#9d9890}",
    );
    for level in -LEVELS..=LEVELS {
        let (class, dark) = (class(level), Theme::Dark);
        let (paper, ink): (Color, Color) = (background(level, dark), ink(level, dark));
        style.push_str(&format!(
            ".{class} rect{{fill:{paper}}}.{class} text{{fill:{ink}}}"
        ));
    }
    style.push('}');
    style
}

fn class(level: i8) -> String {
    let sign = if level < 0 { 'n' } else { 'p' };
    format!("{sign}{}", level.unsigned_abs())
}

fn position(label: &Label) -> String {
    format!(
        "<tspan class=\"faint\" font-size=\"9\">{}</tspan>",
        label.position
    )
}

/// The token without its space, cut where a picture has no room for it.
fn label_text(label: &Label) -> String {
    let text = match label.without_space() {
        // A lone space would be no label at all.
        (true, "") => "·",
        (_, text) => text,
    };
    if text.chars().count() <= LONGEST_LABEL {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST_LABEL - 1).collect();
    cut + "…"
}

/// A text in lines of at most so many characters, broken between words where that can be.
fn broken(text: &str, longest: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let characters: Vec<char> = word.chars().collect();
        for piece in characters.chunks(longest) {
            let length = lines.last().map_or(0, |line| line.chars().count());
            if length > 0 && length + 1 + piece.len() > longest {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.extend(piece);
            }
        }
    }
    lines
}

fn text_width(text: &str) -> f64 {
    text.width() as f64 * FONT_SIZE * CHARACTER_WIDTH
}

/// Baseline of a text in the middle of a row.
fn middle(top: f64) -> f64 {
    top + CELL_HEIGHT / 2.0 + 4.0
}

fn put(body: &mut String, arguments: std::fmt::Arguments<'_>) {
    body.write_fmt(arguments).expect("strings take any text");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Setting;
    use crate::layout::tests::small_heatmap;

    #[test]
    fn lines_are_broken_between_words_and_long_words_within() {
        assert_eq!(broken("ab cd efghijk l", 5), ["ab cd", "efghi", "jk l"]);
        assert_eq!(broken("", 5), [""]);
    }

    #[test]
    fn a_sheet_says_its_settings_where_they_are_seen() {
        let mut heatmap = small_heatmap([0.5, -0.25]);
        heatmap.settings.push(Setting {
            name: "method".to_owned(),
            value: "<b>saliency".to_owned(),
        });
        let sheet = svg_sheet(&heatmap);
        assert!(
            sheet.contains(">method: &lt;b&gt;saliency</text>"),
            "{sheet}"
        );
        assert!(!sheet.contains("prefers-color-scheme"));
        assert!(!svg_picture(&heatmap).contains(">method: "));
    }
}
