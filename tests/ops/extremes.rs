//! Values far from where models usually are: nothing overflows, nothing becomes NaN.

use inseq_tests::tolerance::OP;
use tensor::Op;

use crate::cases::ACTIVATIONS;
use crate::devices::devices;
use crate::host_array::HostArray;
use crate::reference::{activated, reference};
use crate::run::{assert_near, backward, forward};

fn row(values: &[f32]) -> HostArray {
    let values: Vec<f64> = values.iter().copied().map(f64::from).collect();
    HostArray::new([1, values.len()], values)
}

#[test]
fn activations_keep_their_formula_far_out() {
    let far = [
        -100.0, -30.0, -10.0, -4.0, -1e-4, 0.0, 1e-4, 4.0, 10.0, 30.0, 100.0,
    ];
    for device in devices() {
        for activation in ACTIVATIONS {
            for x in far {
                let place = format!("{activation:?} of {x} on {}", device.name());
                let input = [row(&[x])];
                let expected = input[0].map(|x| activated(activation, x));
                let found = forward(&device, &Op::Activate(activation), &input);
                // Alone in its array, a value is compared with its own size; what is
                // too small for single precision is zero.
                if expected.values[0].abs() < f64::from(f32::MIN_POSITIVE) {
                    assert!(found.values[0].abs() < f64::from(f32::EPSILON), "{place}");
                } else if x > 0.0 {
                    assert_near(OP, &place, &expected, &found);
                } else {
                    // On the flat side the last digits go, but not the scale of x.
                    let error = (found.values[0] - expected.values[0]).abs();
                    assert!(
                        error <= f64::from(f32::EPSILON * x.abs()),
                        "{place}: {error}"
                    );
                }
                let slope = forward(&device, &Op::Slope(activation), &input).values[0];
                // No slope of ours leaves this range.
                assert!((-0.2..=1.2).contains(&slope), "{place}: slope {slope}");
            }
        }
    }
}

#[test]
fn a_masked_entry_has_no_probability_and_passes_nothing_back() {
    // The lowest finite number, which attention masks add.
    let input = [row(&[2.0, f32::MIN, 1.0, f32::MIN])];
    for device in devices() {
        let probabilities = forward(&device, &Op::Softmax, &input);
        assert_eq!(
            (probabilities.values[1], probabilities.values[3]),
            (0.0, 0.0)
        );
        let cotangent = row(&[1.0, -2.0, 3.0, 5.0]);
        let slopes = backward(&device, &Op::Softmax, &input, &cotangent).unwrap();
        assert_eq!((slopes[0].values[1], slopes[0].values[3]), (0.0, 0.0));
        assert!(slopes[0].values.iter().all(|value| value.is_finite()));
    }
}

#[test]
fn large_logits_do_not_overflow() {
    let input = [row(&[1e4, 0.0, -1e4])];
    for device in devices() {
        let probabilities = forward(&device, &Op::Softmax, &input);
        assert_near(OP, "softmax", &row(&[1.0, 0.0, 0.0]), &probabilities);
        let logarithms = forward(&device, &Op::LogSoftmax, &input);
        assert_near(OP, "log softmax", &row(&[0.0, -1e4, -2e4]), &logarithms);
    }
}

#[test]
fn a_nearly_certain_choice_keeps_its_small_logarithm() {
    let input = [row(&[12.0, 2.0, 1.0])];
    let alone = |array: &HostArray| HostArray::new([1], vec![array.values[0]]);
    for device in devices() {
        let expected = reference(&Op::LogSoftmax, &input);
        let found = forward(&device, &Op::LogSoftmax, &input);
        let place = format!("log softmax on {}", device.name());
        assert_near(OP, &place, &alone(&expected), &alone(&found));
    }
}

#[test]
fn a_row_without_variance_normalizes_to_zeros() {
    let epsilon = 1e-5;
    for device in devices() {
        for input in [[row(&[3.0])], [row(&[-2.0, -2.0, -2.0, -2.0])]] {
            let op = Op::Normalize { epsilon };
            let found = forward(&device, &op, &input);
            assert!(found.values.iter().all(|value| *value == 0.0));
            let cotangent = input[0].map(|_| 1.0);
            let slopes = backward(&device, &op, &input, &cotangent).unwrap();
            assert!(slopes[0].values.iter().all(|value| *value == 0.0));
        }
    }
}
