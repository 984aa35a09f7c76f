//! What a product reads next is fetched while it multiplies. A model's weights are in no
//! cache when their turn comes, and the processor, which sees many short runs, foresees
//! only part of them. WebAssembly has no instruction that only fetches, so that values of
//! its lines are read.

use std::hint::black_box;

use super::Block;

/// Tiles of rows from which on it pays: fewer would each fetch more at once than they have
/// to multiply meanwhile.
const ENOUGH_TILES: usize = 4;

/// What a tile of rows fetches of what comes next: its parts are dealt out among the tiles.
#[derive(Clone, Copy)]
pub(super) struct Share {
    tile: usize,
    n_tiles: usize,
}

impl Share {
    /// One for each tile, in their order.
    pub(super) fn of_tiles(n_tiles: usize) -> impl Iterator<Item = Self> {
        (0..n_tiles).map(move |tile| Self { tile, n_tiles })
    }

    /// Whether the part of this number is in it.
    #[inline]
    pub(super) fn has(self, part: usize) -> bool {
        self.n_tiles >= ENOUGH_TILES && part % self.n_tiles == self.tile
    }
}

/// Reads two values of each block: a block is two lines long.
#[inline]
pub(super) fn fetch(blocks: &[Block]) {
    let mut read = 0;
    for block in blocks {
        read ^= block[0][0].to_bits() ^ block[4][0].to_bits();
    }
    black_box(read);
}
