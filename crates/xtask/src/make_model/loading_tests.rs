//! What is written is read by the engine's own reader, the same in every format.

use futures::executor::block_on;
use models::{
    CONFIG_FILE, ModelFiles, SequenceModel, Side, files_to_fetch, weights_files_in_index,
};

use super::*;

fn loaded(model: &MadeModel, format: WeightsFormat) -> Box<dyn SequenceModel> {
    let folder = tempfile::tempdir().unwrap();
    model.write(folder.path(), format).unwrap();
    let read = |name: &str| fs::read(folder.path().join(name)).ok();
    let config = read(CONFIG_FILE).unwrap();
    let wanted = files_to_fetch(&config).unwrap();
    let mut files = ModelFiles::new();
    for name in wanted
        .iter()
        .flat_map(|it| it.alternatives.iter().flatten())
    {
        let Some(bytes) = read(name) else { continue };
        for shard in weights_files_in_index(name, &bytes).unwrap() {
            let bytes = read(&shard).unwrap();
            files.insert(shard, bytes);
        }
        files.insert(*name, bytes);
    }
    files.insert(CONFIG_FILE, config);
    let device = backend_cpu::Cpu::device();
    block_on(models::load(files, &device, &mut |_| ())).unwrap()
}

#[test]
fn a_made_gpt2_loads_and_splits_text_into_bytes() {
    let model = loaded(&Gpt2Shape::TINY.make(), WeightsFormat::default());
    assert_eq!(model.summary().vocabulary_size, 300);
    assert_eq!(model.tokenizer().encode("Hé!").unwrap().len(), 4);
}

#[test]
fn a_made_marian_loads_and_splits_text_into_letters() {
    let model = loaded(&MarianShape::TINY.make(), WeightsFormat::default());
    assert_eq!(model.summary().vocabulary_size, 200);
    let ids = model.tokenizer().encode("Hi you").unwrap();
    let tokens: Vec<_> = ids
        .iter()
        .filter_map(|id| model.tokenizer().token(*id))
        .collect();
    assert_eq!(tokens, ["▁H", "i", "▁y", "o", "u", "</s>"]);
}

#[test]
fn every_format_holds_the_same_model() {
    for numbers in [Numbers::F32, Numbers::F16, Numbers::Bf16] {
        for made in [Gpt2Shape::TINY.make(), MarianShape::TINY.make()] {
            let made = made.with_numbers(numbers);
            let values = [
                WeightsFormat::Safetensors,
                WeightsFormat::ShardedSafetensors,
                WeightsFormat::PytorchZip,
                WeightsFormat::PytorchPickle,
                WeightsFormat::ShardedPytorch,
            ]
            .map(|format| {
                let model = loaded(&made, format);
                let embedded = model.embed(Side::Target, &[3, 7, 11]).unwrap();
                block_on(embedded.read()).unwrap()
            });
            assert!(values.iter().all(|other| *other == values[0]));
            assert!(values[0].iter().any(|value| *value != 0.0));
        }
    }
}
