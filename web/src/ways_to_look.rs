//! How a finished result is looked at: which layers and heads, which pieces together,
//! on which scale. Nothing here asks the engine.

use attribution_output::{
    AggregateFunction, Attribution, AttributionOutput, Axis, Compatibility, RolloutAggregation,
    ScoreAggregation, Selection, SpanAggregation, Spans, Stage, SubwordAggregation, aggregate_with,
    default_stages, normalize, rescale,
};
use heatmap::Positions;
use serde::{Deserialize, Serialize};

use crate::{
    views::View,
    words::{error_said, said, t, tf},
};

/// Key of `info` under which the aggregation is kept in words.
const AGGREGATION: &str = "aggregation";

/// What a visitor chose. Choices that a result has no use for are left unused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct WaysToLook {
    /// How layers become one.
    pub(crate) layers: OfLayers,
    /// How heads become one.
    pub(crate) heads: Reduction,
    /// Whether the pieces of a word are one token.
    pub(crate) are_words_whole: bool,
    /// Runs of source tokens to make one, as typed.
    pub(crate) source_spans: String,
    /// Runs of output tokens to make one, as typed.
    pub(crate) target_spans: String,
    /// What the numbers are measured by.
    pub(crate) scale: Scale,
    /// Which view was chosen; `None` for the one that suits the result's size.
    pub(crate) view: Option<View>,
    /// Positions of the rows that are shown, as typed; all if there are none.
    pub(crate) rows_shown: String,
    /// Positions of the columns that are shown, as typed; all if there are none.
    pub(crate) columns_shown: String,
}

/// How layers become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OfLayers {
    /// By a function, or by taking one.
    Reduced(Reduction),
    /// By following attention through all of them.
    RolledOut,
}

/// How an axis becomes one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reduction {
    /// By a function of all.
    By(AggregateFunction),
    /// By taking one.
    Only(usize),
}

/// What numbers are measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scale {
    /// As Inseq shows this kind of result.
    #[default]
    Usual,
    /// Each column's magnitudes sum to 1.
    Columns,
    /// The largest magnitude is 1.
    Largest,
    /// As they were computed.
    Raw,
}

impl Default for Reduction {
    fn default() -> Self {
        Self::By(AggregateFunction::Mean)
    }
}

impl Default for OfLayers {
    fn default() -> Self {
        Self::Reduced(Reduction::default())
    }
}

impl WaysToLook {
    /// The result as it is to be looked at; the error is in words for the visitor.
    pub(crate) fn applied_to(
        &self,
        output: &AttributionOutput,
    ) -> Result<AttributionOutput, String> {
        let Some(first) = output.sequences.first() else {
            return Err(t("the result holds no sequence").to_owned());
        };
        let stages = self.stages(first)?;
        let in_words = |error: attribution_output::Error| match error.hint() {
            Some(hint) => format!("{}; {}", error_said(error), said(&hint)),
            None => error_said(error),
        };
        let mut seen = output
            .aggregate(&stages, Compatibility::Corrected)
            .map_err(in_words)?;
        let (scaled, words): (fn(&Attribution) -> _, _) = match self.scale {
            Scale::Usual | Scale::Raw => return Ok(seen),
            Scale::Columns => (normalize, "columns sum to 1"),
            Scale::Largest => (rescale, "largest magnitude is 1"),
        };
        for sequence in &mut seen.sequences {
            *sequence = scaled(sequence).map_err(in_words)?;
        }
        let before = seen.info.get(AGGREGATION).and_then(|words| words.as_str());
        let words = match before.filter(|words| !words.is_empty()) {
            Some(before) => format!("{before}; then {words}"),
            None => words.to_owned(),
        };
        seen.info.insert(AGGREGATION.to_owned(), words.into());
        Ok(seen)
    }

    /// What decides over the numbers. The rest is how they are drawn, for which nothing
    /// is aggregated anew.
    pub(crate) fn of_numbers(&self) -> Self {
        Self {
            view: None,
            rows_shown: String::new(),
            columns_shown: String::new(),
            ..self.clone()
        }
    }

    /// One sequence as it is to be looked at, but with its layers; `None` if it has none.
    pub(crate) fn with_layers_of(
        &self,
        attribution: &Attribution,
    ) -> Option<Result<Attribution, String>> {
        length(attribution, Axis::Layers)?;
        let mut stages = self.reductions(attribution);
        // The last one makes one of all layers; where there are no heads, it is the only one.
        stages.pop();
        Some(self.merges().and_then(|merges| {
            stages.extend(merges);
            let seen = aggregate_with(attribution, &stages, Compatibility::Corrected);
            let scaled = seen.and_then(|seen| match self.scale {
                Scale::Usual | Scale::Columns => normalize(&seen),
                Scale::Largest => rescale(&seen),
                Scale::Raw => Ok(seen),
            });
            scaled.map_err(error_said)
        }))
    }

    fn stages(&self, attribution: &Attribution) -> Result<Vec<Stage>, String> {
        let layers = length(attribution, Axis::Layers);
        let mut stages = match (self.layers, layers) {
            (OfLayers::RolledOut, Some(_)) => vec![self.rollout()],
            _ => self.reductions(attribution),
        };
        stages.extend(self.merges()?);
        Ok(stages)
    }

    /// Pieces of words and runs of tokens that become one.
    fn merges(&self) -> Result<Vec<Stage>, String> {
        let mut stages = Vec::new();
        if self.are_words_whole {
            stages.push(Stage::Subwords(SubwordAggregation::default()));
        }
        let spans = SpanAggregation {
            aggregate_fn: None,
            source_spans: spans_from(&self.source_spans)?,
            target_spans: spans_from(&self.target_spans)?,
        };
        if spans != SpanAggregation::default() {
            stages.push(Stage::Spans(spans));
        }
        Ok(stages)
    }

    fn rollout(&self) -> Stage {
        let mut rollout = RolloutAggregation::default();
        if let Reduction::By(function) = self.heads {
            rollout.aggregate_fn = function;
        }
        Stage::Rollout(rollout)
    }

    /// The usual reductions with the visitor's functions, heads before layers.
    fn reductions(&self, attribution: &Attribution) -> Vec<Stage> {
        let mut stages = default_stages(attribution);
        let chosen = [
            (Axis::Heads, self.heads),
            (
                Axis::Layers,
                match self.layers {
                    OfLayers::Reduced(reduction) => reduction,
                    OfLayers::RolledOut => Reduction::default(),
                },
            ),
        ];
        let n_before = stages.len();
        let chosen = chosen
            .into_iter()
            .filter_map(|(axis, reduction)| Some((length(attribution, axis)?, reduction)));
        let chosen: Vec<_> = chosen.collect();
        // A norm over hidden coordinates may come first; heads and layers are the last.
        for (stage, (n, reduction)) in stages
            .iter_mut()
            .skip(n_before.saturating_sub(chosen.len()))
            .zip(chosen)
        {
            *stage = Stage::Scores(reduction.stage(n));
        }
        if self.scale != Scale::Usual {
            for stage in &mut stages {
                if let Stage::Scores(scores) = stage {
                    scores.normalize = Some(false);
                }
            }
        }
        stages
    }
}

impl Reduction {
    /// `n` is the axis' length: a choice kept from a longer one takes the last.
    fn stage(self, n: usize) -> ScoreAggregation {
        match self {
            Self::By(function) => ScoreAggregation::by(function),
            Self::Only(index) => ScoreAggregation {
                select_idx: i64::try_from(index.min(n.saturating_sub(1)))
                    .ok()
                    .map(Selection::Index),
                ..ScoreAggregation::default()
            },
        }
    }
}

/// How long an axis is, if the result has it.
pub(crate) fn length(attribution: &Attribution, axis: Axis) -> Option<usize> {
    let parts = [
        &attribution.source_attributions,
        &attribution.target_attributions,
    ];
    parts.into_iter().flatten().find_map(|scores| {
        let index = scores.axes.iter().position(|own| *own == axis)?;
        scores.shape.get(index).copied()
    })
}

/// Reads "10-40", the first and the last position of what is shown; `None` if nothing was
/// typed.
pub(crate) fn positions_from(typed: &str) -> Result<Option<Positions>, String> {
    match spans_from(typed)?.0.as_slice() {
        [] => Ok(None),
        &[[first, end]] => Ok(Some(first..=end - 1)),
        _ => Err(tf(
            "“{typed}” is more than one range: write a first and a last number, such as 10-40",
            &[("typed", &typed)],
        )),
    }
}

/// Reads "1-3, 5-7": first and last positions, as the table shows them.
fn spans_from(typed: &str) -> Result<Spans, String> {
    let pieces = typed.split([',', ';']).map(str::trim);
    let spans = pieces.filter(|piece| !piece.is_empty()).map(|piece| {
        let (first, last) = piece.split_once(['-', '–']).unwrap_or((piece, piece));
        let number = |text: &str| text.trim().parse::<usize>().ok();
        let end = number(last).and_then(|last| last.checked_add(1));
        match (number(first), end) {
            (Some(first), Some(end)) if first < end => Ok([first, end]),
            _ => Err(tf(
                "“{typed}” is no run of tokens: write first and last position, such as 1-3",
                &[("typed", &piece)],
            )),
        }
    });
    spans.collect::<Result<_, _>>().map(Spans)
}

#[cfg(test)]
mod tests {
    use super::{OfLayers, Reduction, Scale, View, WaysToLook, positions_from, spans_from};
    use attribution_output::{AttributionOutput, Axis, from_inseq_json};

    fn attention() -> AttributionOutput {
        let text = include_str!("../../tests/golden/cases/gpt2-attention.inseq.json");
        from_inseq_json(text).unwrap()
    }

    fn looked_at(ways: &WaysToLook) -> Vec<f32> {
        let seen = ways.applied_to(&attention()).unwrap();
        seen.sequences[0]
            .target_attributions
            .clone()
            .unwrap()
            .values
    }

    #[test]
    fn the_usual_way_is_that_of_inseq() {
        let usual = attribution_output::aggregate(&attention().sequences[0]).unwrap();
        let usual = usual.target_attributions.unwrap().values;
        let seen = looked_at(&WaysToLook::default());
        assert_eq!(seen.len(), usual.len());
        assert!(seen.iter().zip(&usual).all(|(a, b)| a == b || a.is_nan()));
    }

    #[test]
    fn layers_heads_and_scales_are_chosen_and_said() {
        let usual = looked_at(&WaysToLook::default());
        let one_head = WaysToLook {
            heads: Reduction::Only(1),
            layers: OfLayers::Reduced(Reduction::Only(2)),
            scale: Scale::Largest,
            ..WaysToLook::default()
        };
        assert_ne!(looked_at(&one_head), usual);
        let seen = one_head.applied_to(&attention()).unwrap();
        let largest = seen.sequences[0].largest_magnitude();
        assert!((largest - 1.0).abs() <= f32::EPSILON, "{largest}");
        assert_eq!(
            seen.info["aggregation"],
            "number 1; then number 2; then largest magnitude is 1"
        );
    }

    #[test]
    fn layers_stay_where_they_are_drawn() {
        let raw = &attention().sequences[0];
        let ways = WaysToLook {
            heads: Reduction::Only(1),
            layers: OfLayers::Reduced(Reduction::Only(2)),
            target_spans: "1-2".to_owned(),
            ..WaysToLook::default()
        };
        let seen = ways.with_layers_of(raw).unwrap().unwrap();
        let axes = seen.target_attributions.as_ref().unwrap().axes.clone();
        assert_eq!(axes, [Axis::Inputs, Axis::Targets, Axis::Layers]);
        assert_eq!(seen.target.len(), raw.target.len() - 1);
        let seen = WaysToLook::default().with_layers_of(&seen).unwrap();
        let again = attribution_output::aggregate(&seen.unwrap()).unwrap();
        assert!(WaysToLook::default().with_layers_of(&again).is_none());
    }

    #[test]
    fn one_range_is_shown() {
        assert_eq!(positions_from(" "), Ok(None));
        assert_eq!(positions_from("10–40"), Ok(Some(10..=40)));
        assert_eq!(positions_from("7"), Ok(Some(7..=7)));
        assert!(
            positions_from("1-2, 4-5")
                .unwrap_err()
                .contains("more than one")
        );
        assert!(positions_from("x").is_err());
    }

    #[test]
    fn links_of_before_there_were_views_are_read() {
        let old = r#"{"heads": {"only": 2}, "are_words_whole": true}"#;
        let ways: WaysToLook = serde_json::from_str(old).unwrap();
        assert_eq!((ways.heads, ways.view), (Reduction::Only(2), None));
        let chosen = WaysToLook {
            view: Some(View::Arcs),
            columns_shown: "1-3".to_owned(),
            ..ways.clone()
        };
        assert_eq!(chosen.of_numbers(), ways);
        let text = serde_json::to_string(&chosen).unwrap();
        assert_eq!(serde_json::from_str::<WaysToLook>(&text).unwrap(), chosen);
    }

    #[test]
    fn a_choice_beyond_the_last_head_takes_the_last() {
        let only = |index| WaysToLook {
            heads: Reduction::Only(index),
            ..WaysToLook::default()
        };
        assert_eq!(
            format!("{:?}", looked_at(&only(99))),
            format!("{:?}", looked_at(&only(3)))
        );
    }

    #[test]
    fn runs_of_tokens_are_read_as_the_table_counts() {
        assert_eq!(spans_from(" 1-3, 5 ").unwrap().0, [[1, 4], [5, 6]]);
        assert!(spans_from("").unwrap().0.is_empty());
        assert!(spans_from("3-1").unwrap_err().contains("first and last"));
        assert!(spans_from("a").is_err());
        assert!(spans_from(&format!("0-{}", usize::MAX)).is_err());
    }
}
