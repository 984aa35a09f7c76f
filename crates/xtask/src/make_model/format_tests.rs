//! That the files have the structure of their formats; what reads them is tested
//! where it is.

use std::{collections::BTreeSet, io::Read};

use safetensors::{SafeTensors, View};
use serde_json::Value;
use zip::{CompressionMethod, ZipArchive};

use super::*;

fn written(model: &MadeModel, format: WeightsFormat) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    model.write(folder.path(), format).unwrap();
    folder
}

fn names(model: &MadeModel) -> BTreeSet<&str> {
    let names = model.weights.iter().map(|(name, _)| name.as_str());
    names.collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn numbers_and_masks_are_as_asked_for() {
    let model = ModelShape::Gpt2Tiny.make(true).unwrap();
    let model = model.with_numbers(Numbers::Bf16);
    let folder = written(&model, WeightsFormat::Safetensors);
    let bytes = fs::read(folder.path().join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let one = [0x80, 0x3f];
    let mask = tensors.tensor("h.1.attn.bias").unwrap();
    assert_eq!(mask.shape(), [1, 1, 512, 512]);
    assert_eq!(mask.dtype(), safetensors::Dtype::BF16);
    let is_one = |row: usize, column: usize| mask.data()[2 * (512 * row + column)..][..2] == one;
    assert!(is_one(0, 0) && is_one(5, 5) && is_one(63, 0) && !is_one(5, 6));
    let scalar: [usize; 0] = [];
    assert_eq!(
        tensors.tensor("h.1.attn.masked_bias").unwrap().shape(),
        scalar
    );
    assert!(ModelShape::OpusMtTiny.make(true).is_err());
}

#[test]
fn half_precision_is_that_of_the_same_values() {
    let weights = |numbers| {
        let (_, weights) = random_weights::random("a", &[100]);
        weights.with_numbers(numbers).data().into_owned()
    };
    let (whole, half) = (weights(Numbers::F32), weights(Numbers::F16));
    assert_eq!((whole.len(), half.len()), (400, 200));
    for (whole, half) in whole.chunks(4).zip(half.chunks(2)) {
        let whole = f32::from_le_bytes(whole.try_into().unwrap());
        let half = half::f16::from_le_bytes(half.try_into().unwrap());
        assert_eq!(half::f16::from_f32(whole), half);
    }
}

#[test]
fn an_archive_has_the_values_one_by_one() {
    let model = ModelShape::OpusMtTiny.make(false).unwrap();
    let folder = written(&model.with_numbers(Numbers::F16), WeightsFormat::PytorchZip);
    let model = ModelShape::OpusMtTiny.make(false).unwrap();
    let model = model.with_numbers(Numbers::F16);
    let file = fs::File::open(folder.path().join("pytorch_model.bin")).unwrap();
    let mut archive = ZipArchive::new(file).unwrap();
    assert_eq!(archive.len(), model.weights.len() + 3);
    for (number, (_, weights)) in model.weights.iter().enumerate() {
        let mut entry = archive.by_name(&format!("archive/data/{number}")).unwrap();
        assert_eq!(entry.compression(), CompressionMethod::Stored);
        assert_eq!(entry.data_start().unwrap() % 64, 0);
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        assert!(bytes == *weights.data(), "{number}");
    }
    let mut pickle = Vec::new();
    let mut entry = archive.by_name("archive/data.pkl").unwrap();
    entry.read_to_end(&mut pickle).unwrap();
    assert!(pickle.starts_with(&[0x80, 2]) && pickle.ends_with(b"b."));
    assert!(holds(&pickle, b"ctorch\nHalfStorage\n"));
    let all = names(&model).into_iter().chain(["lm_head.weight"]);
    for name in all {
        assert!(holds(&pickle, name.as_bytes()), "{name}");
    }
}

#[test]
fn values_follow_the_pickles_in_the_order_of_their_keys() {
    let model = ModelShape::Gpt2Tiny.make(true).unwrap();
    let folder = written(&model, WeightsFormat::PytorchPickle);
    let bytes = fs::read(folder.path().join("pytorch_model.bin")).unwrap();
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.";
    assert!(bytes.starts_with(magic));
    let mut expected = Vec::new();
    let mut keys: Vec<_> = (0..model.weights.len())
        .map(|key| key.to_string())
        .collect();
    keys.sort();
    for key in keys {
        let (_, weights) = &model.weights[key.parse::<usize>().unwrap()];
        let n_values: usize = weights.shape().iter().product();
        expected.extend((n_values as u64).to_le_bytes());
        expected.extend(weights.data().iter());
    }
    assert!(bytes.ends_with(&expected));
    let pickles = &bytes[..bytes.len() - expected.len()];
    assert!(pickles.ends_with(b"e."));
    for name in names(&model) {
        assert!(holds(pickles, name.as_bytes()), "{name}");
    }
}

#[test]
fn an_index_says_in_which_shard_each_weight_is() {
    let model = ModelShape::OpusMtTiny.make(false).unwrap();
    for format in [
        WeightsFormat::ShardedSafetensors,
        WeightsFormat::ShardedPytorch,
    ] {
        let folder = written(&model, format);
        let index = fs::read(folder.path().join(format.last_file())).unwrap();
        let index: Value = serde_json::from_slice(&index).unwrap();
        let n_bytes: usize = model.weights.iter().map(|(_, one)| one.data_len()).sum();
        assert_eq!(index["metadata"]["total_size"], n_bytes);
        let map = index["weight_map"].as_object().unwrap();
        let files: BTreeSet<_> = map.values().map(|file| file.as_str().unwrap()).collect();
        assert_eq!(files.len(), 3);
        assert!(names(&model).iter().all(|name| map.contains_key(*name)));
        let n_shared = match format {
            WeightsFormat::ShardedPytorch => model.shared.len(),
            _ => 0,
        };
        assert_eq!(map.len(), model.weights.len() + n_shared);
        for file in files {
            let bytes = fs::read(folder.path().join(file)).unwrap();
            let of_file = map.iter().filter(|(_, its)| its.as_str() == Some(file));
            for (name, _) in of_file {
                assert!(holds(&bytes, name.as_bytes()), "{name} in {file}");
            }
        }
    }
}
