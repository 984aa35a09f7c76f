//! What a forward pass keeps: attention's sums, caches, asked positions.

use inseq_tests::random_models::{RandomModel, random_model};
use inseq_tests::tolerance::{REORDERED, within};
use models::{Branch, Cache, Error, Inputs, NoProbe, Place, Probe, Result, Side, Site, Stack};
use tensor::{BackAxis, Tensor};

use crate::attributed::N_MODELS;
use crate::model_scores::{embeddings, read};

fn hidden(
    random: &RandomModel,
    inputs: &Inputs,
    positions: &[u32],
    cache: Option<&mut Cache>,
    probe: &mut dyn Probe,
) -> Vec<f32> {
    let hidden = random.model.forward(inputs, positions, cache, probe);
    read(&hidden.unwrap_or_else(|error| panic!("{}: {error}", random.name)))
}

fn whole(random: &RandomModel) -> (Inputs, Vec<u32>) {
    let inputs = embeddings(random, random.source.as_deref(), &random.target);
    (inputs, (0..random.target.len() as u32).collect())
}

/// Keeps the weights of every attention.
#[derive(Default)]
struct AttentionWeights(Vec<(Site, Tensor)>);

impl Probe for AttentionWeights {
    fn visit(&mut self, site: Site, value: Tensor) -> Result<Tensor> {
        if let Place::AttentionWeights(_) | Place::CrossAttentionWeights(_) = site.place {
            self.0.push((site, value.clone()));
        }
        Ok(value)
    }
}

#[test]
fn attention_rows_sum_to_one_and_see_no_future() {
    for random in (0..N_MODELS).map(random_model) {
        let (inputs, positions) = whole(&random);
        let mut seen = AttentionWeights::default();
        hidden(&random, &inputs, &positions, None, &mut seen);
        assert!(
            seen.0.len() >= random.model.summary().n_layers,
            "{}",
            random.name
        );
        for (site, weights) in seen.0 {
            let place = format!("{}: {site:?}", random.name);
            let (n_keys, n_rows) = (
                weights.shape().length(BackAxis(0)),
                weights.shape().length(BackAxis(1)),
            );
            let is_causal =
                site.stack == Stack::Decoder && matches!(site.place, Place::AttentionWeights(_));
            let values = read(&weights);
            let sums: Vec<f32> = values
                .chunks_exact(n_keys)
                .map(|row| row.iter().sum())
                .collect();
            within(REORDERED, &vec![1.0; sums.len()], &sums)
                .unwrap_or_else(|difference| panic!("{place}: {difference}"));
            for (index, row) in values.chunks_exact(n_keys).enumerate() {
                assert!(row.iter().all(|weight| *weight >= 0.0), "{place}");
                if is_causal {
                    let future = &row[index % n_rows + 1..];
                    assert!(future.iter().all(|weight| *weight == 0.0), "{place}");
                }
            }
        }
    }
}

#[test]
fn a_text_read_token_by_token_is_the_same_as_read_at_once() {
    for random in (0..N_MODELS).map(random_model) {
        let (inputs, positions) = whole(&random);
        let at_once = hidden(&random, &inputs, &positions, None, &mut NoProbe);
        let mut cache = Cache::default();
        let mut one_by_one = Vec::new();
        for id in &random.target {
            let next = Inputs {
                source: inputs.source.clone(),
                prefix: random
                    .model
                    .embed(Side::Target, &[*id])
                    .expect("an id of the model"),
            };
            one_by_one.extend(hidden(&random, &next, &[0], Some(&mut cache), &mut NoProbe));
        }
        assert_eq!(cache.n_positions(), random.target.len());
        within(REORDERED, &at_once, &one_by_one)
            .unwrap_or_else(|difference| panic!("{}: {difference}", random.name));
    }
}

#[test]
fn branches_are_the_same_as_texts_of_their_own() {
    for random in (0..N_MODELS).map(random_model) {
        let known = &random.target;
        let (inputs, positions) = whole(&random);
        let mut cache = Cache::default();
        hidden(&random, &inputs, &positions, Some(&mut cache), &mut NoProbe);
        // From each place on other tokens, from the last place on first, and from there twice.
        let places = (0..known.len()).rev().chain([known.len() - 1]);
        let texts: Vec<(usize, Vec<u32>)> = places
            .enumerate()
            .map(|(number, n_shared)| {
                let own = known.iter().cycle().skip(number);
                (
                    n_shared,
                    own.take(known.len() - n_shared).copied().collect(),
                )
            })
            .collect();
        let mut apart = Vec::new();
        for (n_shared, own) in &texts {
            let ids = [&known[..*n_shared], own].concat();
            let inputs = embeddings(&random, random.source.as_deref(), &ids);
            let last = [ids.len() as u32 - 1];
            apart.extend(hidden(&random, &inputs, &last, None, &mut NoProbe));
        }

        let all_own: Vec<u32> = texts.iter().flat_map(|(_, own)| own.clone()).collect();
        let lengths = texts.iter().map(|(_, own)| own.len());
        let ends = lengths.scan(0, |end, length| {
            *end += length;
            Some(*end as u32)
        });
        let last: Vec<u32> = ends.map(|end| end - 1).collect();
        let branches = texts.iter().map(|(n_shared, own)| Branch {
            n_shared: *n_shared,
            n_own: own.len(),
        });
        let mut branched = cache.branched(branches.collect()).expect("it shares these");
        let inputs = embeddings(&random, random.source.as_deref(), &all_own);
        let together = hidden(&random, &inputs, &last, Some(&mut branched), &mut NoProbe);
        within(REORDERED, &apart, &together)
            .unwrap_or_else(|difference| panic!("{}: {difference}", random.name));
    }
}

#[test]
fn branches_that_do_not_fit_are_refused() {
    for random in (0..N_MODELS).map(random_model) {
        let (inputs, positions) = whole(&random);
        let mut cache = Cache::default();
        hidden(&random, &inputs, &positions, Some(&mut cache), &mut NoProbe);
        let n_known = cache.n_positions();
        let branch = |n_shared, n_own| Branch { n_shared, n_own };
        let outside = cache.branched(vec![branch(n_known + 1, 1)]).err();
        assert!(
            matches!(outside, Some(Error::PositionOutside { .. })),
            "{}: {outside:?}",
            random.name
        );
        let go_on = |branches: Vec<Branch>, n_times: usize| {
            let mut branched = cache.branched(branches).expect("it shares no more");
            let mut forward = || {
                let cache = Some(&mut branched);
                random
                    .model
                    .forward(&inputs, &positions, cache, &mut NoProbe)
            };
            let outcomes = (0..n_times).map(|_| forward().err());
            outcomes.last().flatten()
        };
        assert!(
            go_on(vec![branch(0, n_known)], 1).is_none(),
            "{}",
            random.name
        );
        for (branches, n_times) in [
            (vec![branch(0, n_known + 1)], 1),
            (vec![], 1),
            (vec![branch(0, usize::MAX), branch(0, n_known + 1)], 1),
            // A branched cache is read from once.
            (vec![branch(0, n_known)], 2),
        ] {
            let refused = go_on(branches, n_times);
            assert!(
                matches!(refused, Some(Error::BranchesDoNotFit { .. })),
                "{}: {refused:?}",
                random.name
            );
        }
    }
}

#[test]
fn asked_positions_are_rows_of_all() {
    for random in (0..N_MODELS).map(random_model) {
        let (inputs, positions) = whole(&random);
        let all = hidden(&random, &inputs, &positions, None, &mut NoProbe);
        let width = random.model.summary().hidden_size;
        for asked in [vec![0], vec![positions.len() as u32 - 1], vec![1, 0]] {
            let found = hidden(&random, &inputs, &asked, None, &mut NoProbe);
            let expected: Vec<f32> = asked
                .iter()
                .flat_map(|row| all[*row as usize * width..][..width].iter().copied())
                .collect();
            within(REORDERED, &expected, &found)
                .unwrap_or_else(|difference| panic!("{}: {difference}", random.name));
        }
    }
}

#[test]
fn the_logit_of_a_choice_is_one_of_all_logits() {
    for random in (0..N_MODELS).map(random_model) {
        let (inputs, positions) = whole(&random);
        let model = random.model.as_ref();
        let hidden = model
            .forward(&inputs, &positions, None, &mut NoProbe)
            .expect("the text fits");
        let all = read(&model.unembed(&hidden).expect("it fits"));
        let chosen = read(
            &model
                .unembed_choices(&hidden, &random.target)
                .expect("it fits"),
        );
        let vocabulary = model.summary().vocabulary_size;
        let expected: Vec<f32> = all
            .chunks_exact(vocabulary)
            .zip(&random.target)
            .map(|(row, id)| row[*id as usize])
            .collect();
        within(REORDERED, &expected, &chosen)
            .unwrap_or_else(|difference| panic!("{}: {difference}", random.name));
    }
}
