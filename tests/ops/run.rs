//! The only code of this suite that calls the API.

use futures::executor::block_on;
use inseq_tests::draws::Draws;
use inseq_tests::tolerance::{Tolerance, within};
use tensor::{Device, Op, Result, Shape, Tensor, Usage, pullback};

use crate::host_array::HostArray;

pub(crate) fn upload(device: &Device, array: &HostArray) -> Tensor {
    let shape = Shape::new(array.shape.clone());
    Tensor::upload(device, array.floats(), shape, Usage::Value)
        .expect("the case's values fill their shape")
}

pub(crate) fn read(tensor: &Tensor) -> HostArray {
    let values = block_on(tensor.read()).expect("the device works");
    let values = values.into_iter().map(f64::from).collect();
    HostArray::new(tensor.shape().lengths(), values)
}

/// The result of an op.
pub(crate) fn forward(device: &Device, op: &Op, inputs: &[HostArray]) -> HostArray {
    let inputs: Vec<Tensor> = inputs.iter().map(|input| upload(device, input)).collect();
    let inputs: Vec<&Tensor> = inputs.iter().collect();
    read(&Tensor::apply(op.clone(), &inputs).expect("the case's shapes fit"))
}

/// Cotangents of each input, for cotangents of the output.
pub(crate) fn backward(
    device: &Device,
    op: &Op,
    inputs: &[HostArray],
    cotangents: &HostArray,
) -> Result<Vec<HostArray>> {
    let inputs: Vec<Tensor> = inputs
        .iter()
        .map(|input| upload(device, input).traced())
        .collect();
    let inputs: Vec<&Tensor> = inputs.iter().collect();
    let output = Tensor::apply(op.clone(), &inputs)?;
    let arrived = pullback(&output, &upload(device, cotangents), &inputs)?;
    Ok(arrived.iter().map(read).collect())
}

/// Random cotangents for an output of this shape, with some axes before.
pub(crate) fn cotangents(draws: &mut Draws, extra: &[usize], shape: &[usize]) -> HostArray {
    crate::cases::values(draws, [extra, shape].concat())
}

/// Stops with the place, unless shapes are equal and values near.
pub(crate) fn assert_near(
    tolerance: Tolerance,
    place: &str,
    expected: &HostArray,
    found: &HostArray,
) {
    assert_eq!(found.shape, expected.shape, "{place}: shapes differ");
    if let Err(difference) = within(tolerance, &expected.floats(), &found.floats()) {
        panic!("{place}: {difference}");
    }
}
