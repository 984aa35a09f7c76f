use std::rc::Rc;

use futures::channel::oneshot;
use tensor::{Error, Result};

use crate::device::Fault;
use crate::kernels::Format;
use crate::stored::{Part, Stored};
use crate::{NAME, WebGpu};

impl WebGpu {
    /// Copies values back, after everything that was recorded has been carried out.
    pub(crate) async fn read_values(&self, stored: Rc<Stored>) -> Result<Vec<f32>> {
        self.check_not_lost()?;
        let mut ready = self.ready(&stored)?;
        if ready.format != Format::F32 {
            ready = self.in_one_part("read", &ready)?;
        }
        let mut values = Vec::new();
        for part in &ready.parts {
            values.extend(self.read_part(part).await?);
        }
        Ok(values)
    }

    async fn read_part(&self, part: &Part) -> Result<Vec<f32>> {
        let n_bytes = part.n_values * size_of::<f32>();
        if n_bytes == 0 {
            return Ok(Vec::new());
        }
        let host = self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read"),
            size: n_bytes as u64,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let copy = (&part.allocation.buffer, &host, n_bytes as u64);
        self.recorder.borrow_mut().submit(Some(copy));
        self.pool.borrow_mut().destroy_retired();

        let (sender, receiver) = oneshot::channel();
        host.map_async(wgpu::MapMode::Read, .., move |mapped| {
            // Nobody listens any more if the request was given up.
            let _ = sender.send(mapped);
        });
        // In a browser this returns at once, and the answer comes by itself.
        let polled = self.gpu.device.poll(wgpu::PollType::wait_indefinitely());
        let mapped = receiver.await;
        self.check_faults().await?;
        let failure = |message: String| Error::Device {
            device: NAME,
            op: "read",
            message,
        };
        polled.map_err(|error| failure(error.to_string()))?;
        mapped
            .map_err(|_| failure("the device gave no answer".to_owned()))?
            .map_err(|error| failure(error.to_string()))?;
        let view = host
            .get_mapped_range(..)
            .map_err(|error| failure(error.to_string()))?;
        let values = bytemuck::pod_collect_to_vec(&view[..]);
        drop(view);
        host.destroy();
        Ok(values)
    }

    /// What went wrong since the last read, as an error.
    async fn check_faults(&self) -> Result<()> {
        match self.gpu.fault().await {
            None => Ok(()),
            Some(Fault::OutOfMemory) => {
                let mut pool = self.pool.borrow_mut();
                pool.begin_anew();
                Err(Error::OutOfMemory {
                    device: NAME,
                    op: "allocate",
                    bytes: pool.bytes_in_use(),
                })
            }
            Some(Fault::Lost(reason)) => Err(Error::DeviceLost {
                device: NAME,
                reason,
            }),
            Some(Fault::Other(message)) => Err(Error::Device {
                device: NAME,
                op: "run",
                message: message.split_whitespace().collect::<Vec<_>>().join(" "),
            }),
        }
    }
}
