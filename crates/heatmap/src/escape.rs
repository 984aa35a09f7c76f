/// Text that stays text inside HTML and XML, in elements and in attributes.
pub(crate) fn markup(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(visible(character)),
        }
    }
    escaped
}

/// Text that a terminal prints instead of obeying it.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// Replaces what steers a terminal, turns the writing direction of what follows, or
/// may not stand in XML.
fn visible(character: char) -> char {
    match character {
        '\u{061C}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{FFFE}'
        | '\u{FFFF}' => char::REPLACEMENT_CHARACTER,
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_stays_text() {
        assert_eq!(
            markup("<a b=\"c\" d='e'>&]]>"),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;]]&gt;"
        );
    }

    #[test]
    fn controls_are_replaced() {
        assert_eq!(printable("a\u{1B}[2J\u{9B}\u{202E}b\n"), "a�[2J��b�");
        assert_eq!(markup("\0\u{FFFF}é"), "��é");
    }
}
