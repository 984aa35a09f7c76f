//! Layer methods: what they sum to, and gradients by differences.

use attribution_output::{Axis, aggregate, from_inseq_json};
use futures::executor::block_on;
use inseq_tests::tiny_models::carry_out;
use inseq_tests::tolerance::{FINITE_DIFFERENCE, REORDERED, RESCALED, within};
use models::{LayerPath, Place, Side, Site};
use protocol::{AttributeRequest, Event, Fold, OptionValue, Work};
use tensor::{Op, Tensor, Usage};

use crate::plain_scores::{Exchange, Reading, differences};
use crate::tiny_text::{FAMILIES, TinyText, flag, integer, matrices, text, tiny_text, totals};

/// How each target's logit changes when values at some sites go from those at the
/// baseline to those of the text.
fn change_by_replacement(tiny: &TinyText, sites: &[Site]) -> Vec<f32> {
    let mut at_baseline = Exchange::looking_at(sites);
    tiny.logits(Reading::Baseline, &mut at_baseline);
    let mut replacing = Exchange {
        replaced: sites.iter().copied().zip(at_baseline.values()).collect(),
        ..Exchange::default()
    };
    differences(
        &tiny.logits(Reading::AsItIs, &mut Exchange::default()),
        &tiny.logits(Reading::AsItIs, &mut replacing),
    )
}

fn with_layer<'a>(
    layer: &str,
    options: &[(&'a str, attribution::OptionValue)],
) -> Vec<(&'a str, attribution::OptionValue)> {
    [&[("target_layer", text(layer))], options].concat()
}

#[test]
fn layer_deeplift_is_complete_at_every_module() {
    for family in FAMILIES {
        let tiny = tiny_text(family);
        for LayerPath { path, output, .. } in tiny.model.layer_paths() {
            let request = tiny.request("layer_deeplift", &with_layer(&path, &[]));
            let found = totals(&tiny.attribute(&request), 1);
            within(RESCALED, &change_by_replacement(&tiny, &output), &found)
                .unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
}

#[test]
fn layer_integrated_gradients_are_complete_at_every_module_up_to_their_delta() {
    for family in FAMILIES {
        let tiny = tiny_text(family);
        let paths = tiny.model.layer_paths();
        for LayerPath { path, output, .. } in paths.iter().step_by(5) {
            let options = [
                ("n_steps", integer(6)),
                ("return_convergence_delta", flag(true)),
            ];
            let request = tiny.request("layer_integrated_gradients", &with_layer(path, &options));
            let attribution = tiny.attribute(&request);
            let found = totals(&attribution, 1);
            let found = differences(&found, &attribution.step_scores["deltas"]);
            within(RESCALED, &change_by_replacement(&tiny, output), &found)
                .unwrap_or_else(|error| panic!("{path}: {error}"));
        }
    }
}

#[test]
fn many_points_bring_layer_integrated_gradients_to_completeness() {
    for (family, path) in [
        ("gpt2", "transformer.h.0"),
        ("gpt2", "transformer.h[1].mlp"),
        ("gpt2", "transformer.h.2.attn"),
        ("marian", "model.encoder.layers.0.self_attn"),
        ("marian", "model.decoder.layers[1].encoder_attn"),
        ("marian", "model.decoder.layers.0"),
    ] {
        let tiny = tiny_text(family);
        let known = models::find_layer(&tiny.model.layer_paths(), path).unwrap();
        let options = with_layer(path, &[("n_steps", integer(60))]);
        let request = tiny.request("layer_integrated_gradients", &options);
        let found = totals(&tiny.attribute(&request), 1);
        let expected = change_by_replacement(&tiny, &known.output);
        within(FINITE_DIFFERENCE, &expected, &found)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

#[test]
fn at_the_embedding_layer_layer_methods_are_the_methods_themselves() {
    for (layer_method, method, options) in [
        ("layer_gradient_x_activation", "input_x_gradient", vec![]),
        (
            "layer_integrated_gradients",
            "integrated_gradients",
            vec![("n_steps", integer(5))],
        ),
        (
            "layer_deeplift",
            "deeplift",
            vec![("rescale", text("everywhere"))],
        ),
    ] {
        for family in FAMILIES {
            let tiny = tiny_text(family);
            let layer = tiny.attribute(&tiny.request(layer_method, &options));
            let itself = tiny.attribute(&tiny.request(method, &options));
            let pairs = matrices(&layer).into_iter().zip(matrices(&itself));
            for (found, expected) in pairs {
                assert_eq!(found.shape, expected.shape);
                within(REORDERED, &expected.values, &found.values)
                    .unwrap_or_else(|error| panic!("{family}, {method}: {error}"));
            }
        }
    }
}

#[test]
fn all_layers_at_once_are_the_layers_one_by_one() {
    for method in [
        "layer_gradient_x_activation",
        "layer_integrated_gradients",
        "layer_deeplift",
    ] {
        for (family, stacks) in [
            ("gpt2", ["transformer.h"].as_slice()),
            ("marian", &["model.encoder.layers", "model.decoder.layers"]),
        ] {
            for is_input in [false, true] {
                let tiny = tiny_text(family);
                let options = |layer: &str| {
                    let mut options =
                        with_layer(layer, &[("attribute_to_layer_input", flag(is_input))]);
                    if method == "layer_integrated_gradients" {
                        options.push(("n_steps", integer(4)));
                    }
                    options
                };
                let all = tiny.attribute(&tiny.request(method, &options("all")));
                for (together, stack) in matrices(&all).into_iter().zip(stacks) {
                    let (n_layers, width) = (together.shape[2], together.shape[3]);
                    for number in 0..n_layers {
                        let path = format!("{stack}.{number}");
                        let alone = tiny.attribute(&tiny.request(method, &options(&path)));
                        let alone = matrices(&alone)[0];
                        let own: Vec<f32> = together
                            .values
                            .chunks_exact(width)
                            .skip(number)
                            .step_by(n_layers)
                            .flatten()
                            .copied()
                            .collect();
                        within(REORDERED, &alone.values, &own)
                            .unwrap_or_else(|error| panic!("{method}, {path}: {error}"));
                    }
                }
            }
        }
    }
}

#[test]
fn gradients_at_a_layer_are_those_of_differences() {
    for (family, path) in [
        ("gpt2", "transformer.h.1.attn.c_proj"),
        ("gpt2", "transformer.h.2.mlp.c_fc"),
        ("gpt2", "transformer.wpe"),
        ("gpt2", "transformer.h.0.ln_2"),
        ("marian", "model.encoder.layers.1.fc1"),
        ("marian", "model.encoder.layers.0.self_attn.v_proj"),
        ("marian", "model.decoder.layers.0.encoder_attn.k_proj"),
        ("marian", "model.decoder.layers.1.self_attn_layer_norm"),
    ] {
        let tiny = tiny_text(family);
        let site = models::find_layer(&tiny.model.layer_paths(), path)
            .unwrap()
            .output[0];
        let options = with_layer(path, &[("multiply_by_inputs", flag(false))]);
        let attribution = tiny.attribute(&tiny.request("layer_gradient_x_activation", &options));
        let gradients = matrices(&attribution)[0];

        // One direction through all tokens, small against the values there.
        const STEP: f32 = 1e-2;
        let mut seen = Exchange::looking_at(&[site]);
        tiny.logits(Reading::AsItIs, &mut seen);
        let value = seen.values().remove(0);
        let direction: Vec<f32> = (0..value.shape().n_values())
            .map(|index| (index as f32 * 0.7).sin())
            .collect();
        let direction = Tensor::upload(
            value.device(),
            direction,
            value.shape().clone(),
            Usage::Value,
        )
        .unwrap();
        let at = |step: f32| {
            let moved = value.add(&direction.scale(step).unwrap()).unwrap();
            let mut probe = Exchange {
                replaced: vec![(site, moved)],
                ..Exchange::default()
            };
            tiny.logits(Reading::AsItIs, &mut probe)
        };
        let slopes: Vec<f32> = differences(&at(STEP), &at(-STEP))
            .into_iter()
            .map(|change| change / (2.0 * STEP))
            .collect();

        let along = direction_on_tokens(&tiny, site, &direction, gradients.shape[0]);
        let n_targets = gradients.shape[1];
        let width = gradients.shape[2];
        let mut expected = vec![0.0; n_targets];
        for (index, cell) in gradients.values.chunks_exact(width).enumerate() {
            let row = &along[index / n_targets * width..][..width];
            let known = cell.iter().zip(row).filter(|(value, _)| !value.is_nan());
            expected[index % n_targets] += known.map(|(value, along)| value * along).sum::<f32>();
        }
        within(FINITE_DIFFERENCE, &slopes, &expected)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

/// The direction with a row for every token, and one more for the last target.
fn direction_on_tokens(tiny: &TinyText, site: Site, direction: &Tensor, n_rows: usize) -> Vec<f32> {
    let mut placed = direction.clone();
    let n_prefix = tiny.target.len() - 1;
    let lengths = direction.shape().lengths();
    if site.side() == Side::Target && lengths[0] < n_prefix {
        let positions: Vec<u32> = (tiny.n_given - 1..n_prefix).map(|row| row as u32).collect();
        let place = Op::PlaceRows {
            ids: positions.into(),
            n_rows: n_prefix,
        };
        placed = Tensor::apply(place, &[direction]).unwrap();
    }
    let mut values = block_on(placed.read()).unwrap();
    values.resize(n_rows * lengths[1], 0.0);
    values
}

#[test]
fn inputs_of_modules_are_seen_too() {
    for family in FAMILIES {
        let tiny = tiny_text(family);
        for LayerPath { path, input, .. } in tiny.model.layer_paths() {
            let options = with_layer(&path, &[("attribute_to_layer_input", flag(true))]);
            let request = tiny.request("layer_deeplift", &options);
            let attributed = tiny.try_attribute(&request);
            match (input, attributed) {
                (Some(input), Ok(attribution)) => {
                    let expected = change_by_replacement(&tiny, &[input]);
                    within(RESCALED, &expected, &totals(&attribution, 1))
                        .unwrap_or_else(|error| panic!("{path}: {error}"));
                }
                (None, Err(error)) => {
                    let words = error.to_string();
                    assert!(words.contains("token ids or positions"), "{words}");
                }
                _ => panic!("{path}: an input is attributed to exactly if there is one"),
            }
        }
    }
}

#[test]
fn all_layers_can_be_saved_and_read_back() {
    for (family, fold) in [("gpt2", Fold::Keep), ("marian", Fold::Norm)] {
        let mut request = AttributeRequest::new(family, "The nurse said");
        request.generated_text = (family == "gpt2").then(|| "The nurse said that".to_owned());
        request.generation.max_new_tokens = Some(3);
        request.method = "layer_gradient_x_activation".to_owned();
        let all = OptionValue::Text("all".to_owned());
        request
            .method_options
            .insert("target_layer".to_owned(), all);
        request.attribute_target = true;
        request.fold = fold;
        let events = carry_out(Work::Attribute(request));
        let Some(Event::Attributed { inseq_json }) = events.last() else {
            panic!("{events:?}")
        };
        let read = from_inseq_json(inseq_json).unwrap();
        let read = &read.sequences[0];
        let scores = read.target_attributions.as_ref().unwrap();
        let axes = match fold {
            Fold::Keep => vec![Axis::Layers, Axis::Hidden],
            Fold::Norm => vec![Axis::Layers],
        };
        assert_eq!(scores.axes[2..], axes);
        let aggregated = aggregate(read).unwrap();
        let matrix = aggregated.target_attributions.unwrap();
        assert_eq!(matrix.axes.len(), 2, "layers are averaged");
    }
}

#[test]
fn a_layer_that_does_not_exist_is_an_error_that_lists_those_that_do() {
    let tiny = tiny_text("gpt2");
    let options = with_layer("transformer.h.7.mlp", &[]);
    for method in [
        "layer_gradient_x_activation",
        "layer_integrated_gradients",
        "layer_deeplift",
    ] {
        let words = tiny
            .try_attribute(&tiny.request(method, &options))
            .unwrap_err()
            .to_string();
        assert!(
            words.contains("nearest are transformer.h.0.mlp, "),
            "{words}"
        );
        assert!(
            words.contains("transformer.h.{0..2}.attn.c_attn"),
            "{words}"
        );
    }
}

#[test]
fn all_layers_are_the_outputs_of_blocks() {
    let tiny = tiny_text("gpt2");
    let outputs = models::layer_outputs(&tiny.model.layer_paths(), models::Stack::Decoder);
    let places: Vec<Place> = outputs.iter().map(|site| site.place).collect();
    let expected: Vec<Place> = (0..3).map(Place::LayerOutput).collect();
    assert_eq!(places, expected);
}
