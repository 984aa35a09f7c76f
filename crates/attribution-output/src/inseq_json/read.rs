use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::parse::parse_file;
use super::place::Place;
use super::tensor::{Tensor, read_tensor};
use super::{AGGREGATED_FROM, ATTRIBUTES, INSTANCE_TYPE, OUTPUT_CLASS, TOKEN_CLASS};
use crate::{Attribution, AttributionOutput, Axis, Error, Kind, Result, Scores, Spelling, Token};

/// Reads a result that Inseq or we have saved, gzipped or not, with classes or without.
///
/// Nothing in the file is believed: an error names the place of what does not fit,
/// such as `sequence_attributions[0].source_attributions`.
pub fn from_inseq_json(file: impl AsRef<[u8]>) -> Result<AttributionOutput> {
    let value = parse_file(file.as_ref())?;
    let root = Place::root(&value);
    let attributes = root_attributes(&root)?;
    let info = read_settings(&attributes)?;
    let sequences = attributes.field("sequence_attributions")?;
    let from_settings = KindHint::from_settings(&info);
    let mut sequences = sequences
        .items()?
        .map(|sequence| read_sequence(&sequence, &from_settings))
        .collect::<Result<Vec<_>>>()?;
    if let Some(kind) = from_settings.aggregated_from {
        for sequence in &mut sequences {
            if matches!(sequence.kind, Kind::Coarse | Kind::MultiDimensional) {
                sequence.kind = kind;
            }
        }
    }
    Ok(AttributionOutput { info, sequences })
}

/// The attributes of a result.
pub(super) fn root_attributes<'a>(root: &'a Place<'a>) -> Result<Place<'a>> {
    match instance(root)? {
        (Some(OUTPUT_CLASS) | None, attributes) => Ok(attributes),
        (Some(class), _) => Err(root.unexpected(OUTPUT_CLASS, class)),
    }
}

pub(super) fn read_settings(attributes: &Place<'_>) -> Result<Map<String, Value>> {
    match attributes.optional_field("info")? {
        Some(info) => Ok(info.object()?.clone()),
        None => Ok(Map::new()),
    }
}

/// What the settings say of the sequences.
pub(super) struct KindHint {
    method: String,
    aggregated_from: Option<Kind>,
    pub(super) spelling: Spelling,
}

impl KindHint {
    pub(super) fn from_settings(info: &Map<String, Value>) -> Self {
        let text = |key| info.get(key).and_then(Value::as_str).unwrap_or_default();
        Self {
            method: text("attribution_method").to_owned(),
            aggregated_from: Kind::from_class(text(AGGREGATED_FROM)),
            spelling: Spelling::from_class_names(text("tokenizer_class"), text("model_class")),
        }
    }

    /// The kind of a sequence that was saved without its class.
    pub(super) fn kind(&self, n_axes: Option<usize>) -> Kind {
        match (self.method.as_str(), n_axes) {
            (_, None) => Kind::Plain,
            (_, Some(..=2)) => Kind::Coarse,
            ("attention" | "value_zeroing", _) => Kind::MultiDimensional,
            _ => Kind::Granular,
        }
    }
}

fn read_sequence(place: &Place<'_>, hint: &KindHint) -> Result<Attribution> {
    let (class, attributes) = instance(place)?;
    let matrix = |name| {
        let field = attributes.optional_field(name)?;
        field
            .map(|field| Ok((read_tensor(&field)?, field.to_string())))
            .transpose()
    };
    let source = matrix("source_attributions")?;
    let target = matrix("target_attributions")?;
    let kind = match class {
        Some(class) => Kind::from_class(class)
            .ok_or_else(|| place.unexpected("a class of sequence attributions", class))?,
        None => {
            let first = source.as_ref().or(target.as_ref());
            hint.kind(first.map(|(tensor, _)| tensor.shape.len()))
        }
    };
    let layers_are_left = kind == Kind::MultiDimensional;
    let scores = |part: Option<(Tensor, String)>| {
        part.map(|(tensor, place)| named(tensor, kind, layers_are_left, MATRIX, &place))
            .transpose()
    };
    let attribution = Attribution {
        kind,
        spelling: hint.spelling,
        source: read_tokens(&attributes.field("source")?)?,
        target: read_tokens(&attributes.field("target")?)?,
        source_attributions: scores(source)?,
        target_attributions: scores(target)?,
        step_scores: read_step_scores(&attributes)?,
        sequence_scores: read_sequence_scores(&attributes, kind)?,
        attr_pos_start: attributes.field("attr_pos_start")?.count()?,
        attr_pos_end: attributes.field("attr_pos_end")?.count()?,
    };
    attribution
        .check()
        .map_err(|error| within(&place.to_string(), error))?;
    Ok(attribution)
}

pub(super) fn read_tokens(place: &Place<'_>) -> Result<Vec<Token>> {
    let read_token = |token: Place<'_>| {
        let (class, attributes) = instance(&token)?;
        if let Some(class) = class
            && class != TOKEN_CLASS
        {
            return Err(token.unexpected(TOKEN_CLASS, class));
        }
        Ok(Token::new(
            attributes.field("id")?.integer()?,
            attributes.field("token")?.text()?,
        ))
    };
    place.items()?.map(read_token).collect()
}

pub(super) fn read_step_scores(attributes: &Place<'_>) -> Result<BTreeMap<String, Vec<f32>>> {
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
            let tensor = read_tensor(&scores)?;
            let matrix = [Axis::Inputs, columns];
            let scores = named(tensor, kind, true, matrix, &scores.to_string())?;
            Ok((name.to_owned(), scores))
        })
        .collect()
}

const MATRIX: [Axis; 2] = [Axis::Inputs, Axis::Targets];

/// Names a tensor's axes. Those after rows and columns are known by the kind; where
/// hidden coordinates may be folded, a single one may count layers.
fn named(
    tensor: Tensor,
    kind: Kind,
    layers_are_left: bool,
    matrix: [Axis; 2],
    place: &str,
) -> Result<Scores> {
    let further: &[Axis] = match (kind, tensor.shape.len()) {
        (_, 2) => &[],
        (_, 3) if layers_are_left => &[Axis::Layers],
        (_, 3) => &[Axis::Hidden],
        (Kind::Granular, 4) => &[Axis::Layers, Axis::Hidden],
        (_, 4) => &[Axis::Layers, Axis::Heads],
        _ => {
            return Err(Error::Mismatch {
                place: place.to_owned(),
                expected: "a matrix, or layers of it".to_owned(),
                found: format!("shape {:?}", tensor.shape),
            });
        }
    };
    let axes = matrix.iter().chain(further).copied().collect();
    Scores::new(axes, tensor.shape, tensor.values).map_err(|error| within(place, error))
}

/// The class, if it was saved, and the attributes of an object.
pub(super) fn instance<'a>(place: &'a Place<'a>) -> Result<(Option<&'a str>, Place<'a>)> {
    let Some(instance_type) = place.optional_field(INSTANCE_TYPE)? else {
        return Ok((None, *place));
    };
    let class = match instance_type.value.as_array().map(Vec::as_slice) {
        Some([Value::String(_), Value::String(class)]) => class,
        _ => return Err(instance_type.not("a module and a class")),
    };
    Ok((Some(class), place.field(ATTRIBUTES)?))
}

/// Says where an error of the data happened.
fn within(place: &str, error: Error) -> Error {
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
        other => Error::Mismatch {
            place: place.to_owned(),
            expected: "values for the shape".to_owned(),
            found: other.to_string(),
        },
    }
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
                "sequence_attributions[0]: expected a field \"target\", found none",
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
    fn step_attributions_are_passed_over() {
        let mut value = small_json();
        value["attributes"]["step_attributions"] = json!([{"anything": [1]}]);
        assert!(from_inseq_json(value.to_string()).is_ok());
    }

    #[test]
    fn layers_are_told_from_hidden_coordinates() {
        let written_and_read = |axes: &[Axis], shape: &[usize]| {
            let mut sequence = small_attribution(&[0.0; 2], &[0.0; 2]);
            let axes = MATRIX.iter().chain(axes).copied().collect();
            let shape = [&[2, 1], shape].concat();
            let values = vec![1.0; shape.iter().product()];
            sequence.source_attributions = Scores::new(axes, shape, values).ok();
            sequence.target_attributions = None;
            let output = AttributionOutput {
                info: Map::new(),
                sequences: vec![sequence],
            };
            let read = from_inseq_json(to_inseq_json(&output)).unwrap();
            assert_eq!(read.sequences[0].kind, Kind::Granular);
            read.sequences[0].source_attributions.as_ref().unwrap().axes[2..].to_vec()
        };
        for axes in [
            vec![Axis::Hidden],
            vec![Axis::Layers],
            vec![Axis::Layers, Axis::Hidden],
        ] {
            assert_eq!(written_and_read(&axes, &[3, 2][..axes.len()]), axes);
        }
    }

    #[test]
    fn no_cut_of_a_file_panics() {
        let text = small_json().to_string();
        for end in 0..text.len() {
            assert!(from_inseq_json(&text.as_bytes()[..end]).is_err());
        }
    }
}
