//! Arrays on the host, in double precision.

/// A dense array, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HostArray {
    /// Length of each axis, outermost first.
    pub(crate) shape: Vec<usize>,
    /// As many as the product of `shape`.
    pub(crate) values: Vec<f64>,
}

impl HostArray {
    pub(crate) fn new(shape: impl Into<Vec<usize>>, values: Vec<f64>) -> Self {
        let shape = shape.into();
        assert_eq!(shape.iter().product::<usize>(), values.len(), "{shape:?}");
        Self { shape, values }
    }

    /// The value for each index.
    pub(crate) fn from_indices(
        shape: impl Into<Vec<usize>>,
        mut value_at: impl FnMut(&[usize]) -> f64,
    ) -> Self {
        let shape = shape.into();
        let n: usize = shape.iter().product();
        let values = (0..n)
            .map(|offset| value_at(&index_of(offset, &shape)))
            .collect();
        Self { shape, values }
    }

    /// The value at an index aligned at the back: axes that the array lacks are
    /// passed over, axes of length 1 have one value for all.
    pub(crate) fn broadcast_at(&self, index: &[usize]) -> f64 {
        let own = &index[index.len() - self.shape.len()..];
        let own: Vec<usize> = own
            .iter()
            .zip(&self.shape)
            .map(|(index, length)| if *length == 1 { 0 } else { *index })
            .collect();
        self.at(&own)
    }

    pub(crate) fn at(&self, index: &[usize]) -> f64 {
        let mut offset = 0;
        for (index, length) in index.iter().zip(&self.shape) {
            assert!(index < length, "an index outside of {:?}", self.shape);
            offset = offset * length + index;
        }
        self.values[offset]
    }

    pub(crate) fn floats(&self) -> Vec<f32> {
        self.values.iter().map(|value| *value as f32).collect()
    }

    pub(crate) fn map(&self, map: impl Fn(f64) -> f64) -> Self {
        Self::new(
            self.shape.clone(),
            self.values.iter().copied().map(map).collect(),
        )
    }

    /// A change of each row of the last axis.
    pub(crate) fn map_rows(&self, map: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        let width = self.shape[self.shape.len() - 1];
        let rows: Vec<Vec<f64>> = self.values.chunks_exact(width).map(map).collect();
        let mut shape = self.shape.clone();
        if let (Some(last), Some(row)) = (shape.last_mut(), rows.first()) {
            *last = row.len();
        }
        Self::new(shape, rows.concat())
    }
}

/// The index of a value in a row-major array.
fn index_of(mut offset: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (place, length) in index.iter_mut().zip(shape).rev() {
        *place = offset % length;
        offset /= length;
    }
    index
}
