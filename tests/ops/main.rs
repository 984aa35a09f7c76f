//! Does every backend agree with plain loops, forward and backward?
//!
//! A case is an op with inputs, drawn from a seed; a test runs all of them on every
//! device. Not here: what models make of ops (`tests/properties`).

mod cases;
mod chained;
mod devices;
mod extremes;
mod fused;
mod host_array;
mod reference;
mod run;
mod sizes;

use std::collections::BTreeSet;

use inseq_tests::draws::Draws;
use inseq_tests::tolerance::{DERIVATIVE, OP, REORDERED};
use tensor::{Device, Error};

use cases::{Case, VARIANTS, cases, has_no_derivative, variant};
use devices::devices;
use host_array::HostArray;
use reference::reference;
use run::{assert_near, backward, cotangents, forward};

/// How many shapes each op is tried with.
const N_SEEDS: u64 = 24;

/// Runs a check for every op, seed and device; it is told where it is.
fn for_each_case(check: impl Fn(&Device, &Case, &mut Draws, &str)) {
    for device in devices() {
        for seed in 0..N_SEEDS {
            for case in cases(seed) {
                let shapes: Vec<_> = case.inputs.iter().map(|input| &input.shape).collect();
                let name = device.name();
                let place = format!("{name}, seed {seed}, {:?} of {shapes:?}", case.op);
                check(&device, &case, &mut Draws::new(seed), &place);
            }
        }
    }
}

#[test]
fn every_op_has_a_case() {
    let listed: BTreeSet<&str> = VARIANTS.iter().copied().collect();
    for seed in 0..N_SEEDS {
        let tried: BTreeSet<&str> = cases(seed).iter().map(|case| variant(&case.op)).collect();
        let missing: Vec<_> = listed.difference(&tried).collect();
        assert!(missing.is_empty(), "no case for {missing:?}");
    }
}

#[test]
fn every_op_agrees_with_plain_loops() {
    for_each_case(|device, case, _, place| {
        let expected = reference(&case.op, &case.inputs);
        let found = forward(device, &case.op, &case.inputs);
        assert_near(OP, place, &expected, &found);
    });
}

#[test]
fn every_derivative_agrees_with_finite_differences() {
    for_each_case(|device, case, draws, place| {
        let shape = reference(&case.op, &case.inputs).shape;
        let cotangent = cotangents(draws, &[], &shape);
        let found = backward(device, &case.op, &case.inputs, &cotangent);
        if has_no_derivative(&case.op) {
            // It says so.
            assert!(matches!(found, Err(Error::NoDerivative { .. })), "{place}");
            return;
        }
        let found = found.expect("every other op has a derivative");
        for (number, found) in found.iter().enumerate() {
            let expected = finite_differences(case, number, &cotangent);
            assert_near(DERIVATIVE, place, &expected, found);
        }
    });
}

/// How the sum of an op's outputs, weighted by a cotangent, changes with each value
/// of one input: central differences of the reference, in double precision.
fn finite_differences(case: &Case, number: usize, cotangent: &HostArray) -> HostArray {
    const STEP: f64 = 1e-5;
    let weighted_sum = |inputs: &[HostArray]| -> f64 {
        let output = reference(&case.op, inputs);
        let pairs = output.values.iter().zip(&cotangent.values);
        pairs.map(|(value, weight)| value * weight).sum()
    };
    let mut inputs = case.inputs.clone();
    let mut slopes = Vec::new();
    for index in 0..inputs[number].values.len() {
        let middle = inputs[number].values[index];
        inputs[number].values[index] = middle + STEP;
        let above = weighted_sum(&inputs);
        inputs[number].values[index] = middle - STEP;
        let below = weighted_sum(&inputs);
        inputs[number].values[index] = middle;
        slopes.push((above - below) / (2.0 * STEP));
    }
    HostArray::new(inputs[number].shape.clone(), slopes)
}

#[test]
fn many_cotangents_at_once_equal_one_at_a_time() {
    for_each_case(|device, case, draws, place| {
        if has_no_derivative(&case.op) {
            return;
        }
        let shape = reference(&case.op, &case.inputs).shape;
        let extra = [2, 3];
        let all = cotangents(draws, &extra, &shape);
        let together = backward(device, &case.op, &case.inputs, &all).expect("it has a derivative");
        let n_values = shape.iter().product::<usize>();
        for (index, one) in all.values.chunks_exact(n_values).enumerate() {
            let one = HostArray::new(shape.clone(), one.to_vec());
            let alone =
                backward(device, &case.op, &case.inputs, &one).expect("it has a derivative");
            for (together, alone) in together.iter().zip(&alone) {
                let expected_shape = [&extra[..], &alone.shape[..]].concat();
                assert_eq!(together.shape, expected_shape, "{place}");
                let n = alone.values.len();
                let part = together.values[index * n..(index + 1) * n].to_vec();
                let part = HostArray::new(alone.shape.clone(), part);
                assert_near(REORDERED, place, alone, &part);
            }
        }
    });
}

#[test]
fn leading_axes_of_the_inputs_pass_through() {
    for_each_case(|device, case, draws, place| {
        const N: usize = 3;
        let rank = case.inputs.iter().map(|input| input.shape.len()).max();
        // What has fewer axes than the other is shared by all, as weights are.
        let is_stacked = |input: &HostArray| Some(input.shape.len()) == rank;
        let parts: Vec<Vec<HostArray>> = (0..N)
            .map(|_| {
                let inputs = case.inputs.iter();
                let mut other = |input: &HostArray| {
                    let factor = f64::from(draws.uniform(0.5, 1.5));
                    input.map(|x| f64::from((x * factor) as f32))
                };
                inputs
                    .map(|input| {
                        if is_stacked(input) {
                            other(input)
                        } else {
                            input.clone()
                        }
                    })
                    .collect()
            })
            .collect();
        let stacked: Vec<HostArray> = (0..case.inputs.len())
            .map(|number| match is_stacked(&case.inputs[number]) {
                true => stack(parts.iter().map(|inputs| &inputs[number])),
                false => case.inputs[number].clone(),
            })
            .collect();
        let alone: Vec<HostArray> = parts
            .iter()
            .map(|inputs| forward(device, &case.op, inputs))
            .collect();
        let together = forward(device, &case.op, &stacked);
        assert_near(REORDERED, place, &stack(alone.iter()), &together);
    });
}

/// Arrays of one shape as one array with an axis more in front.
fn stack<'a>(arrays: impl Iterator<Item = &'a HostArray>) -> HostArray {
    let arrays: Vec<&HostArray> = arrays.collect();
    let shape = [&[arrays.len()][..], &arrays[0].shape[..]].concat();
    let values = arrays.iter().flat_map(|array| array.values.clone());
    HostArray::new(shape, values.collect())
}
