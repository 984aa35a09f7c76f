use std::collections::BTreeMap;

use serde_json::Value;

use super::parse::parse_file;
use super::place::Place;
use super::read::{KindHint, instance, read_settings, read_tokens, root_attributes};
use super::tensor::read_tensor;
use crate::{Axis, Error, Kind, Result, Scores, Token};

/// What one step of generation gave to one sequence, before steps were put together.
#[derive(Clone, Debug)]
pub struct StepAttribution {
    /// Inseq's output class.
    pub kind: Kind,
    /// Tokens of the source; none for decoder-only models.
    pub source: Vec<Token>,
    /// Tokens before the produced one.
    pub prefix: Vec<Token>,
    /// The produced token.
    pub target: Vec<Token>,
    /// `[source, ..]`, for methods that need one pass only `[source, targets, ..]`.
    pub source_attributions: Option<Scores>,
    /// `[prefix, ..]`, for methods that need one pass only `[prefix, targets, ..]`.
    pub target_attributions: Option<Scores>,
    /// By name, what step functions say of the produced token.
    pub step_scores: BTreeMap<String, f32>,
}

/// Reads the attributions of single steps, which Inseq saves with
/// `output_step_attributions` but cannot load: for each step one for each sequence of
/// its batch. There are none if the file has none.
pub fn steps_from_inseq_json(file: impl AsRef<[u8]>) -> Result<Vec<Vec<StepAttribution>>> {
    let value = parse_file(file.as_ref())?;
    let root = Place::root(&value);
    let attributes = root_attributes(&root)?;
    let hint = KindHint::from_settings(&read_settings(&attributes)?);
    let Some(steps) = attributes.optional_field("step_attributions")? else {
        return Ok(Vec::new());
    };
    steps.items()?.map(|step| read_step(&step, &hint)).collect()
}

fn read_step(place: &Place<'_>, hint: &KindHint) -> Result<Vec<StepAttribution>> {
    let (class, attributes) = instance(place)?;
    let matrix = |name| {
        let field = attributes.optional_field(name)?;
        field.map(|field| read_batch(&field)).transpose()
    };
    let source_attributions = matrix("source_attributions")?;
    let target_attributions = matrix("target_attributions")?;
    let kind = match class {
        Some(class) => Kind::from_class(&class.replace("StepOutput", "SequenceOutput"))
            .ok_or_else(|| place.unexpected("a class of step attributions", class))?,
        None => {
            let mut parts = [&source_attributions, &target_attributions]
                .into_iter()
                .flatten();
            // The batch stands where a sequence has its targets.
            hint.kind(parts.next().map(|batch| batch.shape.len()))
        }
    };
    let step_scores = match attributes.optional_field("step_scores")? {
        Some(scores) => scores
            .fields()?
            .map(|(name, scores)| Ok((name.to_owned(), read_batch(&scores)?)))
            .collect::<Result<BTreeMap<_, _>>>()?,
        None => BTreeMap::new(),
    };
    let source = read_batch_tokens(&attributes, "source")?;
    let prefix = read_batch_tokens(&attributes, "prefix")?;
    let target = read_batch_tokens(&attributes, "target")?;
    let n_sequences = target.len();
    let tokens = |texts: &[Vec<Token>], index: usize| texts.get(index).cloned().unwrap_or_default();
    let scores = |batch: &Option<Batch>, index: usize| {
        batch
            .as_ref()
            .map(|batch| batch.scores(place, kind, index, n_sequences))
            .transpose()
    };
    (0..n_sequences)
        .map(|index| {
            Ok(StepAttribution {
                kind,
                source: tokens(&source, index),
                prefix: tokens(&prefix, index),
                target: tokens(&target, index),
                source_attributions: scores(&source_attributions, index)?,
                target_attributions: scores(&target_attributions, index)?,
                step_scores: step_scores
                    .iter()
                    .map(|(name, batch)| Ok((name.clone(), batch.value(place, index)?)))
                    .collect::<Result<_>>()?,
            })
        })
        .collect()
}

/// An array whose first axis is the batch's sequences.
struct Batch {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Batch {
    fn scores(
        &self,
        place: &Place<'_>,
        kind: Kind,
        index: usize,
        n_sequences: usize,
    ) -> Result<Scores> {
        let axes: &[Axis] = match (kind, self.shape.len()) {
            (_, 2) => &[Axis::Inputs],
            (Kind::MultiDimensional, 4) => &[Axis::Inputs, Axis::Targets, Axis::Layers],
            (Kind::MultiDimensional, 5) => {
                &[Axis::Inputs, Axis::Targets, Axis::Layers, Axis::Heads]
            }
            (_, 3) => &[Axis::Inputs, Axis::Hidden],
            _ => return Err(self.unexpected(place, "attributions of a step")),
        };
        let length = self.values.len() / n_sequences.max(1);
        match self.shape.as_slice() {
            [batch, shape @ ..] if *batch == n_sequences => Scores::new(
                axes.to_vec(),
                shape.to_vec(),
                self.values[index * length..(index + 1) * length].to_vec(),
            ),
            _ => Err(self.unexpected(place, &format!("{n_sequences} sequences"))),
        }
    }

    fn value(&self, place: &Place<'_>, index: usize) -> Result<f32> {
        let value = self.values.get(index).copied();
        value.ok_or_else(|| self.unexpected(place, "a score for each sequence"))
    }

    fn unexpected(&self, place: &Place<'_>, expected: &str) -> Error {
        place.unexpected(expected, &format!("shape {:?}", self.shape))
    }
}

fn read_batch(place: &Place<'_>) -> Result<Batch> {
    let tensor = read_tensor(place)?;
    Ok(Batch {
        shape: tensor.shape,
        values: tensor.values,
    })
}

fn read_batch_tokens(attributes: &Place<'_>, name: &str) -> Result<Vec<Vec<Token>>> {
    let field = attributes
        .object()?
        .get(name)
        .filter(|value| !value.is_null());
    let Some(Value::Array(_)) = field else {
        return Ok(Vec::new());
    };
    let place = attributes.field(name)?;
    place.items()?.map(|texts| read_tokens(&texts)).collect()
}
