use attribution_output::{Axis, Kind};
use models::Side;
use tensor::{BackAxis, Tensor};

use crate::layers::{Layer, LayerChoice, on_tokens};
use crate::run::{Collected, Run};
use crate::{Fold, Result};

/// Attributions to layers on the host, one layer after the other.
#[derive(Debug, Default)]
pub(crate) struct LayerValues {
    source: Vec<Column>,
    prefix: Vec<Column>,
}

/// What is known of one layer.
#[derive(Clone, Debug, Default)]
struct Column {
    /// Width of its values.
    width: usize,
    /// `[targets, tokens, width]`, or `[targets, tokens]` where folded.
    values: Vec<f32>,
}

impl LayerValues {
    /// Nothing yet of these layers.
    pub(crate) fn new(layers: &[Layer]) -> Self {
        let columns = |side| {
            let of_side = layers.iter().filter(|layer| has_side(layer, side));
            of_side.map(|_| Column::default()).collect()
        };
        Self {
            source: columns(Side::Source),
            prefix: columns(Side::Target),
        }
    }

    /// Adds values `[targets, rows, hidden]` of the next targets, for each site of each
    /// layer in order.
    pub(crate) async fn add(
        &mut self,
        run: &Run<'_>,
        layers: &[Layer],
        values: &[Tensor],
    ) -> Result<()> {
        let mut values = values.iter();
        let (mut source, mut prefix) = (self.source.iter_mut(), self.prefix.iter_mut());
        for layer in layers {
            let (mut of_source, mut of_prefix): (Option<Tensor>, Option<Tensor>) = (None, None);
            for (site, values) in layer.sites.iter().zip(&mut values) {
                let values = on_tokens(run, *site, values)?;
                let joined = match site.side() {
                    Side::Source => &mut of_source,
                    Side::Target => &mut of_prefix,
                };
                *joined = Some(match joined.take() {
                    Some(before) => before.concatenate(&values, BackAxis(0))?,
                    None => values,
                });
            }
            for (values, columns) in [(of_source, &mut source), (of_prefix, &mut prefix)] {
                let Some(values) = values else { continue };
                let column = columns.next().expect("there is a column for each layer");
                column.width = values.shape().length(BackAxis(0));
                column.values.extend(run.folded(&values)?.read().await?);
            }
        }
        Ok(())
    }

    /// Adds the layers of another group.
    pub(crate) fn append(&mut self, other: Self) {
        self.source.extend(other.source);
        self.prefix.extend(other.prefix);
    }

    /// All of it, with an axis of layers if every layer was asked for.
    pub(crate) fn collected(self, run: &Run<'_>, choice: &LayerChoice) -> Collected {
        let is_kept = run.fold == Fold::Keep;
        let kind = if choice.is_all() && !is_kept {
            Kind::MultiDimensional
        } else {
            Kind::Granular
        };
        let axes = |columns: &[Column]| {
            let layers = choice.is_all().then_some((Axis::Layers, columns.len()));
            let width = columns.first().map_or(0, |column| column.width);
            let hidden = is_kept.then_some((Axis::Hidden, width));
            layers.into_iter().chain(hidden).collect()
        };
        let mut collected = Collected::new(kind, axes(&self.source));
        collected.prefix_axes = axes(&self.prefix);
        collected.source = interleaved(&self.source, is_kept);
        collected.prefix = interleaved(&self.prefix, is_kept);
        collected
    }
}

fn has_side(layer: &Layer, side: Side) -> bool {
    layer.sites.iter().any(|site| site.side() == side)
}

/// `[targets, tokens, ..]` of each layer → `[targets, tokens, layers, ..]`.
fn interleaved(columns: &[Column], is_kept: bool) -> Vec<f32> {
    let Some(first) = columns.first() else {
        return Vec::new();
    };
    let width = if is_kept { first.width } else { 1 };
    let n_cells = first.values.len() / width.max(1);
    let mut values = Vec::with_capacity(n_cells * width * columns.len());
    for cell in 0..n_cells {
        for column in columns {
            values.extend_from_slice(&column.values[cell * width..(cell + 1) * width]);
        }
    }
    values
}
