//! Requests of finished attributions: those that Inseq saved, with contrasts, of other
//! models, merged, and broken.

use std::path::PathBuf;

use attribution_output::{
    Faithfulness, FaithfulnessSettings, aggregate_with, from_inseq_json, stages_from_ids,
    to_inseq_json,
};
use inseq_tests::tiny_models::carry_out;
use inseq_tests::tolerance::{REORDERED, within};
use protocol::{
    AttributeRequest, Event, Failure, FailureKind, FaithfulnessRequest, OptionValue, Stage, Work,
};

use crate::asking::settings;

fn ask(model: &str, inseq_json: &str, settings: FaithfulnessSettings) -> Vec<Event> {
    carry_out(Work::MeasureFaithfulness(FaithfulnessRequest {
        model: model.to_owned(),
        inseq_json: inseq_json.to_owned(),
        settings,
    }))
}

fn measured(model: &str, inseq_json: &str) -> Result<Vec<Faithfulness>, Failure> {
    match ask(model, inseq_json, settings(&[0.2, 0.5])).pop() {
        Some(Event::FaithfulnessMeasured { sequences }) => Ok(sequences),
        Some(Event::Failed(failure)) => Err(failure),
        other => panic!("{other:?}"),
    }
}

fn attributed(request: AttributeRequest) -> String {
    match carry_out(Work::Attribute(request)).pop() {
        Some(Event::Attributed { inseq_json }) => inseq_json,
        other => panic!("{other:?}"),
    }
}

fn saved_by_inseq(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/cases");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn what_inseq_saved_is_measured() {
    for (model, file) in [
        ("gpt2", "gpt2-saliency.inseq.json"),
        ("gpt2", "gpt2-attention.inseq.json"),
        ("marian", "marian-saliency.inseq.json"),
        ("marian", "marian-attention.inseq.json"),
    ] {
        let json = saved_by_inseq(file);
        let output = from_inseq_json(&json).unwrap();
        let found = measured(model, &json).unwrap_or_else(|failure| panic!("{file}: {failure:?}"));
        assert_eq!(found.len(), output.sequences.len());
        for (found, sequence) in found.iter().zip(&output.sequences) {
            let tokens = found.targets.iter().map(|target| &target.token);
            assert!(tokens.eq(sequence.targets().iter().map(|token| &token.token)));
        }
    }
}

#[test]
fn progress_is_told_target_by_target() {
    let json = saved_by_inseq("gpt2-saliency.inseq.json");
    let events = ask("gpt2", &json, settings(&[0.5]));
    let done = events.iter().filter_map(|event| match event {
        Event::Progress {
            stage: Stage::Measure,
            done,
            total,
        } => Some((*done, *total)),
        _ => None,
    });
    let done: Vec<_> = done.collect();
    let n = done.len() as u64;
    assert!(n > 1);
    assert!(done.iter().copied().eq((1..=n).map(|done| (done, Some(n)))));
}

/// Targets that stand against another token are labeled with both.
#[test]
fn the_attributed_function_is_the_one_of_the_attribution() {
    let mut request = AttributeRequest::new("gpt2", "The developer argued with");
    request.generated_text = Some("The developer argued with the designer".to_owned());
    request.method = "occlusion".to_owned();
    request.attributed_fn = "contrast_prob_diff".to_owned();
    let other = "The developer argued with a manager".to_owned();
    request.attributed_fn_args = [
        ("contrast_targets".to_owned(), OptionValue::Text(other)),
        (
            "contrast_targets_alignments".to_owned(),
            OptionValue::Text("auto".to_owned()),
        ),
    ]
    .into();
    request.step_scores = vec!["contrast_prob_diff".to_owned()];
    request.step_scores_args = request.attributed_fn_args.clone();
    // As a step score, a contrast always has a run of its own.
    let own_run = ("contrast_force_inputs".to_owned(), OptionValue::Flag(true));
    request.attributed_fn_args.extend([own_run]);
    let json = attributed(request);
    let output = from_inseq_json(&json).unwrap();
    let found = measured("gpt2", &json).unwrap();
    let expected = &output.sequences[0].step_scores["contrast_prob_diff"];
    let scores = found[0].targets.iter();
    let scores: Vec<f32> = scores.map(|it| it.measures.score as f32).collect();
    within(REORDERED, expected, &scores).unwrap();
    let is_labeled = |token: &str| token.contains(" → ");
    assert!(found[0].targets.iter().any(|it| is_labeled(&it.token)));
}

#[test]
fn an_attribution_of_another_model_is_refused() {
    let [gpt2, marian] = ["gpt2-saliency.inseq.json", "marian-saliency.inseq.json"];
    for (model, file) in [
        ("marian", gpt2),
        ("gpt2", marian),
        ("demo-gpt2", gpt2),
        ("demo-mt-en-fr", marian),
    ] {
        let failure = measured(model, &saved_by_inseq(file)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Input);
        let expected = "the attribution is not of this model's tokens: ";
        assert!(failure.message.starts_with(expected), "{}", failure.message);
        assert!(failure.hint.is_some());
    }
}

#[test]
fn merged_tokens_are_refused() {
    let mut output = from_inseq_json(saved_by_inseq("marian-saliency.inseq.json")).unwrap();
    let stages = stages_from_ids(&["scores", "subwords"], &serde_json::Map::new()).unwrap();
    for sequence in &mut output.sequences {
        *sequence = aggregate_with(
            sequence,
            &stages,
            attribution_output::Compatibility::Corrected,
        )
        .unwrap();
    }
    let failure = measured("marian", &to_inseq_json(&output)).unwrap_err();
    assert!(failure.hint.unwrap().contains("without merged tokens"));
}

#[test]
fn what_is_no_attribution_is_refused() {
    let failure = measured("gpt2", "{}").unwrap_err();
    assert!(
        failure
            .message
            .starts_with("the attribution cannot be read: "),
        "{}",
        failure.message
    );

    let mut output = from_inseq_json(saved_by_inseq("gpt2-saliency.inseq.json")).unwrap();
    output.sequences[0].target_attributions = None;
    let failure = measured("gpt2", &to_inseq_json(&output)).unwrap_err();
    assert_eq!(
        failure.message,
        "the attribution has no attributions, only step scores"
    );
}

/// Before anything is read or loaded.
#[test]
fn settings_out_of_range_are_refused() {
    for (settings, option) in [
        (settings(&[0.5, 1.5]), "fractions"),
        (settings(&[]), "fractions"),
        (
            FaithfulnessSettings {
                n_samples: 0,
                ..settings(&[0.5])
            },
            "n_samples",
        ),
    ] {
        let events = ask("no-such-model", "", settings);
        let [Event::Failed(failure)] = events.as_slice() else {
            panic!("{events:?}");
        };
        let expected = format!("faithfulness: option {option} must be");
        assert!(
            failure.message.starts_with(&expected),
            "{}",
            failure.message
        );
    }
}
