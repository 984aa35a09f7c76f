//! Values as Python writes them.

use std::fmt::Write as _;

use protocol::OptionValue;
use serde_json::Value;

use crate::same_run::is_hidden;

/// Words that Python keeps for itself, of those that could be an option's name.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

pub(super) fn is_identifier(name: &str) -> bool {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_start)
        && name.chars().all(|c| is_start(c) || c.is_ascii_digit())
        && !KEYWORDS.contains(&name)
}

pub(super) fn literal(value: &OptionValue) -> String {
    match value {
        OptionValue::Flag(true) => "True".to_owned(),
        OptionValue::Flag(false) => "False".to_owned(),
        OptionValue::Integer(value) => value.to_string(),
        OptionValue::Number(value) => number(*value),
        OptionValue::Text(value) => text(value),
        OptionValue::List(values) => {
            let values: Vec<String> = values.iter().map(literal).collect();
            format!("[{}]", values.join(", "))
        }
        OptionValue::Map(values) => {
            let values = values.iter();
            let values = values.map(|(name, value)| format!("{}: {}", text(name), literal(value)));
            format!("{{{}}}", values.collect::<Vec<_>>().join(", "))
        }
    }
}

pub(super) fn json_literal(value: &Value) -> String {
    match serde_json::from_value::<OptionValue>(value.clone()) {
        Ok(value) => literal(&value),
        Err(_) => "None".to_owned(),
    }
}

pub(super) fn number(value: f64) -> String {
    match value {
        _ if value.is_nan() => "float(\"nan\")".to_owned(),
        _ if value.is_infinite() => format!("float(\"{value}\")"),
        _ => format!("{value:?}"),
    }
}

/// A string literal in double quotes, in one line, with nothing hidden in it.
pub(super) fn text(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        let code = u32::from(character);
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            _ if is_hidden(character) && code <= 0xFF => {
                put(&mut literal, format_args!("\\x{code:02x}"));
            }
            _ if is_hidden(character) && code <= 0xFFFF => {
                put(&mut literal, format_args!("\\u{code:04x}"));
            }
            _ if is_hidden(character) => put(&mut literal, format_args!("\\U{code:08x}")),
            _ => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

fn put(code: &mut String, arguments: std::fmt::Arguments<'_>) {
    code.write_fmt(arguments).expect("strings take any text");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::same_run::HOSTILE;
    use std::collections::BTreeMap;
    use std::process::Command;

    /// What Python makes of an expression; `None` where there is no Python.
    fn evaluated(expression: &str) -> Option<String> {
        let program = format!("import sys; sys.stdout.buffer.write({expression}.encode())");
        let output = Command::new("python3")
            .args(["-c", &program])
            .output()
            .ok()?;
        assert!(output.status.success(), "{expression}: {output:?}");
        Some(String::from_utf8(output.stdout).unwrap())
    }

    #[test]
    fn literals_stay_in_their_quotes() {
        assert_eq!(text("a\"b\\c\n\t"), "\"a\\\"b\\\\c\\n\\t\"");
        assert_eq!(
            text("\u{0}\u{9B}\u{202E}\u{E0001}é漢"),
            "\"\\x00\\x9b\\u202e\\U000e0001é漢\""
        );
        for hostile in HOSTILE {
            let literal = text(hostile);
            assert!(!literal.chars().any(is_hidden));
            if let Some(read) = evaluated(&literal) {
                assert_eq!(read, hostile);
            }
        }
    }

    #[test]
    fn numbers_and_names_are_those_of_python() {
        let values = OptionValue::List(vec![
            OptionValue::Flag(true),
            OptionValue::Number(1.0),
            OptionValue::Number(f64::NEG_INFINITY),
            OptionValue::Map(BTreeMap::from([(
                "a\"".to_owned(),
                OptionValue::Integer(-2),
            )])),
        ]);
        assert_eq!(
            literal(&values),
            "[True, 1.0, float(\"-inf\"), {\"a\\\"\": -2}]"
        );
        assert!(is_identifier("n_steps"));
        for name in ["lambda", "1a", "a b", "", "a=1, b", "é"] {
            assert!(!is_identifier(name), "{name}");
        }
    }
}
