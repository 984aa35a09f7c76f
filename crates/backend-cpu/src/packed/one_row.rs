//! Products of one row. Nothing of the matrix is used twice, so that memory is what limits
//! them: it is read in the order in which it lies.

use std::ops::Range;

use super::tiles::{Left, pack};
use super::{BLOCK_ROWS, Block, PackedMatrix, SLAB_HEIGHT, Slab};
use crate::lanes::{Lanes, N_LANES};

/// Panels that are gone down side by side: each has a sum, and fewer sums would wait for
/// each other. More would be read from more places at once, which memory likes less.
const MOST_PANELS: usize = 4;

/// Adds to `out` what `panels` of `matrix`, an even number of them, make of this row of
/// `left`. `scratch` only saves making room again.
pub(super) fn row_by_columns(
    left: Left<'_>,
    row: usize,
    matrix: &PackedMatrix,
    panels: Range<usize>,
    out: &mut [f32],
    scratch: &mut Vec<f32>,
) {
    pack(left, &[row], 0..matrix.n_rows, scratch);
    let mut values = scratch.as_slice();
    for slab in matrix.slabs() {
        let (own, rest) = values.split_at(slab.height * BLOCK_ROWS);
        values = rest;
        let (own, _) = own.as_chunks::<BLOCK_ROWS>();
        let starts = panels.clone().step_by(MOST_PANELS);
        for (first, out) in starts.zip(out.chunks_mut(MOST_PANELS * N_LANES)) {
            let end = panels.end.min(first + MOST_PANELS);
            let blocks = &slab.blocks[first * slab.height..end * slab.height];
            match end - first {
                MOST_PANELS => down_panels::<MOST_PANELS>(own, blocks, out),
                _ => down_panels::<2>(own, blocks, out),
            }
        }
    }
}

/// `P` panels of a slab, by as many values as it is high.
#[inline(never)]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
fn down_panels<const P: usize>(values: &[[f32; BLOCK_ROWS]], blocks: &[Block], out: &mut [f32]) {
    let height = values.len();
    let panels: [&[Block]; P] = std::array::from_fn(|panel| &blocks[panel * height..][..height]);
    let mut sums = [Lanes::splat(0.0); P];
    for (block_row, values) in values.iter().enumerate() {
        let blocks = panels.map(|panel| &panel[block_row]);
        for (row, value) in values.iter().enumerate() {
            let value = Lanes::splat(*value);
            for (block, sum) in blocks.iter().zip(&mut sums) {
                *sum = value.multiply_add(Lanes::load(&block[row]), *sum);
            }
        }
    }
    // The last panel may be over the edge.
    for (out, sum) in out.chunks_mut(N_LANES).zip(sums) {
        sum.add_to(out);
    }
}

/// Adds to `out` what `slabs` of `matrix`, transposed, make of this row of `left`, which is
/// row-major. `scratch` only saves making room again.
pub(super) fn row_by_rows(
    left: Left<'_>,
    row: usize,
    matrix: &PackedMatrix,
    slabs: Range<usize>,
    out: &mut [f32],
    scratch: &mut Vec<f32>,
) {
    pack(left, &[row], 0..matrix.n_columns, scratch);
    // The last panels may be over the edge.
    scratch.resize(matrix.n_panels() * N_LANES, 0.0);
    let (values, _) = scratch.as_chunks::<N_LANES>();
    let slabs = matrix.slabs().skip(slabs.start).take(slabs.len());
    for (slab, out) in slabs.zip(out.chunks_mut(SLAB_HEIGHT * BLOCK_ROWS)) {
        along_slab(values, slab, out);
    }
}

#[inline(never)]
#[cfg_attr(
    all(target_arch = "wasm32", feature = "relaxed-simd"),
    target_feature(enable = "relaxed-simd")
)]
fn along_slab(values: &[[f32; N_LANES]], slab: Slab<'_>, out: &mut [f32]) {
    let mut sums = [[Lanes::splat(0.0); BLOCK_ROWS]; SLAB_HEIGHT];
    for (values, blocks) in values.iter().zip(slab.blocks.chunks(slab.height)) {
        let values = Lanes::load(values);
        for (block, sums) in blocks.iter().zip(&mut sums) {
            for (row, sum) in block.iter().zip(sums) {
                *sum = values.multiply_add(Lanes::load(row), *sum);
            }
        }
    }
    let (sums, _) = sums.as_flattened().as_chunks::<N_LANES>();
    for (quad, out) in sums.iter().zip(out.chunks_mut(N_LANES)) {
        Lanes::sums(*quad).add_to(out);
    }
}
