use std::fmt;

/// The lengths of a tensor's axes, outermost first.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Shape(Vec<usize>);

/// An axis counted from the back: 0 is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackAxis(pub usize);

impl Shape {
    /// A shape with these lengths, outermost first.
    pub fn new(lengths: impl Into<Vec<usize>>) -> Self {
        Self(lengths.into())
    }

    /// The lengths, outermost first.
    pub fn lengths(&self) -> &[usize] {
        &self.0
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// Number of values.
    pub fn n_values(&self) -> usize {
        self.0.iter().product()
    }

    /// Length of an axis; 1 for axes the shape does not have.
    pub fn length(&self, axis: BackAxis) -> usize {
        match self.front_index(axis) {
            Some(index) => self.0[index],
            None => 1,
        }
    }

    /// Where an axis stands counted from the front, if the shape has it.
    pub fn front_index(&self, axis: BackAxis) -> Option<usize> {
        self.0.len().checked_sub(axis.0 + 1)
    }

    /// The same shape with another length at one axis.
    ///
    /// # Panics
    /// If the shape has no such axis.
    pub fn with_length(&self, axis: BackAxis, length: usize) -> Self {
        let index = self.front_index(axis).expect("the caller checked the axis");
        let mut lengths = self.0.clone();
        lengths[index] = length;
        Self(lengths)
    }

    /// The axes before the last `n`.
    pub fn leading(&self, n: usize) -> &[usize] {
        &self.0[..self.0.len().saturating_sub(n)]
    }

    /// The last `n` axes; all of them if there are fewer.
    pub fn trailing(&self, n: usize) -> &[usize] {
        &self.0[self.0.len().saturating_sub(n)..]
    }

    /// The shape both broadcast to, aligned at the back; `None` if two lengths
    /// differ and neither is 1.
    pub fn broadcast(&self, other: &Self) -> Option<Self> {
        let rank = self.rank().max(other.rank());
        let mut lengths = Vec::with_capacity(rank);
        for axis in (0..rank).rev().map(BackAxis) {
            lengths.push(match (self.length(axis), other.length(axis)) {
                (left, right) if left == right => left,
                (1, right) => right,
                (left, 1) => left,
                _ => return None,
            });
        }
        Some(Self(lengths))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.0)
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(lengths: [usize; N]) -> Self {
        Self(lengths.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_aligns_at_the_back() {
        let left = Shape::from([5, 1, 3]);
        let right = Shape::from([4, 3]);
        assert_eq!(left.broadcast(&right), Some(Shape::from([5, 4, 3])));
        assert_eq!(left.broadcast(&Shape::from([2])), None);
    }

    #[test]
    fn axes_count_from_the_back() {
        let shape = Shape::from([5, 4, 3]);
        assert_eq!(shape.length(BackAxis(0)), 3);
        assert_eq!(shape.length(BackAxis(2)), 5);
        assert_eq!(shape.length(BackAxis(3)), 1);
        assert_eq!(shape.leading(2), [5]);
        assert_eq!(shape.trailing(2), [4, 3]);
    }
}
