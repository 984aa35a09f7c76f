//! Messages that were made of templates, made anew of others.
//!
//! Not here: which templates there are, and how they get here.

use std::{cmp::Reverse, collections::BTreeMap};

/// A longer message is not looked at.
const MOST_BYTES: usize = 4_000;
/// A reason may have a reason, and that another.
const MOST_LEVELS: usize = 6;

/// Templates, each with the one to say instead; those that say most come first.
pub(super) struct Templates(Vec<[Template; 2]>);

/// A text with places for values: `{name}` stands for one.
struct Template {
    /// What stands before each place, and the name of that.
    places: Vec<(String, String)>,
    /// What stands after the last one.
    end: String,
}

impl Templates {
    /// From texts and what to say instead, which has the same places in any order.
    pub(super) fn new(texts: &BTreeMap<String, String>) -> Self {
        let pairs = texts.iter();
        let mut pairs: Vec<_> = pairs
            .map(|(own, other)| [own, other].map(|text| Template::read(text)))
            .collect();
        // What is nothing but colons should take a message apart as little as it can.
        pairs.sort_by_key(|[own, _]| (Reverse(own.n_letters()), own.places.len()));
        Self(pairs)
    }

    /// A message and its values in the other words. What no template fits stays as it is.
    pub(super) fn said(&self, message: &str) -> String {
        match message.len() > MOST_BYTES {
            true => message.to_owned(),
            false => self.said_within(message, MOST_LEVELS),
        }
    }

    fn said_within(&self, message: &str, n_levels: usize) -> String {
        // What is quoted is not ours.
        let is_quoted = quoted_bytes(message) == message.len();
        let Some(n_below) = n_levels.checked_sub(1).filter(|_| !is_quoted) else {
            return message.to_owned();
        };
        let mut pairs = self.0.iter();
        let fitting = pairs.find_map(|[own, other]| Some((own.values(message)?, other)));
        let Some((values, other)) = fitting else {
            return message.to_owned();
        };
        other.filled(|name| {
            let value = values.iter().find(|(own, _)| *own == name);
            value.map_or_else(String::new, |(_, value)| self.said_within(value, n_below))
        })
    }
}

impl Template {
    fn read(text: &str) -> Self {
        let mut places = Vec::new();
        let mut end = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            end.push_str(before);
            let is_name = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
            match after.split_once('}') {
                Some((name, after)) if is_name(name) => {
                    places.push((std::mem::take(&mut end), name.to_owned()));
                    rest = after;
                }
                _ => {
                    end.push('{');
                    rest = after;
                }
            }
        }
        end.push_str(rest);
        Self { places, end }
    }

    fn n_letters(&self) -> usize {
        let before = self.places.iter().map(|(before, _)| before);
        let literal = before.chain([&self.end]).flat_map(|text| text.chars());
        literal.filter(|c| c.is_alphanumeric()).count()
    }

    /// The values by name, if the message is made of this. Each ends where what comes next
    /// is first found outside of quotes, so that a message is read through once.
    fn values<'m>(&'m self, message: &'m str) -> Option<Vec<(&'m str, &'m str)>> {
        let Some((start, _)) = self.places.first() else {
            return (self.end == message).then(Vec::new);
        };
        let inner = message.strip_prefix(start.as_str())?;
        let mut rest = inner.strip_suffix(self.end.as_str())?;
        let mut values = Vec::with_capacity(self.places.len());
        let between = self.places.iter().skip(1).map(|(before, _)| before);
        for ((_, name), between) in self.places.iter().zip(between) {
            let n_quoted = quoted_bytes(rest);
            let (more, after) = rest[n_quoted..].split_once(between.as_str())?;
            values.push((name.as_str(), &rest[..n_quoted + more.len()]));
            rest = after;
        }
        let (_, last) = self.places.last()?;
        values.push((last.as_str(), rest));
        Some(values)
    }

    fn filled(&self, value: impl Fn(&str) -> String) -> String {
        let places = self.places.iter();
        let said: String = places
            .flat_map(|(before, name)| [before.clone(), value(name)])
            .collect();
        said + &self.end
    }
}

/// How long the quoted text is that a text begins with; zero if there is none.
fn quoted_bytes(text: &str) -> usize {
    let Some(inner) = text.strip_prefix('"') else {
        return 0;
    };
    let mut is_escaped = false;
    let end = inner.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    // With both quotation marks.
    end.map_or(0, |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates() -> Templates {
        let texts = [
            ("it is empty", "es ist leer"),
            ("no room", "kein Platz"),
            ("output", "Ausgabe"),
            (
                "the {text} has {n} tokens",
                "{n} Token sind in dieser: {text}",
            ),
            (
                "file {file} cannot be read: {reason}",
                "{file} ist nicht zu lesen: {reason}",
            ),
            (
                "file {file} cannot be read: {reason}, at {place}",
                "{file} ist nicht zu lesen: {reason}, bei {place}",
            ),
            ("type {found}{more} is unknown", "{more}{found} unbekannt"),
            ("{first}, in model {model}", "{first}, im Modell {model}"),
            ("{device}: {op}: {message}", "{device}: {op}: {message}"),
            ("{stage}: {reason}", "{stage}: {reason}"),
            ("write {\"a\": {value}}", "{\"a\": {value}} schreiben"),
        ];
        let owned = texts.map(|(own, other)| (own.to_owned(), other.to_owned()));
        Templates::new(&BTreeMap::from(owned))
    }

    #[track_caller]
    fn becomes(message: &str, expected: &str) {
        assert_eq!(templates().said(message), expected);
    }

    #[test]
    fn a_text_without_values_is_looked_up() {
        becomes("it is empty", "es ist leer");
    }

    #[test]
    fn values_stand_where_the_other_text_has_them() {
        becomes("the prompt has 3 tokens", "3 Token sind in dieser: prompt");
        becomes("write {\"a\": [1]}", "{\"a\": [1]} schreiben");
    }

    #[test]
    fn the_template_that_says_most_is_taken() {
        becomes(
            "file a cannot be read: b, at c",
            "a ist nicht zu lesen: b, bei c",
        );
    }

    #[test]
    fn values_are_messages_too() {
        becomes("the output has 3 tokens", "3 Token sind in dieser: Ausgabe");
        becomes(
            "cpu: file a cannot be read: no room, in model b: it is empty",
            "cpu: a ist nicht zu lesen: kein Platz, im Modell b: es ist leer",
        );
        becomes(
            "a: file b cannot be read: no room",
            "a: b ist nicht zu lesen: kein Platz",
        );
        let deep = "a: ".repeat(3) + "it is empty";
        becomes(&deep, &deep.replace("it is empty", "es ist leer"));
        let too_deep = "a: ".repeat(MOST_LEVELS) + "it is empty";
        becomes(&too_deep, &too_deep);
    }

    #[test]
    fn what_is_quoted_stays_and_ends_no_value() {
        becomes(
            r#"file "a \" cannot be read: b" cannot be read: no room"#,
            r#""a \" cannot be read: b" ist nicht zu lesen: kein Platz"#,
        );
        becomes(
            r#"type "x" ("it is empty") is unknown"#,
            r#" ("it is empty")"x" unbekannt"#,
        );
        becomes(r#"cpu: "it is empty""#, r#"cpu: "it is empty""#);
        becomes(
            r#"file "a cannot be read: b"#,
            r#""a ist nicht zu lesen: b"#,
        );
    }

    #[test]
    fn a_value_may_hold_what_a_template_says() {
        becomes(
            "file a, at b cannot be read: c cannot be read: d",
            "a, at b ist nicht zu lesen: c cannot be read: d",
        );
        becomes(
            "the {n} has {text} tokens",
            "{text} Token sind in dieser: {n}",
        );
    }

    #[test]
    fn what_no_template_fits_stays() {
        for message in [
            "",
            "it is empty.",
            "file a cannot be read",
            "Failed to fetch",
        ] {
            becomes(message, message);
        }
    }

    #[test]
    fn hostile_messages_are_given_up() {
        let templates = templates();
        let long = "file a cannot be read: ".repeat(1_000_000);
        assert_eq!(templates.said(&long), long);
        for part in [": ", "\"", ", at ", "file ", "ä", "\\\"", "file \": "] {
            let many = part.repeat(MOST_BYTES / part.len());
            assert!(templates.said(&many).len() <= many.len());
        }
    }
}
