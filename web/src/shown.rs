//! The result on screen, with all that is said about it.

use attribution_output::{Attribution, AttributionOutput, ContextAttribution, from_inseq_json};
use heatmap::{Heatmap, html_document};
use protocol::{Failure, FailureKind};

use crate::ways_to_look::WaysToLook;

/// A real result, there before any model is.
const STORED_EXAMPLE: &str = include_str!("../assets/example.inseq.json");

/// A result and where it is from.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// Where it is from.
    pub(crate) origin: Origin,
    /// What hangs on a context, if that was asked; its cues are what is looked at.
    pub(crate) context: Option<ContextAttribution>,
    /// The file that a visitor may save.
    pub(crate) inseq_json: String,
    /// As it was made.
    pub(crate) output: AttributionOutput,
    /// Its first sequence, as it is looked at.
    pub(crate) attribution: Attribution,
    /// Rows, columns and cells of what is looked at.
    pub(crate) heatmap: Heatmap,
}

/// Where a result is from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Origin {
    /// It came with the page.
    StoredExample,
    /// It was computed in this tab.
    Computed {
        /// From the request to the result, loading included.
        seconds: f64,
    },
}

impl Shown {
    /// The example that came with the page.
    pub(crate) fn stored_example() -> Self {
        Self::read(STORED_EXAMPLE.to_owned(), Origin::StoredExample)
            .expect("a test reads the stored example")
    }

    /// What the engine computed.
    pub(crate) fn computed(inseq_json: String, seconds: f64) -> Result<Self, Failure> {
        Self::read(inseq_json, Origin::Computed { seconds }).map_err(unreadable)
    }

    /// What the engine found to hang on a context.
    pub(crate) fn computed_context(json: String, seconds: f64) -> Result<Self, Failure> {
        let context = ContextAttribution::from_json(&json).map_err(unreadable)?;
        let output = context.to_output();
        let output = output.map_err(|error| unreadable(error.to_string()))?;
        let output = output.ok_or_else(|| Failure {
            kind: FailureKind::Input,
            message: format!(
                "no word of {:?} hangs on the context enough",
                context.output_current
            ),
            hint: Some("try another context, or another output to explain".to_owned()),
        })?;
        let shown = Self::of(output, json, Origin::Computed { seconds });
        Ok(Self {
            context: Some(context),
            ..shown.map_err(unreadable)?
        })
    }

    fn read(inseq_json: String, origin: Origin) -> Result<Self, String> {
        let output = from_inseq_json(&inseq_json).map_err(|error| error.to_string())?;
        Self::of(output, inseq_json, origin)
    }

    fn of(output: AttributionOutput, inseq_json: String, origin: Origin) -> Result<Self, String> {
        let (attribution, heatmap) = looked_at(&output, &WaysToLook::default())?;
        Ok(Self {
            origin,
            context: None,
            inseq_json,
            output,
            attribution,
            heatmap,
        })
    }

    /// Looks at the result in another way. The error says why that cannot be, and
    /// what is looked at stays as it was.
    pub(crate) fn look(&mut self, ways: &WaysToLook) -> Result<(), String> {
        (self.attribution, self.heatmap) = looked_at(&self.output, ways)?;
        Ok(())
    }

    /// A file name that says what is in it; `extension` has no leading dot.
    pub(crate) fn file_name(&self, extension: &str) -> String {
        let stem: String = format!("{}-{}", self.model(), self.method())
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || "-_".contains(c) {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        format!("{stem}.{extension}")
    }

    /// The result as one page without scripts.
    pub(crate) fn html(&self) -> String {
        html_document(std::slice::from_ref(&self.heatmap))
    }

    /// The model's name as it was asked for.
    pub(crate) fn model_address(&self) -> &str {
        self.text("model_name").unwrap_or_default()
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

    /// How it was made: names and values, in the order to show them.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let settings = self.heatmap.settings.iter();
        let mut pairs: Vec<_> = settings
            .map(|setting| (setting.name.clone(), setting.value.clone()))
            .collect();
        if let Origin::Computed { seconds } = self.origin {
            pairs.push(("time".to_owned(), format!("{seconds:.2} s")));
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
        message: format!("the result cannot be read: {message}"),
        hint: None,
    }
}

fn looked_at(
    output: &AttributionOutput,
    ways: &WaysToLook,
) -> Result<(Attribution, Heatmap), String> {
    let seen = ways.applied_to(output)?;
    let heatmaps = Heatmap::from_output(&seen).map_err(|error| error.to_string())?;
    let pair = seen.sequences.into_iter().zip(heatmaps).next();
    pair.ok_or_else(|| "it holds no sequence".to_owned())
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[test]
    fn the_stored_example_can_be_shown() {
        let example = Shown::stored_example();
        assert!(!example.heatmap.columns.is_empty());
        assert!(example.heatmap.range > 0.0);
    }

    #[test]
    fn file_names_say_model_and_method_and_stay_in_their_folder() {
        let mut example = Shown::stored_example();
        example
            .output
            .info
            .insert("model_name".to_owned(), "../models/a b".into());
        example
            .output
            .info
            .insert("attribution_method".to_owned(), "saliency".into());
        assert_eq!(example.file_name("inseq.json"), "a-b-saliency.inseq.json");
    }

    #[test]
    fn a_broken_result_is_a_failure() {
        let failure = Shown::computed("<html>".to_owned(), 1.0).unwrap_err();
        assert!(failure.message.starts_with("the result cannot be read: "));
    }
}
