//! Path methods: the parts sum to the change of the whole.

use attribution::{OptionValue, Request};
use attribution_output::Attribution;
use inseq_tests::random_models::{RandomModel, random_model};
use inseq_tests::tolerance::{CANCELLING, QUADRATURE, within};

use crate::attributed::{N_MODELS, attribute, column, matrices, request, with_option};
use crate::model_scores::{embeddings, probabilities};

fn integrated(random: &RandomModel, n_points: i64) -> Attribution {
    let request = request(random, "integrated_gradients");
    let request = with_option(request, "n_steps", OptionValue::Integer(n_points));
    let request = with_option(request, "return_convergence_delta", OptionValue::Flag(true));
    attribute(random, &request)
}

/// Sums of everything each target was given.
fn totals(random: &RandomModel, attribution: &Attribution) -> Vec<f32> {
    (random.n_given..random.target.len())
        .map(|target| {
            let columns = matrices(attribution)
                .into_iter()
                .flat_map(|(_, scores)| column(scores, target - random.n_given, scores.shape[0]));
            let known = columns.filter(|value| !value.is_nan()).map(f64::from);
            known.sum::<f64>() as f32
        })
        .collect()
}

/// `score(input) − score(baseline)`: all tokens unknown, but for ends and the
/// decoder's start.
fn changes(random: &RandomModel) -> Vec<f32> {
    let targets: Vec<usize> = (random.n_given..random.target.len()).collect();
    let prefix = &random.target[..random.target.len() - 1];
    let tokenizer = random.model.tokenizer();
    let unknown = tokenizer.unknown_id().expect("both families have one");
    let blank = |ids: &[u32]| -> Vec<u32> {
        let is_kept = |id: &u32| {
            Some(*id) == tokenizer.end_id()
                || Some(*id) == random.model.summary().decoder_start_token_id
        };
        ids.iter()
            .map(|id| if is_kept(id) { *id } else { unknown })
            .collect()
    };
    let baseline_source = random.source.as_deref().map(blank);
    let at = |source: Option<&[u32]>, prefix: &[u32]| {
        probabilities(random, &embeddings(random, source, prefix), &targets)
    };
    let at_input = at(random.source.as_deref(), prefix);
    let at_baseline = at(baseline_source.as_deref(), &blank(prefix));
    at_input
        .iter()
        .zip(at_baseline)
        .map(|(x, b)| x - b)
        .collect()
}

#[test]
fn integrated_gradients_sum_to_the_change_of_the_score_and_their_delta() {
    for random in (0..N_MODELS).map(random_model) {
        let attribution = integrated(&random, 16);
        let deltas = &attribution.step_scores["deltas"];
        let changes = changes(&random);
        let expected: Vec<f32> = changes.iter().zip(deltas).map(|(c, d)| c + d).collect();
        // Some changes are a thousandth of the probabilities that they are differences of.
        within(CANCELLING, &expected, &totals(&random, &attribution))
            .unwrap_or_else(|difference| panic!("{}: {difference}", random.name));
    }
}

#[test]
fn more_points_bring_integrated_gradients_closer_to_completeness() {
    for random in (0..N_MODELS).map(random_model) {
        let magnitude = |n_points| -> f32 {
            let attribution = integrated(&random, n_points);
            let deltas = attribution.step_scores["deltas"].iter();
            deltas.map(|delta| delta.abs()).sum()
        };
        let (few, many) = (magnitude(2), magnitude(128));
        assert!(many < few, "{}: {few} with 2, {many} with 128", random.name);
        let attribution = integrated(&random, 128);
        within(
            QUADRATURE,
            &changes(&random),
            &totals(&random, &attribution),
        )
        .unwrap_or_else(|difference| panic!("{}: {difference}", random.name));
    }
}

#[test]
fn without_a_distance_from_the_baseline_nothing_is_given() {
    // A text that is its own baseline.
    for mut random in (0..N_MODELS).map(random_model) {
        let tokenizer = random.model.tokenizer();
        let unknown = tokenizer.unknown_id().expect("both families have one");
        let end = tokenizer.end_id().expect("both families have one");
        if let Some(source) = &mut random.source {
            source.fill(unknown);
            source.push(end);
        }
        let first = random.target[0];
        random.target.fill(unknown);
        if random.source.is_some() {
            random.target[0] = first;
        }
        let request: Request = request(&random, "integrated_gradients");
        let attribution = attribute(&random, &request);
        for (name, scores) in matrices(&attribution) {
            let is_nothing = scores
                .values
                .iter()
                .all(|value| *value == 0.0 || value.is_nan());
            assert!(is_nothing, "{}: {name}", random.name);
        }
    }
}
