use std::io;

use serde::Serialize as _;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};
use serde_json::{Value, json};

use super::save::ScoresPrecision;
use super::tensor::write_tensor;
use super::{
    AGGREGATED_FROM, ATTRIBUTES, INSTANCE_TYPE, OUTPUT_CLASS, OUTPUT_MODULE, TOKEN_CLASS,
    TOKEN_MODULE,
};
use crate::{Attribution, AttributionOutput, Axis, Kind, Scores, Token, normalize};

/// Writes a result as Inseq's `save` would: sorted keys, four spaces, ASCII only.
pub fn to_inseq_json(output: &AttributionOutput) -> String {
    write_text(output, Form::default())
}

/// In which of Inseq's forms values are written.
#[derive(Clone, Copy, Default)]
pub(super) struct Form {
    pub(super) precision: ScoresPrecision,
    pub(super) use_primitives: bool,
}

pub(super) fn write_text(output: &AttributionOutput, form: Form) -> String {
    let mut sequences = Vec::with_capacity(output.sequences.len());
    let mut info = output.info.clone();
    for sequence in &output.sequences {
        let kind = kind_for_inseq(sequence);
        if kind == sequence.kind {
            sequences.push(form.sequence(sequence, kind));
        } else {
            info.insert(AGGREGATED_FROM.to_owned(), sequence.kind.class().into());
            sequences.push(form.sequence(&finish_aggregation(sequence), kind));
        }
    }
    let mut root = form.instance(
        OUTPUT_MODULE,
        OUTPUT_CLASS,
        json!({
            "info": info,
            "sequence_attributions": sequences,
            "step_attributions": null,
        }),
    );
    root.sort_all_objects();
    let mut bytes = Vec::new();
    let python = Python(PrettyFormatter::with_indent(b"    "));
    root.serialize(&mut Serializer::with_formatter(&mut bytes, python))
        .expect("a JSON value can be written to memory");
    String::from_utf8(bytes).expect("the formatter writes ASCII")
}

impl Form {
    fn sequence(self, attribution: &Attribution, kind: Kind) -> Value {
        let matrix = |scores: &Option<Scores>| scores.as_ref().map(|scores| self.scores(scores));
        let step_scores: serde_json::Map<_, _> = attribution
            .step_scores
            .iter()
            .map(|(name, scores)| {
                let tensor = write_tensor(&[scores.len()], scores, self.precision);
                (name.clone(), tensor.into())
            })
            .collect();
        let sequence_scores: serde_json::Map<_, _> = attribution
            .sequence_scores
            .iter()
            .map(|(name, scores)| (name.clone(), self.scores(scores).into()))
            .collect();
        self.instance(
            OUTPUT_MODULE,
            kind.class(),
            json!({
                "attr_pos_end": attribution.attr_pos_end,
                "attr_pos_start": attribution.attr_pos_start,
                "sequence_scores": sequence_scores,
                "source": self.tokens(&attribution.source),
                "source_attributions": matrix(&attribution.source_attributions),
                "step_scores": step_scores,
                "target": self.tokens(&attribution.target),
                "target_attributions": matrix(&attribution.target_attributions),
            }),
        )
    }

    fn tokens(self, tokens: &[Token]) -> Vec<Value> {
        let write = |token: &Token| {
            let attributes = json!({"id": token.id, "token": token.token});
            self.instance(TOKEN_MODULE, TOKEN_CLASS, attributes)
        };
        tokens.iter().map(write).collect()
    }

    fn scores(self, scores: &Scores) -> String {
        write_tensor(&scores.shape, &scores.values, self.precision)
    }

    fn instance(self, module: &str, class: &str, attributes: Value) -> Value {
        match self.use_primitives {
            true => attributes,
            false => json!({INSTANCE_TYPE: [module, class], ATTRIBUTES: attributes}),
        }
    }
}

impl Kind {
    /// Inseq's name of the kind.
    fn class(self) -> &'static str {
        match self {
            Self::Granular => "GranularFeatureAttributionSequenceOutput",
            Self::Coarse => "CoarseFeatureAttributionSequenceOutput",
            Self::MultiDimensional => "MultiDimensionalFeatureAttributionSequenceOutput",
            Self::Plain => "FeatureAttributionSequenceOutput",
        }
    }

    /// The kind of that Inseq name.
    pub(super) fn from_class(class: &str) -> Option<Self> {
        [
            Self::Granular,
            Self::Coarse,
            Self::MultiDimensional,
            Self::Plain,
        ]
        .into_iter()
        .find(|kind| kind.class() == class)
    }
}

/// The class whose default aggregation Inseq can carry out on these scores.
fn kind_for_inseq(attribution: &Attribution) -> Kind {
    let parts = [
        &attribution.source_attributions,
        &attribution.target_attributions,
    ];
    let axes = parts
        .into_iter()
        .flatten()
        .map(|scores| &scores.axes[..])
        .next();
    match (attribution.kind, axes) {
        (Kind::Granular | Kind::MultiDimensional, Some([_, _])) => Kind::Coarse,
        // All layers, hidden coordinates folded.
        (Kind::Granular, Some([_, _, Axis::Layers])) => Kind::MultiDimensional,
        (kind, _) => kind,
    }
}

/// What is left of the default aggregation once there is a matrix.
fn finish_aggregation(attribution: &Attribution) -> Attribution {
    let finished = match attribution.kind {
        Kind::Granular if kind_for_inseq(attribution) == Kind::Coarse => {
            normalize(attribution).ok()
        }
        _ => None,
    };
    // Parts that contradict each other are written as they are; reading says so.
    finished.unwrap_or_else(|| attribution.clone())
}

/// Writes what Python's `json` writes: all but ASCII escaped, floats as `repr`.
struct Python<'a>(PrettyFormatter<'a>);

impl Formatter for Python<'_> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for character in fragment.chars() {
            if matches!(character, ' '..='~') {
                writer.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(python_repr(value).as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// The shortest decimal that reads back the same, in Python's layout: exponents
/// below 1e-4 and from 1e16, with a sign and two digits.
fn python_repr(value: f64) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if value != 0.0 && !(-4..16).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::tests::small_attribution;
    use crate::from_inseq_json;

    #[test]
    fn floats_look_like_those_of_python() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (123456789012345.6, "123456789012345.6"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (-2.5e100, "-2.5e+100"),
        ];
        for (value, expected) in cases {
            assert_eq!(python_repr(value), expected);
        }
    }

    #[test]
    fn folded_scores_are_written_as_inseq_would_show_them() {
        let mut output = AttributionOutput {
            info: serde_json::Map::new(),
            sequences: vec![small_attribution(&[2.0, 1.0], &[1.0, f32::NAN])],
        };
        output.sequences[0].target[1].token = "▁Bon\u{1F600}\u{7F}\n\"é".to_owned();
        let text = to_inseq_json(&output);
        assert!(text.is_ascii());
        assert!(text.contains(r#""\u2581Bon\ud83d\ude00\u007f\n\"\u00e9""#));
        assert!(text.contains("\"CoarseFeatureAttributionSequenceOutput\""));
        let read = from_inseq_json(&text).unwrap();
        let sequence = &read.sequences[0];
        assert_eq!(sequence.kind, Kind::Granular);
        assert_eq!(sequence.target, output.sequences[0].target);
        let source = sequence.source_attributions.as_ref().unwrap();
        assert_eq!(source.values, [0.5, 0.25]);
        assert_eq!(to_inseq_json(&read), text);
    }
}
