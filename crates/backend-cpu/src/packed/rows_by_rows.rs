//! `y Wᵀ`: a slab's blocks are turned around, which costs little beside the products with
//! them, and go the way of `x W`. What is turned at once lies together.

use std::ops::Range;

use super::one_row::row_by_rows;
use super::tiles::{EightColumns, Left, N_ROWS_AT_ONCE, pack};
use super::{BLOCK_ROWS, Block, PackedMatrix, evenly};
use crate::lanes::{Lanes, N_LANES};

/// Panels that are gone through at once, an even number: with the rows they stay in a small
/// second-level cache, and a row of blocks in the first.
const N_PANELS_AT_ONCE: usize = 96;

/// Adds to `out`, of each of the rows of `left` with these numbers, what `slabs` of
/// `matrix`, transposed, make of it: a slice for each row, as wide as the slabs are high.
/// `scratch` only saves making room again.
pub(crate) fn rows_by_rows(
    left: Left<'_>,
    rows: &[usize],
    matrix: &PackedMatrix,
    slabs: Range<usize>,
    mut out: &mut [&mut [f32]],
    scratch: &mut Vec<f32>,
) {
    if let ([row], [out]) = (rows, &mut *out) {
        return row_by_rows(left, *row, matrix, slabs, out, scratch);
    }
    let width = out.first().map_or(0, |out| out.len());
    let n_panels = matrix.n_panels();
    let mut turned = Turned::default();
    for rows in evenly(rows, N_ROWS_AT_ONCE) {
        let (out_of_rows, rest) = out.split_at_mut(rows.len());
        out = rest;
        for first in (0..n_panels).step_by(N_PANELS_AT_ONCE) {
            let panels = first..n_panels.min(first + N_PANELS_AT_ONCE);
            let inner = first * N_LANES..matrix.n_columns.min(panels.end * N_LANES);
            // An even number of panels is a whole number of what is packed at once.
            pack(left, rows, inner, scratch);
            let mut column = 0;
            for slab in matrix.slabs().skip(slabs.start).take(slabs.len()) {
                let blocks = &slab.blocks[panels.start * slab.height..panels.end * slab.height];
                turned.fill(blocks, slab.height);
                for block_row in 0..slab.height {
                    let columns = column..width.min(column + BLOCK_ROWS);
                    column = columns.end;
                    turned.columns(block_row, panels.len()).multiply(
                        rows,
                        scratch,
                        out_of_rows,
                        columns,
                        |_| (),
                    );
                }
            }
        }
    }
}

/// Rows of blocks as columns, one after the other: of each the upper half, and the lower.
#[derive(Default)]
struct Turned {
    halves: [Vec<[f32; N_LANES]>; 2],
}

impl Turned {
    /// Turns panels around that are so many blocks high.
    fn fill(&mut self, blocks: &[Block], height: usize) {
        let n_panels = blocks.len() / height;
        let [upper, lower] = &mut self.halves;
        for half in [&mut *upper, &mut *lower] {
            half.resize(blocks.len() * N_LANES, [0.0; N_LANES]);
        }
        let (upper, _) = upper.as_chunks_mut::<N_LANES>();
        let (lower, _) = lower.as_chunks_mut::<N_LANES>();
        // In the order in which the blocks lie.
        for (panel, blocks) in blocks.chunks_exact(height).enumerate() {
            for (block_row, block) in blocks.iter().enumerate() {
                let place = block_row * n_panels + panel;
                let (halves, _) = block.as_chunks::<N_LANES>();
                for (half, turned) in halves.iter().zip([&mut upper[place], &mut lower[place]]) {
                    let lanes = Lanes::turned(half.each_ref().map(Lanes::load));
                    for (place, lanes) in turned.iter_mut().zip(lanes) {
                        lanes.store(place);
                    }
                }
            }
        }
    }

    /// What has become of a row of so many blocks.
    fn columns(&self, block_row: usize, n_blocks: usize) -> EightColumns<'_> {
        let length = n_blocks * N_LANES;
        let halves = self.halves.each_ref();
        EightColumns(halves.map(|half| &half[block_row * length..][..length]))
    }
}
