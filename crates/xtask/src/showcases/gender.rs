//! The pictures of the showcase about gender: bars by occupation, and how their order
//! agrees with that of the planted shares.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::figures::{Head, bar, table};
use super::kendall::{is_significant, tau};
use super::pages::{Page, Pictures};
use super::runs::{read_json, text};
use super::words::{Facts, escape};

/// What was found of an occupation, as `compute` writes it.
struct Occupation(Value);

impl Occupation {
    fn name(&self, language: &str) -> Result<String> {
        text(&self.0[language])
    }

    fn planted(&self) -> Result<f64> {
        number(&self.0["planted"])
    }

    fn probability(&self, pronoun: &str) -> Result<f64> {
        number(&self.0[pronoun]["probability"])
    }

    /// What a pronoun of the output was attributed to a part of the source.
    fn part(&self, pronoun: &str, method: &str, part: &str) -> Result<f64> {
        number(&self.0[pronoun][method][part])
    }

    fn share(&self) -> Result<f64> {
        let [she, he] = [self.probability("she")?, self.probability("he")?];
        Ok(she / (she + he))
    }

    /// The pronoun that the model writes.
    fn written(&self) -> Result<&'static str> {
        Ok(if self.share()? > 0.5 { "she" } else { "he" })
    }
}

impl Page<'_> {
    pub(super) fn gender(&self) -> Result<Pictures> {
        let found = read_json("results/gender.json")?;
        let found: Vec<Occupation> = found
            .as_array()
            .context("no occupations")?
            .iter()
            .cloned()
            .map(Occupation)
            .collect();
        let planted = column(&found, &Occupation::planted)?;
        let share = column(&found, &Occupation::share)?;
        let mut rows = Vec::new();
        for ((one, share), planted) in found.iter().zip(&share).zip(&planted) {
            let english = format!("<bdi lang=\"en\">{}</bdi>", escape(&one.name("english")?));
            let cells = vec![
                english,
                bar(*share, Some(*planted)),
                self.number(*share),
                self.number(*planted),
            ];
            rows.push((Head::foreign(one.name("turkish")?, "tr"), cells));
        }
        let heads = self.heads(&["occupation", "english", "bar", "measured", "planted"])?;
        let first = table(self.own("caption")?, &heads, &rows);
        let n_she = share.iter().filter(|share| **share > 0.5).count();
        let facts = Facts::from([
            ("tau".to_owned(), self.number(tau(&share, &planted))),
            ("n".to_owned(), found.len().to_string()),
            ("n_she".to_owned(), n_she.to_string()),
        ]);
        let heads = self.heads(&["score", "base", "swap"])?;
        let caption = self.words.text("pages.gender.tau_caption", &facts)?;
        let taus = table(&caption, &heads, &self.taus(&found, &planted)?);
        Ok(Pictures {
            first,
            closer: format!("{taus}{}", self.whole("gender-nurse", "whole_caption")?),
            facts,
            runs: vec!["gender-nurse"],
            ..Pictures::default()
        })
    }

    /// As in the Inseq paper: of the pronoun that the model writes, and of what changes
    /// from *she* to *he*.
    fn taus(&self, found: &[Occupation], planted: &[f64]) -> Result<Vec<(Head, Vec<String>)>> {
        let both = |of: &dyn Fn(&Occupation, &str) -> Result<f64>| -> Result<Vec<String>> {
            let base = column(found, &|one| of(one, one.written()?))?;
            let swap = column(found, &|one| Ok(of(one, "he")? - of(one, "she")?))?;
            let cells = [base, swap].map(|scores| {
                let tau = tau(&scores, planted);
                let star = if is_significant(tau, planted.len()) {
                    "*"
                } else {
                    ""
                };
                format!("{}{star}", self.number(tau))
            });
            Ok(cells.to_vec())
        };
        let name = self.label("probability")?;
        let mut rows = vec![(Head::plain(name), both(&Occupation::probability)?)];
        for method in self.runs.shares()["methods"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let method = text(method)?;
            for part in ["pronoun", "occupation"] {
                let name = self.own(&format!("rows.{method}_{part}"))?;
                let cells = both(&|one, pronoun| one.part(pronoun, &method, part))?;
                rows.push((Head::plain(name), cells));
            }
        }
        Ok(rows)
    }
}

fn column(found: &[Occupation], read: &dyn Fn(&Occupation) -> Result<f64>) -> Result<Vec<f64>> {
    found.iter().map(read).collect()
}

fn number(value: &Value) -> Result<f64> {
    value.as_f64().context("a number is missing")
}
