use std::fmt;
use std::ops::Range;

use crate::{AggregateFunction, Error, Result};

/// A dense array of 32-bit floats with named axes, row-major. NaN marks "not
/// applicable", such as a token's influence on an earlier one.
#[derive(Clone, Debug)]
pub struct Scores {
    /// Name of each axis, outermost first.
    pub axes: Vec<Axis>,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// The values; as many as the product of `shape`.
    pub values: Vec<f32>,
}

/// What an axis of [`Scores`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Tokens that are attributed to: source tokens, or prefix tokens.
    Inputs,
    /// Produced tokens that are explained.
    Targets,
    /// Coordinates of the embedding or of another hidden state.
    Hidden,
    /// Layers, first to last.
    Layers,
    /// Attention heads.
    Heads,
}

impl Scores {
    /// Puts values into shape. It is an error if their number is not the product
    /// of `shape`, or if names and lengths are not equally many.
    pub fn new(axes: Vec<Axis>, shape: Vec<usize>, values: Vec<f32>) -> Result<Self> {
        if axes.len() != shape.len() {
            return Err(Error::AxisCount {
                names: axes.len(),
                lengths: shape.len(),
            });
        }
        let count = shape
            .iter()
            .try_fold(1usize, |count, &length| count.checked_mul(length));
        if count != Some(values.len()) {
            return Err(Error::ValueCount {
                shape,
                found: values.len(),
            });
        }
        Ok(Self {
            axes,
            shape,
            values,
        })
    }

    /// A matrix `[inputs, targets]`.
    pub fn matrix(n_inputs: usize, n_targets: usize, values: Vec<f32>) -> Result<Self> {
        Self::new(
            vec![Axis::Inputs, Axis::Targets],
            vec![n_inputs, n_targets],
            values,
        )
    }

    /// Number of axes.
    pub fn n_axes(&self) -> usize {
        self.shape.len()
    }

    /// Where an axis lies, counted from the outermost. The first one of that name.
    pub fn position(&self, axis: Axis) -> Option<usize> {
        self.axes.iter().position(|&candidate| candidate == axis)
    }

    /// Length of an axis, if there is one of that name.
    pub fn length(&self, axis: Axis) -> Option<usize> {
        self.position(axis).map(|position| self.shape[position])
    }

    /// One value, with one index for each axis; `None` outside of the array.
    pub fn at(&self, indices: &[usize]) -> Option<f32> {
        if indices.len() != self.shape.len() {
            return None;
        }
        let mut offset = 0;
        for (&index, &length) in indices.iter().zip(&self.shape) {
            if index >= length {
                return None;
            }
            offset = offset * length + index;
        }
        self.values.get(offset).copied()
    }

    /// Keeps one index of an axis; the axis disappears.
    pub fn select_index(&self, axis: Axis, index: usize) -> Result<Self> {
        let mut selected = self.select_range(axis, index..index.saturating_add(1))?;
        let position = self.position_or_error(axis)?;
        selected.axes.remove(position);
        selected.shape.remove(position);
        Ok(selected)
    }

    /// Keeps a range of an axis.
    pub fn select_range(&self, axis: Axis, range: Range<usize>) -> Result<Self> {
        let position = self.position_or_error(axis)?;
        let length = self.shape[position];
        if range.start > range.end || range.end > length {
            return Err(Error::OutOfRange {
                axis,
                index: range.end.saturating_sub(1).max(range.start),
                length,
            });
        }
        let (outer, inner) = self.around(position);
        let mut values = Vec::with_capacity(outer * range.len() * inner);
        for block in 0..outer {
            let start = block * length * inner;
            values.extend_from_slice(
                &self.values[start + range.start * inner..start + range.end * inner],
            );
        }
        let mut shape = self.shape.clone();
        shape[position] = range.len();
        Self::new(self.axes.clone(), shape, values)
    }

    /// Makes one value of all along an axis; the axis disappears.
    pub fn reduce(&self, axis: Axis, function: AggregateFunction) -> Result<Self> {
        let position = self.position_or_error(axis)?;
        let length = self.shape[position];
        let (outer, inner) = self.around(position);
        let mut values = Vec::with_capacity(outer * inner);
        let mut gathered = vec![0.0; length];
        for block in 0..outer {
            let start = block * length * inner;
            for lane in 0..inner {
                for (index, slot) in gathered.iter_mut().enumerate() {
                    *slot = self.values[start + index * inner + lane];
                }
                values.push(function.apply(&gathered));
            }
        }
        let mut axes = self.axes.clone();
        let mut shape = self.shape.clone();
        axes.remove(position);
        shape.remove(position);
        Self::new(axes, shape, values)
    }

    /// Largest absolute value; zero if there is none. NaN does not count.
    pub fn largest_magnitude(&self) -> f32 {
        self.values
            .iter()
            .fold(0.0, |largest, value| f32::max(largest, value.abs()))
    }

    /// How many blocks lie around an axis, and how many values inside each entry.
    fn around(&self, position: usize) -> (usize, usize) {
        let outer = self.shape[..position].iter().product();
        let inner = self.shape[position + 1..].iter().product();
        (outer, inner)
    }

    fn position_or_error(&self, axis: Axis) -> Result<usize> {
        self.position(axis).ok_or(Error::MissingAxis { axis })
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Inputs => "inputs",
            Self::Targets => "targets",
            Self::Hidden => "hidden coordinates",
            Self::Layers => "layers",
            Self::Heads => "heads",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube() -> Scores {
        let axes = vec![Axis::Inputs, Axis::Targets, Axis::Layers];
        let values = (0..12).map(|value| value as f32).collect();
        Scores::new(axes, vec![2, 3, 2], values).unwrap()
    }

    #[test]
    fn a_shape_must_hold_its_values() {
        assert!(matches!(
            Scores::matrix(2, 2, vec![0.0; 3]),
            Err(Error::ValueCount { found: 3, .. })
        ));
        assert!(Scores::new(vec![Axis::Inputs], vec![1, 1], vec![0.0]).is_err());
    }

    #[test]
    fn a_shape_that_overflows_is_an_error() {
        assert!(Scores::matrix(usize::MAX, 2, vec![]).is_err());
    }

    #[test]
    fn values_are_found_by_index() {
        assert_eq!(cube().at(&[1, 2, 0]), Some(10.0));
        assert_eq!(cube().at(&[1, 3, 0]), None);
        assert_eq!(cube().at(&[1, 2]), None);
    }

    #[test]
    fn selecting_an_index_removes_the_axis() {
        let second = cube().select_index(Axis::Layers, 1).unwrap();
        assert_eq!(second.shape, [2, 3]);
        assert_eq!(second.values, [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]);
        let middle = cube().select_index(Axis::Targets, 1).unwrap();
        assert_eq!(middle.values, [2.0, 3.0, 8.0, 9.0]);
    }

    #[test]
    fn selecting_outside_of_an_axis_names_the_axis() {
        let error = cube().select_index(Axis::Layers, 2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "index 2 is out of range: there are 2 layers"
        );
        let error = cube().select_index(Axis::Heads, 0).unwrap_err();
        assert_eq!(error.to_string(), "scores have no axis of heads");
    }

    #[test]
    fn reducing_works_on_every_axis() {
        let sums = cube().reduce(Axis::Inputs, AggregateFunction::Sum).unwrap();
        assert_eq!(sums.values, [6.0, 8.0, 10.0, 12.0, 14.0, 16.0]);
        let means = cube()
            .reduce(Axis::Layers, AggregateFunction::Mean)
            .unwrap();
        assert_eq!(means.values, [0.5, 2.5, 4.5, 6.5, 8.5, 10.5]);
    }
}
