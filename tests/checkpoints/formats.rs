//! The same tensors in every format.

use std::rc::Rc;

use futures::executor::block_on;
use inseq_tests::tiny_models::{files_of, loaded, tiny_models};
use models::{Array, Checkpoint, ModelFiles, weights_files_in_index};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::json;

use crate::written_pickle::{Format, PickledTensor, legacy_file, state_dict};
use crate::written_zip::{Width, archive, zip};
use crate::{opened, opened_all, taken};

const FORMATS: [&str; 3] = [
    "model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.legacy.bin",
];

fn marian(file: &str) -> Vec<u8> {
    std::fs::read(tiny_models().join("marian").join(file)).expect("it is committed")
}

fn bits(array: &Array) -> Vec<u32> {
    array.values.iter().map(|value| value.to_bits()).collect()
}

fn take(checkpoint: &mut Checkpoint, name: &str) -> Array {
    block_on(checkpoint.take(name)).unwrap()
}

#[test]
fn every_format_of_one_model_has_the_same_bits() {
    let mut formats = FORMATS.map(|file| opened(file, marian(file)).unwrap());
    let [safetensors, others @ ..] = &mut formats;
    let names: Vec<String> = safetensors.names().map(str::to_owned).collect();
    assert!(names.len() > 50, "only {names:?}");
    for name in &names {
        let expected = take(safetensors, name);
        for other in others.iter_mut() {
            let found = take(other, name);
            assert_eq!(found.shape, expected.shape, "{name}");
            assert_eq!(bits(&found), bits(&expected), "{name}");
        }
    }
}

#[test]
fn tensors_that_share_their_values_are_each_taken() {
    let shared = "model.shared.weight";
    for file in &FORMATS[1..] {
        let mut checkpoint = opened(file, marian(file)).unwrap();
        let expected = take(&mut checkpoint, shared);
        for name in [
            "lm_head.weight",
            "model.encoder.embed_tokens.weight",
            "model.decoder.embed_tokens.weight",
        ] {
            assert_eq!(take(&mut checkpoint, name), expected, "{name} in {file}");
        }
    }
}

#[test]
fn a_model_is_loaded_from_whatever_is_there() {
    let whole = || files_of(&tiny_models().join("marian"));
    let n_parameters = loaded(whole()).unwrap().summary().n_parameters;
    for file in FORMATS {
        let mut files = whole();
        for other in ["model.safetensors", "pytorch_model.bin"] {
            files.take_weights(other).unwrap();
        }
        let name = if file.ends_with("bin") {
            "pytorch_model.bin"
        } else {
            file
        };
        files.insert_weights(name, Rc::new(marian(file)));
        let model = loaded(files).unwrap_or_else(|error| panic!("{file}: {error}"));
        let summary = model.summary();
        // PyTorch's own formats have the tables of positions, which could be computed.
        let n_positions = if file.ends_with("bin") {
            2 * summary.n_positions * summary.hidden_size
        } else {
            0
        };
        let expected = n_parameters + n_positions as u64;
        assert_eq!(summary.n_parameters, expected, "{file}");
    }
}

#[test]
fn shards_are_one_checkpoint() {
    let mut files = files_of(&tiny_models().join("gpt2"));
    let expected = loaded(files_of(&tiny_models().join("gpt2"))).unwrap();
    files.take_weights("model.safetensors").unwrap();
    let whole = std::fs::read(tiny_models().join("gpt2/model.safetensors")).unwrap();
    let tensors = taken(opened("model.safetensors", whole).unwrap());
    let shards = [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ];
    let mut map = serde_json::Map::new();
    let mut parts: [Vec<(String, Array)>; 2] = [Vec::new(), Vec::new()];
    for (number, (name, array)) in tensors.into_iter().enumerate() {
        map.insert(name.clone(), shards[number % 2].into());
        parts[number % 2].push((name, array.unwrap()));
    }
    let index = json!({"metadata": {}, "weight_map": map})
        .to_string()
        .into_bytes();
    let index_file = "model.safetensors.index.json";
    assert_eq!(weights_files_in_index(index_file, &index).unwrap(), shards);
    files.insert(index_file, index);
    files.insert_weights(shards[0], Rc::new(safetensors_of(&parts[0])));
    let error = loaded(clone_without_weights(&files))
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains(shards[0]), "{error}");
    files.insert_weights(shards[1], Rc::new(safetensors_of(&parts[1])));
    let model = loaded(files).unwrap();
    assert_eq!(
        model.summary().n_parameters,
        expected.summary().n_parameters
    );
}

/// The same small files; of the weights, nothing.
fn clone_without_weights(files: &ModelFiles) -> ModelFiles {
    let mut clone = ModelFiles::new();
    for name in [
        "config.json",
        "tokenizer.json",
        "model.safetensors.index.json",
    ] {
        clone.insert(name, files.get(name).unwrap().to_vec());
    }
    clone
}

fn safetensors_of(tensors: &[(String, Array)]) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, array)| array.values.iter().flat_map(|v| v.to_le_bytes()).collect())
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, array), bytes)| {
        let view = TensorView::new(Dtype::F32, array.shape.clone(), bytes).unwrap();
        (name.as_str(), view)
    });
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn a_tensor_in_two_files_is_refused() {
    let file = || {
        archive(
            &[PickledTensor::row("w", "FloatStorage", 1)],
            &[("0", &[0; 4])],
        )
    };
    let error = opened_all([("a.bin", file()), ("b.bin", file())])
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        r#"checkpoint header is broken: tensor "w" is in file "a.bin" too, in file "b.bin""#
    );
}

#[test]
fn half_precision_is_read_from_both_formats_of_torch() {
    // 1.5, -2.0, 0.25 in 16 bits of either kind.
    let half: [u8; 6] = [0x00, 0x3E, 0x00, 0xC0, 0x00, 0x34];
    let brain: [u8; 6] = [0xC0, 0x3F, 0x00, 0xC0, 0x80, 0x3E];
    for (class, bytes) in [("HalfStorage", half), ("BFloat16Storage", brain)] {
        let tensors = [PickledTensor::row("w", class, 3)];
        let legacy = legacy_file(&state_dict(&tensors, Format::Legacy), &[("0", 3, &bytes)]);
        for file in [archive(&tensors, &[("0", &bytes)]), legacy] {
            let mut checkpoint = opened("pytorch_model.bin", file).unwrap();
            assert_eq!(
                take(&mut checkpoint, "w").values,
                [1.5, -2.0, 0.25],
                "{class}"
            );
        }
    }
}

#[test]
fn views_of_one_storage_are_read_in_their_own_order() {
    let bytes: Vec<u8> = (0..6_u8).flat_map(|n| f32::from(n).to_le_bytes()).collect();
    let view = |name, offset, shape: [u64; 2], strides: [u64; 2]| PickledTensor {
        offset,
        shape: shape.to_vec(),
        strides: strides.to_vec(),
        n_stored: 6,
        ..PickledTensor::row(name, "FloatStorage", 6)
    };
    let tensors = [
        view("rows", 0, [2, 3], [3, 1]),
        view("columns", 0, [3, 2], [1, 3]),
        view("end", 2, [2, 2], [2, 1]),
        view("every_other", 1, [1, 3], [9, 2]),
    ];
    let mut checkpoint = opened("w.bin", archive(&tensors, &[("0", &bytes)])).unwrap();
    for (name, values) in [
        ("rows", &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0][..]),
        ("columns", &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
        ("end", &[2.0, 3.0, 4.0, 5.0]),
        ("every_other", &[1.0, 3.0, 5.0]),
    ] {
        assert_eq!(take(&mut checkpoint, name).values, values, "{name}");
    }
}

#[test]
fn integers_and_doubles_are_refused_when_taken_and_not_before() {
    for (class, shown, n_bytes) in [
        ("LongStorage", "I64", 8),
        ("DoubleStorage", "F64", 8),
        ("BoolStorage", "BOOL", 1),
        ("ByteStorage", "U8", 1),
    ] {
        let bytes = vec![0; n_bytes];
        let file = archive(&[PickledTensor::row("mask", class, 1)], &[("0", &bytes)]);
        let error = taken(opened("w.bin", file).unwrap())
            .remove(0)
            .1
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(r#"tensor "mask" holds {shown} numbers; F32, F16 and BF16 are supported"#)
        );
    }
}

#[test]
fn archives_with_wide_numbers_are_read() {
    let tensors = [PickledTensor::row("w", "FloatStorage", 1)];
    let pickle = state_dict(&tensors, Format::Archive);
    let entries = [
        ("a/data.pkl", &pickle[..]),
        ("a/data/0", &1.5_f32.to_le_bytes()),
    ];
    for width in [Width::Narrow, Width::Zip64] {
        let mut checkpoint = opened("w.bin", zip(&entries, width)).unwrap();
        assert_eq!(take(&mut checkpoint, "w").values, [1.5]);
    }
}
