//! Texts of one language, and how they become HTML.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::runs::read_json;

/// Languages of the showcases; the first is there where nobody chose.
pub(super) const LANGUAGES: [&str; 2] = ["en", "de"];

/// Numbers that a text names, by what it calls them.
pub(super) type Facts = BTreeMap<String, String>;

/// The catalogue of a language.
pub(super) struct Words {
    pub(super) code: &'static str,
    value: Value,
}

impl Words {
    pub(super) fn read(code: &'static str) -> Result<Self> {
        let value = read_json(&format!("{code}.json"))?;
        Ok(Self { code, value })
    }

    /// What lies at a path such as `pages.gender.title`.
    pub(super) fn at(&self, path: &str) -> Result<&Value> {
        let mut value = &self.value;
        for part in path.split('.') {
            let item = || value.get(part.parse::<usize>().ok()?);
            value = value
                .get(part)
                .or_else(item)
                .with_context(|| format!("web/showcases/{}.json has no {path}", self.code))?;
        }
        Ok(value)
    }

    /// A text as it is.
    pub(super) fn plain(&self, path: &str) -> Result<&str> {
        let text = self.at(path)?.as_str();
        text.with_context(|| format!("{}.json: {path} is no text", self.code))
    }

    /// A text as HTML.
    pub(super) fn html(&self, path: &str, facts: &Facts) -> Result<String> {
        let context = || format!("{}.json: {path}", self.code);
        filled(&inline(self.plain(path)?), facts).with_context(context)
    }

    /// A text without stress, with its facts.
    pub(super) fn text(&self, path: &str, facts: &Facts) -> Result<String> {
        filled(self.plain(path)?, facts).with_context(|| format!("{}.json: {path}", self.code))
    }

    /// The texts of a list as items of HTML.
    pub(super) fn items(&self, path: &str, facts: &Facts) -> Result<String> {
        let list = self.at(path)?.as_array().context("no list")?;
        let mut html = String::new();
        for (index, item) in list.iter().enumerate() {
            let item = inline(item.as_str().context("no text")?);
            let item = filled(&item, facts).with_context(|| format!("{path} {index}"))?;
            html.push_str(&format!("<li>{item}</li>\n"));
        }
        Ok(html)
    }

    /// A number with the language's decimal mark.
    pub(super) fn number(&self, value: f64, decimals: usize) -> String {
        let digits = format!("{:.decimals$}", value.abs());
        let is_zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let sign = if value < 0.0 && !is_zero { "−" } else { "" };
        let mark = if self.code == "de" { "," } else { "." };
        format!("{sign}{}", digits.replace('.', mark))
    }

    /// Names of the catalogue's texts, for a comparison of two.
    #[cfg(test)]
    pub(super) fn paths(&self) -> Vec<String> {
        fn walk(value: &Value, path: &str, paths: &mut Vec<String>) {
            match value {
                Value::Object(fields) => {
                    for (name, value) in fields {
                        walk(value, &format!("{path}.{name}"), paths);
                    }
                }
                Value::Array(items) => {
                    for (index, value) in items.iter().enumerate() {
                        walk(value, &format!("{path}.{index}"), paths);
                    }
                }
                _ => paths.push(path.to_owned()),
            }
        }
        let mut paths = Vec::new();
        walk(&self.value, "", &mut paths);
        paths
    }
}

/// Text that no element can hide in.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A text of a catalogue: what stands between two `*` is stressed, between two backticks
/// quoted as it is typed.
fn inline(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in escape(text).split('`').enumerate() {
        if index % 2 == 1 {
            html.push_str(&format!("<code>{part}</code>"));
            continue;
        }
        for (index, part) in part.split('*').enumerate() {
            if index % 2 == 1 {
                html.push_str(&format!("<em>{part}</em>"));
            } else {
                html.push_str(part);
            }
        }
    }
    html
}

/// Puts facts where a text names them in braces.
fn filled(text: &str, facts: &Facts) -> Result<String> {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            bail!("a brace is not closed");
        };
        let fact = facts.get(name);
        html.push_str(before);
        html.push_str(&escape(
            fact.with_context(|| format!("nothing is called {name}"))?,
        ));
        rest = after;
    }
    html.push_str(rest);
    Ok(html)
}

/// Puts HTML into a template, where `{{name}}` stands. Every name must be there.
pub(super) fn fill(template: &str, parts: &[(&str, &str)]) -> Result<String> {
    let mut html = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").context("braces are not closed")?;
        let part = parts.iter().find(|(own, _)| *own == name);
        let (_, part) = part.with_context(|| format!("nothing to put for {name}"))?;
        html.push_str(before);
        html.push_str(part);
        rest = after;
    }
    html.push_str(rest);
    for (name, _) in parts {
        ensure!(
            template.contains(&format!("{{{{{name}}}}}")),
            "no place for {name}"
        );
    }
    Ok(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_the_same_texts() {
        let [first, second] = LANGUAGES.map(|code| Words::read(code).unwrap().paths());
        assert_eq!(first, second);
    }

    #[test]
    fn a_text_is_text_with_facts_and_stress() {
        let facts = Facts::from([("share".to_owned(), "0.9 < 1".to_owned())]);
        let html = filled(&inline("*why* `<b>` & {share}"), &facts).unwrap();
        assert_eq!(html, "<em>why</em> <code>&lt;b&gt;</code> &amp; 0.9 &lt; 1");
        assert!(filled("{other}", &facts).is_err());
    }

    #[test]
    fn a_template_is_filled_whole() {
        assert_eq!(fill("a{{b}}c", &[("b", "{{x}}")]).unwrap(), "a{{x}}c");
        assert!(fill("{{b}}", &[]).is_err());
        assert!(fill("", &[("b", "")]).is_err());
    }

    #[test]
    fn numbers_are_written_as_the_language_writes_them() {
        let german = Words::read("de").unwrap();
        assert_eq!(german.number(-0.254, 2), "−0,25");
        assert_eq!(german.number(-0.001, 2), "0,00");
    }
}
