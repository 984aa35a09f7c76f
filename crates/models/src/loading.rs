use tensor::{Device, Shape, Tensor, Usage};

use crate::{Checkpoint, Result};

/// Moves named arrays of a checkpoint to a device, one at a time, and counts them.
pub(crate) struct Loading<'a> {
    checkpoint: Checkpoint,
    device: &'a Device,
    /// What stands before every name in this checkpoint, such as `transformer.`.
    prefix: &'static str,
    n_parameters: u64,
}

impl<'a> Loading<'a> {
    pub(crate) fn new(checkpoint: Checkpoint, device: &'a Device, prefix: &'static str) -> Self {
        Self {
            checkpoint,
            device,
            prefix,
            n_parameters: 0,
        }
    }

    pub(crate) fn n_parameters(&self) -> u64 {
        self.n_parameters
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.checkpoint.contains(&format!("{}{name}", self.prefix))
    }

    /// Values of an array that must have this shape.
    pub(crate) async fn values(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.values_of(&format!("{}{name}", self.prefix), shape)
            .await
    }

    async fn values_of(&mut self, full_name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let values = self.checkpoint.take_shaped(full_name, shape).await?;
        self.n_parameters += values.len() as u64;
        Ok(values)
    }

    /// An array of this shape, on the device.
    pub(crate) async fn tensor(
        &mut self,
        name: &str,
        shape: &[usize],
        usage: Usage,
    ) -> Result<Tensor> {
        let values = self.values(name, shape).await?;
        self.upload(values, shape, usage)
    }

    /// An array that has the same name with and without the prefix.
    pub(crate) async fn unprefixed_tensor(
        &mut self,
        name: &str,
        shape: &[usize],
        usage: Usage,
    ) -> Result<Tensor> {
        let values = self.values_of(name, shape).await?;
        self.upload(values, shape, usage)
    }

    pub(crate) fn upload(&self, values: Vec<f32>, shape: &[usize], usage: Usage) -> Result<Tensor> {
        Ok(Tensor::upload(
            self.device,
            values,
            Shape::new(shape),
            usage,
        )?)
    }
}
