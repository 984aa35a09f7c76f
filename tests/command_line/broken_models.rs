//! Model folders with files that are missing, cut off, corrupt or contradictory.
//! Each gets a clear error; none may bring the program down.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use cli::Outcome;
use inseq_tests::command_line::{Said, inseq};
use inseq_tests::tiny_models::tiny_models;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::expect::says;

/// The files that are read of each family, those first that it cannot do without.
const FILES: [(&str, &[&str], &[&str]); 2] = [
    (
        "gpt2",
        &["config.json", "model.safetensors"],
        &["tokenizer.json", "generation_config.json"],
    ),
    (
        "marian",
        &[
            "config.json",
            "model.safetensors",
            "vocab.json",
            "source.spm",
            "target.spm",
        ],
        &["generation_config.json", "tokenizer_config.json"],
    ),
];

/// A copy of a tiny model that may be damaged.
fn copy_of(family: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(tiny_models().join(family)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "bin") {
            fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    copy
}

fn attribute(folder: &Path) -> Said {
    let folder = folder.display().to_string();
    let limit = r#"{"max_new_tokens": 2}"#;
    inseq([
        "attribute",
        "-m",
        &folder,
        "-i",
        "A nurse",
        "--generation_kwargs",
        limit,
    ])
}

/// The complaint about a folder, which must be refused.
fn refused(folder: &Path) -> String {
    let said = attribute(folder);
    assert_eq!(said.outcome, Outcome::Failure, "{said:?}");
    says(&said.stderr, &["error:", "hint:"]);
    said.stderr
}

fn change(folder: &Path, file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let path = folder.join(file);
    fs::write(&path, change(fs::read(&path).unwrap())).unwrap();
}

/// Errors name the file, or call the weights a checkpoint.
fn names(said: &str, file: &str) {
    let name = if file == "model.safetensors" {
        "checkpoint"
    } else {
        file
    };
    says(said, &[name]);
}

#[test]
fn whole_models_are_used() {
    for (family, ..) in FILES {
        let said = attribute(copy_of(family).path());
        assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    }
}

#[test]
fn a_missing_folder_is_named() {
    let said = refused(Path::new("/nowhere/at-all"));
    says(&said, &["/nowhere/at-all", "there is no model folder"]);
}

#[test]
fn a_missing_file_is_named_with_its_folder() {
    for (family, required, _) in FILES {
        for file in required {
            let copy = copy_of(family);
            fs::remove_file(copy.path().join(file)).unwrap();
            let folder = copy.path().display().to_string();
            says(&refused(copy.path()), &[file, &folder]);
        }
    }
    let copy = copy_of("gpt2");
    for file in ["tokenizer.json", "merges.txt"] {
        fs::remove_file(copy.path().join(file)).unwrap();
    }
    says(&refused(copy.path()), &["tokenizer.json"]);
}

#[test]
fn a_cut_off_file_is_named() {
    for (family, required, optional) in FILES {
        for file in required.iter().chain(optional) {
            for share in [0, 1, 2, 3] {
                let copy = copy_of(family);
                change(copy.path(), file, |mut bytes| {
                    bytes.truncate(bytes.len() * share / 4);
                    bytes
                });
                names(&refused(copy.path()), file);
            }
        }
    }
}

#[test]
fn a_file_of_something_else_is_named() {
    for (family, required, optional) in FILES {
        for file in required.iter().chain(optional) {
            for byte in [0, 0xFF, b'x'] {
                let copy = copy_of(family);
                change(copy.path(), file, |bytes| vec![byte; bytes.len()]);
                names(&refused(copy.path()), file);
            }
        }
    }
}

#[test]
fn a_header_that_lies_about_sizes_is_refused() {
    for (from, to) in [
        (r#""data_offsets":[0,"#, r#""data_offsets":[4,"#),
        (r#""dtype":"F32""#, r#""dtype":"F64""#),
        (r#""shape":[144]"#, r#""shape":[145]"#),
        (r#""shape":[48,144]"#, r#""shape":[144,48]"#),
    ] {
        let copy = copy_of("gpt2");
        change(copy.path(), "model.safetensors", |mut bytes| {
            let start = bytes
                .windows(from.len())
                .position(|window| window == from.as_bytes())
                .expect("the tiny model has such a tensor");
            bytes[start..start + to.len()].copy_from_slice(to.as_bytes());
            bytes
        });
        refused(copy.path());
    }
    for length in [0, 8, u64::MAX / 2, u64::MAX] {
        let copy = copy_of("gpt2");
        change(copy.path(), "model.safetensors", |mut bytes| {
            bytes[..8].copy_from_slice(&length.to_le_bytes());
            bytes
        });
        says(&refused(copy.path()), &["checkpoint"]);
    }
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    for (value, shown) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        for family in ["gpt2", "marian"] {
            let copy = copy_of(family);
            change(copy.path(), "model.safetensors", |mut bytes| {
                let end = bytes.len();
                bytes[end - 4..].copy_from_slice(&value.to_le_bytes());
                bytes
            });
            says(&refused(copy.path()), &["is damaged", shown]);
        }
    }
}

#[test]
fn no_setting_of_a_configuration_brings_the_program_down() {
    let strange = [
        json!(0),
        json!(-1),
        json!(7),
        json!(1_000_000_000_000_u64),
        json!(1e300),
        json!("x"),
        json!([]),
        json!({}),
        Value::Null,
    ];
    let mut panics = Vec::new();
    for family in ["gpt2", "marian"] {
        for file in ["config.json", "generation_config.json"] {
            let copy = copy_of(family);
            let path = copy.path().join(file);
            let whole: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            for key in whole.as_object().unwrap().keys() {
                for value in &strange {
                    let mut changed = whole.clone();
                    changed[key] = value.clone();
                    fs::write(&path, changed.to_string()).unwrap();
                    if catch_unwind(AssertUnwindSafe(|| attribute(copy.path()))).is_err() {
                        panics.push(format!("{family} {file}: {key} = {value}"));
                    }
                }
            }
        }
    }
    assert!(panics.is_empty(), "{}", panics.join("\n"));
}

#[test]
fn no_flipped_byte_brings_the_program_down() {
    const N_TRIALS: u64 = 24;
    let mut panics = Vec::new();
    for (family, required, optional) in FILES {
        for file in required.iter().chain(optional) {
            let copy = copy_of(family);
            let whole = fs::read(copy.path().join(file)).unwrap();
            for seed in 0..N_TRIALS {
                let mut random = fastrand::Rng::with_seed(seed);
                let mut bytes = whole.clone();
                // Headers and small files are where the structure is.
                let reach = bytes.len().min(4096);
                for _ in 0..=random.usize(..3) {
                    bytes[random.usize(..reach)] = random.u8(..);
                }
                fs::write(copy.path().join(file), bytes).unwrap();
                if catch_unwind(AssertUnwindSafe(|| attribute(copy.path()))).is_err() {
                    panics.push(format!("{family} {file}, seed {seed}"));
                }
            }
        }
    }
    assert!(panics.is_empty(), "{}", panics.join("\n"));
}
