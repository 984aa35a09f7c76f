//! What holds for every text and every attribution.

use attribution::{OptionValue, step_scores};
use attribution_output::{Faithfulness, FaithfulnessSettings, Ranking, Removal};
use inseq_tests::tolerance::{CANCELLING, EXACT, REORDERED, within};

use crate::asking::{
    FAMILIES, attributed, measured, numbers, request, settings, tiny, with_option,
};

const REMOVALS: [Removal; 2] = [Removal::Unknown, Removal::SameKind];

fn each_target(measured: &Faithfulness, value: impl Fn(usize) -> f64) -> Vec<f32> {
    let targets = 0..measured.targets.len();
    targets.map(|target| value(target) as f32).collect()
}

#[test]
fn removing_nothing_changes_nothing_and_keeping_everything_neither() {
    for family in FAMILIES {
        let model = tiny(family);
        let request = request(model.as_ref(), "saliency");
        let attribution = attributed(model.as_ref(), &request);
        for removal in REMOVALS {
            let asked = FaithfulnessSettings {
                removal,
                ..settings(&[0.0, 1.0])
            };
            let found = measured(model.as_ref(), &request, &attribution, &asked).unwrap();
            for target in &found.targets {
                let [none, all] = [0, 1].map(|point| &target.measures.curve[point]);
                assert_eq!(none.comprehensiveness, 0.0, "{family} {removal:?}");
                assert_eq!(all.sufficiency, 0.0, "{family} {removal:?}");
                assert_eq!(none.sufficiency, all.comprehensiveness);
                assert!(target.n_tokens > 0 && all.comprehensiveness != 0.0);
            }
        }
    }
}

#[test]
fn without_everything_all_attributions_are_the_same() {
    for family in FAMILIES {
        let model = tiny(family);
        for removal in REMOVALS {
            let falls = |method: &str, ranking: Ranking| {
                let request = request(model.as_ref(), method);
                let attribution = attributed(model.as_ref(), &request);
                let asked = FaithfulnessSettings {
                    removal,
                    ranking,
                    ..settings(&[1.0])
                };
                let found = measured(model.as_ref(), &request, &attribution, &asked).unwrap();
                let fall = each_target(&found, |target| {
                    let it = &found.targets[target].measures;
                    assert_eq!(it.comprehensiveness, it.score - it.score_without_all);
                    it.comprehensiveness
                });
                (fall, found)
            };
            let (expected, _) = falls("saliency", Ranking::Attribution);
            for method in ["occlusion", "attention", "input_x_gradient"] {
                let (found, _) = falls(method, Ranking::Attribution);
                within(EXACT, &expected, &found).unwrap();
            }
            if removal == Removal::Unknown {
                // An order of chance draws numbers of its own before the stand-ins.
                let (found, _) = falls("saliency", Ranking::Random);
                within(EXACT, &expected, &found).unwrap();
            }
        }
    }
}

#[test]
fn the_score_is_that_of_the_attributed_function() {
    for family in FAMILIES {
        let model = tiny(family);
        for function in ["probability", "logit", "entropy"] {
            let mut request = request(model.as_ref(), "attention");
            request.attributed_fn = function.to_owned();
            request.step_scores = vec![function.to_owned()];
            let scores = futures::executor::block_on(step_scores(model.as_ref(), &request));
            let attribution = attributed(model.as_ref(), &request);
            let found = measured(model.as_ref(), &request, &attribution, &settings(&[0.5]));
            let found = found.unwrap();
            let score = each_target(&found, |target| found.targets[target].measures.score);
            within(REORDERED, &scores.unwrap()[function], &score)
                .unwrap_or_else(|error| panic!("{family} {function}: {error}"));
        }
    }
}

/// One token is removed in both, and the one that occlusion finds strongest is the one
/// that its own order has first.
#[test]
fn without_one_token_the_score_falls_by_what_occlusion_says() {
    for family in FAMILIES {
        let model = tiny(family);
        let request = request(model.as_ref(), "occlusion");
        let request = with_option(request, "signed", OptionValue::Flag(true));
        let attribution = attributed(model.as_ref(), &request);
        let found = measured(model.as_ref(), &request, &attribution, &settings(&[0.01])).unwrap();
        let largest = each_target(&found, |target| {
            let parts = [
                &attribution.source_attributions,
                &attribution.target_attributions,
            ];
            let values = parts.into_iter().flatten().flat_map(|scores| {
                let rows = scores.values.chunks_exact(scores.shape[1]);
                rows.map(move |row| f64::from(row[target]))
            });
            values.filter(|value| !value.is_nan()).fold(0.0, f64::max)
        });
        let fall = each_target(&found, |target| {
            found.targets[target].measures.comprehensiveness
        });
        within(CANCELLING, &largest, &fall).unwrap_or_else(|error| panic!("{family}: {error}"));
    }
}

#[test]
fn the_size_of_passes_does_not_show() {
    for family in FAMILIES {
        let model = tiny(family);
        for removal in REMOVALS {
            let mut request = request(model.as_ref(), "saliency");
            let attribution = attributed(model.as_ref(), &request);
            let asked = FaithfulnessSettings {
                removal,
                ..settings(&[0.1, 0.2, 0.5])
            };
            let whole = measured(model.as_ref(), &request, &attribution, &asked).unwrap();
            for memory_budget_bytes in [1, 100_000] {
                request.memory_budget_bytes = memory_budget_bytes;
                let cut = measured(model.as_ref(), &request, &attribution, &asked).unwrap();
                within(REORDERED, &numbers(&whole), &numbers(&cut))
                    .unwrap_or_else(|error| panic!("{family} {removal:?}: {error}"));
            }
        }
    }
}

#[test]
fn a_target_is_measured_the_same_alone_as_among_others() {
    for family in FAMILIES {
        let model = tiny(family);
        for removal in REMOVALS {
            let asked = FaithfulnessSettings {
                removal,
                ..settings(&[0.2, 0.5])
            };
            let all = request(model.as_ref(), "saliency");
            let attribution = attributed(model.as_ref(), &all);
            let among = measured(model.as_ref(), &all, &attribution, &asked).unwrap();
            for (index, target) in among.targets.iter().enumerate() {
                let mut alone = all.clone();
                alone.attr_pos_start = Some(target.position as i64);
                alone.attr_pos_end = Some(target.position as i64 + 1);
                let attribution = attributed(model.as_ref(), &alone);
                let found = measured(model.as_ref(), &alone, &attribution, &asked).unwrap();
                assert_eq!(found.targets[0].n_tokens, target.n_tokens);
                let per_target = numbers(&among).len() / among.targets.len();
                let expected = &numbers(&among)[index * per_target..][..per_target];
                within(REORDERED, expected, &numbers(&found))
                    .unwrap_or_else(|error| panic!("{family} {removal:?} {index}: {error}"));
            }
        }
    }
}

#[test]
fn a_seed_names_a_result() {
    for family in FAMILIES {
        let model = tiny(family);
        let request = request(model.as_ref(), "saliency");
        let attribution = attributed(model.as_ref(), &request);
        for (removal, ranking) in [
            (Removal::Unknown, Ranking::Attribution),
            (Removal::SameKind, Ranking::Attribution),
            (Removal::Unknown, Ranking::Random),
        ] {
            let with_seed = |seed: u32| {
                let asked = FaithfulnessSettings {
                    removal,
                    ranking,
                    seed,
                    ..settings(&[0.2, 0.5])
                };
                let found = measured(model.as_ref(), &request, &attribution, &asked);
                numbers(&found.unwrap())
            };
            within(EXACT, &with_seed(3), &with_seed(3)).unwrap();
            assert!(within(REORDERED, &with_seed(3), &with_seed(4)).is_err());
        }
    }
}

/// What gave everything is kept whole, what gave nothing is lost.
#[test]
fn where_all_gave_the_same_soft_sufficiency_is_nothing() {
    for family in FAMILIES {
        let model = tiny(family);
        let request = request(model.as_ref(), "saliency");
        let mut attribution = attributed(model.as_ref(), &request);
        let parts = [
            &mut attribution.source_attributions,
            &mut attribution.target_attributions,
        ];
        for scores in parts.into_iter().flatten() {
            scores.values.iter_mut().for_each(|value| {
                *value = if value.is_nan() { *value } else { 1.0 };
            });
        }
        let found = measured(model.as_ref(), &request, &attribution, &settings(&[0.5])).unwrap();
        let soft = each_target(&found, |target| {
            let it = &found.targets[target].measures;
            it.score - it.soft_sufficiency
        });
        let score = each_target(&found, |target| found.targets[target].measures.score);
        within(REORDERED, &score, &soft).unwrap_or_else(|error| panic!("{family}: {error}"));
    }
}
