//! Products of tiles of rows by eight columns: sums stay in registers while a product goes
//! down them.

use std::ops::Range;

use super::ahead::Share;
use super::{BLOCK_ROWS, evenly};
use crate::lanes::{Lanes, N_LANES};

/// Rows of a tile: with two vectors of columns for each, its sums leave of sixteen
/// registers those for what is being read.
const TILE: usize = 6;

/// Rows of the left operand that are packed at once, at most.
pub(super) const N_ROWS_AT_ONCE: usize = 32 * TILE;

/// The left operand as it lies: value `inner` of `row` is at
/// `row × row_stride + inner × inner_stride`.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) row_stride: usize,
    pub(crate) inner_stride: usize,
}

/// Tile by tile, the values of all its rows at one place side by side; zeros up to a whole
/// number of blocks.
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

/// Eight columns of a factor from the top, four in each half, one vector after the other.
/// A product reads them again for each tile, so they are copied to where they are
/// together: going from piece to piece of a matrix took a tenth longer.
#[derive(Clone, Copy)]
pub(super) struct EightColumns<'a>(pub(super) [&'a [[f32; N_LANES]]; 2]);

impl EightColumns<'_> {
    /// Adds to these columns of `out`, a slice for each row, the products of the rows that
    /// were packed. There may be fewer than eight columns. Each tile begins with its share of
    /// what `fetch` fetches.
    pub(super) fn multiply(
        self,
        rows: &[usize],
        mut packed: &[f32],
        mut out: &mut [&mut [f32]],
        columns: Range<usize>,
        fetch: impl Fn(Share),
    ) {
        let inner = self.0[0].len();
        let shares = Share::of_tiles(rows.len().div_ceil(TILE));
        for (tile, share) in evenly(rows, TILE).zip(shares) {
            fetch(share);
            let (own, rest) = packed.split_at(inner * tile.len());
            packed = rest;
            let (own_out, rest) = out.split_at_mut(tile.len());
            out = rest;
            let columns = columns.clone();
            // One row would be alone, and is multiplied otherwise.
            match tile.len() {
                2 => self.multiply_tile::<2>(own, own_out, columns),
                3 => self.multiply_tile::<3>(own, own_out, columns),
                4 => self.multiply_tile::<4>(own, own_out, columns),
                5 => self.multiply_tile::<5>(own, own_out, columns),
                _ => self.multiply_tile::<TILE>(own, own_out, columns),
            }
        }
    }

    #[inline(never)]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    fn multiply_tile<const M: usize>(
        self,
        packed: &[f32],
        out: &mut [&mut [f32]],
        columns: Range<usize>,
    ) {
        let (packed, _) = packed.as_chunks::<M>();
        let sums = sums_of(packed, self.0);
        for (out, sums) in out.iter_mut().zip(sums) {
            let out = out[columns.clone()].chunks_mut(N_LANES);
            for (out, sum) in out.zip(sums) {
                sum.add_to(out);
            }
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
fn sums_of<const M: usize>(
    packed: &[[f32; M]],
    [left, right]: [&[[f32; N_LANES]]; 2],
) -> [[Lanes; 2]; M] {
    let mut sums = [[Lanes::splat(0.0); 2]; M];
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
