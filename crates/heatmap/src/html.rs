use std::fmt::Write as _;

use crate::escape::markup;
use crate::{Heatmap, Label, Part, Role, Row, ScoreRow, Setting, Side, Strongest, level_style};

const HEATMAP_STYLE: &str = include_str!("html/heatmap.css");
/// How many links the text alternative states.
const N_LINKS: usize = 3;
const DOCUMENT_STYLE: &str = include_str!("html/document.css");

/// A self-contained page with one heatmap after the other: no script, no address of
/// another file, light and dark.
pub fn html_document(heatmaps: &[Heatmap]) -> String {
    let title = heatmaps
        .first()
        .map_or("Attribution", |heatmap| heatmap.title.as_str());
    let fragments: String = heatmaps.iter().map(html_fragment).collect();
    document(title, "", &fragments)
}

/// A page around a body that needs some style beside the heatmap's.
pub(crate) fn document(title: &str, style: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>\n{DOCUMENT_STYLE}{}{style}</style>\n</head>\n<body>\n<main>\n\
         {body}</main>\n</body>\n</html>\n",
        markup(title),
        html_style(),
    )
}

/// The style that [`html_fragment`] needs once on its page.
pub fn html_style() -> String {
    format!("{HEATMAP_STYLE}{}", level_style())
}

/// One heatmap as an `article` element, without its style.
pub fn html_fragment(heatmap: &Heatmap) -> String {
    let mut html = String::from("<article class=\"heatmap\">\n");
    header(&mut html, heatmap);
    html.push_str(
        "<div class=\"scroll\" role=\"region\" aria-label=\"heatmap\" tabindex=\"0\">\n<table>\n",
    );
    put(
        &mut html,
        format_args!("<caption>{}</caption>\n", markup(heatmap.legend)),
    );
    column_heads(&mut html, &heatmap.columns);
    for part in &heatmap.parts {
        table_part(&mut html, part, heatmap.columns.len());
    }
    step_scores(&mut html, &heatmap.scores, heatmap.columns.len());
    html.push_str("</table>\n</div>\n");
    if heatmap.has_colors() {
        color_scale(&mut html, heatmap);
    }
    settings(&mut html, &heatmap.settings);
    html.push_str("</article>\n");
    html
}

/// Method, sentence, and the picture in words.
fn header(html: &mut String, heatmap: &Heatmap) {
    let (given, produced) = sentences(heatmap);
    // A translation begins a new line, a continuation does not.
    let has_source = heatmap.parts.iter().any(|part| part.side == Side::Source);
    let class = if has_source { " class=\"pair\"" } else { "" };
    put(
        html,
        format_args!(
            "<header>\n<p class=\"method\">{}</p>\n<h2{class} dir=\"auto\"><span class=\"given\">{}</span> \
             <span class=\"produced\">{}</span></h2>\n<p class=\"summary\">{}{}</p>\n</header>\n",
            markup(&heatmap.title),
            markup(&given),
            markup(&produced),
            markup(&heatmap.summary()),
            next_links(heatmap),
        ),
    );
}

/// The links after the strongest one, for those who cannot see the picture.
fn next_links(heatmap: &Heatmap) -> String {
    let links = heatmap.strongest_links(N_LINKS);
    let words: Vec<String> = links.iter().skip(1).map(Strongest::in_words).collect();
    match words.is_empty() {
        true => String::new(),
        false => format!("<br>\nthen: {}", markup(&words.join("; "))),
    }
}

/// The given text and the produced one, without special tokens.
fn sentences(heatmap: &Heatmap) -> (String, String) {
    let is_special = |label: &Label| {
        let text = label.text.trim();
        text.len() > 2 && text.starts_with('<') && text.ends_with('>')
    };
    let join = |labels: &mut dyn Iterator<Item = &Label>| {
        let texts = labels.filter(|label| !is_special(label));
        texts.map(|label| label.text.as_str()).collect::<String>()
    };
    // Layers are no text.
    let first = heatmap.parts.first();
    let given_rows = first
        .filter(|part| part.side != Side::Layers)
        .into_iter()
        .flat_map(|part| &part.rows);
    let mut given = given_rows
        .filter(|row| row.role == Role::Given)
        .map(|row| &row.label);
    (
        join(&mut given).trim().to_owned(),
        join(&mut heatmap.columns.iter()).trim().to_owned(),
    )
}

fn column_heads(html: &mut String, columns: &[Label]) {
    html.push_str("<thead>\n<tr><td></td>");
    for column in columns {
        put(
            html,
            format_args!("<th scope=\"col\">{}</th>", label(column)),
        );
    }
    html.push_str("</tr>\n</thead>\n");
}

fn table_part(html: &mut String, part: &Part, n_columns: usize) {
    let heading = match part.side {
        Side::Source => "Source",
        Side::Target => "Target",
        Side::Layers => "Layers",
    };
    html.push_str("<tbody>\n");
    group_head(html, heading, n_columns);
    let mut previous = Role::Given;
    for row in &part.rows {
        let is_first_produced = row.role == Role::Produced && previous == Role::Given;
        table_row(html, row, is_first_produced);
        previous = row.role;
    }
    html.push_str("</tbody>\n");
}

fn table_row(html: &mut String, row: &Row, is_first_produced: bool) {
    html.push_str(match (is_first_produced, row.role) {
        (true, _) => "<tr class=\"produced first\">",
        (false, Role::Produced) => "<tr class=\"produced\">",
        (false, Role::Given) => "<tr>",
    });
    put(
        html,
        format_args!("<th scope=\"row\">{}</th>", label(&row.label)),
    );
    for cell in &row.cells {
        match cell.value {
            Some(_) => put(
                html,
                format_args!("<td data-level=\"{}\">{}</td>", cell.level, cell.text()),
            ),
            None => html.push_str("<td></td>"),
        }
    }
    html.push_str("</tr>\n");
}

fn step_scores(html: &mut String, scores: &[ScoreRow], n_columns: usize) {
    if scores.is_empty() {
        return;
    }
    html.push_str("<tbody class=\"scores\">\n");
    group_head(html, "Step scores", n_columns);
    for score in scores {
        put(
            html,
            format_args!(
                "<tr><th scope=\"row\"><span class=\"token\">{}</span></th>",
                markup(&score.name.replace('_', " "))
            ),
        );
        for text in &score.texts {
            put(html, format_args!("<td>{text}</td>"));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n");
}

fn group_head(html: &mut String, heading: &str, n_columns: usize) {
    put(
        html,
        format_args!(
            "<tr class=\"group\"><th scope=\"rowgroup\">{heading}</th>\
             <td colspan=\"{}\"></td></tr>\n",
            n_columns.max(1)
        ),
    );
}

fn color_scale(html: &mut String, heatmap: &Heatmap) {
    let (lowest, highest) = heatmap.scale_ends();
    put(
        html,
        format_args!(
            "<p class=\"scale\"><span>{lowest}</span><span class=\"steps\" aria-hidden=\"true\">"
        ),
    );
    for level in heatmap.levels() {
        put(html, format_args!("<i data-level=\"{level}\"></i>"));
    }
    put(html, format_args!("</span><span>{highest}</span></p>\n"));
}

fn settings(html: &mut String, settings: &[Setting]) {
    if settings.is_empty() {
        return;
    }
    html.push_str("<dl class=\"settings\">\n");
    for Setting { name, value } in settings {
        put(
            html,
            format_args!(
                "<div><dt>{}</dt><dd>{}</dd></div>\n",
                markup(name),
                markup(value)
            ),
        );
    }
    html.push_str("</dl>\n");
}

/// Position and token; a space that belongs to the token shows as a faint dot.
fn label(label: &Label) -> String {
    let (has_space, rest) = label.without_space();
    let space = if has_space {
        "<span class=\"space\">·</span>"
    } else {
        ""
    };
    format!(
        "<span class=\"position\">{}</span><bdi class=\"token\">{space}{}</bdi>",
        label.position,
        markup(rest)
    )
}

fn put(html: &mut String, arguments: std::fmt::Arguments<'_>) {
    html.write_fmt(arguments).expect("strings take any text");
}
