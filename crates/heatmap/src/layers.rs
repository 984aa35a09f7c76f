use attribution_output::{
    Attribution, Axis, Compatibility, Scores, Stage, aggregate_with, default_stages,
};

use crate::layout::{Scale, labels, title_from_id};
use crate::numbers::decimals_for;
use crate::{Error, Heatmap, Part, Result, Role, Row, Setting, Side};

const LEGEND: &str = "rows: layers, columns: attributed tokens";
const DECIMALS: usize = 3;

impl Heatmap {
    /// Lays out what each token gave to one target at each layer: rows are layers, the
    /// first at the top, columns the source tokens and then those of the output before
    /// the target.
    ///
    /// Hidden coordinates or heads are aggregated by default, which normalizes each layer's
    /// values; those of layers alone stay as they are. `column` counts targets from 0. It
    /// is an error if there are no layers, or no such target.
    pub fn of_layers(
        attribution: &Attribution,
        column: usize,
        method: &str,
        mut settings: Vec<Setting>,
    ) -> Result<Self> {
        let layers = layers_only(attribution)?;
        let target = layers.targets().get(column).ok_or(Error::NoTarget {
            column,
            n_targets: layers.targets().len(),
        })?;
        let position = layers.attr_pos_start + column;
        let sides = [
            (&layers.source_attributions, &layers.source[..]),
            (&layers.target_attributions, &layers.target[..position]),
        ];
        let mut columns = Vec::new();
        let mut values: Vec<Vec<f32>> = Vec::new();
        for (scores, tokens) in sides {
            let Some(scores) = scores else { continue };
            columns.extend(labels(tokens, 0, layers.spelling));
            let n_layers = scores.length(Axis::Layers).unwrap_or(0);
            values.resize(n_layers, Vec::new());
            for (layer, row) in values.iter_mut().enumerate() {
                row.extend(row_of_layer(scores, tokens.len(), column, layer));
            }
        }
        let range = largest_magnitude(&values);
        let scale = Scale {
            range,
            decimals: decimals_for(range, DECIMALS),
        };
        let rows = values.iter().enumerate().map(|(layer, values)| Row {
            label: crate::Label {
                position: layer,
                text: "layer".to_owned(),
            },
            role: Role::Given,
            cells: values.iter().map(|&value| scale.cell(value)).collect(),
        });
        let target = target.display(layers.spelling);
        settings.push(Setting {
            name: "target".to_owned(),
            value: format!("{} ({position})", target.trim()),
        });
        Ok(Self {
            title: format!("{}, layer by layer", title_from_id(method)),
            legend: LEGEND,
            columns,
            parts: vec![Part {
                side: Side::Layers,
                rows: rows.collect(),
            }],
            scores: Vec::new(),
            range,
            is_signed: values.iter().flatten().any(|&value| value < 0.0),
            decimals: scale.decimals,
            settings,
        })
    }
}

/// The attribution with layers, but no other axis beside rows and columns.
fn layers_only(attribution: &Attribution) -> Result<Attribution> {
    let parts = [
        &attribution.source_attributions,
        &attribution.target_attributions,
    ];
    let mut parts = parts.into_iter().flatten();
    if !parts.any(|scores| scores.length(Axis::Layers).is_some()) {
        return Err(Error::NoLayers);
    }
    // The last of the default stages is the mean over layers.
    let mut stages: Vec<Stage> = default_stages(attribution);
    stages.pop();
    Ok(aggregate_with(
        attribution,
        &stages,
        Compatibility::Corrected,
    )?)
}

fn row_of_layer(
    scores: &Scores,
    n_rows: usize,
    column: usize,
    layer: usize,
) -> impl Iterator<Item = f32> {
    (0..n_rows).map(move |row| scores.at(&[row, column, layer]).unwrap_or(f32::NAN))
}

fn largest_magnitude(values: &[Vec<f32>]) -> f32 {
    let magnitudes = values.iter().flatten().map(|value| value.abs());
    magnitudes.fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::small_attribution;
    use attribution_output::Kind;

    fn two_layers() -> Attribution {
        let mut attribution = small_attribution([0.0; 2]);
        attribution.kind = Kind::MultiDimensional;
        let axes = vec![Axis::Inputs, Axis::Targets, Axis::Layers];
        let values = vec![0.5, 0.25, -1.0, 0.75];
        attribution.source_attributions = Scores::new(axes.clone(), vec![1, 2, 2], values).ok();
        let none = f32::NAN;
        let values = vec![
            0.5, 0.5, 0.0, 0.25, none, none, 0.0, 0.5, none, none, none, none,
        ];
        attribution.target_attributions = Scores::new(axes, vec![3, 2, 2], values).ok();
        attribution
    }

    #[test]
    fn layers_are_rows_and_tokens_are_columns() {
        let heatmap = Heatmap::of_layers(&two_layers(), 1, "attention", Vec::new()).unwrap();
        let texts: Vec<&str> = heatmap
            .columns
            .iter()
            .map(|label| label.text.as_str())
            .collect();
        assert_eq!(texts, [" Hello", "<pad>", " Sa"]);
        let rows = &heatmap.parts[0].rows;
        let values =
            |row: &Row| -> Vec<f32> { row.cells.iter().filter_map(|cell| cell.value).collect() };
        assert_eq!(
            rows.iter().map(values).collect::<Vec<_>>(),
            [[-1.0, 0.0, 0.0], [0.75, 0.25, 0.5],]
        );
        assert!(heatmap.is_signed);
        assert_eq!(heatmap.settings[0].value, "lut (2)");
        assert_eq!(
            heatmap.summary(),
            "strongest: “Hello” (0) gave -1.000 at layer 0"
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_named() {
        let draw = |attribution: &Attribution, column| {
            let heatmap = Heatmap::of_layers(attribution, column, "attention", Vec::new());
            heatmap.unwrap_err().to_string()
        };
        assert_eq!(
            draw(&small_attribution([0.0; 2]), 0),
            "the attribution has no layers to draw"
        );
        assert_eq!(
            draw(&two_layers(), 2),
            "there is no target 2: there are 2, from 0 on"
        );
    }
}
