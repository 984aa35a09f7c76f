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

/// Product of the other lengths that an array of no values may have.
const LARGEST_EMPTY: usize = 1 << 24;

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
        let scores = Self {
            axes,
            shape,
            values,
        };
        scores.check()?;
        Ok(scores)
    }

    /// Checks that names, lengths and values fit each other.
    pub(crate) fn check(&self) -> Result<()> {
        if self.axes.len() != self.shape.len() {
            return Err(Error::AxisCount {
                names: self.axes.len(),
                lengths: self.shape.len(),
            });
        }
        let mut lengths = self.shape.iter();
        let count = lengths.try_fold(1usize, |count, &length| count.checked_mul(length));
        // An array without values may still say that it is huge in other axes.
        let mut lengths = self.shape.iter().filter(|&&length| length > 0);
        let extent = lengths.try_fold(1usize, |extent, &length| extent.checked_mul(length));
        let limit = self.values.len().max(LARGEST_EMPTY);
        if count != Some(self.values.len()) || extent.is_none_or(|extent| extent > limit) {
            return Err(Error::ValueCount {
                shape: self.shape.clone(),
                found: self.values.len(),
            });
        }
        Ok(())
    }

    /// Whether shapes are equal, and values but for rounding.
    pub(crate) fn is_close(&self, other: &Self) -> bool {
        self.shape == other.shape && are_close(&self.values, &other.values)
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

    /// Keeps some indices of an axis, in the order given.
    pub fn select_indices(&self, axis: Axis, indices: &[usize]) -> Result<Self> {
        let position = self.position_or_error(axis)?;
        self.select_indices_at(position, indices)
    }

    /// Makes one value of all along an axis; the axis disappears.
    pub fn reduce(&self, axis: Axis, function: AggregateFunction) -> Result<Self> {
        self.reduce_with(axis, |values| function.apply(values))
    }

    /// As [`reduce`](Self::reduce), with any function of the values along the axis.
    pub(crate) fn reduce_with(&self, axis: Axis, function: impl Fn(&[f32]) -> f32) -> Result<Self> {
        let position = self.position_or_error(axis)?;
        let whole = 0..self.shape[position];
        let mut reduced = self.merge_at(position, std::slice::from_ref(&whole), function)?;
        reduced.axes.remove(position);
        reduced.shape.remove(position);
        Ok(reduced)
    }

    /// Makes one value of each run along the axis at a position; the axis stays.
    /// Runs that are empty or outside of the axis are an error.
    pub(crate) fn merge_at(
        &self,
        position: usize,
        runs: &[Range<usize>],
        function: impl Fn(&[f32]) -> f32,
    ) -> Result<Self> {
        let axis = self.axes[position];
        let length = self.shape[position];
        if let Some(run) = runs.iter().find(|run| run.end > length) {
            return Err(Error::OutOfRange {
                axis,
                index: run.end.saturating_sub(1),
                length,
            });
        }
        let (outer, inner) = self.around(position);
        let mut values = Vec::with_capacity(outer * runs.len() * inner);
        let mut gathered = Vec::with_capacity(length);
        for block in 0..outer {
            let start = block * length * inner;
            for run in runs {
                for lane in 0..inner {
                    gathered.clear();
                    let in_run = run.clone();
                    gathered.extend(in_run.map(|index| self.values[start + index * inner + lane]));
                    values.push(function(&gathered));
                }
            }
        }
        let mut shape = self.shape.clone();
        shape[position] = runs.len();
        Self::new(self.axes.clone(), shape, values)
    }

    /// As [`select_indices`](Self::select_indices), for the axis at a position.
    pub(crate) fn select_indices_at(&self, position: usize, indices: &[usize]) -> Result<Self> {
        let length = self.shape[position];
        if let Some(&index) = indices.iter().find(|&&index| index >= length) {
            return Err(Error::OutOfRange {
                axis: self.axes[position],
                index,
                length,
            });
        }
        let (outer, inner) = self.around(position);
        let mut values = Vec::with_capacity(outer * indices.len() * inner);
        for block in 0..outer {
            for index in indices {
                let start = (block * length + index) * inner;
                values.extend_from_slice(&self.values[start..start + inner]);
            }
        }
        let mut shape = self.shape.clone();
        shape[position] = indices.len();
        Self::new(self.axes.clone(), shape, values)
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

/// Whether values are equal but for rounding; NaN equals NaN. The bounds are Inseq's.
pub(crate) fn are_close(left: &[f32], right: &[f32]) -> bool {
    const ABSOLUTE: f32 = 1e-5;
    const RELATIVE: f32 = 1e-5;
    let is_close = |(left, right): (&f32, &f32)| {
        left == right
            || left.is_nan() && right.is_nan()
            || (left - right).abs() <= ABSOLUTE + RELATIVE * right.abs()
    };
    left.len() == right.len() && left.iter().zip(right).all(is_close)
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
        assert!(Scores::matrix(usize::MAX, 0, vec![]).is_err());
        assert!(Scores::matrix(3, 0, vec![]).is_ok());
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
