//! Where the suite runs: a backend that joins this list is tested by every test.

use backend_cpu::Cpu;
use tensor::Device;

/// Every device there is.
pub(crate) fn devices() -> Vec<Device> {
    vec![Cpu::device()]
}
