//! `y Wᵀ` for many rows: some blocks are turned around, which costs little beside the many
//! products with them, and go the way of `x W`, whose sums need no folding.

use std::ops::Range;

use super::rows_by_columns::{Left, TILE, accumulated, add_sums, pack};
use super::rows_by_rows::{BlockRow, rows_of_blocks};
use super::{PackedMatrix, evenly};
use crate::lanes::{Lanes, N_LANES};

/// Rows from which on it pays: fewer are multiplied faster than blocks are turned.
pub(super) const ENOUGH_ROWS: usize = 64;

/// Rows of the left operand for which a block is turned once.
const N_ROWS_AT_ONCE: usize = 32 * TILE;

/// Panels that are gone through at once: with the rows they stay in a small second-level
/// cache, and what is turned in the first.
const N_PANELS_AT_ONCE: usize = 64;

/// Adds the same as `rows_by_rows` to the same places.
pub(super) fn rows_by_turned_blocks(
    left: Left<'_>,
    rows: &[usize],
    matrix: &PackedMatrix,
    slabs: Range<usize>,
    out: &mut [&mut [f32]],
    scratch: &mut Vec<f32>,
) {
    let n_panels = matrix.n_panels();
    let mut turned = Turned::default();
    let mut out = out;
    for rows in evenly(rows, N_ROWS_AT_ONCE) {
        let (out_of_rows, rest) = out.split_at_mut(rows.len());
        out = rest;
        for first in (0..n_panels).step_by(N_PANELS_AT_ONCE) {
            let panels = first..n_panels.min(first + N_PANELS_AT_ONCE);
            let columns = first * N_LANES..matrix.n_columns.min(panels.end * N_LANES);
            // An even number of panels is a whole number of what is packed at once.
            let inner = panels.len() * N_LANES;
            pack(left, rows, columns, scratch);
            for (blocks, columns) in rows_of_blocks(matrix, slabs.clone(), panels) {
                turned.fill(blocks, inner / N_LANES);
                let (mut packed, mut out) = (scratch.as_slice(), &mut *out_of_rows);
                for tile in evenly(rows, TILE) {
                    let (own, rest) = packed.split_at(inner * tile.len());
                    packed = rest;
                    let (own_out, rest) = out.split_at_mut(tile.len());
                    out = rest;
                    let columns = columns.clone();
                    // There are never less than four rows to a tile of so many.
                    match tile.len() {
                        4 => turned.multiply::<4>(own, own_out, columns),
                        5 => turned.multiply::<5>(own, own_out, columns),
                        _ => turned.multiply::<TILE>(own, own_out, columns),
                    }
                }
            }
        }
    }
}

/// The columns of a row of blocks as rows: of each the upper half, and the lower.
#[derive(Default)]
struct Turned {
    halves: [Vec<[f32; N_LANES]>; 2],
}

impl Turned {
    fn fill(&mut self, blocks: BlockRow<'_>, n_blocks: usize) {
        for (half, turned) in self.halves.iter_mut().enumerate() {
            turned.resize(n_blocks * N_LANES, [0.0; N_LANES]);
            let (places, _) = turned.as_chunks_mut::<N_LANES>();
            for (place, block) in places.iter_mut().zip(blocks.iter()) {
                let (halves, _) = block.as_chunks::<N_LANES>();
                let turned = Lanes::turned(halves[half].each_ref().map(Lanes::load));
                for (place, lanes) in place.iter_mut().zip(turned) {
                    lanes.store(place);
                }
            }
        }
    }

    #[inline(never)]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    fn multiply<const M: usize>(
        &self,
        packed: &[f32],
        out: &mut [&mut [f32]],
        columns: Range<usize>,
    ) {
        let (packed, _) = packed.as_chunks::<M>();
        let halves = self.halves.each_ref().map(Vec::as_slice);
        let sums = accumulated(packed, halves, [[Lanes::splat(0.0); 2]; M]);
        add_sums(sums, out, columns);
    }
}
