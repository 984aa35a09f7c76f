//! The result on screen, with all that is said about it.

use attribution_output::{Attribution, from_inseq_json};
use heatmap::{Heatmap, html_document};
use protocol::{Failure, FailureKind};
use serde_json::{Map, Value};

/// A real result, there before any model is.
const STORED_EXAMPLE: &str = include_str!("../assets/example.inseq.json");

/// A result and where it is from.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// Where it is from.
    pub(crate) origin: Origin,
    /// The file that a visitor may save.
    pub(crate) inseq_json: String,
    /// How it was made; Inseq's `info`.
    pub(crate) info: Map<String, Value>,
    /// The first sequence.
    pub(crate) attribution: Attribution,
    /// Its rows, columns and cells.
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
        Self::read(inseq_json, Origin::Computed { seconds }).map_err(|message| Failure {
            kind: FailureKind::Worker,
            message: format!("the result cannot be read: {message}"),
            hint: None,
        })
    }

    fn read(inseq_json: String, origin: Origin) -> Result<Self, String> {
        let output = from_inseq_json(&inseq_json).map_err(|error| error.to_string())?;
        let heatmaps = Heatmap::from_output(&output).map_err(|error| error.to_string())?;
        let pair = output.sequences.into_iter().zip(heatmaps).next();
        let (attribution, heatmap) = pair.ok_or("it holds no sequence")?;
        Ok(Self {
            origin,
            inseq_json,
            info: output.info,
            attribution,
            heatmap,
        })
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
        let seconds = match self.origin {
            Origin::Computed { seconds } => Some(seconds),
            Origin::StoredExample => self.info.get("exec_time").and_then(Value::as_f64),
        };
        if let Some(seconds) = seconds {
            pairs.push(("time".to_owned(), format!("{seconds:.2} s")));
        }
        pairs
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.info.get(key)?.as_str()
    }
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
            .info
            .insert("model_name".to_owned(), "../models/a b".into());
        example
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
