//! DeepLIFT: what it sums to.

use inseq_tests::tolerance::{RESCALED, within};
use models::NoProbe;

use crate::plain_scores::{Reading, differences};
use crate::tiny_text::{FAMILIES, TinyText, flag, text, tiny_text, totals};

fn change(tiny: &TinyText, reading: Reading) -> Vec<f32> {
    differences(
        &tiny.logits(Reading::AsItIs, &mut NoProbe),
        &tiny.logits(reading, &mut NoProbe),
    )
}

#[test]
fn rescaling_everywhere_sums_to_the_change_of_the_score() {
    for family in FAMILIES {
        let tiny = tiny_text(family);
        let options = [("rescale", text("everywhere"))];
        let attribution = tiny.attribute(&tiny.request("deeplift", &options));
        let found = totals(&attribution, 1);
        within(RESCALED, &change(&tiny, Reading::Baseline), &found)
            .unwrap_or_else(|error| panic!("{family}: {error}"));
    }
}

#[test]
fn rescaling_everywhere_is_complete_for_probabilities_and_entropy_too() {
    for (family, function) in [
        ("gpt2", "probability"),
        ("gpt2", "entropy"),
        ("marian", "entropy"),
    ] {
        let tiny = tiny_text(family);
        let options = [
            ("rescale", text("everywhere")),
            ("return_convergence_delta", flag(true)),
        ];
        let mut request = tiny.request("deeplift", &options);
        request.attributed_fn = function.to_owned();
        let attribution = tiny.attribute(&request);
        let found = totals(&attribution, 1);
        let deltas = &attribution.step_scores["deltas"];
        let expected = differences(&found, deltas);
        within(RESCALED, &expected, &found)
            .unwrap_or_else(|error| panic!("{family}, {function}: {error}"));
    }
}

#[test]
fn without_rescaling_softmax_and_norms_leave_a_delta() {
    for family in FAMILIES {
        let tiny = tiny_text(family);
        let options = [("return_convergence_delta", flag(true))];
        let attribution = tiny.attribute(&tiny.request("deeplift", &options));
        let found = totals(&attribution, 1);
        let deltas = &attribution.step_scores["deltas"];
        let expected = differences(&found, deltas);
        assert!(within(RESCALED, &expected, &found).is_err(), "{family}");
        let change = change(&tiny, Reading::Baseline);
        within(RESCALED, &change, &expected).unwrap_or_else(|error| panic!("{family}: {error}"));
    }
}

#[test]
fn the_source_alone_is_given_what_it_changes() {
    let tiny = tiny_text("marian");
    let options = [("rescale", text("everywhere"))];
    let mut request = tiny.request("deeplift", &options);
    request.attribute_target = false;
    let attribution = tiny.attribute(&request);
    assert!(attribution.target_attributions.is_none());
    let change = change(&tiny, Reading::BaselineSource);
    within(RESCALED, &change, &totals(&attribution, 1)).unwrap();
}
