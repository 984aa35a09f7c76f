use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::place::Place;
use super::tensor::{read_tensor, unzip};
use super::{AGGREGATED_FROM, ATTRIBUTES, INSTANCE_TYPE, OUTPUT_CLASS, TOKEN_CLASS};
use crate::{Attribution, AttributionOutput, Axis, Error, Kind, Result, Scores, Spelling, Token};

/// Reads a result that Inseq or we have saved, gzipped or not.
///
/// Nothing in the file is believed: an error names the place of what does not fit,
/// such as `sequence_attributions[0].source_attributions`.
pub fn from_inseq_json(file: impl AsRef<[u8]>) -> Result<AttributionOutput> {
    let bytes = file.as_ref();
    let unzipped = match bytes {
        [0x1F, 0x8B, ..] => Cow::Owned(unzip(bytes)?),
        _ => Cow::Borrowed(bytes),
    };
    let value = parse(&unzipped)?;
    let root = Place::root(&value);
    let (class, attributes) = instance(&root)?;
    if class != OUTPUT_CLASS {
        return Err(root.unexpected(OUTPUT_CLASS, class));
    }
    let info = match attributes.optional_field("info")? {
        Some(info) => info.object()?.clone(),
        None => Map::new(),
    };
    let sequences = attributes.field("sequence_attributions")?;
    let spelling = spelling_from_info(&info);
    let mut sequences = sequences
        .items()?
        .map(|sequence| read_sequence(&sequence, spelling))
        .collect::<Result<Vec<_>>>()?;
    let aggregated_from = info.get(AGGREGATED_FROM).and_then(Value::as_str);
    if let Some(kind) = aggregated_from.and_then(Kind::from_class) {
        for sequence in &mut sequences {
            if sequence.kind == Kind::Coarse {
                sequence.kind = kind;
            }
        }
    }
    Ok(AttributionOutput { info, sequences })
}

fn read_sequence(place: &Place<'_>, spelling: Spelling) -> Result<Attribution> {
    let (class, attributes) = instance(place)?;
    let kind = Kind::from_class(class)
        .ok_or_else(|| place.unexpected("a class of sequence attributions", class))?;
    let attribution = Attribution {
        kind,
        spelling,
        source: read_tokens(&attributes.field("source")?)?,
        target: read_tokens(&attributes.field("target")?)?,
        source_attributions: read_matrix(&attributes, "source_attributions", kind)?,
        target_attributions: read_matrix(&attributes, "target_attributions", kind)?,
        step_scores: read_step_scores(&attributes)?,
        sequence_scores: read_sequence_scores(&attributes, kind)?,
        attr_pos_start: attributes.field("attr_pos_start")?.count()?,
        attr_pos_end: attributes.field("attr_pos_end")?.count()?,
    };
    attribution.check().map_err(|error| within(place, error))?;
    Ok(attribution)
}

fn read_tokens(place: &Place<'_>) -> Result<Vec<Token>> {
    let read_token = |token: Place<'_>| {
        let (class, attributes) = instance(&token)?;
        if class != TOKEN_CLASS {
            return Err(token.unexpected(TOKEN_CLASS, class));
        }
        Ok(Token::new(
            attributes.field("id")?.integer()?,
            attributes.field("token")?.text()?,
        ))
    };
    place.items()?.map(read_token).collect()
}

fn read_matrix(attributes: &Place<'_>, name: &str, kind: Kind) -> Result<Option<Scores>> {
    attributes
        .optional_field(name)?
        .map(|place| read_scores(&place, kind, [Axis::Inputs, Axis::Targets]))
        .transpose()
}

fn read_step_scores(attributes: &Place<'_>) -> Result<BTreeMap<String, Vec<f32>>> {
    let Some(place) = attributes.optional_field("step_scores")? else {
        return Ok(BTreeMap::new());
    };
    place
        .fields()?
        .map(|(name, scores)| {
            let tensor = read_tensor(&scores)?;
            match tensor.shape[..] {
                [_] => Ok((name.to_owned(), tensor.values)),
                _ => Err(scores.unexpected("one axis", &format!("shape {:?}", tensor.shape))),
            }
        })
        .collect()
}

fn read_sequence_scores(attributes: &Place<'_>, kind: Kind) -> Result<BTreeMap<String, Scores>> {
    let Some(place) = attributes.optional_field("sequence_scores")? else {
        return Ok(BTreeMap::new());
    };
    place
        .fields()?
        .map(|(name, scores)| {
            // Self-attention pairs the tokens of one side with each other.
            let pairs_one_side = name.starts_with("encoder") || name.starts_with("decoder");
            let columns = if pairs_one_side {
                Axis::Inputs
            } else {
                Axis::Targets
            };
            let scores = read_scores(&scores, kind, [Axis::Inputs, columns])?;
            Ok((name.to_owned(), scores))
        })
        .collect()
}

/// A tensor whose axes after rows and columns are named by the kind.
fn read_scores(place: &Place<'_>, kind: Kind, matrix: [Axis; 2]) -> Result<Scores> {
    let tensor = read_tensor(place)?;
    let further: &[Axis] = match (kind, tensor.shape.len()) {
        (_, 2) => &[],
        (Kind::Granular | Kind::Coarse | Kind::Plain, 3) => &[Axis::Hidden],
        (Kind::MultiDimensional, 3) => &[Axis::Layers],
        (Kind::Granular, 4) => &[Axis::Layers, Axis::Hidden],
        (_, 4) => &[Axis::Layers, Axis::Heads],
        _ => {
            let found = format!("shape {:?}", tensor.shape);
            return Err(place.unexpected("a matrix, or layers of it", &found));
        }
    };
    let axes = matrix.iter().chain(further).copied().collect();
    Scores::new(axes, tensor.shape, tensor.values).map_err(|error| within(place, error))
}

/// The class and the attributes of a wrapped object.
fn instance<'a>(place: &'a Place<'a>) -> Result<(&'a str, Place<'a>)> {
    let Some(instance_type) = place.optional_field(INSTANCE_TYPE)? else {
        return Err(place.unexpected(
            "an object of Inseq's (a file saved with `use_primitives` has none)",
            "an object without a class",
        ));
    };
    let class = match instance_type.value.as_array().map(Vec::as_slice) {
        Some([Value::String(_), Value::String(class)]) => class,
        _ => return Err(instance_type.not("a module and a class")),
    };
    Ok((class, place.field(ATTRIBUTES)?))
}

/// Says where an error of the data happened.
fn within(place: &Place<'_>, error: Error) -> Error {
    match error {
        Error::Mismatch {
            place: field,
            expected,
            found,
        } => Error::Mismatch {
            place: format!("{place}.{field}"),
            expected,
            found,
        },
        other => place.unexpected("values for the shape", &other.to_string()),
    }
}

fn spelling_from_info(info: &Map<String, Value>) -> Spelling {
    let name = |key| info.get(key).and_then(Value::as_str).unwrap_or_default();
    Spelling::from_class_names(name("tokenizer_class"), name("model_class"))
}

/// Parses JSON as Python writes it, with literals for what is not a number.
fn parse(text: &[u8]) -> Result<Value> {
    serde_json::from_slice(text)
        .or_else(|cause| match without_nan(text) {
            Some(repaired) => serde_json::from_slice(&repaired),
            None => Err(cause),
        })
        .map_err(|cause| Error::Json { cause })
}

/// The text with null for `NaN` and infinities outside of strings, if there are any.
fn without_nan(text: &[u8]) -> Option<Vec<u8>> {
    const LITERALS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    let mut repaired = Vec::with_capacity(text.len());
    let mut is_changed = false;
    let mut is_in_string = false;
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let literal = LITERALS
            .into_iter()
            .find(|literal| !is_in_string && rest.starts_with(literal));
        if let Some(literal) = literal {
            repaired.extend(b"null");
            rest = &rest[literal.len()..];
            is_changed = true;
            continue;
        }
        match (first, tail) {
            (b'\\', [escaped, after @ ..]) if is_in_string => {
                repaired.extend([b'\\', *escaped]);
                rest = after;
                continue;
            }
            (b'"', _) => is_in_string = !is_in_string,
            _ => {}
        }
        repaired.push(*first);
        rest = tail;
    }
    is_changed.then_some(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::tests::small_attribution;
    use crate::to_inseq_json;
    use serde_json::json;

    fn small_json() -> Value {
        let output = AttributionOutput {
            info: Map::new(),
            sequences: vec![small_attribution(&[0.5, 0.25], &[0.25, f32::NAN])],
        };
        serde_json::from_str(&to_inseq_json(&output)).unwrap()
    }

    fn error_with(change: impl FnOnce(&mut Value)) -> String {
        let mut value = small_json();
        change(&mut value);
        from_inseq_json(value.to_string()).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_place() {
        let sequence = "/attributes/sequence_attributions/0";
        let at = |path: &str| format!("{sequence}/attributes/{path}");
        let cases = [
            (
                at("source_attributions"),
                json!("?"),
                "sequence_attributions[0].source_attributions: not base64",
            ),
            (
                at("source_attributions"),
                json!("AAAA"),
                "sequence_attributions[0].source_attributions: not a tensor",
            ),
            (
                at("source"),
                json!([]),
                "sequence_attributions[0].source_attributions: expected 0 rows",
            ),
            (
                at("target/1/attributes/id"),
                json!("one"),
                "sequence_attributions[0].target[1].id: expected an integer, found a text",
            ),
            (
                at("attr_pos_end"),
                json!(9),
                "sequence_attributions[0].attr_pos_end: expected positions within 2",
            ),
            (
                at("attr_pos_start"),
                json!(-1),
                "sequence_attributions[0].attr_pos_start: expected a count",
            ),
            (
                at("step_scores/probability"),
                json!({"__ndarray__": [1, 2], "dtype": "float32", "shape": [2]}),
                "sequence_attributions[0].step_scores.probability: expected 1 values, found 2",
            ),
            (
                format!("{sequence}/__instance_type__/1"),
                json!("Other"),
                "sequence_attributions[0]: expected a class of sequence attributions, found Other",
            ),
            (
                sequence.to_owned(),
                json!({"source": []}),
                "sequence_attributions[0]: expected an object of Inseq's",
            ),
            (
                "/attributes".to_owned(),
                json!([]),
                "the file: expected an object, found a list",
            ),
        ];
        for (path, value, expected) in cases {
            let message = error_with(|file| *file.pointer_mut(&path).unwrap() = value);
            assert!(message.starts_with(expected), "{path}: {message}");
        }
    }

    #[test]
    fn literals_of_python_are_read_as_null() {
        let text = small_json().to_string().replacen(
            "\"info\":{",
            r#""info":{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" NaN","#,
            1,
        );
        let info = from_inseq_json(text).unwrap().info;
        assert_eq!(info["a"], Value::Null);
        assert_eq!(info["b"], json!([null, null]));
        assert_eq!(info["c"], json!("NaN \" NaN"));
    }

    #[test]
    fn compressed_files_are_known_by_their_first_bytes() {
        use std::io::Read as _;
        let text = small_json().to_string();
        let mut zipped = Vec::new();
        flate2::read::GzEncoder::new(text.as_bytes(), flate2::Compression::default())
            .read_to_end(&mut zipped)
            .unwrap();
        assert_eq!(from_inseq_json(&zipped).unwrap().sequences.len(), 1);
        zipped.truncate(zipped.len() / 2);
        assert!(matches!(from_inseq_json(&zipped), Err(Error::Gzip { .. })));
    }

    #[test]
    fn step_attributions_are_passed_over() {
        let mut value = small_json();
        value["attributes"]["step_attributions"] = json!([{"anything": [1]}]);
        assert!(from_inseq_json(value.to_string()).is_ok());
    }

    #[test]
    fn no_cut_of_a_file_panics() {
        let text = small_json().to_string();
        for end in 0..text.len() {
            assert!(from_inseq_json(&text.as_bytes()[..end]).is_err());
        }
    }
}
