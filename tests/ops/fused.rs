//! A fused op equals its composition of smaller ones, in value and derivative.

use inseq_tests::draws::Draws;
use inseq_tests::tolerance::DERIVATIVE;
use tensor::{Activation, BackAxis, Device, Op, Result, Tensor, Usage, pullback};

use crate::cases::values;
use crate::devices::devices;
use crate::run::{assert_near, cotangents, read, upload};

const EPSILON: f32 = 1e-3;

const LAST: BackAxis = BackAxis(0);

/// Compares two ways to compute one thing, on several inputs and every device.
fn assert_same(
    name: &str,
    fused: impl Fn(&Tensor) -> Result<Tensor>,
    composed: impl Fn(&Tensor) -> Result<Tensor>,
) {
    for device in devices() {
        for seed in 0..6 {
            let mut draws = Draws::new(seed);
            let shape = vec![draws.between(1, 3), draws.between(3, 8)];
            let input = upload(&device, &values(&mut draws, shape)).traced();
            let (fused, composed) = (
                fused(&input).expect("it runs"),
                composed(&input).expect("it runs"),
            );
            let place = format!("{name} on {}, seed {seed}", device.name());
            assert_near(DERIVATIVE, &place, &read(&composed), &read(&fused));

            let cotangent = cotangents(&mut draws, &[2], fused.shape().lengths());
            let cotangent = upload(&device, &cotangent);
            let slopes = |of: &Tensor| {
                let arrived = pullback(of, &cotangent, &[&input]).expect("it has a derivative");
                read(&arrived[0])
            };
            let place = format!("derivative of {place}");
            assert_near(DERIVATIVE, &place, &slopes(&composed), &slopes(&fused));
        }
    }
}

fn constant(device: &Device, value: f32) -> Result<Tensor> {
    Tensor::upload(device, vec![value], [1], Usage::Value)
}

fn mean(input: &Tensor) -> Result<Tensor> {
    let n = input.shape().length(LAST) as f32;
    input.sum(LAST)?.scale(1.0 / n)
}

fn composed_inverse_deviation(input: &Tensor) -> Result<Tensor> {
    let centered = input.subtract(&mean(input)?)?;
    let variance = mean(&centered.multiply(&centered)?)?;
    let deviation = variance
        .add(&constant(input.device(), EPSILON)?)?
        .square_root()?;
    constant(input.device(), 1.0)?.divide(&deviation)
}

/// `x / (1 + exp(−exponent))`.
fn gated(input: &Tensor, exponent: &Tensor) -> Result<Tensor> {
    let one = constant(input.device(), 1.0)?;
    input.divide(&one.add(&exponent.scale(-1.0)?.exponential()?)?)
}

#[test]
fn softmax_is_exponentials_by_their_sum() {
    assert_same("softmax", Tensor::softmax, |input| {
        let exponentials = input.exponential()?;
        exponentials.divide(&exponentials.sum(LAST)?)
    });
}

#[test]
fn log_softmax_is_the_logarithm_of_softmax() {
    let exponential_of_logarithm = |input: &Tensor| input.log_softmax()?.exponential();
    assert_same("log softmax", exponential_of_logarithm, Tensor::softmax);
}

#[test]
fn normalize_is_centering_and_dividing() {
    assert_same(
        "normalize",
        |input| input.normalize(EPSILON),
        |input| {
            let centered = input.subtract(&mean(input)?)?;
            centered.multiply(&composed_inverse_deviation(input)?)
        },
    );
}

#[test]
fn inverse_deviation_is_one_by_the_root_of_the_variance() {
    let fused = |input: &Tensor| {
        let op = Op::InverseDeviation { epsilon: EPSILON };
        Tensor::apply(op, &[input])
    };
    assert_same("inverse deviation", fused, composed_inverse_deviation);
}

#[test]
fn swish_is_a_gate_on_its_input() {
    let fused = |input: &Tensor| input.activate(Activation::Swish);
    assert_same("swish", fused, |input| gated(input, input));
}

#[test]
fn gelu_new_is_a_gate_on_a_cubic() {
    let fused = |input: &Tensor| input.activate(Activation::GeluNew);
    // (1 + tanh u) / 2 = 1 / (1 + exp(−2u)).
    assert_same("gelu_new", fused, |input| {
        let cube = input.multiply(input)?.multiply(input)?;
        let inner = input.add(&cube.scale(0.044715)?)?;
        gated(
            input,
            &inner.scale(2.0 * (2.0 / std::f32::consts::PI).sqrt())?,
        )
    });
}
