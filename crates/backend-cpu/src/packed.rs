//! Matrices in the order in which products read them, and products by them.
//!
//! A matrix is cut into blocks of 8 rows by 4 columns, whose rows are vectors. One order
//! of them serves both products: what `x W` or `y Wᵀ` reads next is copied to where it is
//! together, which costs little beside the products with it, for `y Wᵀ` turned around.
//! So no weight is kept twice. Natively candle's products are used instead: they measure
//! faster there, with wider vectors.

mod ahead;
mod by_matrix;
mod one_row;
mod pick;
mod rows_by_columns;
mod rows_by_rows;
mod stacks;
#[cfg(test)]
mod tests;
mod tiles;

pub(crate) use by_matrix::rows_by_matrix;
pub(crate) use stacks::{Stack, stack_by_stack};

use crate::lanes::N_LANES;

/// Rows of a block.
const BLOCK_ROWS: usize = 8;

/// Rows of blocks in a slab. More make longer runs for `x W`, fewer for `y Wᵀ`, and need
/// less room while blocks are turned around; from 5 to 16 it makes little difference.
const SLAB_HEIGHT: usize = 7;

/// Part of a matrix, row by row.
type Block = [[f32; N_LANES]; BLOCK_ROWS];

/// A matrix in blocks. Slabs of some rows of blocks follow one another; in a slab, panels
/// one block wide do, an even number of them. What is over the matrix's edges is zero.
pub(crate) struct PackedMatrix {
    pub(crate) n_rows: usize,
    pub(crate) n_columns: usize,
    blocks: Vec<Block>,
}

impl PackedMatrix {
    /// Packs a row-major matrix.
    pub(crate) fn new(values: &[f32], n_rows: usize, n_columns: usize) -> Self {
        let mut packed = Self {
            n_rows: 0,
            n_columns: 0,
            blocks: Vec::new(),
        };
        packed.refill(values, n_rows, n_columns);
        packed
    }

    /// Packs another matrix in its place.
    fn refill(&mut self, values: &[f32], n_rows: usize, n_columns: usize) {
        (self.n_rows, self.n_columns) = (n_rows, n_columns);
        let (n_panels, n_block_rows) = (self.n_panels(), n_rows.div_ceil(BLOCK_ROWS));
        self.blocks.clear();
        self.blocks.reserve_exact(n_panels * n_block_rows);
        for first in (0..n_block_rows).step_by(SLAB_HEIGHT) {
            let slab = first..n_block_rows.min(first + SLAB_HEIGHT);
            for panel in 0..n_panels {
                for block_row in slab.clone() {
                    let corner = [block_row * BLOCK_ROWS, panel * N_LANES];
                    self.blocks
                        .push(block_at(values, [n_rows, n_columns], corner));
                }
            }
        }
    }

    fn n_panels(&self) -> usize {
        self.n_columns.div_ceil(N_LANES).next_multiple_of(2)
    }

    fn n_slabs(&self) -> usize {
        self.n_rows.div_ceil(SLAB_HEIGHT * BLOCK_ROWS)
    }

    /// The slabs, from the top.
    fn slabs(&self) -> impl Iterator<Item = Slab<'_>> {
        let n_panels = self.n_panels().max(1);
        let slabs = self.blocks.chunks(SLAB_HEIGHT * n_panels);
        slabs.map(move |blocks| Slab {
            blocks,
            height: blocks.len() / n_panels,
        })
    }
}

/// Some rows of blocks.
#[derive(Clone, Copy)]
struct Slab<'a> {
    blocks: &'a [Block],
    height: usize,
}

impl<'a> Slab<'a> {
    /// The blocks of one panel, from the top.
    fn panel(self, panel: usize) -> &'a [Block] {
        &self.blocks[panel * self.height..][..self.height]
    }
}

fn block_at(
    values: &[f32],
    [n_rows, n_columns]: [usize; 2],
    [first_row, first_column]: [usize; 2],
) -> Block {
    let mut block = [[0.0; N_LANES]; BLOCK_ROWS];
    let width = N_LANES.min(n_columns.saturating_sub(first_column));
    for (row, out) in (first_row..n_rows).zip(&mut block) {
        let start = row * n_columns + first_column;
        // A copy of known length is one instruction.
        if width == N_LANES {
            out.copy_from_slice(&values[start..start + N_LANES]);
        } else if width > 0 {
            out[..width].copy_from_slice(&values[start..start + width]);
        }
    }
    block
}

/// Pieces of at most so many, all of nearly the same length: a last piece of one would
/// cost as much as one of several.
fn evenly<T>(of: &[T], at_most: usize) -> impl Iterator<Item = &[T]> {
    let n_pieces = of.len().div_ceil(at_most);
    let mut rest = of;
    (0..n_pieces).rev().map(move |n_after| {
        let (piece, after) = rest.split_at(rest.len().div_ceil(n_after + 1));
        rest = after;
        piece
    })
}
