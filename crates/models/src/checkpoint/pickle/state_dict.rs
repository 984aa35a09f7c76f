use std::collections::BTreeMap;

use super::super::cursor::Cursor;
use super::machine::{Unpickled, unpickle};
use super::objects::{Object, Objects, Storage, Value};
use super::problem::Problem;

/// Most axes that a tensor of a checkpoint may have.
const MOST_AXES: usize = 16;

/// What the pickle of a checkpoint says: which tensors there are, and in which rows of
/// numbers their values lie.
///
/// Texts are those of the pickle: a text that many tensors name is there once.
pub(in super::super) struct StateDict<'a> {
    pub(in super::super) tensors: BTreeMap<&'a str, PickledTensor<'a>>,
    pub(in super::super) storages: BTreeMap<&'a str, Storage<'a>>,
}

/// A tensor as a view of a storage. Nothing about it has been compared with the
/// storage.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct PickledTensor<'a> {
    pub(in super::super) storage: Storage<'a>,
    /// The first value's number in the storage.
    pub(in super::super) offset: u64,
    pub(in super::super) shape: Vec<u64>,
    pub(in super::super) strides: Vec<u64>,
}

impl<'a> StateDict<'a> {
    /// Reads the state dict that comes next.
    pub(in super::super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Problem> {
        let unpickled = unpickle(cursor)?;
        let Some(Object::Dict(entries)) = unpickled.objects.get(unpickled.root) else {
            return Err(Problem::broken(
                "it is no state dict: no names with tensors",
            ));
        };
        let mut tensors = BTreeMap::new();
        for (name, value) in entries {
            // What is no tensor, such as a step count, nobody asks for.
            let Some(Object::Tensor(parts)) = unpickled.objects.get(*value) else {
                continue;
            };
            let Some(name) = unpickled.objects.text(*name) else {
                return Err(Problem::broken("a tensor's name is no text"));
            };
            let tensor = tensor(&unpickled, Value::Object(*parts));
            let tensor = tensor.ok_or_else(|| {
                Problem::broken(format!("tensor {name:?} is not described as tensors are"))
            })?;
            tensors.insert(name, tensor);
        }
        Ok(Self {
            tensors,
            storages: unpickled.storages,
        })
    }
}

/// A storage, where in it the tensor starts, its shape, its strides; then whether it
/// is trained and other things that do not change its values.
fn tensor<'a>(unpickled: &Unpickled<'a>, parts: Value) -> Option<PickledTensor<'a>> {
    let objects = &unpickled.objects;
    let [storage, offset, shape, strides, ..] = *objects.tuple(parts)? else {
        return None;
    };
    let Object::Storage(storage) = objects.get(storage)? else {
        return None;
    };
    let [shape, strides] = [counts(objects, shape)?, counts(objects, strides)?];
    (shape.len() == strides.len()).then_some(PickledTensor {
        storage: *storage,
        offset: Objects::count(offset)?,
        shape,
        strides,
    })
}

fn counts(objects: &Objects<'_>, tuple: Value) -> Option<Vec<u64>> {
    let counts = objects.tuple(tuple)?;
    if counts.len() > MOST_AXES {
        return None;
    }
    counts.iter().map(|count| Objects::count(*count)).collect()
}

/// Reads the number that comes next.
pub(in super::super) fn read_number(cursor: &mut Cursor<'_>) -> Result<i64, Problem> {
    match unpickle(cursor)?.root {
        Value::Int(number) => Ok(number),
        _ => Err(Problem::broken("it has no number where one is due")),
    }
}

/// Reads the list of texts that comes next.
pub(in super::super) fn read_texts<'a>(cursor: &mut Cursor<'a>) -> Result<Vec<&'a str>, Problem> {
    let unpickled = unpickle(cursor)?;
    let objects = &unpickled.objects;
    let texts = match objects.get(unpickled.root) {
        Some(Object::List(values)) => values.iter().map(|value| objects.text(*value)).collect(),
        _ => None,
    };
    texts.ok_or_else(|| Problem::broken("it has no list of texts where one is due"))
}

/// Reads the dict that comes next: whether it says that this flag is set.
pub(in super::super) fn read_flag(cursor: &mut Cursor<'_>, flag: &str) -> Result<bool, Problem> {
    let unpickled = unpickle(cursor)?;
    let objects = &unpickled.objects;
    match objects.get(unpickled.root) {
        Some(Object::Dict(entries)) => Ok(entries
            .iter()
            .any(|(name, value)| objects.text(*name) == Some(flag) && *value == Value::Bool(true))),
        _ => Err(Problem::broken("it has no dict where one is due")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tensor of shape `[2, 3]`, and a number beside it.
    const STATE: &[u8] = b"\x80\x02}(U\x01wctorch._utils\n_rebuild_parameter\n\
        ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nHalfStorage\n\
        U\x01kU\x03cpuK\x06tQK\x00ctorch\nSize\n(K\x02K\x03t\x85R(K\x03K\x01t\x89)tR\
        \x88}\x87RU\x01nK\x07u.";

    #[test]
    fn tensors_are_read_as_views_of_storages() {
        let state = StateDict::read(&mut Cursor::new(STATE)).unwrap();
        assert_eq!(state.tensors.keys().collect::<Vec<_>>(), [&"w"]);
        let tensor = &state.tensors["w"];
        assert_eq!((tensor.storage.key, tensor.storage.n_values), ("k", 6));
        assert_eq!(tensor.storage.kind.n_bytes, 2);
        assert_eq!(tensor.offset, 0);
        assert_eq!([&tensor.shape[..], &tensor.strides], [[2, 3], [3, 1]]);
        assert_eq!(state.storages["k"], tensor.storage);
    }

    #[test]
    fn whatever_is_cut_off_ends() {
        for length in 0..STATE.len() {
            let problem = StateDict::read(&mut Cursor::new(&STATE[..length])).err();
            assert_eq!(problem, Some(Problem::Ended), "{length}");
        }
    }
}
