//! Pictures that are tables: they can be read without colors, and without a script.

use anyhow::Result;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::words::{Facts, Words, escape};

/// Color steps on each side of zero, as in `<inseq-heatmap>`.
const LEVELS: f32 = 10.0;

/// A heading of a row or column.
#[derive(Clone)]
pub(super) struct Head {
    pub(super) text: String,
    /// Code of its language, if it is not the page's.
    pub(super) language: Option<String>,
}

impl Head {
    /// In the page's language.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            language: None,
        }
    }

    /// In another one.
    pub(super) fn foreign(text: impl Into<String>, language: &str) -> Self {
        Self {
            text: text.into(),
            language: Some(language.to_owned()),
        }
    }

    fn html(&self) -> String {
        match &self.language {
            Some(code) => format!("<bdi lang=\"{code}\">{}</bdi>", escape(&self.text)),
            None => escape(&self.text),
        }
    }
}

/// A colored table: what each row gave to each column.
pub(super) struct Heat {
    /// What it shows, in words.
    pub(super) caption: String,
    pub(super) columns: Vec<Head>,
    pub(super) rows: Vec<(Head, Vec<Option<f32>>)>,
    /// What the rows are.
    pub(super) corner: String,
}

impl Heat {
    /// The table, what its colors mean, and the strongest of each column in words.
    pub(super) fn html(&self, words: &Words) -> String {
        let values = || self.rows.iter().flat_map(|(_, cells)| cells).flatten();
        let range = values().fold(0.0_f32, |most, value| most.max(value.abs()));
        let decimals = decimals_for(range);
        let is_signed = values().any(|value| *value < 0.0);
        let level = |value: f32| {
            if range > 0.0 {
                (value / range * LEVELS).round()
            } else {
                0.0
            }
        };
        let mut table = String::new();
        for (head, cells) in &self.rows {
            table.push_str(&format!("<tr><th scope=\"row\">{}</th>", head.html()));
            for cell in cells {
                match cell {
                    Some(value) => table.push_str(&format!(
                        "<td data-level=\"{:.0}\">{}</td>",
                        // Zero has no sign.
                        level(*value) + 0.0,
                        words.number(f64::from(*value), decimals)
                    )),
                    None => table.push_str("<td></td>"),
                }
            }
            table.push_str("</tr>\n");
        }
        let rows = format!(
            "{}<tbody>\n{table}</tbody>\n",
            column_heads(&self.corner, &self.columns)
        );
        format!(
            "{}<p class=\"scale\"><span>{}</span><span class=\"steps\" aria-hidden=\"true\">{}</span>\
             <span>{}</span></p>\n",
            figure(&self.caption, "heat", &rows),
            words.number(if is_signed { f64::from(-range) } else { 0.0 }, decimals),
            steps(is_signed),
            words.number(f64::from(range), decimals),
        )
    }

    /// The row of a column's largest value.
    pub(super) fn strongest(&self, column: usize) -> Option<(&str, f32)> {
        let cells = self.rows.iter().filter_map(|(head, cells)| {
            Some((head.text.as_str(), cells.get(column).copied().flatten()?))
        });
        cells.max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Two, or as many as leave two digits of the largest number.
fn decimals_for(range: f32) -> usize {
    (2..6)
        .find(|&decimals| range * 10_f32.powi(decimals) >= 10.0)
        .unwrap_or(6) as usize
}

fn steps(is_signed: bool) -> String {
    let lowest = if is_signed { -10 } else { 0 };
    (lowest..=10)
        .map(|level| format!("<i data-level=\"{level}\"></i>"))
        .collect()
}

fn column_heads(corner: &str, columns: &[Head]) -> String {
    let heads: String = columns
        .iter()
        .map(|head| format!("<th scope=\"col\">{}</th>", head.html()))
        .collect();
    let corner = escape(corner);
    format!("<thead>\n<tr><th scope=\"col\">{corner}</th>{heads}</tr>\n</thead>\n")
}

/// A table that scrolls by itself, by keys, too, with a caption that does not.
fn figure(caption: &str, class: &str, rows: &str) -> String {
    let mut hasher = DefaultHasher::new();
    caption.hash(&mut hasher);
    let id = format!("caption-{:x}", hasher.finish());
    format!(
        "<figure>\n<div class=\"scroll\" role=\"region\" aria-labelledby=\"{id}\" tabindex=\"0\">\n\
         <table class=\"{class}\" aria-labelledby=\"{id}\">\n{rows}</table>\n</div>\n\
         <figcaption id=\"{id}\">{}</figcaption>\n</figure>\n",
        escape(caption)
    )
}

/// A plain table: heads of columns, then rows that begin with their head.
pub(super) fn table(caption: &str, columns: &[Head], rows: &[(Head, Vec<String>)]) -> String {
    let mut body = String::new();
    for (head, cells) in rows {
        body.push_str(&format!("<tr><th scope=\"row\">{}</th>", head.html()));
        for cell in cells {
            body.push_str(&format!("<td>{cell}</td>"));
        }
        body.push_str("</tr>\n");
    }
    let (corner, heads) = columns
        .split_first()
        .map_or(("", &[][..]), |(corner, heads)| {
            (corner.text.as_str(), heads)
        });
    let rows = format!("{}<tbody>\n{body}</tbody>\n", column_heads(corner, heads));
    figure(caption, "plain", &rows)
}

/// A bar as long as a share, with a mark at another, for a cell beside its number.
pub(super) fn bar(share: f64, mark: Option<f64>) -> String {
    let width = (share.clamp(0.0, 1.0) * 1000.0).round();
    let mark = mark.map(|mark| {
        let place = (mark.clamp(0.0, 1.0) * 1000.0 - 4.0).round();
        format!("<rect class=\"mark\" x=\"{place}\" width=\"8\" height=\"10\"/>")
    });
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\" focusable=\"false\"><rect class=\"ground\" width=\"1000\" \
         height=\"10\"/><rect class=\"share\" width=\"{width}\" height=\"10\"/>{}</svg>",
        mark.unwrap_or_default()
    )
}

/// A stored result drawn by `<inseq-heatmap>`, and what stands there without scripts.
pub(super) fn player(words: &Words, file: &str, label: &str, fallback: &str) -> Result<String> {
    let note = words.html("labels.player", &Facts::new())?;
    Ok(format!(
        "<inseq-heatmap src=\"../results/{file}.json\" label=\"{}\" lang=\"en\">\n\
         <div lang=\"{}\">{fallback}</div>\n</inseq-heatmap>\n<p class=\"note\">{note}</p>\n",
        escape(label),
        words.code,
    ))
}
