//! `x W`: sums stay in registers while a product goes down a panel.

use std::ops::Range;

use super::ahead::{Share, fetch};
use super::one_row::row_by_columns;
use super::{BLOCK_ROWS, Block, PackedMatrix, SLAB_HEIGHT, Slab, evenly};
use crate::lanes::{Lanes, N_LANES};

/// Rows of a tile: with two vectors of columns for each, its sums leave of sixteen
/// registers those for what is being read.
pub(super) const TILE: usize = 6;

/// Rows of the left operand that are packed at once.
const N_ROWS_AT_ONCE: usize = 16 * TILE;

/// So many values of the left operand are packed at once: they stay in a small
/// second-level cache.
const MOST_PACKED: usize = 32 << 10;

/// Slabs that are gone through at once: the processor foresees what is read from so many
/// places.
const MOST_SLABS: usize = 14;

/// The left operand as it lies: value `inner` of `row` is at
/// `row × row_stride + inner × inner_stride`.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) row_stride: usize,
    pub(crate) inner_stride: usize,
}

/// Adds to `out`, of each of the rows of `left` with these numbers, what `panels` of
/// `matrix`, an even number of them, make of it: a slice for each row, as wide as the
/// panels. `scratch` only saves making room again.
pub(crate) fn rows_by_columns(
    left: Left<'_>,
    rows: &[usize],
    matrix: &PackedMatrix,
    panels: Range<usize>,
    out: &mut [&mut [f32]],
    scratch: &mut Vec<f32>,
) {
    if let ([row], [out]) = (rows, &mut *out) {
        return row_by_columns(left, *row, matrix, panels, out, scratch);
    }
    let slab_blocks = matrix.n_panels() * SLAB_HEIGHT;
    let mut out = out;
    for rows in evenly(rows, N_ROWS_AT_ONCE) {
        let (out_of_rows, rest) = out.split_at_mut(rows.len());
        out = rest;
        let slab_rows = SLAB_HEIGHT * BLOCK_ROWS;
        let most_slabs = (MOST_PACKED / (rows.len() * slab_rows)).clamp(1, MOST_SLABS);
        let n_slabs = matrix.n_slabs().max(1);
        let n_slabs_at_once = n_slabs.div_ceil(n_slabs.div_ceil(most_slabs));
        let mut start = 0;
        for blocks in matrix.blocks.chunks((n_slabs_at_once * slab_blocks).max(1)) {
            let end = matrix.n_rows.min(start + n_slabs_at_once * slab_rows);
            pack(left, rows, start..end, scratch);
            let inner = (end - start).next_multiple_of(BLOCK_ROWS);
            for panel in panels.clone().step_by(2) {
                let place = Place {
                    blocks,
                    n_panels: matrix.n_panels(),
                    panel,
                    next_panel: (panel + 2).min(panels.end - 2),
                    first_column: (panel - panels.start) * N_LANES,
                };
                let (mut packed, mut out) = (scratch.as_slice(), &mut *out_of_rows);
                let shares = Share::of_tiles(rows.len().div_ceil(TILE));
                for (tile, share) in evenly(rows, TILE).zip(shares) {
                    let (own, rest) = packed.split_at(inner * tile.len());
                    packed = rest;
                    let (own_out, rest) = out.split_at_mut(tile.len());
                    out = rest;
                    // One row would be alone, and was multiplied above.
                    match tile.len() {
                        2 => place.multiply::<2>(own, own_out, share),
                        3 => place.multiply::<3>(own, own_out, share),
                        4 => place.multiply::<4>(own, own_out, share),
                        5 => place.multiply::<5>(own, own_out, share),
                        _ => place.multiply::<TILE>(own, own_out, share),
                    }
                }
            }
            start = end;
        }
    }
}

/// Tile by tile, the values of all its rows at one place side by side.
pub(super) fn pack(left: Left<'_>, rows: &[usize], inner: Range<usize>, packed: &mut Vec<f32>) {
    packed.clear();
    packed.resize(rows.len() * inner.len().next_multiple_of(BLOCK_ROWS), 0.0);
    let mut rest = packed.as_mut_slice();
    for tile in evenly(rows, TILE) {
        let length = inner.len().next_multiple_of(BLOCK_ROWS) * tile.len();
        let (own, after) = rest.split_at_mut(length);
        rest = after;
        for (number, row) in tile.iter().enumerate() {
            let start = row * left.row_stride + inner.start * left.inner_stride;
            let places = own[number..].iter_mut().step_by(tile.len());
            if left.inner_stride == 1 {
                for (place, value) in places.zip(&left.values[start..][..inner.len()]) {
                    *place = *value;
                }
            } else {
                let values = left.values[start..].iter().step_by(left.inner_stride);
                for (place, value) in places.zip(values.take(inner.len())) {
                    *place = *value;
                }
            }
        }
    }
}

/// Two panels of some slabs, side by side.
#[derive(Clone, Copy)]
struct Place<'a> {
    blocks: &'a [Block],
    n_panels: usize,
    panel: usize,
    /// Of the two whose turn is next; at the end these once more.
    next_panel: usize,
    /// Where in the rows of the product its columns begin.
    first_column: usize,
}

impl Place<'_> {
    #[inline(never)]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    fn multiply<const M: usize>(self, packed: &[f32], out: &mut [&mut [f32]], share: Share) {
        let mut sums = [[Lanes::splat(0.0); 2]; M];
        let (mut packed, _) = packed.as_chunks::<M>();
        let slabs = self.blocks.chunks(SLAB_HEIGHT * self.n_panels);
        for (number, blocks) in slabs.enumerate() {
            let slab = Slab {
                blocks,
                height: blocks.len() / self.n_panels,
            };
            let (own, rest) = packed.split_at(slab.height * BLOCK_ROWS);
            packed = rest;
            if share.has(number) {
                fetch(slab.panel(self.next_panel), 1);
                fetch(slab.panel(self.next_panel + 1), 1);
            }
            let panels = [slab.panel(self.panel), slab.panel(self.panel + 1)];
            sums = accumulated(own, panels.map(<[Block]>::as_flattened), sums);
        }
        let width = out.first().map_or(0, |out| out.len());
        // The second panel may be over the edge.
        let end = width.min(self.first_column + 2 * N_LANES);
        add_sums(sums, out, self.first_column..end);
    }
}

/// Adds two vectors of each row to its columns, of which there may be less.
#[inline]
pub(super) fn add_sums<const M: usize>(
    sums: [[Lanes; 2]; M],
    out: &mut [&mut [f32]],
    columns: Range<usize>,
) {
    for (out, sums) in out.iter_mut().zip(sums) {
        let out = out[columns.clone()].chunks_mut(N_LANES);
        for (out, sum) in out.zip(sums) {
            sum.add_to(out);
        }
    }
}

/// One loop, with one value of each row in a round: a longer body would be put into the
/// order of its sums by the compiler, and hold more at once than there are registers.
#[inline]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
pub(super) fn accumulated<const M: usize>(
    packed: &[[f32; M]],
    [left, right]: [&[[f32; N_LANES]]; 2],
    mut sums: [[Lanes; 2]; M],
) -> [[Lanes; 2]; M] {
    for ((values, left), right) in packed.iter().zip(left).zip(right) {
        let (left, right) = (Lanes::load(left), Lanes::load(right));
        for (value, sums) in values.iter().zip(&mut sums) {
            let value = Lanes::splat(*value);
            sums[0] = value.multiply_add(left, sums[0]);
            sums[1] = value.multiply_add(right, sums[1]);
        }
    }
    sums
}
