//! Sequential integrated gradients: what each token is given.

use attribution_output::Scores;
use inseq_tests::tolerance::{QUADRATURE, within};

use crate::tiny_text::{FAMILIES, flag, integer, tiny_text};

/// Sums over what lies behind `[tokens, targets]`; what is NaN is 0.
fn by_token(scores: Option<&Scores>) -> Vec<f32> {
    let Some(scores) = scores else {
        return Vec::new();
    };
    let width: usize = scores.shape[2..].iter().product();
    let cells = scores.values.chunks_exact(width);
    let sums = cells.map(|cell| cell.iter().sum::<f32>());
    sums.map(|sum| if sum.is_nan() { 0.0 } else { sum })
        .collect()
}

#[test]
fn each_token_is_given_what_the_score_loses_without_it() {
    for family in FAMILIES {
        let tiny = tiny_text(family);
        let sequential = "sequential_integrated_gradients";
        let given = tiny.attribute(&tiny.request(sequential, &[("n_steps", integer(60))]));
        let lost = tiny.attribute(&tiny.request("occlusion", &[("signed", flag(true))]));
        for (given, lost) in [
            (&given.source_attributions, &lost.source_attributions),
            (&given.target_attributions, &lost.target_attributions),
        ] {
            let (given, lost) = (by_token(given.as_ref()), by_token(lost.as_ref()));
            within(QUADRATURE, &lost, &given).unwrap_or_else(|error| panic!("{family}: {error}"));
        }
    }
}
