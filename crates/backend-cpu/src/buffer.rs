use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use candle_core::{Device, Result, Tensor};

use crate::loops;
use crate::packed::PackedMatrix;

/// Values as this backend keeps them.
pub(crate) struct CpuBuffer {
    stored: Stored,
    transposed: OnceCell<Tensor>,
    /// For weights, how many bytes of transposes there is still room for.
    room: Option<Rc<Cell<usize>>>,
}

enum Stored {
    /// A contiguous candle tensor of 32-bit floats.
    Plain(Tensor),
    /// A weight in the order of this crate's own products, and in no other.
    Packed(PackedMatrix),
}

/// How many bytes of transposes are kept: as many as there are. Where memory is short,
/// in a browser tab, weights are packed, and have no transposes.
pub(crate) const ROOM_FOR_TRANSPOSES: usize = usize::MAX;

impl CpuBuffer {
    pub(crate) fn value(values: Tensor) -> Self {
        Self {
            stored: Stored::Plain(values),
            transposed: OnceCell::new(),
            room: None,
        }
    }

    pub(crate) fn weight(values: Tensor, room: Rc<Cell<usize>>) -> Self {
        Self {
            stored: Stored::Plain(values),
            transposed: OnceCell::new(),
            room: Some(room),
        }
    }

    pub(crate) fn packed(values: PackedMatrix) -> Self {
        Self {
            stored: Stored::Packed(values),
            transposed: OnceCell::new(),
            room: None,
        }
    }

    /// The values as a contiguous tensor, which of a packed weight is made each time.
    pub(crate) fn plain(&self) -> Result<Tensor> {
        match &self.stored {
            Stored::Plain(values) => Ok(values.clone()),
            Stored::Packed(matrix) => {
                let shape = (matrix.n_rows, matrix.n_columns);
                Tensor::from_vec(matrix.unpacked(), shape, &Device::Cpu)
            }
        }
    }

    /// The weight, if it is packed.
    pub(crate) fn as_packed(&self) -> Option<&PackedMatrix> {
        match &self.stored {
            Stored::Plain(_) => None,
            Stored::Packed(matrix) => Some(matrix),
        }
    }

    /// A weight's transpose, made when first asked for and kept: a product would
    /// otherwise turn the whole weight around each time. `None` for other values, and
    /// when there is no room.
    pub(crate) fn kept_transpose(&self) -> Result<Option<&Tensor>> {
        let (Some(room), Stored::Plain(values)) = (&self.room, &self.stored) else {
            return Ok(None);
        };
        let &[n_rows, n_columns] = values.dims() else {
            return Ok(None);
        };
        if let Some(known) = self.transposed.get() {
            return Ok(Some(known));
        }
        let Some(left) = room.get().checked_sub(n_bytes(values)) else {
            return Ok(None);
        };
        room.set(left);
        let made = loops::transpose(values, n_rows, n_columns)?;
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
