//! What each showcase shows: its pictures, and the numbers that its texts name.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::figures::{Head, Heat, player, table};
use super::results::{Stored, display};
use super::runs::{Runs, read_json};
use super::words::{Facts, Words, escape};

/// In the order in which they lead to each other.
pub(super) const PAGES: [&str; 6] = [
    "gender",
    "contrast",
    "facts",
    "context",
    "attention",
    "steps",
];

/// The pictures of a showcase.
#[derive(Default)]
pub(super) struct Pictures {
    /// What answers the question.
    pub(super) first: String,
    /// What is looked at more closely.
    pub(super) closer: String,
    /// Numbers that others published.
    pub(super) published: String,
    pub(super) facts: Facts,
    /// Runs that can be opened in the page.
    pub(super) runs: Vec<&'static str>,
}

/// One showcase in one language.
pub(super) struct Page<'a> {
    pub(super) id: &'static str,
    pub(super) words: &'a Words,
    pub(super) runs: &'a Runs,
}

impl Page<'_> {
    pub(super) fn pictures(&self) -> Result<Pictures> {
        let mut pictures = match self.id {
            "gender" => self.gender(),
            "contrast" => self.contrast(),
            "facts" => self.facts(),
            "context" => self.context(),
            "attention" => self.attention(),
            "steps" => self.steps(),
            other => bail!("there is no showcase {other}"),
        }
        .with_context(|| format!("the showcase {}", self.id))?;
        pictures.published = self.published()?;
        Ok(pictures)
    }

    /// A text of this showcase.
    pub(super) fn own(&self, name: &str) -> Result<&str> {
        self.words.plain(&format!("pages.{}.{name}", self.id))
    }

    pub(super) fn label(&self, name: &str) -> Result<&str> {
        self.words.plain(&format!("labels.{name}"))
    }

    pub(super) fn number(&self, value: impl Into<f64>) -> String {
        self.words.number(value.into(), 2)
    }

    /// Heads of this showcase's table.
    pub(super) fn heads(&self, names: &[&str]) -> Result<Vec<Head>> {
        let head = |name: &&str| Ok(Head::plain(self.own(&format!("heads.{name}"))?));
        names.iter().map(head).collect()
    }

    /// Rows of a result with the values of some columns, its own or other results'.
    pub(super) fn heat(
        &self,
        run: &str,
        caption: &str,
        columns: Vec<(Head, Vec<Option<f32>>)>,
    ) -> Result<Heat> {
        let (stored, languages) = (Stored::read(run)?, self.runs.named(run)?.languages);
        let n_source = stored
            .rows()
            .iter()
            .filter(|(_, is_source)| *is_source)
            .count();
        let heads = stored
            .rows()
            .into_iter()
            .enumerate()
            .map(|(row, (token, is_source))| {
                let language = &languages[usize::from(!is_source)];
                let of_output = row >= n_source && n_source > 0;
                let mark = if of_output { "← " } else { "" };
                Head::foreign(format!("{mark}{}", display(token)), language)
            });
        let rows = heads.enumerate().map(|(row, head)| {
            (
                head,
                columns
                    .iter()
                    .map(|(_, cells)| cells.get(row).copied().flatten())
                    .collect(),
            )
        });
        let rows =
            rows.filter(|(_, cells): &(Head, Vec<Option<f32>>)| cells.iter().any(Option::is_some));
        Ok(Heat {
            caption: self.own(caption)?.to_owned(),
            rows: rows.collect(),
            columns: columns.into_iter().map(|(head, _)| head).collect(),
            corner: self.label("token")?.to_owned(),
        })
    }

    /// A whole result, drawn by the player.
    pub(super) fn whole(&self, run: &str, caption: &str) -> Result<String> {
        let (stored, languages) = (Stored::read(run)?, self.runs.named(run)?.languages);
        let columns = stored.columns().iter().enumerate();
        let columns = columns.map(|(column, token)| {
            (
                Head::foreign(display(token), &languages[1]),
                stored.column(column),
            )
        });
        let heat = self.heat(run, caption, columns.collect())?;
        player(self.words, run, &heat.caption, &heat.html(self.words))
    }

    fn contrast(&self) -> Result<Pictures> {
        let (plain, pair) = (
            Stored::read("contrast-plain")?,
            Stored::read("contrast-pair")?,
        );
        let columns = vec![
            (Head::plain(self.own("heads.plain")?), plain.column(0)),
            (Head::plain(self.own("heads.pair")?), pair.column(0)),
        ];
        let heat = self.heat("contrast-plain", "caption", columns)?;
        let mut facts = Facts::new();
        for (column, name) in ["plain", "pair"].into_iter().enumerate() {
            let (token, value) = heat.strongest(column).context("no strongest")?;
            facts.insert(format!("{name}_token"), token.to_owned());
            facts.insert(format!("{name}_value"), self.number(value));
        }
        let difference = pair.score("contrast_prob_diff", 0)?;
        facts.insert("difference".to_owned(), self.number(difference));
        Ok(Pictures {
            first: heat.html(self.words),
            closer: self.whole("contrast-translation", "whole_caption")?,
            facts,
            runs: vec!["contrast-pair", "contrast-plain", "contrast-translation"],
            ..Pictures::default()
        })
    }

    fn facts(&self) -> Result<Pictures> {
        let stored = Stored::read("fact-layers")?;
        let [source, _] = self.runs.named("fact-layers")?.languages;
        let n_given = stored.start;
        let tokens = stored.rows().into_iter().take(n_given);
        let columns = tokens.map(|(token, _)| Head::foreign(display(token), &source));
        let rows = (0..stored.n_layers()).map(|layer| {
            let mut cells = stored.column_of_layer(0, layer);
            cells.truncate(n_given);
            let sum: f32 = cells.iter().flatten().map(|value| value.abs()).sum();
            let cells = cells.iter().map(|cell| Some((*cell)? / sum)).collect();
            (
                Head::plain(format!(
                    "{} {}",
                    self.own("layer").unwrap_or_default(),
                    layer + 1
                )),
                cells,
            )
        });
        let heat = Heat {
            caption: self.own("caption")?.to_owned(),
            columns: columns.collect(),
            rows: rows.collect(),
            corner: self.label("token")?.to_owned(),
        };
        let last = n_given.checked_sub(1).context("no prompt")?;
        let value = |layer: usize, token: usize| {
            let cells = &heat.rows.get(layer).context("no such layer")?.1;
            cells.get(token).copied().flatten().context("no such token")
        };
        let top = heat.rows.len().checked_sub(1).context("no layers")?;
        let subject: Vec<usize> = (0..n_given)
            .filter(|&token| {
                ["Eiff", "iff", "el", "Eiffel", "Tower"]
                    .contains(&heat.columns[token].text.as_str())
            })
            .collect();
        let of_subject = |layer: usize| {
            subject
                .iter()
                .map(|token| value(layer, *token))
                .sum::<Result<f32>>()
        };
        let mut facts = Facts::new();
        for (name, number) in [
            ("last_first", value(0, last)?),
            ("last_top", value(top, last)?),
            ("subject_first", of_subject(0)?),
            ("subject_top", of_subject(top)?),
            ("true", stored.score("probability", 0)?),
            ("false", stored.score("contrast_prob", 0)?),
        ] {
            facts.insert(name.to_owned(), self.number(number));
        }
        facts.insert("n_layers".to_owned(), heat.rows.len().to_string());
        Ok(Pictures {
            first: heat.html(self.words),
            facts,
            runs: vec!["fact-layers"],
            ..Pictures::default()
        })
    }

    /// Tables of numbers that others published, with what they are of.
    fn published(&self) -> Result<String> {
        let all = read_json("published.json")?;
        let mut html = String::new();
        for (index, published) in all[self.id].as_array().into_iter().flatten().enumerate() {
            let caption = self.own(&format!("published.{index}"))?;
            let heads = published["heads"].as_array().context("no heads")?.iter();
            let heads = heads.map(|head| Ok(Head::plain(self.published_cell(head)?)));
            let heads = heads.collect::<Result<Vec<Head>>>()?;
            let mut rows = Vec::new();
            for row in published["rows"].as_array().context("no rows")? {
                let row = row.as_array().context("no row")?.iter();
                let mut cells = row.map(|cell| self.published_cell(cell));
                let head = cells.next().context("an empty row")??;
                let cells = cells
                    .map(|cell| Ok(escape(&cell?)))
                    .collect::<Result<_>>()?;
                let head = match published["language"].as_str() {
                    Some(code) => Head::foreign(head, code),
                    None => Head::plain(head),
                };
                rows.push((head, cells));
            }
            html.push_str(&table(caption, &heads, &rows));
        }
        Ok(html)
    }

    /// Numbers with the digits they were published with; a star stands behind what its
    /// authors call significant, an `@` before the path of a text.
    fn published_cell(&self, cell: &Value) -> Result<String> {
        let Some(cell) = cell.as_str() else {
            return Ok(String::new());
        };
        if let Some(path) = cell.strip_prefix('@') {
            return Ok(self.words.plain(path)?.to_owned());
        }
        let (digits, star) = match cell.strip_suffix('*') {
            Some(digits) => (digits, "*"),
            None => (cell, ""),
        };
        let Ok(number) = digits.parse::<f64>() else {
            return Ok(cell.to_owned());
        };
        let decimals = digits.split_once('.').map_or(0, |(_, digits)| digits.len());
        Ok(format!("{}{star}", self.words.number(number, decimals)))
    }
}
