//! A heatmap that several views share: to hand it on copies nothing, and to ask whether
//! it is still the same compares no cells.

use std::{ops::Deref, sync::Arc};

use heatmap::Heatmap;

/// A view with more cells than this is drawn as pixels, and the text comes first.
const MOST_CELLS_OF_A_TABLE: usize = 64 * 64;

/// Rows, columns and cells, shared.
#[derive(Clone, Debug)]
pub(crate) struct LaidOut(Arc<Heatmap>);

impl LaidOut {
    /// Whether there are more cells than the browser lays out as a table at once.
    pub(crate) fn is_large(&self) -> bool {
        self.n_rows() * self.columns.len() > MOST_CELLS_OF_A_TABLE
    }
}

impl From<Heatmap> for LaidOut {
    fn from(heatmap: Heatmap) -> Self {
        Self(Arc::new(heatmap))
    }
}

impl Deref for LaidOut {
    type Target = Heatmap;

    fn deref(&self) -> &Heatmap {
        &self.0
    }
}

/// The same only if it is the very same: nothing changes a heatmap after it is made.
impl PartialEq for LaidOut {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
