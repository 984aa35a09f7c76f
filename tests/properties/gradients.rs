//! What gradients are: slopes, exactly zero where there is no influence.

use attribution::OptionValue;
use inseq_tests::draws::Draws;
use inseq_tests::random_models::{RandomModel, random_model};
use inseq_tests::tolerance::{FINITE_DIFFERENCE, REORDERED, within};
use models::{Inputs, NoProbe};
use tensor::{Shape, Tensor, Usage, pullback};

use crate::attributed::{N_MODELS, attribute, column, matrices, request, with_option};
use crate::model_scores::{embeddings, probabilities, read, with_values};

/// Signed gradients of the probability of every produced token.
fn gradients(random: &RandomModel) -> attribution_output::Attribution {
    let request = with_option(request(random, "saliency"), "abs", OptionValue::Flag(false));
    attribute(random, &request)
}

#[test]
fn every_input_embedding_has_a_finite_gradient_that_is_not_zero() {
    for random in (0..N_MODELS).map(random_model) {
        let attribution = gradients(&random);
        for target in random.n_given..random.target.len() {
            for (name, scores) in matrices(&attribution) {
                let n_rows = match name {
                    "source_attributions" => scores.shape[0],
                    _ => target,
                };
                let width = scores.shape[2];
                let values = column(scores, target - random.n_given, n_rows);
                for (row, gradient) in values.chunks_exact(width).enumerate() {
                    let place = format!("{}: {name} of {row}, target {target}", random.name);
                    let is_finite = gradient.iter().all(|value| value.is_finite());
                    assert!(is_finite, "{place}: {gradient:?}");
                    assert!(
                        gradient.iter().any(|value| *value != 0.0),
                        "{place} is zero"
                    );
                }
            }
        }
    }
}

#[test]
fn every_gradient_agrees_with_finite_differences() {
    for (seed, random) in (0..N_MODELS).map(|seed| (seed, random_model(seed))) {
        let attribution = gradients(&random);
        let last = random.target.len() - 1;
        let inputs = embeddings(&random, random.source.as_deref(), &random.target[..last]);
        let mut draws = Draws::new(seed);
        for (name, scores) in matrices(&attribution) {
            let is_source = name == "source_attributions";
            let n_rows = if is_source { scores.shape[0] } else { last };
            let width = scores.shape[2];
            let gradient = column(scores, last - random.n_given, n_rows);
            let (mut expected, mut found) = (Vec::new(), Vec::new());
            for row in 0..n_rows {
                let direction = unit_vector(&mut draws, width);
                let moved = |step| moved(&inputs, is_source, row, &direction, step);
                expected.push(slope(&random, moved, last));
                let own = &gradient[row * width..][..width];
                found.push(own.iter().zip(&direction).map(|(g, d)| g * d).sum());
            }
            within(FINITE_DIFFERENCE, &expected, &found)
                .unwrap_or_else(|difference| panic!("{}: {name}: {difference}", random.name));
        }
    }
}

/// Central difference of the last target's probability.
fn slope(random: &RandomModel, moved: impl Fn(f32) -> Inputs, target: usize) -> f32 {
    // Large enough for single precision, small enough to seldom cross a bend of relu.
    const STEP: f32 = 2e-3;
    let at = |step| probabilities(random, &moved(step), &[target])[0];
    (at(STEP) - at(-STEP)) / (2.0 * STEP)
}

/// Inputs with one token's embedding moved.
fn moved(inputs: &Inputs, is_source: bool, row: usize, direction: &[f32], step: f32) -> Inputs {
    let mut inputs = inputs.clone();
    let side = match (&mut inputs.source, is_source) {
        (Some(source), true) => source,
        _ => &mut inputs.prefix,
    };
    let mut values = read(side);
    let own = &mut values[row * direction.len()..][..direction.len()];
    for (value, direction) in own.iter_mut().zip(direction) {
        *value += step * direction;
    }
    *side = with_values(side, values);
    inputs
}

fn unit_vector(draws: &mut Draws, width: usize) -> Vec<f32> {
    let values = draws.values(width, 1.0);
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter().map(|value| value / length).collect()
}

#[test]
fn future_tokens_get_exactly_nothing() {
    for random in (0..N_MODELS).map(random_model) {
        let inputs = embeddings(&random, random.source.as_deref(), &random.target);
        let traced = Inputs {
            source: inputs.source,
            prefix: inputs.prefix.traced(),
        };
        let n_tokens = random.target.len();
        let positions: Vec<u32> = (0..n_tokens as u32).collect();
        let hidden = random
            .model
            .forward(&traced, &positions, None, &mut NoProbe);
        let hidden = hidden.expect("the text fits");
        let width = hidden.shape().lengths()[1];
        // One cotangent for each position: ones in its row.
        let mut ones = vec![0.0; n_tokens * n_tokens * width];
        for position in 0..n_tokens {
            ones[(position * n_tokens + position) * width..][..width].fill(1.0);
        }
        // Rows of one length would cancel in a layer norm; a slope would not.
        for (index, value) in ones.iter_mut().enumerate() {
            *value *= 1.0 + (index % width) as f32;
        }
        let shape = Shape::from([n_tokens, n_tokens, width]);
        let cotangents = Tensor::upload(hidden.device(), ones, shape, Usage::Value)
            .expect("they fill the shape");
        let arrived = pullback(&hidden, &cotangents, &[&traced.prefix]).expect("it works");
        let arrived = read(&arrived[0]);
        for (index, row) in arrived.chunks_exact(width).enumerate() {
            let (position, token) = (index / n_tokens, index % n_tokens);
            let is_zero = row.iter().all(|value| *value == 0.0);
            let place = format!("{}: from {position} to {token}", random.name);
            assert_eq!(is_zero, token > position, "{place}: {row:?}");
        }
    }
}

#[test]
fn future_rows_of_a_result_are_nan_and_past_ones_are_not() {
    for random in (0..N_MODELS).map(random_model) {
        let attribution = gradients(&random);
        let scores = attribution
            .target_attributions
            .as_ref()
            .expect("it was asked for");
        let width = scores.shape[2];
        for target in random.n_given..random.target.len() {
            let values = column(scores, target - random.n_given, scores.shape[0]);
            for (row, values) in values.chunks_exact(width).enumerate() {
                let is_nan = values.iter().all(|value| value.is_nan());
                assert_eq!(is_nan, row >= target, "{}: {row}, {target}", random.name);
            }
        }
    }
}

#[test]
fn the_gradient_of_a_probability_is_that_of_its_logarithm_times_itself() {
    for random in (0..N_MODELS).map(random_model) {
        let of_probability = request(&random, "input_x_gradient");
        let mut of_logarithm = of_probability.clone();
        let logprob = ("logprob".to_owned(), OptionValue::Flag(true));
        of_logarithm.attributed_fn_args.extend([logprob]);
        of_logarithm.step_scores = vec!["probability".to_owned()];
        let (expected, found) = (
            attribute(&random, &of_probability),
            attribute(&random, &of_logarithm),
        );
        let probabilities = &found.step_scores["probability"];
        for ((name, expected), (_, found)) in matrices(&expected).iter().zip(matrices(&found)) {
            let (n_targets, width) = (found.shape[1], found.shape[2]);
            let scaled: Vec<f32> = found
                .values
                .iter()
                .enumerate()
                .map(|(index, value)| value * probabilities[index / width % n_targets])
                .collect();
            within(REORDERED, &expected.values, &scaled)
                .unwrap_or_else(|difference| panic!("{}: {name}: {difference}", random.name));
        }
    }
}
