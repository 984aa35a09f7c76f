//! Forward passes that are resumed from a layer.

use tensor::Tensor;

use crate::Result;
use crate::completeness::Totals;
use crate::layer_values::LayerValues;
use crate::layers::{Layer, LayerChoice, Resume, Watch};
use crate::options::CheckedOptions;
use crate::run::{Collected, Pass, Run};

/// Layers that lie one above the other, with their values at the input and at the
/// baseline, `[rows, hidden]` for each site of each layer.
pub(crate) struct LayerLine<'a> {
    pub(crate) layers: &'a [Layer],
    pub(crate) input: Vec<Tensor>,
    pub(crate) baseline: Vec<Tensor>,
    /// Input less baseline.
    pub(crate) difference: Vec<Tensor>,
}

impl<'a> LayerLine<'a> {
    pub(crate) fn new(run: &Run<'_>, layers: &'a [Layer]) -> Result<Self> {
        let seen = |embeddings: &models::Inputs| -> Result<Vec<Tensor>> {
            let mut watch = Watch::new(layers, false);
            run.probed(run.attributed(embeddings), &mut watch)?;
            Ok(watch.seen())
        };
        let input = seen(&run.embeddings()?)?;
        let baseline = seen(&run.baseline_embeddings()?)?;
        let pairs = input.iter().zip(&baseline);
        Ok(Self {
            layers,
            difference: pairs
                .map(|(input, baseline)| input.subtract(baseline))
                .collect::<Result<_, _>>()?,
            input,
            baseline,
        })
    }

    /// The forward pass on the text as it is, resumed from each layer with given values,
    /// `[points, rows, hidden]` for each site. Returns the pass over
    /// `[layers · points]` texts, and the given values on its trace.
    pub(crate) fn resumed(&self, run: &Run<'_>, given: Vec<Tensor>) -> Result<(Pass, Vec<Tensor>)> {
        let mut resume = Resume::new(self.layers, given);
        let pass = run.probed(run.attributed(&run.embeddings()?), &mut resume)?;
        Ok((pass, resume.leaves()))
    }

    /// For each layer, how much each target's score changes when the layer's values go
    /// from baseline to input.
    pub(crate) async fn score_changes(&self, run: &Run<'_>) -> Result<Vec<Vec<f32>>> {
        let (at_input, _) = self.resumed(run, as_points(&self.input)?)?;
        let (at_baseline, _) = self.resumed(run, as_points(&self.baseline)?)?;
        let at_input = run.scores(&at_input.states.detached())?;
        let at_baseline = run.scores(&at_baseline.states.detached())?;
        let changes = at_input.subtract(&at_baseline)?.read().await?;
        let by_layer = changes.chunks_exact(run.positions.len());
        Ok(by_layer.map(<[f32]>::to_vec).collect())
    }
}

/// `[rows, hidden]` → `[1, rows, hidden]`, for each.
pub(crate) fn as_points(values: &[Tensor]) -> Result<Vec<Tensor>> {
    let as_point = |value: &Tensor| {
        let shape = [&[1], value.shape().trailing(2)].concat();
        Ok(value.reshape(2, &shape)?)
    };
    values.iter().map(as_point).collect()
}

/// What is made of a layer's slopes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Whether they are multiplied by the difference from the baseline.
    pub(crate) multiply_by_inputs: bool,
    /// Whether deltas are reported.
    pub(crate) return_convergence_delta: bool,
}

impl Outcome {
    /// Reads the [outcome options](crate::line::outcome_options).
    pub(crate) fn from_options(options: &CheckedOptions<'_>) -> Self {
        Self {
            multiply_by_inputs: options.flag("multiply_by_inputs"),
            return_convergence_delta: options.flag("return_convergence_delta"),
        }
    }
}

/// For each piece of the targets, in order, and each site of each layer of a line: the
/// score's mean slope there, `[targets, rows, hidden]`.
pub(crate) type SlopesOf<'a> = dyn Fn(&LayerLine<'_>) -> Result<Vec<Vec<Tensor>>> + 'a;

/// Attributes to layers by the score's slopes between their values at the baseline and
/// at the input.
pub(crate) async fn attribute_layers(
    run: &Run<'_>,
    choice: &LayerChoice,
    outcome: Outcome,
    slopes_of: &SlopesOf<'_>,
) -> Result<Collected> {
    let groups = choice.groups(run)?;
    let mut values = LayerValues::default();
    let mut farthest = None;
    for layers in &groups {
        let line = LayerLine::new(run, layers)?;
        let mut of_group = LayerValues::new(layers);
        let mut totals: Vec<Totals> = layers.iter().map(|_| Totals::default()).collect();
        for slopes in slopes_of(&line)? {
            let pairs = slopes.iter().zip(&line.difference);
            let products: Vec<Tensor> = pairs
                .map(|(slope, difference)| slope.multiply(difference))
                .collect::<Result<_, _>>()?;
            let mut rest = products.iter();
            for (layer, total) in layers.iter().zip(&mut totals) {
                let of_layer: Vec<&Tensor> = rest.by_ref().take(layer.sites.len()).collect();
                if outcome.return_convergence_delta {
                    total.add(&of_layer).await?;
                }
            }
            let found = match outcome.multiply_by_inputs {
                true => &products,
                false => &slopes,
            };
            of_group.add(run, layers, found).await?;
        }
        values.append(of_group);
        if outcome.return_convergence_delta {
            let changes = line.score_changes(run).await?;
            for (total, change) in totals.iter().zip(&changes) {
                farthest = Some(farther(farthest, total.deltas(change)));
            }
        }
    }
    let mut collected = values.collected(run, choice);
    collected.deltas = farthest;
    Ok(collected)
}

/// For each target, the delta that is farther from 0.
fn farther(known: Option<Vec<f32>>, deltas: Vec<f32>) -> Vec<f32> {
    let Some(known) = known else { return deltas };
    let pairs = known.into_iter().zip(deltas);
    pairs
        .map(|(known, delta)| {
            if delta.abs() > known.abs() {
                delta
            } else {
                known
            }
        })
        .collect()
}
