use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::device::Gpu;

/// Buffers on the device: those in use are counted, those that were are kept for the
/// next value of their size.
///
/// The device carries out what it is told in order, so that a buffer may be written
/// again as soon as everything that reads it has been recorded.
pub(crate) struct Pool {
    gpu: Rc<Gpu>,
    free: BTreeMap<u64, Vec<wgpu::Buffer>>,
    /// No longer needed, but perhaps by commands that are not submitted yet.
    retired: Vec<wgpu::Buffer>,
    bytes_free: u64,
    bytes_retired: u64,
    /// Raised when the device had no memory: what was made before may be no buffer.
    generation: u64,
    bytes_in_use: u64,
    peak_bytes_in_use: u64,
    room_bytes: Option<u64>,
}

/// A buffer of the pool, given back when it is dropped.
pub(crate) struct Allocation {
    pub(crate) buffer: wgpu::Buffer,
    is_kept: bool,
    generation: u64,
    pool: Rc<RefCell<Pool>>,
}

/// There is no room for a buffer of so many bytes.
pub(crate) struct NoRoom {
    pub(crate) bytes: u64,
}

/// Bytes of unused buffers that are kept.
const MOST_BYTES_FREE: u64 = 1 << 30;

/// Sizes are whole vectors of four values.
const ALIGNMENT: u64 = 16;

impl Pool {
    pub(crate) fn new(gpu: Rc<Gpu>, room_bytes: Option<u64>) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self {
            gpu,
            free: BTreeMap::new(),
            retired: Vec::new(),
            bytes_free: 0,
            bytes_retired: 0,
            generation: 0,
            bytes_in_use: 0,
            peak_bytes_in_use: 0,
            room_bytes,
        }))
    }

    /// A buffer for values that are computed; what is in it is left from others.
    pub(crate) fn take(pool: &Rc<RefCell<Self>>, bytes: usize) -> Result<Allocation, NoRoom> {
        let size = rounded(bytes as u64);
        let mut this = pool.borrow_mut();
        let known = this.free.get_mut(&size).and_then(Vec::pop);
        let buffer = match known {
            Some(buffer) => {
                this.bytes_free -= size;
                buffer
            }
            None => this.new_buffer(size)?,
        };
        Ok(this.allocation(pool, buffer, true))
    }

    /// A buffer that holds these bytes, and is not used for others after them.
    pub(crate) fn filled(pool: &Rc<RefCell<Self>>, bytes: &[u8]) -> Result<Allocation, NoRoom> {
        let size = (bytes.len() as u64).max(1).next_multiple_of(ALIGNMENT);
        let mut this = pool.borrow_mut();
        let buffer = this.new_buffer(size)?;
        // Copies are of whole words.
        let n_whole = bytes.len() / 4 * 4;
        let queue = &this.gpu.queue;
        if n_whole > 0 {
            queue.write_buffer(&buffer, 0, &bytes[..n_whole]);
        }
        if n_whole < bytes.len() {
            let mut last = [0; 4];
            last[..bytes.len() - n_whole].copy_from_slice(&bytes[n_whole..]);
            queue.write_buffer(&buffer, n_whole as u64, &last);
        }
        Ok(this.allocation(pool, buffer, false))
    }

    fn new_buffer(&mut self, size: u64) -> Result<wgpu::Buffer, NoRoom> {
        self.make_room(size)?;
        Ok(self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage: wgpu::BufferUsages::STORAGE
                | wgpu::BufferUsages::COPY_SRC
                | wgpu::BufferUsages::COPY_DST,
            // A browser that cannot map a new buffer throws; a copy that fails is told
            // like everything else that fails on the device.
            mapped_at_creation: false,
        }))
    }

    /// Counts a buffer as in use until it is dropped.
    fn allocation(
        &mut self,
        pool: &Rc<RefCell<Self>>,
        buffer: wgpu::Buffer,
        is_kept: bool,
    ) -> Allocation {
        self.bytes_in_use += buffer.size();
        self.peak_bytes_in_use = self.peak_bytes_in_use.max(self.bytes_in_use);
        Allocation {
            buffer,
            is_kept,
            generation: self.generation,
            pool: pool.clone(),
        }
    }

    fn make_room(&mut self, size: u64) -> Result<(), NoRoom> {
        let Some(room) = self.room_bytes else {
            return Ok(());
        };
        if self.bytes_in_use + self.bytes_free + size > room {
            self.forget_free();
        }
        match self.bytes_in_use + size > room {
            true => Err(NoRoom { bytes: size }),
            false => Ok(()),
        }
    }

    /// Gives up what is kept for later.
    fn forget_free(&mut self) {
        let free = std::mem::take(&mut self.free);
        self.retired.extend(free.into_values().flatten());
        self.bytes_retired += self.bytes_free;
        self.bytes_free = 0;
    }

    /// Keeps nothing of what was made until now: the device had no memory for some of it.
    pub(crate) fn begin_anew(&mut self) {
        self.generation += 1;
        self.forget_free();
    }

    /// Whether so much is only waiting to be given back that it should not wait longer.
    pub(crate) fn has_much_retired(&self) -> bool {
        const MUCH: u64 = 64 << 20;
        self.bytes_retired > MUCH
    }

    /// To be called when all commands have been submitted: gives memory back at once,
    /// instead of when a browser's garbage is collected.
    pub(crate) fn destroy_retired(&mut self) {
        for buffer in self.retired.drain(..) {
            buffer.destroy();
        }
        self.bytes_retired = 0;
    }

    pub(crate) fn bytes_in_use(&self) -> u64 {
        self.bytes_in_use
    }

    pub(crate) fn peak_bytes_in_use(&self) -> u64 {
        self.peak_bytes_in_use
    }
}

impl Drop for Allocation {
    fn drop(&mut self) {
        let mut pool = self.pool.borrow_mut();
        let size = self.buffer.size();
        pool.bytes_in_use -= size;
        let is_sound = self.generation == pool.generation;
        if self.is_kept && is_sound && pool.bytes_free + size <= MOST_BYTES_FREE {
            pool.bytes_free += size;
            pool.free.entry(size).or_default().push(self.buffer.clone());
        } else {
            pool.retired.push(self.buffer.clone());
            pool.bytes_retired += size;
        }
    }
}

/// The next of four sizes between one power of two and the next, so that buffers of
/// similar values serve each other.
fn rounded(bytes: u64) -> u64 {
    let bytes = bytes.max(ALIGNMENT);
    let quarter = (bytes.next_power_of_two() / 8).max(ALIGNMENT);
    bytes.next_multiple_of(quarter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_waste_at_most_a_quarter() {
        for bytes in [1, 16, 17, 100, 1000, 1025, 4097, 1 << 20, (1 << 27) + 1] {
            let size = rounded(bytes);
            assert!(size >= bytes && size.is_multiple_of(ALIGNMENT));
            assert!(
                bytes < 64 || size * 4 <= bytes * 5 + 4,
                "{bytes} became {size}"
            );
        }
    }
}
