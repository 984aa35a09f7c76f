use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use candle_core::{Result, Tensor};

use crate::loops;

/// Values as this backend keeps them: a contiguous candle tensor of 32-bit floats.
pub(crate) struct CpuBuffer {
    pub(crate) values: Tensor,
    transposed: OnceCell<Tensor>,
    /// For weights, how many bytes of transposes there is still room for.
    room: Option<Rc<Cell<usize>>>,
}

/// How many bytes of transposes are kept: as many as there are, but in a browser tab,
/// whose memory ends at 4 GiB, and ends the program.
pub(crate) const ROOM_FOR_TRANSPOSES: usize = if usize::BITS == 32 {
    1 << 30
} else {
    usize::MAX
};

impl CpuBuffer {
    pub(crate) fn value(values: Tensor) -> Self {
        Self {
            values,
            transposed: OnceCell::new(),
            room: None,
        }
    }

    pub(crate) fn weight(values: Tensor, room: Rc<Cell<usize>>) -> Self {
        Self {
            values,
            transposed: OnceCell::new(),
            room: Some(room),
        }
    }

    /// A weight's transpose, made when first asked for and kept: a product would
    /// otherwise turn the whole weight around each time. `None` for other values, and
    /// when there is no room.
    pub(crate) fn kept_transpose(&self) -> Result<Option<&Tensor>> {
        let (Some(room), &[n_rows, n_columns]) = (&self.room, self.values.dims()) else {
            return Ok(None);
        };
        if let Some(known) = self.transposed.get() {
            return Ok(Some(known));
        }
        let Some(left) = room.get().checked_sub(n_bytes(&self.values)) else {
            return Ok(None);
        };
        room.set(left);
        let made = loops::transpose(&self.values, n_rows, n_columns)?;
        Ok(Some(self.transposed.get_or_init(|| made)))
    }
}

impl Drop for CpuBuffer {
    fn drop(&mut self) {
        if let (Some(room), Some(transposed)) = (&self.room, self.transposed.get()) {
            room.set(room.get().saturating_add(n_bytes(transposed)));
        }
    }
}

fn n_bytes(values: &Tensor) -> usize {
    values.elem_count() * size_of::<f32>()
}
