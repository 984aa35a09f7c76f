//! Reading a packed matrix as if it were not.

use super::{BLOCK_ROWS, PackedMatrix, SLAB_HEIGHT};

impl PackedMatrix {
    /// The rows with these numbers, row-major.
    pub(crate) fn rows(&self, numbers: impl IntoIterator<Item = usize>) -> Vec<f32> {
        let mut rows = Vec::new();
        let n_panels = self.n_panels();
        for number in numbers {
            let block_row = number / BLOCK_ROWS;
            let first = block_row / SLAB_HEIGHT * SLAB_HEIGHT;
            let height = SLAB_HEIGHT.min(self.n_rows.div_ceil(BLOCK_ROWS) - first);
            let start = first * n_panels + block_row % SLAB_HEIGHT;
            let end = rows.len() + self.n_columns;
            for block in self.blocks[start..].iter().step_by(height).take(n_panels) {
                rows.extend_from_slice(&block[number % BLOCK_ROWS]);
            }
            rows.truncate(end);
        }
        rows
    }

    /// The whole matrix, row-major.
    pub(crate) fn unpacked(&self) -> Vec<f32> {
        self.rows(0..self.n_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_back() {
        for (n_rows, n_columns) in [
            (1, 1),
            (8, 8),
            (9, 7),
            (64, 16),
            (65, 3),
            (150, 20),
            (0, 5),
            (5, 0),
        ] {
            let values: Vec<f32> = (0..n_rows * n_columns).map(|n| n as f32).collect();
            let packed = PackedMatrix::new(&values, n_rows, n_columns);
            assert_eq!(packed.unpacked(), values, "{n_rows} × {n_columns}");
            if n_rows > 2 {
                let picked = packed.rows([n_rows - 1, 0, n_rows - 1]);
                assert_eq!(picked[n_columns..2 * n_columns], values[..n_columns]);
                assert_eq!(picked[2 * n_columns..], values[(n_rows - 1) * n_columns..]);
            }
        }
    }
}
