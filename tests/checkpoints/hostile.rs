//! Files that were made to do harm, are cut off, or are something else.

use inseq_tests::tiny_models::tiny_models;

use crate::written_pickle::{Format, PickledTensor, legacy_file, state_dict, text};
use crate::written_zip::{Width, archive, archive_of, zip};
use crate::{opened, refusal, taken};

const NAME: &str = "pytorch_model.bin";

/// Both formats' files with this pickle in the place of the state dict.
fn files_with(pickle: &[u8]) -> [Vec<u8>; 2] {
    [
        archive_of(pickle, &[("0", &[0; 8])]),
        legacy_file(pickle, &[("0", 2, &[0; 8])]),
    ]
}

/// What is said of a pickle, of whatever format the file around it is.
fn refused(pickle: &[u8]) -> String {
    let [archive, legacy] = files_with(pickle).map(|file| refusal(NAME, file));
    assert_eq!(archive, legacy);
    archive
}

/// The same, for a pickle without its beginning and end.
fn refused_between(operations: &[u8]) -> String {
    refused(&[b"\x80\x02", operations, b"."].concat())
}

fn pair() -> PickledTensor {
    PickledTensor::row("w", "FloatStorage", 2)
}

#[test]
fn calls_of_python_are_refused_and_named() {
    for (module, name) in [
        ("posix", "system"),
        ("os", "system"),
        ("__builtin__", "eval"),
        ("builtins", "getattr"),
        ("torch", "load"),
        ("torch._utils", "_rebuild_tensor"),
        ("collections", "Counter"),
    ] {
        let call = [
            format!("c{module}\n{name}\n").as_bytes(),
            &text("touch /tmp/harm"),
            b"\x85R",
        ]
        .concat();
        assert_eq!(
            refused_between(&call),
            format!(
                "checkpoint pickle names Python's \"{module}.{name}\", which no tensor needs; \
                 nothing was executed, in file \"pytorch_model.bin\""
            )
        );
    }
}

#[test]
fn operations_that_no_tensor_needs_are_refused_and_named() {
    for (code, name) in [
        (b'i', "INST"),
        (b'o', "OBJ"),
        (0x81, "NEWOBJ"),
        (0x93, "STACK_GLOBAL"),
        (0x82, "EXT1"),
        (b'P', "PERSID"),
        (0xFF, "without a name"),
    ] {
        assert_eq!(
            refused_between(&[code]),
            format!(
                "checkpoint pickle has operation {name} (0x{code:02x}), which no tensor needs; \
                 nothing was executed, in file \"pytorch_model.bin\""
            )
        );
    }
    let error = refused(b"\x80\x04\x95\0\0\0\0\0\0\0\0.");
    assert!(
        error.contains("it is written in protocol 4, torch.save writes 2"),
        "{error}"
    );
}

#[test]
fn pickles_of_something_else_are_refused() {
    for (operations, reason) in [
        (&b"N"[..], "it is no state dict"),
        (b"", "it takes more values than it made"),
        (b"(", "it takes more values than it made"),
        (b"t", "it takes more values than it made"),
        (b"(N\x86", "it takes more values than it made"),
        (b"N(\x85", "it takes more values than it made"),
        (b"NNs", "it takes more values than it made"),
        (b"NNNs", "it sets items of what is no dict"),
        (b"}(Nu", "it sets a key without a value"),
        (b"}Na", "it appends to what is no list"),
        (b"h\x07", "it recalls value 7, which it never stored"),
        (b"N)R", "it calls what is no class"),
        (
            b"ccollections\nOrderedDict\nNR",
            "it calls a class without a tuple",
        ),
        (
            b"ccollections\nOrderedDict\nN\x85R",
            "parts that do not fit it",
        ),
        (b"ctorch\nFloatStorage\n)R", "parts that do not fit it"),
        (b"]Nb", "it sets attributes of what is no state dict"),
        (b"NQ", "it refers to something that is no storage"),
        (
            b"\x8a\x09\0\0\0\0\0\0\0\0\x01",
            "it has a number of over 64 bits",
        ),
        (b"X\x01\0\0\0\xFF", "it has a text that is not UTF-8"),
        (
            b"}Nctorch._utils\n_rebuild_tensor_v2\n)Rs",
            "a tensor's name is no text",
        ),
        (
            b"}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n)Rs",
            "tensor \"w\" is not described as tensors are",
        ),
    ] {
        let error = refused_between(operations);
        assert!(
            error.starts_with("checkpoint pickle is not read: "),
            "{error}"
        );
        assert!(error.contains(reason), "{error} has no {reason:?}");
    }
}

#[test]
fn values_that_hold_themselves_are_no_trap() {
    for list in [
        &b"]q\x00h\x00a"[..],
        b"]q\x00(h\x00h\x00h\x00e",
        b"]q\x00h\x00\x85a",
    ] {
        let error = refused_between(list);
        assert!(error.contains("it is no state dict"), "{error}");
    }
    let in_itself = [b"\x80\x02}q\x00", &text("w")[..], b"h\x00s."].concat();
    let state = opened(NAME, archive_of(&in_itself, &[])).unwrap();
    assert_eq!(state.names().count(), 0);
    // A tensor made of a tuple whose parts are a list that has the tuple.
    let tensor = [
        b"]q\x00(h\x00K\x00h\x00h\x00tq\x01a}",
        &text("w")[..],
        b"ctorch._utils\n_rebuild_tensor_v2\nh\x01Rs",
    ];
    let error = refused_between(&tensor.concat());
    assert!(error.contains("is not described as tensors are"), "{error}");
}

#[test]
fn nesting_is_no_trap_at_any_depth() {
    const DEPTH: usize = 500_000;
    let error = refused_between(&b"(".repeat(DEPTH));
    assert!(error.contains("it is nested more than 64 deep"), "{error}");
    let error = refused_between(&[b")".as_slice(), &b"\x85".repeat(DEPTH)].concat());
    assert!(error.contains("it is no state dict"), "{error}");
    let list_in_list = b"]q\x00]h\x00a".repeat(DEPTH / 10);
    let error = refused_between(&list_in_list);
    assert!(error.contains("it is no state dict"), "{error}");
    for flood in [&b")"[..], b"N", b"]"] {
        let error = refused_between(&flood.repeat(3 << 20));
        assert!(
            error.contains("it makes more than 1048576 values"),
            "{error}"
        );
    }
}

#[test]
fn a_claimed_size_is_no_reason_to_make_room() {
    for claim in [
        &b"X\xFF\xFF\xFF\xFF"[..],
        b"T\xFF\xFF\xFF\x7F",
        b"U\xFFw",
        b"\x8A\xFF\x01",
        b"ccollections",
    ] {
        let archive = archive_of(&[b"\x80\x02", claim].concat(), &[]);
        let error = refusal(NAME, archive);
        assert!(error.contains("it ends too early"), "{error}");
    }
    for change in [
        (|tensor: &mut PickledTensor| tensor.n_stored = u64::MAX >> 1) as fn(&mut _),
        |tensor| tensor.n_stored = 3,
        |tensor| tensor.offset = 1,
        |tensor| tensor.offset = u64::MAX >> 1,
        |tensor| tensor.shape = vec![3],
        |tensor| tensor.shape = vec![1 << 40],
        |tensor| tensor.strides = vec![2],
        |tensor| tensor.strides = vec![u64::MAX >> 1],
        // A tensor of any size out of one number.
        |tensor| (tensor.shape, tensor.strides) = (vec![1 << 31, 1 << 31], vec![0, 0]),
        |tensor| (tensor.shape, tensor.strides) = (vec![2, 2, 2], vec![1]),
        |tensor| (tensor.shape, tensor.strides) = (vec![1; 17], vec![1; 17]),
        |tensor| tensor.key = "1",
    ] {
        let mut tensor = pair();
        change(&mut tensor);
        refusal(NAME, archive(&[tensor.clone()], &[("0", &[0; 8])]));
        let state = state_dict(&[tensor], Format::Legacy);
        refusal(NAME, legacy_file(&state, &[("0", 2, &[0; 8])]));
    }
    let error = refusal(NAME, archive(&[pair()], &[("0", &[0; 4])]));
    assert_eq!(
        error,
        "checkpoint header is broken: tensor \"w\" has shape [2] and strides [1] from value 0, \
         which do not fit its storage of 2 values, in file \"pytorch_model.bin\""
    );
}

#[test]
fn storages_that_contradict_their_tensors_are_refused() {
    let legacy = |storages: &[(&str, u64, &[u8])]| {
        refusal(
            NAME,
            legacy_file(&state_dict(&[pair()], Format::Legacy), storages),
        )
    };
    let error = legacy(&[("0", 1 << 60, &[0; 8])]);
    assert!(error.contains("its tensors speak of 2"), "{error}");
    let error = legacy(&[]);
    assert!(
        error.contains(r#"the storage of tensor "w" is missing"#),
        "{error}"
    );
    let error = legacy(&[("0", 2, &[0; 8]), ("7", 2, &[0; 8])]);
    assert!(
        error.contains(r#"no tensor says what storage "7" has"#),
        "{error}"
    );
    let error = legacy(&[("0", 2, &[0; 8]), ("0", 2, &[0; 8])]);
    assert!(error.contains(r#"storage "0" is there twice"#), "{error}");
    let mut other = pair();
    (other.name, other.class) = ("v", "HalfStorage");
    let error = refusal(NAME, archive(&[pair(), other], &[("0", &[0; 8])]));
    assert!(
        error.contains(r#"it describes storage "0" in two ways"#),
        "{error}"
    );
}

#[test]
fn archives_that_are_not_as_torch_writes_them_are_refused() {
    for name in ["a/other", "other-data.pkl", "a/b/data.pkl"] {
        let error = refusal(NAME, zip(&[(name, b"")], Width::Narrow));
        assert!(error.contains("the zip archive has no data.pkl"), "{error}");
    }
    let error = refusal(NAME, zip(&[("a", b""), ("a", b"")], Width::Narrow));
    assert!(
        error.contains(r#"the zip archive has two entries "a""#),
        "{error}"
    );
    let pickle = state_dict(&[pair()], Format::Archive);
    let big_endian = [("a/data.pkl", &pickle[..]), ("a/byteorder", b"big")];
    let error = refusal(NAME, zip(&big_endian, Width::Narrow));
    assert!(error.contains("not in little-endian order"), "{error}");

    // The list of entries says how each is stored, after its versions.
    let whole = archive(&[pair()], &[("0", &[0; 8])]);
    let list = whole
        .windows(4)
        .position(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    let changed = |offset: usize, value: u8| {
        let mut bytes = whole.clone();
        bytes[list + offset] = value;
        refusal(NAME, bytes)
    };
    let error = changed(10, 8);
    assert_eq!(
        error,
        "checkpoint entry \"archive/data.pkl\" is compressed (method 8), tensors are read only as \
         torch.save stores them, uncompressed, in file \"pytorch_model.bin\""
    );
    assert!(changed(8, 1).contains("is encrypted"));
    assert!(changed(20, 1).contains("has two lengths"));
    assert!(changed(42, 3).contains("is not where the list says"));
}

#[test]
fn something_else_than_a_checkpoint_is_refused() {
    for (name, bytes) in [
        (NAME, &b""[..]),
        (NAME, b"PK"),
        (NAME, b"<!doctype html><title>Not found</title>"),
        (NAME, b"version https://git-lfs.github.com/spec/v1"),
        ("model.safetensors", b""),
        ("model.safetensors", b"PK\x03\x04 and more"),
    ] {
        let error = refusal(name, bytes.to_vec());
        assert!(error.starts_with("checkpoint "), "{error}");
        assert!(error.ends_with(&format!("in file {name:?}")), "{error}");
    }
}

/// Small files of both formats, whole.
fn small_files() -> Vec<Vec<u8>> {
    let tensors = [pair()];
    let pickle = state_dict(&tensors, Format::Archive);
    let entries = [("a/data.pkl", &pickle[..]), ("a/data/0", &[0; 8])];
    let state = state_dict(&tensors, Format::Legacy);
    vec![
        zip(&entries, Width::Narrow),
        zip(&entries, Width::Zip64),
        legacy_file(&state, &[("0", 2, &[0; 8])]),
    ]
}

#[test]
fn files_cut_off_at_any_length_are_refused() {
    for whole in small_files() {
        assert_eq!(taken(opened(NAME, whole.clone()).unwrap()).len(), 1);
        for length in 0..whole.len() {
            let error = refusal(NAME, whole[..length].to_vec());
            assert!(error.starts_with("checkpoint "), "{length}: {error}");
        }
    }
    for file in ["pytorch_model.bin", "pytorch_model.legacy.bin"] {
        let whole = std::fs::read(tiny_models().join("marian").join(file)).unwrap();
        for part in 1..100 {
            refusal(NAME, whole[..whole.len() * part / 100].to_vec());
        }
    }
}

#[test]
fn no_flipped_byte_does_harm() {
    const N_TRIALS: u64 = 20_000;
    for whole in small_files() {
        for seed in 0..N_TRIALS {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut bytes = whole.clone();
            for _ in 0..=random.usize(..3) {
                let position = random.usize(..bytes.len());
                bytes[position] = random.u8(..);
            }
            if let Ok(checkpoint) = opened(NAME, bytes) {
                taken(checkpoint);
            }
        }
    }
}

#[test]
fn no_noise_does_harm() {
    const N_TRIALS: u64 = 20_000;
    /// Operations that do something, so that noise gets somewhere.
    const OPERATIONS: &[u8] =
        b"()\x85\x86\x87t]ae}suq\x00q\x01h\x00h\x01NK\x01M\x02\x00Q\x88RbX\x01\0\0\0w.";
    for seed in 0..N_TRIALS {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut pickle =
            b"\x80\x02ccollections\nOrderedDict\nq\x00ctorch\nFloatStorage\nq\x01".to_vec();
        for _ in 0..random.usize(..200) {
            pickle.push(OPERATIONS[random.usize(..OPERATIONS.len())]);
        }
        for file in files_with(&pickle) {
            if let Ok(checkpoint) = opened(NAME, file) {
                taken(checkpoint);
            }
        }
    }
}
