//! The views of a result: which there are, and which is seen.

use attribution_output::Axis;
use serde::{Deserialize, Serialize};

use crate::{shown::Shown, ways_to_look::length, words::t};

/// One way to draw a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum View {
    /// The tinted text alone.
    Text,
    /// Every token with every other.
    Table,
    /// Lines from token to token.
    Arcs,
    /// What each layer says of the chosen token.
    Layers,
    /// What the chosen token hangs on, strongest first.
    Ranking,
    /// What step functions say of each token.
    Scores,
}

impl View {
    const ALL: [Self; 6] = [
        Self::Text,
        Self::Table,
        Self::Arcs,
        Self::Layers,
        Self::Ranking,
        Self::Scores,
    ];

    /// Name on its tab.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Text => t("Text only"),
            Self::Table => t("Table"),
            Self::Arcs => t("Arcs"),
            Self::Layers => t("Layers × tokens"),
            Self::Ranking => t("Ranking"),
            Self::Scores => t("Step scores"),
        }
    }

    /// For ids in the document.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Table => "table",
            Self::Arcs => "arcs",
            Self::Layers => "layers",
            Self::Ranking => "ranking",
            Self::Scores => "scores",
        }
    }

    /// Those that have something to draw of a result.
    pub(crate) fn of(shown: &Shown) -> Vec<Self> {
        let has_links = shown.heatmap.n_rows() > 0 && !shown.heatmap.columns.is_empty();
        let raw = shown.output.sequences.first();
        let has_layers = raw.is_some_and(|raw| length(raw, Axis::Layers).is_some());
        let has_scores = !shown.heatmap.scores.is_empty() && !shown.heatmap.columns.is_empty();
        let is_there = |view: &Self| match view {
            Self::Text | Self::Table => true,
            Self::Arcs | Self::Ranking => has_links,
            Self::Layers => has_links && has_layers,
            Self::Scores => has_scores,
        };
        Self::ALL.into_iter().filter(is_there).collect()
    }

    /// The one to draw: the chosen one if the result has it, else the text of a large
    /// result and the table of a small one.
    pub(crate) fn seen(chosen: Option<Self>, shown: &Shown) -> Self {
        let usual = match shown.heatmap.is_large() {
            true => Self::Text,
            false => Self::Table,
        };
        chosen
            .filter(|view| Self::of(shown).contains(view))
            .unwrap_or(usual)
    }
}

#[cfg(test)]
mod tests {
    use attribution_output::from_inseq_json;

    use super::View;
    use crate::shown::{Origin, Shown};

    #[test]
    fn a_view_is_offered_where_there_is_something_to_draw() {
        let example = Shown::stored_example();
        let offered = View::of(&example);
        assert!(!offered.contains(&View::Layers), "{offered:?}");
        assert_eq!(View::seen(None, &example), View::Table);
        assert_eq!(View::seen(Some(View::Layers), &example), View::Table);
        assert_eq!(View::seen(Some(View::Arcs), &example), View::Arcs);

        let text = include_str!("../../tests/golden/cases/gpt2-attention.inseq.json");
        let attention = from_inseq_json(text).unwrap();
        let attention = Shown::of(attention, text.to_owned(), Origin::Linked).unwrap();
        assert!(View::of(&attention).contains(&View::Layers));
    }
}
