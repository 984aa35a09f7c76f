//! A result as it is looked at, without being on screen.

use std::sync::Arc;

use attribution_output::Attribution;

use crate::{
    laid_out::LaidOut,
    reading::Reading,
    shown::{Shown, looked_at},
    ways_to_look::WaysToLook,
    words::{t, tf},
};

/// A result and what is seen of it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The result.
    pub(crate) shown: Arc<Shown>,
    /// Its first sequence, as it is looked at.
    pub(crate) attribution: Attribution,
    /// Rows, columns and cells of it.
    pub(crate) heatmap: LaidOut,
}

impl Seen {
    /// Looks at a result. The error is in words for the visitor.
    pub(crate) fn new(shown: Arc<Shown>, ways: &WaysToLook) -> Result<Self, String> {
        let (_, attribution, heatmap) = looked_at(&shown.output, ways)?;
        Ok(Self {
            shown,
            attribution,
            heatmap,
        })
    }

    /// Its text, with a tint for every explained token.
    pub(crate) fn reading(&self) -> Reading {
        Reading::new(&self.attribution, &self.heatmap)
    }

    /// How it was made: names and values, texts first; without the time it took.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let text = |name: &str, key: &str| {
            let texts = self.shown.output.info.get(key)?.as_array()?;
            Some((name.to_owned(), texts.first()?.as_str()?.to_owned()))
        };
        let texts = [
            text("input text", "input_texts"),
            text("output text", "generated_texts"),
        ];
        let settings = self.shown.settings_of(&self.heatmap).into_iter();
        let others = settings.filter(|(name, _)| name != "time");
        texts.into_iter().flatten().chain(others).collect()
    }

    /// Method and model, to be told apart by.
    pub(crate) fn name(&self) -> String {
        format!("{}, {}", self.shown.method(), self.shown.model())
    }

    /// What gave most to an explained token, such as `“France” 0.413, “capital” 0.210`.
    pub(crate) fn strongest_in_words(&self, column: usize, count: usize) -> String {
        let rows = self.heatmap.parts.iter().flat_map(|part| &part.rows);
        let mut cells: Vec<_> = rows
            .filter_map(|row| {
                let cell = row.cells.get(column)?;
                let (magnitude, text) = (cell.value?.abs(), cell.text());
                // What is shown as zero gave nothing worth a word.
                let is_shown = text.contains(|digit| ('1'..='9').contains(&digit));
                is_shown.then(|| (magnitude, row.label.text.trim(), text))
            })
            .collect();
        // Stable, so that of equals the first comes first.
        cells.sort_by(|(one, ..), (other, ..)| other.total_cmp(one));
        cells.truncate(count);
        if cells.is_empty() {
            return t("nothing").to_owned();
        }
        let words = cells.into_iter().map(|(_, token, number)| {
            let number = number.replace('-', "−");
            tf(
                "“{token}” {value}",
                &[("token", &token), ("value", &number)],
            )
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_says_what_was_asked_and_what_gave_most() {
        let example = Arc::new(Shown::stored_example());
        let seen = Seen::new(example, &WaysToLook::default()).unwrap();
        let settings = seen.settings();
        assert_eq!(settings[0].0, "input text");
        assert!(settings[0].1.starts_with("The doctor arrived"));
        assert!(settings.iter().any(|(name, _)| name == "aggregation"));
        let words = seen.strongest_in_words(0, 3);
        assert_eq!(words.matches('“').count(), 3, "{words}");
        let strongest = seen.heatmap.parts.iter().flat_map(|part| &part.rows);
        let largest = strongest
            .filter_map(|row| row.cells[0].value)
            .fold(0.0, f32::max);
        assert!(
            words.contains(&format!("{largest:.3}")),
            "{words} {largest}"
        );
        assert_eq!(seen.strongest_in_words(99, 3), "nothing");
    }
}
