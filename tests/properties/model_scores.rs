//! Scores straight from a model, without attribution.

use futures::executor::block_on;
use inseq_tests::random_models::RandomModel;
use models::{Inputs, NoProbe, Side};
use tensor::{Tensor, Usage};

/// Embeddings of ids.
pub(crate) fn embeddings(random: &RandomModel, source: Option<&[u32]>, prefix: &[u32]) -> Inputs {
    let embed = |side, ids| {
        random
            .model
            .embed(side, ids)
            .expect("the ids are the model's")
    };
    Inputs {
        source: source.map(|ids| embed(Side::Source, ids)),
        prefix: embed(Side::Target, prefix),
    }
}

/// The probability of some targets, each at the position before it.
pub(crate) fn probabilities(random: &RandomModel, inputs: &Inputs, targets: &[usize]) -> Vec<f32> {
    let positions: Vec<u32> = targets.iter().map(|target| *target as u32 - 1).collect();
    let ids: Vec<u32> = targets
        .iter()
        .map(|target| random.target[*target])
        .collect();
    let model = random.model.as_ref();
    let score = || {
        let hidden = model.forward(inputs, &positions, None, &mut NoProbe)?;
        let logits = model.unembed(&hidden)?;
        Ok::<Tensor, models::Error>(logits.softmax()?.pick_columns(&ids)?)
    };
    let score = score().unwrap_or_else(|error| panic!("{}: {error}", random.name));
    read(&score)
}

pub(crate) fn read(tensor: &Tensor) -> Vec<f32> {
    block_on(tensor.read()).expect("the device works")
}

/// A tensor like another, with other values.
pub(crate) fn with_values(like: &Tensor, values: Vec<f32>) -> Tensor {
    Tensor::upload(like.device(), values, like.shape().clone(), Usage::Value)
        .expect("as many values as before")
}
