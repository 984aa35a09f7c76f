//! `y Wᵀ`: each sum is of products of whole vectors, and is folded at the end.

use std::ops::Range;

use super::ahead::Share;
use super::one_row::row_by_rows;
use super::rows_by_columns::Left;
use super::turned::{ENOUGH_ROWS, rows_by_turned_blocks};
use super::{BLOCK_ROWS, Block, PackedMatrix, SLAB_HEIGHT, evenly};
use crate::lanes::{Lanes, N_LANES};

/// Rows of the left operand that are multiplied at once.
const N_ROWS_AT_ONCE: usize = 96;

/// Panels that are gone through at once: with the rows they stay in a small second-level
/// cache, and a row of blocks in the first.
const N_PANELS_AT_ONCE: usize = 128;

/// Rows of a tile: with two sums for each it leaves of sixteen registers those for what
/// is being read.
const TILE: usize = 6;

/// Adds to `out`, of each of the rows of `left`, row-major, with these numbers, what
/// `slabs` of `matrix`, transposed, make of it: a slice for each row, as wide as the slabs
/// are high. `scratch` only saves making room again.
pub(crate) fn rows_by_rows(
    left: &[f32],
    rows: &[usize],
    matrix: &PackedMatrix,
    slabs: Range<usize>,
    out: &mut [&mut [f32]],
    scratch: &mut Vec<f32>,
) {
    let as_it_lies = Left {
        values: left,
        row_stride: matrix.n_columns,
        inner_stride: 1,
    };
    if let ([row], [out]) = (rows, &mut *out) {
        return row_by_rows(as_it_lies, *row, matrix, slabs, out, scratch);
    }
    if rows.len() >= ENOUGH_ROWS {
        return rows_by_turned_blocks(as_it_lies, rows, matrix, slabs, out, scratch);
    }
    let n_panels = matrix.n_panels();
    let mut out = out;
    for rows in evenly(rows, N_ROWS_AT_ONCE) {
        let (out_of_rows, rest) = out.split_at_mut(rows.len());
        out = rest;
        let n_at_once = n_panels.div_ceil(n_panels.div_ceil(N_PANELS_AT_ONCE).max(1));
        for first in (0..n_panels).step_by(n_at_once.max(1)) {
            let panels = first..n_panels.min(first + n_at_once);
            pack(left, rows, matrix.n_columns, panels.clone(), scratch);
            let height = slabs.clone();
            let mut block_rows = rows_of_blocks(matrix, height, panels.clone()).peekable();
            while let Some((blocks, columns)) = block_rows.next() {
                let place = Place { blocks, columns };
                let next = block_rows.peek().map(|(blocks, _)| *blocks);
                let (mut packed, mut out) = (scratch.as_slice(), &mut *out_of_rows);
                let shares = Share::of_tiles(rows.len().div_ceil(TILE));
                for (tile, share) in evenly(rows, TILE).zip(shares) {
                    if let Some(next) = next {
                        next.fetch(share);
                    }
                    let (own, rest) = packed.split_at(tile.len() * panels.len() * N_LANES);
                    packed = rest;
                    let (own_out, rest) = out.split_at_mut(tile.len());
                    out = rest;
                    // Fewer rows have room for more sums of each, and read less often. One row
                    // would be alone, and was multiplied above.
                    match tile.len() {
                        2 => place.multiply::<2, 4>(own, own_out),
                        3 => place.multiply::<3, 4>(own, own_out),
                        4 => place.multiply::<4, 2>(own, own_out),
                        5 => place.multiply::<5, 2>(own, own_out),
                        _ => place.multiply::<TILE, 2>(own, own_out),
                    }
                }
            }
        }
    }
}

/// Tile by tile and panel by panel, a vector of each row beside those of the others.
fn pack(left: &[f32], rows: &[usize], inner: usize, panels: Range<usize>, packed: &mut Vec<f32>) {
    packed.clear();
    packed.resize(rows.len() * panels.len() * N_LANES, 0.0);
    let columns = panels.start * N_LANES..inner.min(panels.end * N_LANES);
    let mut rest = packed.as_mut_slice();
    for tile in evenly(rows, TILE) {
        let (own, after) = rest.split_at_mut(tile.len() * panels.len() * N_LANES);
        rest = after;
        let (places, _) = own.as_chunks_mut::<N_LANES>();
        for (number, row) in tile.iter().enumerate() {
            let (vectors, end) = left[row * inner..][columns.clone()].as_chunks::<N_LANES>();
            let mut places = places[number..].iter_mut().step_by(tile.len());
            for (vector, place) in vectors.iter().zip(&mut places) {
                *place = *vector;
            }
            if let Some(place) = places.next() {
                place[..end.len()].copy_from_slice(end);
            }
        }
    }
}

/// The blocks of some panels of each row of blocks of some slabs, and the columns that
/// they make of these slabs' product.
pub(super) fn rows_of_blocks(
    matrix: &PackedMatrix,
    slabs: Range<usize>,
    panels: Range<usize>,
) -> impl Iterator<Item = (BlockRow<'_>, Range<usize>)> {
    let n_columns = matrix.n_rows - slabs.start * SLAB_HEIGHT * BLOCK_ROWS;
    let slabs = matrix.slabs().skip(slabs.start).take(slabs.len());
    let block_rows = slabs.flat_map(move |slab| {
        let of_panels = &slab.blocks[panels.start * slab.height..panels.end * slab.height];
        (0..slab.height).map(move |block_row| BlockRow {
            from_first: &of_panels[block_row..],
            stride: slab.height,
        })
    });
    block_rows.enumerate().map(move |(number, blocks)| {
        let first = number * BLOCK_ROWS;
        (blocks, first..n_columns.min(first + BLOCK_ROWS))
    })
}

/// A row of blocks.
#[derive(Clone, Copy)]
pub(super) struct BlockRow<'a> {
    from_first: &'a [Block],
    stride: usize,
}

impl<'a> BlockRow<'a> {
    pub(super) fn iter(self) -> impl Iterator<Item = &'a Block> {
        self.from_first.iter().step_by(self.stride)
    }

    /// Fetches some of them.
    pub(super) fn fetch(self, share: Share) {
        share.fetch(self.from_first, self.stride);
    }
}

/// What a row of blocks makes of the product.
struct Place<'a> {
    blocks: BlockRow<'a>,
    columns: Range<usize>,
}

impl Place<'_> {
    /// For `M` rows, `K` sums of each at a time.
    #[inline(never)]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    fn multiply<const M: usize, const K: usize>(&self, packed: &[f32], out: &mut [&mut [f32]]) {
        let (packed, _) = packed.as_chunks::<N_LANES>();
        let (packed, _) = packed.as_chunks::<M>();
        let mut made = [[Lanes::splat(0.0); BLOCK_ROWS]; M];
        for part in (0..self.columns.len()).step_by(K) {
            let sums = sums_of::<M, K>(self.blocks, part, packed);
            for (made, sums) in made.iter_mut().zip(sums) {
                made[part..part + K].copy_from_slice(&sums);
            }
        }
        for (out, sums) in out.iter_mut().zip(made) {
            let out = &mut out[self.columns.clone()];
            let (quads, _) = sums.as_chunks::<N_LANES>();
            for (quad, out) in quads.iter().zip(out.chunks_mut(N_LANES)) {
                Lanes::sums(*quad).add_to(out);
            }
        }
    }
}

/// One loop with one vector of each row in a round; see `rows_by_columns`.
#[inline]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
fn sums_of<const M: usize, const K: usize>(
    blocks: BlockRow<'_>,
    part: usize,
    packed: &[[[f32; N_LANES]; M]],
) -> [[Lanes; K]; M] {
    let mut sums = [[Lanes::splat(0.0); K]; M];
    for (values, block) in packed.iter().zip(blocks.iter()) {
        let (parts, _) = block.as_chunks::<K>();
        let rows = parts[part / K].each_ref().map(Lanes::load);
        for (values, sums) in values.iter().zip(&mut sums) {
            let values = Lanes::load(values);
            for (row, sum) in rows.iter().zip(sums) {
                *sum = values.multiply_add(*row, *sum);
            }
        }
    }
    sums
}
