//! Writes pickles as `torch.save` does, and such as it never would.

/// A tensor of a state dict.
#[derive(Clone)]
pub(crate) struct PickledTensor {
    pub(crate) name: &'static str,
    /// The storage's class, such as `FloatStorage`.
    pub(crate) class: &'static str,
    /// The storage's key.
    pub(crate) key: &'static str,
    pub(crate) n_stored: u64,
    pub(crate) offset: u64,
    pub(crate) shape: Vec<u64>,
    pub(crate) strides: Vec<u64>,
}

impl PickledTensor {
    /// A row of numbers that has its storage for itself.
    pub(crate) fn row(name: &'static str, class: &'static str, n_values: u64) -> Self {
        Self {
            name,
            class,
            key: "0",
            n_stored: n_values,
            offset: 0,
            shape: vec![n_values],
            strides: vec![1],
        }
    }
}

/// The two formats describe storages a little differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Archive,
    Legacy,
}

/// The pickle of a state dict, with modules' versions as an attribute.
pub(crate) fn state_dict(tensors: &[PickledTensor], format: Format) -> Vec<u8> {
    let mut bytes = b"\x80\x02ccollections\nOrderedDict\n)Rq\x00(".to_vec();
    for tensor in tensors {
        bytes.extend(text(tensor.name));
        bytes.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        bytes.extend(text("storage"));
        bytes.extend(format!("ctorch\n{}\n", tensor.class).as_bytes());
        bytes.extend([text(tensor.key), text("cpu"), number(tensor.n_stored)].concat());
        if format == Format::Legacy {
            bytes.push(b'N');
        }
        bytes.extend(b"tQ");
        bytes.extend(number(tensor.offset));
        for numbers in [&tensor.shape, &tensor.strides] {
            bytes.push(b'(');
            bytes.extend(numbers.iter().copied().flat_map(number));
            bytes.push(b't');
        }
        bytes.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    bytes.extend(b"u}");
    bytes.extend(text("_metadata"));
    bytes.extend(b"}sb.");
    bytes
}

/// The older format's file: pickles, then each storage.
pub(crate) fn legacy_file(state: &[u8], storages: &[(&str, u64, &[u8])]) -> Vec<u8> {
    let mut bytes = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.".to_vec();
    bytes.extend(b"\x80\x02M\xe9\x03.\x80\x02}");
    bytes.extend(text("little_endian"));
    bytes.extend(b"\x88s.");
    bytes.extend(state);
    bytes.extend(b"\x80\x02](");
    bytes.extend(storages.iter().flat_map(|(key, ..)| text(key)));
    bytes.extend(b"e.");
    for (_, n_values, values) in storages {
        bytes.extend(n_values.to_le_bytes());
        bytes.extend(*values);
    }
    bytes
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    [b"X", length.as_slice(), text.as_bytes()].concat()
}

/// A number in as many bytes as Python writes: the highest has the sign.
fn number(number: u64) -> Vec<u8> {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.push(0);
    while bytes.len() > 1 && bytes.ends_with(&[0]) && bytes[bytes.len() - 2] < 0x80 {
        bytes.pop();
    }
    [[0x8A, bytes.len() as u8].as_slice(), &bytes].concat()
}
