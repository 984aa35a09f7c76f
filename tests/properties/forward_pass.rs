//! What a forward pass keeps: attention's sums, caches, asked positions.

use inseq_tests::random_models::{RandomModel, random_model};
use inseq_tests::tolerance::{REORDERED, within};
use models::{Cache, Inputs, NoProbe, Place, Probe, Result, Side, Site, Stack};
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
