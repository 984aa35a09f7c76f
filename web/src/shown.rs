//! The result on screen, with all that is said about it.

mod exported;

use attribution_output::{
    Attribution, AttributionOutput, ContextAttribution, from_inseq_json, split_sequences,
    to_inseq_json,
};
use heatmap::Heatmap;
use protocol::{Failure, FailureKind};
use serde_json::{Map, Value};

use crate::{
    laid_out::LaidOut,
    link::SharedRun,
    run_request::RunRequest,
    ways_to_look::WaysToLook,
    words::{error_said, t, tf},
};

/// A real result, there before any model is.
const STORED_EXAMPLE: &str = include_str!("../assets/example.inseq.json");

/// A result and where it is from.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// Where it is from.
    pub(crate) origin: Origin,
    /// How it is made again, if that is known.
    pub(crate) asked: Option<RunRequest>,
    /// What hangs on a context, if that was asked; its cues are what is looked at.
    pub(crate) context: Option<ContextAttribution>,
    /// The file that a visitor may save.
    pub(crate) inseq_json: String,
    /// Results of each text, where the file has several.
    pub(crate) texts: Vec<AttributionOutput>,
    /// Which of them is on screen.
    pub(crate) chosen: usize,
    /// As it was made; its first sequence is what is looked at.
    pub(crate) output: AttributionOutput,
    /// Settings, with those of how it is looked at.
    info: Map<String, Value>,
    /// Its first sequence, as it is looked at.
    pub(crate) attribution: Attribution,
    /// Rows, columns and cells of what is looked at.
    pub(crate) heatmap: LaidOut,
    /// How these came about; `None` once another text was chosen.
    looked_at: Option<WaysToLook>,
}

/// Where a result is from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Origin {
    /// It came with the page.
    StoredExample,
    /// It was computed in this tab.
    Computed {
        /// From the request to the result, loading included.
        seconds: f64,
    },
    /// The visitor opened it.
    Opened {
        /// Name of the file, or its address.
        name: String,
    },
    /// It came in a link.
    Linked,
    /// It was computed in this browser before.
    Kept,
}

impl Shown {
    /// The example that came with the page.
    pub(crate) fn stored_example() -> Self {
        let output = from_inseq_json(STORED_EXAMPLE).expect("a test reads the stored example");
        Self::of(output, STORED_EXAMPLE.to_owned(), Origin::StoredExample)
            .expect("a test reads the stored example")
    }

    /// What the engine computed.
    pub(crate) fn computed(
        asked: Option<RunRequest>,
        inseq_json: String,
        seconds: f64,
    ) -> Result<Self, Failure> {
        let output = from_inseq_json(&inseq_json).map_err(|error| unreadable(error.to_string()))?;
        let shown = Self::of(output, inseq_json, Origin::Computed { seconds });
        Ok(Self {
            asked,
            ..shown.map_err(unreadable)?
        })
    }

    /// What the engine found to hang on a context.
    pub(crate) fn computed_context(
        asked: Option<RunRequest>,
        json: String,
        seconds: f64,
    ) -> Result<Self, Failure> {
        let context = ContextAttribution::from_json(&json).map_err(unreadable)?;
        let origin = Origin::Computed { seconds };
        let shown = Self::of_context(context, json, origin).map_err(|message| Failure {
            kind: FailureKind::Input,
            message,
            hint: Some(t("try another context, or another output to explain").to_owned()),
        })?;
        Ok(Self { asked, ..shown })
    }

    /// What hangs on a context. The error is in words for the visitor.
    pub(crate) fn of_context(
        context: ContextAttribution,
        json: String,
        origin: Origin,
    ) -> Result<Self, String> {
        let output = context.to_output().map_err(error_said)?;
        let output = output.ok_or_else(|| {
            tf(
                "no word of “{output}” hangs on the context enough",
                &[("output", &context.output_current)],
            )
        })?;
        Ok(Self {
            context: Some(context),
            ..Self::of(output, json, origin)?
        })
    }

    /// A result and the text of its file. The error is in words for the visitor.
    pub(crate) fn of(
        output: AttributionOutput,
        inseq_json: String,
        origin: Origin,
    ) -> Result<Self, String> {
        let mut texts = match output.sequences.len() {
            0 | 1 => Vec::new(),
            _ => split_sequences(&output),
        };
        let output = match texts.first_mut() {
            Some(first) => first.clone(),
            None => output,
        };
        let (info, attribution, heatmap) = looked_at(&output, &WaysToLook::default())?;
        Ok(Self {
            origin,
            asked: RunRequest::of_result(&output),
            context: None,
            inseq_json,
            texts,
            chosen: 0,
            output,
            info,
            attribution,
            heatmap,
            looked_at: Some(WaysToLook::default()),
        })
    }

    /// Puts another text of the file on screen; it is to be looked at next.
    pub(crate) fn choose(&mut self, index: usize) {
        if let Some(output) = self.texts.get(index) {
            self.output = output.clone();
            self.asked = RunRequest::of_result(output);
            self.chosen = index;
            self.looked_at = None;
        }
    }

    /// What a link to it holds.
    pub(crate) fn shared(&self, ways: &WaysToLook) -> SharedRun {
        let result = match self.texts.is_empty() {
            true => self.inseq_json.clone(),
            false => to_inseq_json(&self.output),
        };
        SharedRun {
            asked: self.asked.clone(),
            ways: ways.clone(),
            result: Some(result),
        }
    }

    /// Looks at the result in another way; nothing is done where the numbers stay as they
    /// are. Whether they changed; the error says why that cannot be, and what is looked at
    /// stays as it was.
    pub(crate) fn look(&mut self, ways: &WaysToLook) -> Result<bool, String> {
        let numbers = ways.of_numbers();
        if self.looked_at.as_ref() == Some(&numbers) {
            return Ok(false);
        }
        (self.info, self.attribution, self.heatmap) = looked_at(&self.output, ways)?;
        self.looked_at = Some(numbers);
        Ok(true)
    }

    /// What each layer says of one column; `None` if the result has no layers.
    pub(crate) fn layers(
        &self,
        ways: &WaysToLook,
        column: usize,
    ) -> Option<Result<LaidOut, String>> {
        let seen = ways.with_layers_of(self.output.sequences.first()?)?;
        let drawn = seen.and_then(|seen| {
            Heatmap::of_layers(&seen, column, self.method(), Vec::new()).map_err(error_said)
        });
        Some(drawn.map(LaidOut::from))
    }

    /// The model's name as it was asked for.
    pub(crate) fn model_address(&self) -> &str {
        self.text("model_name").unwrap_or_default()
    }

    /// What a model wrote for an input, if this result is of that.
    pub(crate) fn written_for(&self, model: &str, input: &str) -> Option<String> {
        let only = |key: &str| self.output.info.get(key)?.as_array()?.first()?.as_str();
        let is_of = self.context.is_none()
            && self.model_address() == model
            && only("input_texts") == Some(input);
        only("generated_texts").filter(|_| is_of).map(str::to_owned)
    }

    /// Name of the model.
    pub(crate) fn model(&self) -> &str {
        let name = self.text("model_name").unwrap_or("model");
        name.rsplit('/')
            .find(|part| !part.is_empty())
            .unwrap_or(name)
    }

    /// Id of the method.
    pub(crate) fn method(&self) -> &str {
        self.text("attribution_method").unwrap_or("attribution")
    }

    /// The output that it explains, as it was written or given.
    pub(crate) fn output_text(&self) -> String {
        if let Some(context) = &self.context {
            return context.output_current.clone();
        }
        let texts = self.output.info.get("generated_texts");
        let text = texts.and_then(|texts| texts.get(0)?.as_str());
        text.unwrap_or_default().to_owned()
    }

    /// How it was made: names and values, in the order to show them.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        self.settings_of(&self.heatmap)
    }

    /// As [`settings`](Self::settings), for another way to look at it.
    pub(crate) fn settings_of(&self, heatmap: &Heatmap) -> Vec<(String, String)> {
        let settings = heatmap.settings.iter();
        let mut pairs: Vec<_> = settings
            .map(|setting| (setting.name.clone(), setting.value.clone()))
            .collect();
        if let Origin::Computed { seconds } = self.origin {
            pairs.push(("time".to_owned(), format!("{seconds:.2} s")));
        }
        if matches!(self.origin, Origin::Computed { .. } | Origin::Kept) {
            let device = self.text("device").unwrap_or("unknown");
            pairs.push(("device".to_owned(), device.to_owned()));
        }
        pairs
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.output.info.get(key)?.as_str()
    }
}

fn unreadable(message: String) -> Failure {
    Failure {
        kind: FailureKind::Worker,
        message: tf(
            "the result cannot be read: {message}",
            &[("message", &message)],
        ),
        hint: None,
    }
}

/// What is seen of a result: its settings, its first sequence and that as a table.
pub(crate) fn looked_at(
    output: &AttributionOutput,
    ways: &WaysToLook,
) -> Result<(Map<String, Value>, Attribution, LaidOut), String> {
    let seen = ways.applied_to(output)?;
    let heatmaps = Heatmap::from_output(&seen).map_err(error_said)?;
    let pair = seen.sequences.into_iter().zip(heatmaps).next();
    let (attribution, heatmap) = pair.ok_or_else(|| t("it holds no sequence").to_owned())?;
    Ok((seen.info, attribution, heatmap.into()))
}

#[cfg(test)]
mod tests {
    use super::{Origin, Shown, WaysToLook, from_inseq_json};
    use crate::{views::View, ways_to_look::Scale};

    #[test]
    fn the_stored_example_can_be_shown() {
        let example = Shown::stored_example();
        assert!(!example.heatmap.columns.is_empty());
        assert!(example.heatmap.range > 0.0);
    }

    #[test]
    fn each_text_of_a_file_can_be_chosen() {
        let mut output = Shown::stored_example().output;
        output.sequences.push(output.sequences[0].clone());
        output.sequences[1].target[1] = attribution_output::Token::new(7, "▁other");
        let mut shown = Shown::of(output, String::new(), Origin::Linked).unwrap();
        assert_eq!(shown.texts.len(), 2);
        shown.choose(1);
        shown.look(&WaysToLook::default()).unwrap();
        assert_eq!(shown.heatmap.columns[0].text.trim(), "other");
        assert!(
            shown
                .shared(&WaysToLook::default())
                .result
                .unwrap()
                .contains("other")
        );
        shown.choose(9);
        assert_eq!(shown.chosen, 1);
    }

    #[test]
    fn another_view_lays_nothing_out_anew() {
        let mut shown = Shown::stored_example();
        let before = shown.heatmap.clone();
        let mut ways = WaysToLook {
            view: Some(View::Ranking),
            rows_shown: "1-2".to_owned(),
            ..WaysToLook::default()
        };
        assert_eq!(shown.look(&ways), Ok(false));
        assert_eq!(shown.heatmap, before);
        ways.are_words_whole = true;
        assert_eq!(shown.look(&ways), Ok(true));
        assert_ne!(shown.heatmap, before);
    }

    #[test]
    fn each_layer_of_a_layer_method_is_on_the_chosen_scale() {
        let text = include_str!("../showcases/results/fact-layers.json");
        let output = from_inseq_json(text).unwrap();
        let shown = Shown::of(output, text.to_owned(), Origin::Linked).unwrap();
        let sums = |scale| -> Vec<f32> {
            let ways = WaysToLook {
                scale,
                ..WaysToLook::default()
            };
            let drawn = shown.layers(&ways, 0).unwrap().unwrap();
            let rows = drawn.parts[0].rows.iter();
            rows.map(|row| row.cells.iter().filter_map(|it| it.value).sum::<f32>())
                .collect()
        };
        for sum in sums(Scale::Usual) {
            assert!((sum - 1.0).abs() < 1e-5, "{sum}");
        }
        assert!(sums(Scale::Raw)[0] > 2.0);
    }

    #[test]
    fn a_broken_result_is_a_failure() {
        let failure = Shown::computed(None, "<html>".to_owned(), 1.0).unwrap_err();
        assert!(failure.message.starts_with("the result cannot be read: "));
    }
}
