use serde_json::Value;

use crate::{AttributionOutput, Error, Result};

/// Settings that results must share for one `info` to be true of all.
const SHARED: [&str; 11] = [
    "attribute_target",
    "attributed_fn",
    "attribution_args",
    "attribution_method",
    "constrained_decoding",
    "include_eos_baseline",
    "model_class",
    "model_name",
    "step_scores",
    "tokenizer_class",
    "tokenizer_name",
];

/// One result of several: their sequences one after the other, as Inseq's
/// `merge_attributions` does.
///
/// Texts are joined, `attr_pos_end` is the largest, `exec_time` the sum in seconds;
/// other settings are those of the first. It is an error if the results were not
/// made in the same way.
pub fn merge(outputs: Vec<AttributionOutput>) -> Result<AttributionOutput> {
    let mut outputs = outputs.into_iter();
    let mut merged = outputs.next().unwrap_or_else(|| AttributionOutput {
        info: serde_json::Map::new(),
        sequences: Vec::new(),
    });
    for (index, other) in outputs.enumerate() {
        for key in SHARED {
            let (expected, found) = (merged.info.get(key), other.info.get(key));
            if expected != found {
                let words =
                    |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
                return Err(Error::Mismatch {
                    place: format!("{key} of result {}", index + 2),
                    expected: words(expected),
                    found: words(found),
                });
            }
        }
        for (key, value) in other.info {
            if let Some(so_far) = merged.info.get_mut(&key) {
                join(&key, so_far, value);
            }
        }
        merged.sequences.extend(other.sequences);
    }
    Ok(merged)
}

fn join(key: &str, so_far: &mut Value, value: Value) {
    match (key, so_far, value) {
        ("input_texts" | "generated_texts", Value::Array(texts), Value::Array(more)) => {
            texts.extend(more);
        }
        ("attr_pos_end", so_far, value) if value.as_u64() > so_far.as_u64() => *so_far = value,
        ("exec_time", so_far, value) => {
            if let (Some(left), Some(right)) = (so_far.as_f64(), value.as_f64()) {
                *so_far = (left + right).into();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::tests::small_attribution;
    use serde_json::json;

    fn output(text: &str, method: &str, end: u64) -> AttributionOutput {
        let info = json!({
            "attribution_method": method,
            "input_texts": [text],
            "generated_texts": [text],
            "attr_pos_end": end,
            "exec_time": 0.5,
        });
        AttributionOutput {
            info: info.as_object().cloned().unwrap_or_default(),
            sequences: vec![small_attribution(&[1.0, 2.0], &[0.5, f32::NAN])],
        }
    }

    #[test]
    fn sequences_and_texts_are_joined() {
        let outputs = vec![output("a", "saliency", 2), output("b", "saliency", 7)];
        let merged = merge(outputs).unwrap();
        assert_eq!(merged.sequences.len(), 2);
        assert_eq!(merged.info["input_texts"], json!(["a", "b"]));
        assert_eq!(merged.info["attr_pos_end"], 7);
        assert_eq!(merged.info["exec_time"], 1.0);
    }

    #[test]
    fn results_of_different_methods_stay_apart() {
        let outputs = vec![output("a", "saliency", 2), output("b", "lime", 2)];
        assert_eq!(
            merge(outputs).unwrap_err().to_string(),
            "attribution_method of result 2: expected \"saliency\", found \"lime\""
        );
    }

    #[test]
    fn one_result_stays_as_it_is() {
        let merged = merge(vec![output("a", "saliency", 2)]).unwrap();
        assert_eq!(merged.info, output("a", "saliency", 2).info);
    }
}
