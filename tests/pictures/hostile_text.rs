use std::collections::BTreeMap;

use attribution_output::{AttributionOutput, Spelling, Token};
use heatmap::{
    Heatmap, TerminalSettings, Theme, html_document, latex_table, svg_picture, svg_sheet,
    terminal_text,
};
use serde_json::json;

use crate::golden_output;

const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' style='all:unset",
    "]]><b>",
    "&lt;&#60;",
    "\u{202E}txet\u{2066}",
    "\u{1B}]0;title\u{7}\u{1B}[2J\u{9B}31m\r\n",
    "\\input{/etc/passwd} & % $x_1^2$ ~ #1 \\end{tabular}",
];

/// A golden result in which every name and token is hostile.
fn hostile_heatmap(spelling: Spelling) -> Heatmap {
    let mut output: AttributionOutput = golden_output("gpt2-saliency");
    let hostile = HOSTILE.concat();
    for key in ["attribution_method", "attributed_fn", "model_name"] {
        output.info.insert(key.to_owned(), json!(hostile));
    }
    output
        .info
        .insert("attribution_args".to_owned(), json!({ &hostile: hostile }));
    let sequence = &mut output.sequences[0];
    sequence.spelling = spelling;
    for tokens in [&mut sequence.source, &mut sequence.target] {
        for (index, token) in tokens.iter_mut().enumerate() {
            *token = Token::new(0, HOSTILE[index % HOSTILE.len()]);
        }
    }
    let scores = std::mem::take(&mut sequence.step_scores);
    sequence.step_scores = BTreeMap::from([(hostile, scores["entropy"].clone())]);
    Heatmap::from_output(&output).unwrap().remove(0)
}

fn every_heatmap() -> impl Iterator<Item = Heatmap> {
    [
        Spelling::Plain,
        Spelling::ByteLevel,
        Spelling::SentencePiece,
    ]
    .into_iter()
    .map(hostile_heatmap)
}

/// The names of all elements, in order; the text must be nothing but elements with
/// quoted attributes, and characters.
fn elements(markup: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        let tag = &rest[start + 1..];
        let mut quotes = false;
        let end = tag
            .find(|character| {
                quotes ^= character == '"';
                character == '>' && !quotes
            })
            .unwrap();
        let name: String = tag
            .chars()
            .take_while(|character| !character.is_whitespace() && *character != '>')
            .collect();
        names.push(name);
        rest = &tag[end + 1..];
    }
    names
}

fn has_control(text: &str) -> bool {
    text.chars().any(|character| {
        character.is_control() && character != '\n'
            || matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    })
}

#[test]
fn markup_in_tokens_makes_no_elements() {
    let tame = Heatmap::from_output(&golden_output("gpt2-saliency")).unwrap();
    let known: Vec<String> = [html_document(&tame), svg_picture(&tame[0])]
        .iter()
        .flat_map(|markup| elements(markup))
        .collect();
    for heatmap in every_heatmap() {
        let pictures = [
            html_document(std::slice::from_ref(&heatmap)),
            svg_picture(&heatmap),
            svg_sheet(&heatmap),
        ];
        for picture in pictures {
            assert!(picture.contains("&lt;script&gt;"));
            assert!(!has_control(&picture));
            for element in elements(&picture) {
                assert!(known.contains(&element), "<{element}> is new");
            }
        }
    }
}

#[test]
fn quotes_in_tokens_make_no_attributes() {
    for heatmap in every_heatmap() {
        for picture in [
            html_document(std::slice::from_ref(&heatmap)),
            svg_picture(&heatmap),
        ] {
            assert!(!picture.contains("\" onmouseover"));
            assert!(!picture.contains("' style="));
            assert!(!picture.contains("]]>"));
        }
    }
}

#[test]
fn a_terminal_obeys_only_our_colors() {
    let ours = ["\u{1B}[48;2;", "\u{1B}[0m", "\u{1B}[1m", "\u{1B}[22m"];
    for heatmap in every_heatmap() {
        for colors in [None, Some(Theme::Light), Some(Theme::Dark)] {
            let mut text = terminal_text(&heatmap, TerminalSettings { width: 80, colors });
            if colors.is_some() {
                for code in ours {
                    text = text.replace(code, "");
                }
            }
            assert!(!has_control(&text), "{text:?}");
        }
    }
}

#[test]
fn latex_obeys_only_our_commands() {
    let tame = Heatmap::from_output(&golden_output("gpt2-saliency")).unwrap();
    let ours = commands(&latex_table(&tame[0]));
    for heatmap in every_heatmap() {
        let table = latex_table(&heatmap);
        assert!(!has_control(&table));
        for command in commands(&table) {
            let is_escape =
                command.starts_with("text") || !command.starts_with(char::is_alphabetic);
            assert!(ours.contains(&command) || is_escape, "\\{command} is new");
        }
        // Every row has its cells: no token ends one, or begins another.
        let n_columns = heatmap.columns.len();
        let rows = table.lines().filter(|line| line.contains("\\cellcolor"));
        for row in rows {
            assert_eq!(row.replace("\\&", "").matches('&').count(), n_columns);
        }
    }
}

/// Names of the commands outside of comments.
fn commands(table: &str) -> Vec<String> {
    let lines = table.lines().filter(|line| !line.starts_with('%'));
    let name = |rest: &str| -> String {
        let letters: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        match letters.is_empty() {
            true => rest.chars().take(1).collect(),
            false => letters,
        }
    };
    lines
        .flat_map(|line| line.split('\\').skip(1))
        .map(name)
        .collect()
}
