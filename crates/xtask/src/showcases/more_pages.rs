//! The pictures of the other three showcases.

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::figures::{Head, Heat, bar, table};
use super::kendall::tau;
use super::pages::{Page, Pictures};
use super::results::{Stored, display};
use super::runs::{read_json, text};
use super::words::{Facts, escape};
use crate::process::project_root;

/// Methods that the showcase of attention compares, and their runs.
const COMPARED: [(&str, &str); 4] = [
    ("attention", "attention-attention"),
    ("value_zeroing", "attention-value-zeroing"),
    ("saliency", "attention-saliency"),
    ("occlusion", "attention-occlusion"),
];
/// Runs with more and more steps.
const STEPS: [(usize, &str); 7] = [
    (1, "steps-01"),
    (2, "steps-02"),
    (3, "steps-03"),
    (5, "steps-05"),
    (10, "steps-10"),
    (20, "steps-20"),
    (50, "steps-50"),
];
/// Methods of which one needs a baseline that means nothing to the model.
const BASELINES: [(&str, &str); 4] = [
    ("saliency", "baseline-saliency"),
    ("input_x_gradient", "baseline-input-x-gradient"),
    ("deeplift", "baseline-deeplift"),
    ("integrated_gradients", "baseline-integrated-gradients"),
];

impl Page<'_> {
    pub(super) fn context(&self) -> Result<Pictures> {
        let found = read_json("results/context-story.json")?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let number = |value: &Value| value.as_f64().context("a number is missing");
        let scores = list(&found["cti_scores"]);
        let scores = scores.iter().map(number).collect::<Result<Vec<f64>>>()?;
        let most = scores.iter().copied().fold(0.0_f64, f64::max);
        let chosen = list(&found["cci_scores"]);
        let is_chosen = |index: usize| chosen.iter().any(|cue| cue["cti_idx"] == index);
        let mut rows = Vec::new();
        for (index, token) in list(&found["output_current_tokens"]).iter().enumerate() {
            let score = *scores.get(index).context("a token without a score")?;
            let word = if is_chosen(index) { "chosen" } else { "left" };
            let cells = vec![
                bar(score / most, None),
                self.number(score),
                escape(self.own(word)?),
            ];
            rows.push((Head::foreign(display(&text(token)?), "en"), cells));
        }
        let heads = self.heads(&["token", "bar", "score", "chosen"])?;
        let first = table(self.own("caption")?, &heads, &rows);

        let columns = chosen.iter().map(|cue| {
            let [word, other] = ["cti_token", "contrast_token"]
                .map(|key| display(cue[key].as_str().unwrap_or_default()));
            Head::foreign(format!("{word} / {other}"), "en")
        });
        let tokens = list(&found["input_context_tokens"]);
        let rows = tokens.iter().enumerate().map(|(row, token)| {
            let cells = chosen.iter().map(|cue| {
                cue["input_context_scores"][row]
                    .as_f64()
                    .map(|value| value as f32)
            });
            Ok((Head::foreign(display(&text(token)?), "en"), cells.collect()))
        });
        let heat = Heat {
            caption: self.own("cues_caption")?.to_owned(),
            columns: columns.collect(),
            rows: rows.collect::<Result<_>>()?,
            corner: self.label("token")?.to_owned(),
        };
        let (cue, value) = heat.strongest(0).context("nothing was chosen")?;
        let strongest = chosen.first().context("nothing was chosen")?;
        let facts = Facts::from([
            ("cue".to_owned(), cue.to_owned()),
            ("value".to_owned(), self.number(value)),
            ("word".to_owned(), display(&text(&strongest["cti_token"])?)),
            (
                "other".to_owned(),
                display(&text(&strongest["contrast_token"])?),
            ),
            (
                "score".to_owned(),
                self.number(number(&strongest["cti_score"])?),
            ),
            ("n_chosen".to_owned(), chosen.len().to_string()),
        ]);
        Ok(Pictures {
            first: format!("{first}{}", heat.html(self.words)),
            facts,
            runs: vec!["context-story"],
            ..Pictures::default()
        })
    }

    pub(super) fn attention(&self) -> Result<Pictures> {
        let mut columns = Vec::new();
        for (method, run) in COMPARED {
            let name = Head::plain(self.method(method)?);
            columns.push((name, Stored::read(run)?.column(0)));
        }
        let lists: Vec<Vec<f64>> = columns
            .iter()
            .map(|(_, cells)| {
                cells
                    .iter()
                    .flatten()
                    .map(|&value| f64::from(value))
                    .collect()
            })
            .collect();
        let heat = self.heat(COMPARED[0].1, "caption", columns)?;
        let mut facts = Facts::new();
        for (column, (method, _)) in COMPARED.iter().enumerate() {
            let (token, value) = heat.strongest(column).context("no strongest")?;
            facts.insert(format!("{method}_token"), token.to_owned());
            facts.insert(format!("{method}_value"), self.number(value));
        }
        facts.extend(found_causes()?);
        let heads: Vec<Head> = std::iter::once(Head::plain(self.label("method")?))
            .chain(heat.columns.iter().cloned())
            .collect();
        let rows = heat
            .columns
            .iter()
            .zip(&lists)
            .enumerate()
            .map(|(row, (head, left))| {
                let cells = lists.iter().enumerate().map(|(column, right)| {
                    if row == column {
                        "–".to_owned()
                    } else {
                        self.number(tau(left, right))
                    }
                });
                (head.clone(), cells.collect())
            });
        let closer = table(
            self.own("agreement_caption")?,
            &heads,
            &rows.collect::<Vec<_>>(),
        );
        Ok(Pictures {
            first: heat.html(self.words),
            closer: format!("{closer}{}", self.whole(COMPARED[0].1, "whole_caption")?),
            facts,
            runs: COMPARED.iter().map(|(_, run)| *run).collect(),
            ..Pictures::default()
        })
    }

    pub(super) fn steps(&self) -> Result<Pictures> {
        let (mut columns, mut deltas) = (Vec::new(), Vec::new());
        for (n, run) in STEPS {
            let stored = Stored::read(run)?;
            columns.push((Head::plain(n.to_string()), stored.column(0)));
            deltas.push(f64::from(stored.score("deltas", 0)?).abs());
        }
        let last = STEPS.len() - 1;
        let mut heat = self.heat(STEPS[last].1, "caption", columns)?;
        heat.corner = self.own("corner")?.to_owned();
        let most = deltas.iter().copied().fold(0.0_f64, f64::max);
        let rows = STEPS.iter().zip(&deltas).map(|((n, _), delta)| {
            let cells = vec![bar(delta / most, None), self.words.number(*delta, 4)];
            (Head::plain(n.to_string()), cells)
        });
        let bars = table(
            self.own("delta_caption")?,
            &self.heads(&["steps", "bar", "delta"])?,
            &rows.collect::<Vec<_>>(),
        );
        let mut facts = Facts::new();
        for (name, delta) in [
            ("delta_first", deltas[0]),
            ("delta_2", deltas[1]),
            ("delta_3", deltas[2]),
            ("delta_last", deltas[last]),
        ] {
            facts.insert(name.to_owned(), self.words.number(delta, 4));
        }
        let enough = STEPS
            .iter()
            .zip(&deltas)
            .rev()
            .take_while(|(_, delta)| **delta < 0.05);
        let (enough, _) = enough.last().context("no number of steps is enough")?;
        facts.insert("enough".to_owned(), enough.0.to_string());
        for (column, (n, _)) in STEPS.iter().enumerate() {
            let (token, value) = heat.strongest(column).context("no strongest")?;
            facts.insert(format!("token_{n}"), token.to_owned());
            facts.insert(format!("value_{n}"), self.number(value));
        }

        let mut columns = Vec::new();
        for (method, run) in BASELINES {
            columns.push((
                Head::plain(self.method(method)?),
                Stored::read(run)?.column(0),
            ));
        }
        let others = self.heat(BASELINES[0].1, "baseline_caption", columns)?;
        for (column, (method, _)) in BASELINES.iter().enumerate() {
            let (token, value) = others.strongest(column).context("no strongest")?;
            facts.insert(format!("{method}_token"), token.to_owned());
            facts.insert(format!("{method}_value"), self.number(value));
        }
        Ok(Pictures {
            first: format!("{}{bars}", heat.html(self.words)),
            closer: others.html(self.words),
            facts,
            runs: vec!["steps-50", "steps-02", "baseline-integrated-gradients"],
            ..Pictures::default()
        })
    }

    fn method(&self, id: &str) -> Result<&str> {
        self.label(&format!("methods.{id}"))
    }
}

/// In how many of a hundred sentences each method names the planted cause first, on the
/// model that the showcase of attention asks: a table that a test holds true.
fn found_causes() -> Result<Facts> {
    const TABLE: &str = "tests/bundled/README.md";
    const MODEL: usize = 2;
    let text = fs::read_to_string(project_root().join(TABLE)).context("cannot read the table")?;
    let rows = [
        ("| `attention` |", "found_attention"),
        ("| `value_zeroing` |", "found_value_zeroing"),
        ("| `saliency` |", "found_saliency"),
        ("| `occlusion` |", "found_occlusion"),
        ("| by chance |", "found_chance"),
    ];
    let mut facts = Facts::new();
    for (row, name) in rows {
        let line = text.lines().find(|line| line.starts_with(row));
        let cell = line.and_then(|line| line.split('|').nth(MODEL + 1));
        let first = cell.and_then(|cell| cell.split('/').next()).map(str::trim);
        let first = first.filter(|first| first.parse::<u32>().is_ok());
        let first = first.with_context(|| format!("{TABLE} has no number in the row {row}"))?;
        facts.insert(name.to_owned(), first.to_owned());
    }
    Ok(facts)
}
