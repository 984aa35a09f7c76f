use std::fmt::Write as _;

use crate::escape::printable;
use crate::{Color, Heatmap, Label, Part, Setting, Theme, background, ink};

/// What a document needs for the table, and for text in any script.
const PACKAGES: &str = "% Needs in the preamble: \\usepackage[table]{xcolor} \\usepackage{graphicx}\n\
                        % Text in other scripts needs XeLaTeX or LuaLaTeX and a font that has them.\n";

/// The heatmap as a LaTeX `tabular`, with the light colors: rows are what gave, columns
/// the produced tokens, step scores below. The settings come first, as comments, and last,
/// as a line of text for the caption.
///
/// No text of the heatmap is a command: what LaTeX would obey is escaped.
pub fn latex_table(heatmap: &Heatmap) -> String {
    let mut table = String::from(PACKAGES);
    let title = format!("{}; {}", heatmap.title, heatmap.legend);
    comment(&mut table, &title);
    comment(&mut table, &heatmap.summary());
    for Setting { name, value } in &heatmap.settings {
        comment(&mut table, &format!("{name}: {value}"));
    }
    let n_columns = heatmap.columns.len();
    put(
        &mut table,
        format_args!(
            "\\begin{{tabular}}{{r{}}}\n\\hline\n",
            "c".repeat(n_columns)
        ),
    );
    for column in &heatmap.columns {
        put(
            &mut table,
            format_args!(" & \\rotatebox{{60}}{{{}}}", label(column)),
        );
    }
    table.push_str(" \\\\\n\\hline\n");
    for part in &heatmap.parts {
        table_part(&mut table, part, n_columns);
    }
    for score in &heatmap.scores {
        let name = escaped(&score.name.replace('_', " "));
        put(&mut table, format_args!("\\textit{{{name}}}"));
        for text in &score.texts {
            put(&mut table, format_args!(" & {}", number(text)));
        }
        table.push_str(" \\\\\n");
    }
    if !heatmap.scores.is_empty() {
        table.push_str("\\hline\n");
    }
    table.push_str("\\end{tabular}\n");
    if !heatmap.settings.is_empty() {
        put(
            &mut table,
            format_args!(
                "\n\\noindent{{\\footnotesize {}}}\n",
                in_words(&heatmap.settings)
            ),
        );
    }
    table
}

fn table_part(table: &mut String, part: &Part, n_columns: usize) {
    put(
        table,
        format_args!(
            "\\multicolumn{{{}}}{{l}}{{\\footnotesize {}}} \\\\\n",
            n_columns + 1,
            part.side.words()
        ),
    );
    for row in &part.rows {
        table.push_str(&label(&row.label));
        for cell in &row.cells {
            match cell.value {
                Some(_) => put(
                    table,
                    format_args!(
                        " & \\cellcolor[HTML]{{{}}}\\textcolor[HTML]{{{}}}{{{}}}",
                        code(background(cell.level, Theme::Light)),
                        code(ink(cell.level, Theme::Light)),
                        number(&cell.text()),
                    ),
                ),
                None => table.push_str(" &"),
            }
        }
        table.push_str(" \\\\\n");
    }
    table.push_str("\\hline\n");
}

/// Position and token.
fn label(label: &Label) -> String {
    let text = match label.without_space() {
        // A lone space would be no label at all.
        (true, "") => "·",
        (_, text) => text,
    };
    format!("{{\\tiny {}}}~\\mbox{{{}}}", label.position, escaped(text))
}

fn in_words(settings: &[Setting]) -> String {
    let settings = settings.iter();
    let settings = settings.map(|Setting { name, value }| escaped(&format!("{name}: {value}")));
    settings.collect::<Vec<_>>().join("; ")
}

/// A number with a minus sign instead of a hyphen.
fn number(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(magnitude) => format!("$-${}", escaped(magnitude)),
        None => escaped(text),
    }
}

/// As LaTeX's color model `HTML` has it.
fn code(color: Color) -> String {
    format!("{:02X}{:02X}{:02X}", color.red, color.green, color.blue)
}

/// Text that LaTeX sets instead of obeying it, in text mode. Braces end every command, so
/// that no letter after one becomes a part of its name.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '\\' => escaped.push_str("\\textbackslash{}"),
            '{' | '}' | '#' | '$' | '%' | '&' | '_' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '^' => escaped.push_str("\\textasciicircum{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '<' => escaped.push_str("\\textless{}"),
            '>' => escaped.push_str("\\textgreater{}"),
            '|' => escaped.push_str("\\textbar{}"),
            // Each of these joins with its like to another character; `[` and `*` right
            // after the end of a row would be taken for its arguments.
            '-' | '`' | '\'' | '"' | ',' | '?' | '!' | '[' | ']' | '*' => {
                escaped.push('{');
                escaped.push(character);
                escaped.push('}');
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A line that LaTeX passes over: a line break would end it.
fn comment(table: &mut String, text: &str) {
    put(table, format_args!("% {}\n", printable(text)));
}

fn put(table: &mut String, arguments: std::fmt::Arguments<'_>) {
    table.write_fmt(arguments).expect("strings take any text");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::small_heatmap;

    #[test]
    fn text_is_set_and_not_obeyed() {
        assert_eq!(
            escaped("\\input{/etc/passwd}"),
            "\\textbackslash{}input\\{/etc/passwd\\}"
        );
        assert_eq!(
            escaped("100% of $x_1$ & #2 ~^"),
            "100\\% of \\$x\\_1\\$ \\& \\#2 \\textasciitilde{}\\textasciicircum{}"
        );
        assert_eq!(
            escaped("<s>--``"),
            "\\textless{}s\\textgreater{}{-}{-}{`}{`}"
        );
        assert_eq!(
            escaped("^^5c\n\u{202E}é"),
            "\\textasciicircum{}\\textasciicircum{}5c��é"
        );
    }

    #[test]
    fn a_comment_stays_in_its_line() {
        let mut heatmap = small_heatmap([0.5, -0.25]);
        heatmap.settings.push(Setting {
            name: "note".to_owned(),
            value: "a\n\\input{b}\r\\input{c}".to_owned(),
        });
        let table = latex_table(&heatmap);
        assert!(
            table.contains("% note: a�\\input{b}�\\input{c}\n"),
            "{table}"
        );
        let obeyed = table.lines().filter(|line| !line.starts_with('%'));
        assert!(obeyed.clone().count() > 5);
        assert!(!obeyed.collect::<String>().contains("\\input"));
    }

    #[test]
    fn every_row_has_a_cell_for_each_column() {
        let heatmap = small_heatmap([0.5, -0.25]);
        let table = latex_table(&heatmap);
        let rows = table.lines().filter(|line| line.contains("\\cellcolor"));
        for row in rows {
            assert_eq!(row.matches('&').count(), heatmap.columns.len(), "{row}");
            assert!(row.ends_with("\\\\"), "{row}");
        }
        assert!(table.contains("$-$0.25"), "{table}");
    }
}
