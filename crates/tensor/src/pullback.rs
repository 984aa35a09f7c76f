use std::collections::{BTreeMap, HashMap};

use crate::tensor::Trace;
use crate::vjp::vjp;
use crate::{Error, Op, Result, Shape, Tensor, Usage};

/// Pulls cotangents of `output` back to each of `inputs`.
///
/// `cotangents` is `[extra.., output..]`: any number of extra leading axes, one
/// index per question asked, all answered in one walk. Returns
/// `[extra.., input..]` for each input, zeros for one that `output` does not depend
/// on. An input may itself lie between `output` and another input.
///
/// # Errors
/// If `cotangents` does not end in the shape of `output`, or the device fails.
pub fn pullback(output: &Tensor, cotangents: &Tensor, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
    pullback_by(output, cotangents, inputs, &|link| link.derivative())
}

/// One step of the reverse walk: an op that was recorded, and the cotangent that
/// has arrived at its output.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// The op.
    pub op: &'a Op,
    /// What it was made of.
    pub inputs: &'a [Tensor],
    /// What it made.
    pub output: &'a Tensor,
    /// `[extra.., output..]`.
    pub cotangent: &'a Tensor,
    /// The input that is asked about.
    pub index: usize,
}

impl Link<'_> {
    /// What the derivative carries to the input, `[extra.., input..]`.
    ///
    /// # Errors
    /// If the op has no derivative, or the device fails.
    pub fn derivative(&self) -> Result<Tensor> {
        self.derivative_at(self.inputs, self.output)
    }

    /// The same with other values, of the same shapes, in place of those recorded.
    ///
    /// # Errors
    /// If the op has no derivative, or the device fails.
    pub fn derivative_at(&self, inputs: &[Tensor], output: &Tensor) -> Result<Tensor> {
        vjp(self.op, inputs, output, self.cotangent, self.index)
    }
}

/// Like [`pullback`], but by another rule than the derivative: `rule` is asked, for
/// each op and each input on the way, what of the cotangent goes to that input.
///
/// # Errors
/// See [`pullback`]; and whatever `rule` fails with.
pub fn pullback_by(
    output: &Tensor,
    cotangents: &Tensor,
    inputs: &[&Tensor],
    rule: &dyn Fn(&Link<'_>) -> Result<Tensor>,
) -> Result<Vec<Tensor>> {
    let rank = output.shape().rank();
    if cotangents.shape().rank() < rank
        || cotangents.shape().trailing(rank) != output.shape().lengths()
    {
        return Err(Error::ShapeMismatch {
            op: "pullback",
            left: cotangents.shape().clone(),
            right: output.shape().clone(),
        });
    }
    let extra = cotangents.shape().leading(rank);
    let between = nodes_between(output, inputs);
    let mut arrived: HashMap<u64, Tensor> = HashMap::new();
    let mut pending: HashMap<u64, Tensor> = HashMap::new();
    if between.contains_key(&output.id()) {
        pending.insert(output.id(), cotangents.detached());
    }
    // Larger ids were made later, so every use of a node is seen before it.
    for node in between.values().rev() {
        let Some(cotangent) = pending.remove(&node.id()) else {
            continue;
        };
        if inputs.iter().any(|input| input.id() == node.id()) {
            arrived.insert(node.id(), cotangent.clone());
        }
        let Some(Trace::Made {
            op,
            inputs: made_of,
        }) = node.trace()
        else {
            continue;
        };
        for (index, input) in made_of.iter().enumerate() {
            if !between.contains_key(&input.id()) {
                continue;
            }
            let share = rule(&Link {
                op,
                inputs: made_of,
                output: node,
                cotangent: &cotangent,
                index,
            })?;
            let sum = match pending.remove(&input.id()) {
                Some(other) => other.add(&share)?,
                None => share,
            };
            pending.insert(input.id(), sum);
        }
    }
    inputs
        .iter()
        .map(|input| match arrived.remove(&input.id()) {
            // The same tensor may be asked for twice.
            Some(cotangent) => {
                arrived.insert(input.id(), cotangent.clone());
                Ok(cotangent)
            }
            None => zeros(extra, input),
        })
        .collect()
}

/// The nodes on a way from `output` back to some of `inputs`, by id.
fn nodes_between(output: &Tensor, inputs: &[&Tensor]) -> BTreeMap<u64, Tensor> {
    let mut between: BTreeMap<u64, Tensor> = BTreeMap::new();
    for (id, node) in trace_of(output) {
        let leads_there = match node.trace() {
            Some(Trace::Made { inputs, .. }) => {
                inputs.iter().any(|input| between.contains_key(&input.id()))
            }
            _ => false,
        };
        if leads_there || inputs.iter().any(|input| input.id() == id) {
            between.insert(id, node);
        }
    }
    between
}

/// `output` and everything traced that it was made of, by id: in the order in which
/// it was made.
pub(crate) fn trace_of(output: &Tensor) -> BTreeMap<u64, Tensor> {
    let mut all: BTreeMap<u64, Tensor> = BTreeMap::new();
    let mut open = vec![output.clone()];
    while let Some(node) = open.pop() {
        if let Some(Trace::Made { inputs, .. }) = node.trace() {
            open.extend(
                inputs
                    .iter()
                    .filter(|input| input.is_traced() && !all.contains_key(&input.id()))
                    .cloned(),
            );
        }
        all.insert(node.id(), node);
    }
    all
}

fn zeros(extra: &[usize], like: &Tensor) -> Result<Tensor> {
    let mut lengths = extra.to_vec();
    lengths.extend(like.shape().lengths());
    let shape = Shape::new(lengths);
    Tensor::upload(
        like.device(),
        vec![0.0; shape.n_values()],
        shape,
        Usage::Value,
    )
}
