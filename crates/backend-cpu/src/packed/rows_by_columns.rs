//! `x W`: eight columns after the other, of some slabs at a time.

use std::ops::Range;

use super::ahead::{Share, fetch};
use super::one_row::row_by_columns;
use super::tiles::{EightColumns, Left, N_ROWS_AT_ONCE, pack};
use super::{BLOCK_ROWS, PackedMatrix, SLAB_HEIGHT, Slab, evenly};
use crate::lanes::N_LANES;

/// So many values of the left operand are packed at once: 256 kB stay in most second-level
/// caches.
const MOST_PACKED: usize = 64 << 10;

/// Slabs that are gone through at once: the columns of so many stay in the first-level
/// cache.
const MOST_SLABS: usize = 14;

/// Adds to `out`, of each of the rows of `left` with these numbers, what `panels` of
/// `matrix`, an even number of them, make of it: a slice for each row, as wide as the
/// panels. `scratch` only saves making room again.
pub(crate) fn rows_by_columns(
    left: Left<'_>,
    rows: &[usize],
    matrix: &PackedMatrix,
    panels: Range<usize>,
    mut out: &mut [&mut [f32]],
    scratch: &mut Vec<f32>,
) {
    if let ([row], [out]) = (rows, &mut *out) {
        return row_by_columns(left, *row, matrix, panels, out, scratch);
    }
    let width = out.first().map_or(0, |out| out.len());
    let slabs: Vec<Slab<'_>> = matrix.slabs().collect();
    let mut halves: [Vec<[f32; N_LANES]>; 2] = Default::default();
    for rows in evenly(rows, N_ROWS_AT_ONCE) {
        let (out_of_rows, rest) = out.split_at_mut(rows.len());
        out = rest;
        let most_slabs = MOST_PACKED / (rows.len() * SLAB_HEIGHT * BLOCK_ROWS);
        let mut start = 0;
        for slabs in evenly(&slabs, most_slabs.clamp(1, MOST_SLABS)) {
            let n_block_rows: usize = slabs.iter().map(|slab| slab.height).sum();
            let end = matrix.n_rows.min(start + n_block_rows * BLOCK_ROWS);
            pack(left, rows, start..end, scratch);
            start = end;
            for panel in panels.clone().step_by(2) {
                for (number, half) in halves.iter_mut().enumerate() {
                    half.clear();
                    for slab in slabs {
                        half.extend_from_slice(slab.panel(panel + number).as_flattened());
                    }
                }
                let first = (panel - panels.start) * N_LANES;
                // The second panel may be over the edge.
                let columns = first..width.min(first + 2 * N_LANES);
                let next = (panel + 2).min(panels.end - 2);
                EightColumns(halves.each_ref().map(Vec::as_slice)).multiply(
                    rows,
                    scratch,
                    out_of_rows,
                    columns,
                    |share| fetch_panels(slabs, next, share),
                );
            }
        }
    }
}

/// Fetches a share of two panels.
fn fetch_panels(slabs: &[Slab<'_>], first: usize, share: Share) {
    for (number, slab) in slabs.iter().enumerate() {
        if share.has(number) {
            fetch(slab.panel(first));
            fetch(slab.panel(first + 1));
        }
    }
}
