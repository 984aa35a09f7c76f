//! Results that the visitor opens: files of Inseq, of ours, or of anyone who says so.

use attribution_output::{
    Attribution, AttributionOutput, ContextAttribution, from_inseq_json, to_inseq_json,
};

use crate::{
    next_task::next_task,
    shown::{Origin, Shown},
    words::{error_said, t, tf},
};

/// Larger files are not read.
pub(crate) const MOST_BYTES: usize = 64_000_000;
/// A table of more cells would hold up the browser.
const MOST_CELLS: usize = 512 * 512;
/// Keys of a result of `attribute-context`, which has nothing else to be known by.
const CONTEXT_KEYS: [&str; 2] = ["\"cci_scores\"", "\"cti_scores\""];

/// What a file holds, and its text.
enum Parsed {
    /// Of `attribute`.
    Result(AttributionOutput, String),
    /// Of `attribute-context`.
    Context(ContextAttribution, String),
}

impl Parsed {
    fn shown(self, origin: Origin) -> Result<Shown, String> {
        match self {
            Self::Result(output, text) => Shown::of(output, text, origin),
            Self::Context(context, text) => Shown::of_context(context, text, origin),
        }
    }
}

/// Reads a file: Inseq JSON, gzipped or not, or the JSON of `attribute-context`.
///
/// # Errors
/// In words for the visitor.
pub(crate) fn read(file: Vec<u8>, origin: Origin) -> Result<Shown, String> {
    parse(file)?.shown(origin)
}

/// As [`read`], with breaks before, within and after: a large file is read without
/// holding up the page.
pub(crate) async fn read_with_breaks(file: Vec<u8>, origin: Origin) -> Result<Shown, String> {
    next_task().await;
    let parsed = parse(file)?;
    next_task().await;
    let shown = parsed.shown(origin);
    next_task().await;
    shown
}

fn parse(file: Vec<u8>) -> Result<Parsed, String> {
    if file.len() > MOST_BYTES {
        let [size, most] = [file.len(), MOST_BYTES].map(|n_bytes| n_bytes / 1_000_000);
        return Err(tf(
            "the file has {size} MB; at most {most} MB are read",
            &[("size", &size), ("most", &most)],
        ));
    }
    if file.iter().all(u8::is_ascii_whitespace) {
        return Err(t("there is nothing in it").to_owned());
    }
    // A result of `attribute` may quote these keys in a text, so it is tried first.
    let output = match from_inseq_json(&file) {
        Ok(output) => output,
        Err(error) => {
            let text = std::str::from_utf8(&file).ok();
            return match text.filter(|text| CONTEXT_KEYS.iter().all(|key| text.contains(key))) {
                Some(text) => parse_context(text),
                None => Err(tf(
                    "this is no result of Inseq: {error}",
                    &[("error", &error_said(error))],
                )),
            };
        }
    };
    check_size(&output)?;
    // Of a compressed file, the text is written anew.
    let text = String::from_utf8(file).unwrap_or_else(|_| to_inseq_json(&output));
    Ok(Parsed::Result(output, text))
}

fn parse_context(text: &str) -> Result<Parsed, String> {
    let context = ContextAttribution::from_json(text).map_err(|error| {
        tf(
            "this is no result of attribute-context: {error}",
            &[("error", &error_said(error))],
        )
    })?;
    let n_tokens = |tokens: &Option<Vec<String>>| tokens.as_ref().map_or(0, Vec::len);
    let n_rows = n_tokens(&context.input_context_tokens) + n_tokens(&context.output_context_tokens);
    let n_columns = context.cci_scores.len();
    // The chosen tokens are rows, too.
    check_cells(n_rows.saturating_add(n_columns), n_columns)?;
    Ok(Parsed::Context(context, text.to_owned()))
}

fn check_size(output: &AttributionOutput) -> Result<(), String> {
    output
        .sequences
        .iter()
        .try_for_each(|sequence: &Attribution| {
            let n_columns = sequence
                .attr_pos_end
                .saturating_sub(sequence.attr_pos_start);
            let n_rows = sequence.source.len().saturating_add(sequence.target.len());
            check_cells(n_rows, n_columns)
        })
}

fn check_cells(n_rows: usize, n_columns: usize) -> Result<(), String> {
    match n_rows.saturating_mul(n_columns) {
        n_cells if n_cells > MOST_CELLS => Err(tf(
            "it has {rows} rows and {columns} columns; at most {most} cells are drawn",
            &[
                ("rows", &n_rows),
                ("columns", &n_columns),
                ("most", &MOST_CELLS),
            ],
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn opened(file: &[u8]) -> Result<Shown, String> {
        read(file.to_vec(), Origin::Linked)
    }

    fn context() -> serde_json::Value {
        json!({
            "input_context": "A b.", "input_context_tokens": ["A", "Ġb."],
            "output_context": null, "output_context_tokens": null,
            "output_current": "c", "output_current_tokens": ["c"], "cti_scores": [0.5],
            "cci_scores": [{
                "cti_idx": 0, "cti_token": "c", "cti_score": 0.5, "contextual_output": "c",
                "contextless_output": "d", "input_context_scores": [0.1, 0.9],
                "output_context_scores": null, "contrast_token": null
            }],
        })
    }

    #[test]
    fn results_of_both_kinds_are_opened() {
        let example = Shown::stored_example();
        let shown = opened(example.inseq_json.as_bytes()).unwrap();
        assert_eq!(shown.inseq_json, example.inseq_json);
        assert!(shown.context.is_none());
        let shown = opened(context().to_string().as_bytes()).unwrap();
        assert!(shown.context.is_some());
        assert!(shown.file_name("json").ends_with("-context.json"));
    }

    #[test]
    fn what_is_no_result_is_refused_in_words() {
        let says = |file: &[u8], words: &str| {
            let refused = opened(file).unwrap_err();
            assert!(refused.contains(words), "{refused}");
        };
        says(b" \n", "nothing in it");
        says(b"<html>", "no result of Inseq: not a JSON text");
        says(b"[1, 2]", "no result of Inseq");
        says(b"\x1f\x8b\x08broken", "no result of Inseq");
        says(b"\xff\xfe", "no result of Inseq");
        says(
            b"{\"cci_scores\": 1, \"cti_scores\": 2}",
            "attribute-context",
        );
        let mut none = context();
        none["cci_scores"] = json!([]);
        says(none.to_string().as_bytes(), "hangs on the context enough");
        let mut wide = context();
        wide["input_context_tokens"] = json!(vec!["x"; 300_000]);
        says(wide.to_string().as_bytes(), "300001 rows and 1 columns");
    }

    #[test]
    fn hostile_shapes_do_not_panic() {
        let example = Shown::stored_example().inseq_json;
        for (place, with) in [
            (
                "\"attr_pos_end\": 12",
                "\"attr_pos_end\": 18446744073709551615",
            ),
            ("\"attr_pos_start\": 1,", "\"attr_pos_start\": 999,"),
        ] {
            assert!(example.contains(place), "{place}");
            // Settings are not believed; those of the sequence must fit its tokens.
            let _ = opened(example.replace(place, with).as_bytes());
        }
        let mut short = context();
        short["cci_scores"][0]["input_context_scores"] = json!([0.1]);
        let _ = opened(short.to_string().as_bytes());
    }
}
