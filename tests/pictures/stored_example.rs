//! The example that the page shows before any model has loaded, and its picture in the
//! README, are what a bundled model and `heatmap` make today.
//!
//! `cargo xtask make-example` writes both anew.

use std::path::PathBuf;
use std::{env, fs};

use attribution_output::{AttributionOutput, Scores, from_inseq_json};
use heatmap::{Heatmap, svg_picture};
use inseq_tests::tiny_models::carry_out;
use inseq_tests::tolerance::{REORDERED, within};
use protocol::{AttributeRequest, Event, Work};

/// Set by `cargo xtask make-example`.
const UPDATE: &str = "INSEQ_UPDATE_EXAMPLE";

fn asset(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../web/assets")
        .join(name)
}

/// Planted: *her* decides article, noun and participle before it is translated.
fn request() -> AttributeRequest {
    AttributeRequest {
        method: "integrated_gradients".to_owned(),
        step_scores: vec!["probability".to_owned()],
        attribute_target: true,
        ..AttributeRequest::new("demo-mt-en-fr", "The doctor arrived with her dog.")
    }
}

fn values(scores: Option<&Scores>) -> &[f32] {
    scores
        .map(|scores| scores.values.as_slice())
        .unwrap_or_default()
}

#[test]
fn the_stored_example_is_what_a_bundled_model_computes() {
    let events = carry_out(Work::Attribute(request()));
    let Some(Event::Attributed { inseq_json }) = events.last() else {
        panic!("{:?}", events.last());
    };
    let path = asset("example.inseq.json");
    if env::var_os(UPDATE).is_some() {
        fs::write(&path, inseq_json).unwrap();
    }
    let stored = from_inseq_json(fs::read_to_string(&path).unwrap()).unwrap();
    let computed = from_inseq_json(inseq_json).unwrap();
    assert_same(&stored, &computed);
}

fn assert_same(stored: &AttributionOutput, computed: &AttributionOutput) {
    for key in [
        "attribution_method",
        "model_name",
        "input_texts",
        "generated_texts",
    ] {
        assert_eq!(stored.info[key], computed.info[key], "{key}");
    }
    let (stored, computed) = (&stored.sequences[0], &computed.sequences[0]);
    assert_eq!(stored.source, computed.source);
    assert_eq!(stored.target, computed.target);
    for (stored, computed) in [
        (&stored.source_attributions, &computed.source_attributions),
        (&stored.target_attributions, &computed.target_attributions),
    ] {
        within(
            REORDERED,
            values(stored.as_ref()),
            values(computed.as_ref()),
        )
        .unwrap();
    }
}

#[test]
fn the_picture_in_the_readme_is_that_of_the_stored_example() {
    let stored = fs::read_to_string(asset("example.inseq.json")).unwrap();
    let heatmaps = Heatmap::from_output(&from_inseq_json(&stored).unwrap()).unwrap();
    let picture = svg_picture(&heatmaps[0]);
    let path = asset("example.svg");
    if env::var_os(UPDATE).is_some() {
        fs::write(&path, &picture).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(
        committed == picture,
        "web/assets/example.svg is not the picture of web/assets/example.inseq.json; \
         run: cargo xtask make-example"
    );
}
