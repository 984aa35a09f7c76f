use std::cell::RefCell;
use std::rc::Rc;

use crate::buffers::Allocation;
use crate::expression::Expression;
use crate::kernels::Format;

/// Values as this backend keeps them.
pub(crate) struct Stored {
    pub(crate) state: RefCell<State>,
}

/// What there is of a value.
#[derive(Clone)]
pub(crate) enum State {
    /// Its values.
    Ready(Rc<Ready>),
    /// How to compute them, once something needs them as they are.
    Waiting(Expression),
}

/// Values on the device, contiguous.
pub(crate) struct Ready {
    /// One, but for weights that are too large for one binding: these are cut between
    /// rows.
    pub(crate) parts: Vec<Part>,
    pub(crate) format: Format,
}

/// Some rows of a value.
pub(crate) struct Part {
    pub(crate) allocation: Allocation,
    pub(crate) first_row: usize,
    pub(crate) n_rows: usize,
    pub(crate) n_values: usize,
}

impl Stored {
    pub(crate) fn ready(ready: Ready) -> Self {
        Self {
            state: RefCell::new(State::Ready(Rc::new(ready))),
        }
    }

    pub(crate) fn waiting(expression: Expression) -> Self {
        Self {
            state: RefCell::new(State::Waiting(expression)),
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state.borrow().clone()
    }
}

impl Ready {
    pub(crate) fn of_one_part(allocation: Allocation, n_values: usize) -> Self {
        Self {
            parts: vec![Part {
                allocation,
                first_row: 0,
                n_rows: 1,
                n_values,
            }],
            format: Format::F32,
        }
    }

    /// The buffer of a result, or of what was made whole before.
    pub(crate) fn whole(&self) -> &wgpu::Buffer {
        self.buffer()
            .expect("results are made whole, and inputs by who takes them")
    }

    /// The buffer of 32-bit values that are in one part.
    pub(crate) fn buffer(&self) -> Option<&wgpu::Buffer> {
        match self.parts.as_slice() {
            [part] if self.format == Format::F32 => Some(&part.allocation.buffer),
            _ => None,
        }
    }
}
