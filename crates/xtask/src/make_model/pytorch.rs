//! Writes PyTorch's two formats of checkpoints: the zip archive of today, and the
//! row of pickles that `torch.save` wrote before version 1.6.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use safetensors::View;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::pickle::Pickle;
use super::random_weights::{Numbers, RandomWeights};

/// A tensor by its name, and where its values are among all that are stored.
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) weights: &'a RandomWeights,
    /// Several names may have the same one.
    pub(super) storage: usize,
}

/// What is stored, in the order of the numbers of [`Named::storage`].
pub(super) type Storages<'a> = [&'a RandomWeights];

/// What an archive's files lie under.
const ROOT: &str = "archive";

/// Where the archive's values start is a multiple of this, as PyTorch wants it.
const ALIGNMENT: u16 = 64;

/// Writes a zip archive of a pickle and a file of values for each tensor.
pub(super) fn write_archive(path: &Path, tensors: &[Named], storages: &Storages) -> Result<()> {
    write_whole(path, |file| {
        // Like PyTorch, write lengths and checksums behind what they are of.
        let mut archive = ZipWriter::new_stream(file);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .with_alignment(ALIGNMENT);
        let start = |archive: &mut ZipWriter<_>, name: &str| {
            archive
                .start_file(format!("{ROOT}/{name}"), options)
                .with_context(|| format!("cannot start {name} of the archive"))
        };
        start(&mut archive, "data.pkl")?;
        archive.write_all(&state_pickle(tensors, false))?;
        start(&mut archive, "byteorder")?;
        archive.write_all(b"little")?;
        for (number, weights) in storages.iter().enumerate() {
            start(&mut archive, &format!("data/{number}"))?;
            weights.write_to(&mut archive)?;
        }
        start(&mut archive, "version")?;
        archive.write_all(b"3\n")?;
        archive.finish().context("cannot end the archive")?;
        Ok(())
    })
}

/// Writes five pickles and, after them, the values of each tensor.
pub(super) fn write_pickles(path: &Path, tensors: &[Named], storages: &Storages) -> Result<()> {
    // The magic number 0x1950a86a20f9469cfc6c.
    const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
    const PROTOCOL: usize = 1001;
    write_whole(path, |file| {
        let mut magic = Pickle::new();
        magic.long(&MAGIC);
        file.write_all(&magic.finish())?;
        let mut protocol = Pickle::new();
        protocol.integer(PROTOCOL);
        file.write_all(&protocol.finish())?;
        file.write_all(&system_pickle(PROTOCOL))?;
        file.write_all(&state_pickle(tensors, true))?;
        // PyTorch sorts the keys as text, so that values are in another order than
        // the tensors.
        let mut keys: Vec<_> = (0..storages.len())
            .map(|number| (number.to_string(), number))
            .collect();
        keys.sort();
        let mut list = Pickle::new();
        list.list(|pickle| {
            for (key, _) in &keys {
                pickle.text(key);
            }
        });
        file.write_all(&list.finish())?;
        for (_, number) in keys {
            let weights = storages[number];
            file.write_all(&(weights.n_values() as u64).to_le_bytes())?;
            weights.write_to(file)?;
        }
        Ok(())
    })
}

/// About the machine that wrote it.
fn system_pickle(protocol: usize) -> Vec<u8> {
    let mut pickle = Pickle::new();
    pickle.dictionary(|pickle| {
        pickle.text("protocol_version").integer(protocol);
        pickle.text("little_endian").boolean(true);
        pickle.text("type_sizes").dictionary(|pickle| {
            pickle.text("short").integer(2);
            pickle.text("int").integer(4);
            pickle.text("long").integer(4);
        });
    });
    pickle.finish()
}

/// The dictionary of tensors, without their values.
fn state_pickle(tensors: &[Named], is_legacy: bool) -> Vec<u8> {
    let mut pickle = Pickle::new();
    pickle.ordered_dictionary().set_items(|pickle| {
        for tensor in tensors {
            pickle.text(tensor.name);
            put_tensor(pickle, tensor, is_legacy);
        }
    });
    // Versions of the modules, which a model's state has beside its tensors.
    pickle.dictionary(|pickle| {
        pickle.text("_metadata").ordered_dictionary();
    });
    pickle.build();
    pickle.finish()
}

fn put_tensor(pickle: &mut Pickle, tensor: &Named, is_legacy: bool) {
    let storage_type = match tensor.weights.numbers() {
        Numbers::F32 => "FloatStorage",
        Numbers::F16 => "HalfStorage",
        Numbers::Bf16 => "BFloat16Storage",
    };
    let shape = tensor.weights.shape();
    pickle.global("torch._utils", "_rebuild_tensor_v2");
    pickle.tuple(|pickle| {
        pickle.tuple(|pickle| {
            pickle.text("storage").global("torch", storage_type);
            pickle.text(&tensor.storage.to_string()).text("cpu");
            pickle.integer(tensor.weights.n_values());
            if is_legacy {
                // Once, a storage could be a part of another.
                pickle.none();
            }
        });
        pickle.persistent();
        let offset = 0;
        pickle.integer(offset).integers(shape);
        pickle.integers(&strides(shape));
        let requires_gradient = false;
        pickle.boolean(requires_gradient).ordered_dictionary();
    });
    pickle.call();
}

/// How far apart neighbors along each axis are, the last axis being the closest.
fn strides(shape: &[usize]) -> Vec<usize> {
    let after = (1..=shape.len()).map(|axis| shape[axis..].iter().product());
    after.collect()
}

/// Writes a file that has its name only when it is whole.
fn write_whole(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    let file = File::create(&unfinished)
        .with_context(|| format!("cannot make {}", unfinished.display()))?;
    let mut file = BufWriter::new(file);
    write(&mut file)?;
    file.flush()?;
    fs::rename(&unfinished, path).with_context(|| format!("cannot name it {}", path.display()))
}
