use unicode_width::UnicodeWidthStr as _;

use crate::escape::printable;
use crate::terminal::colored;
use crate::{ContextLine, ContextTexts, ContextToken, TerminalSettings, background, ink};

/// How far texts are indented under the number of their token.
const INDENT: &str = "   ";

/// Running texts, lines ended by line feeds. What is highlighted has its score behind
/// it, in its color, or in brackets where there are no colors.
pub fn context_text(texts: &ContextTexts, settings: TerminalSettings) -> String {
    let mut text = String::new();
    for rule in &texts.rules {
        text.push_str(&printable(rule));
        text.push('\n');
    }
    for (number, lines) in (1_usize..).zip(&texts.chosen) {
        text.push_str(&format!("\n{number}.\n"));
        for line in lines {
            put_line(&mut text, line, settings);
        }
    }
    text.push('\n');
    text
}

/// One text, broken before a token with a space where the screen ends.
fn put_line(text: &mut String, line: &ContextLine, settings: TerminalSettings) {
    let title = format!("{INDENT}{}: ", printable(&line.title));
    let mut used = title.width();
    text.push_str(&title);
    for token in &line.tokens {
        let (plain, shown) = token_text(token, settings);
        if used + plain.width() > settings.width && plain.starts_with(' ') {
            text.push_str(&format!("\n{INDENT}{INDENT}"));
            used = 2 * INDENT.width();
            text.push_str(shown.trim_start());
            used += plain.trim_start().width();
        } else {
            text.push_str(&shown);
            used += plain.width();
        }
    }
    text.push('\n');
}

/// A token as it is wide, and as it is printed.
fn token_text(token: &ContextToken, settings: TerminalSettings) -> (String, String) {
    let text = printable(&token.text);
    let Some(cell) = &token.highlight else {
        return (text.clone(), text);
    };
    let (space, word) = match text.strip_prefix(' ') {
        Some(word) => (" ", word),
        None => ("", text.as_str()),
    };
    let scored = format!("{word} {}", cell.text());
    match settings.colors {
        Some(theme) => {
            let (paper, ink) = (background(cell.level, theme), ink(cell.level, theme));
            let colored = colored(&scored, paper, ink);
            (format!("{space}{scored}"), format!("{space}{colored}"))
        }
        None => {
            let bracketed = format!("{space}[{scored}]");
            (bracketed.clone(), bracketed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theme;
    use crate::contexts::tests::found;

    const PLAIN: TerminalSettings = TerminalSettings {
        width: 80,
        colors: None,
    };

    #[test]
    fn highlights_are_bracketed_in_plain_text_and_colored_on_a_screen() {
        let texts = ContextTexts::new(&found());
        let plain = context_text(&texts, PLAIN);
        assert!(plain.contains(": A [<sick> 5.000] man.\n"), "{plain}");
        assert!(plain.contains(": the [hospital 0.750]\n"), "{plain}");
        let colors = Some(Theme::Dark);
        let colored = context_text(&texts, TerminalSettings { colors, ..PLAIN });
        assert_eq!(colored.matches("\u{1B}[48;2;").count(), 2);
        assert_eq!(colored.matches("\u{1B}[0m").count(), 2);
    }

    #[test]
    fn long_texts_break_at_spaces() {
        let narrow = TerminalSettings { width: 50, ..PLAIN };
        let text = context_text(&ContextTexts::new(&found()), narrow);
        assert!(text.contains("A\n      [<sick> 5.000] man.\n"), "{text}");
    }
}
