use super::super::cursor::Cursor;
use super::classes::{Class, NumberKind};
use super::problem::Problem;

/// A value on the stack. Objects are named by number, so that a value that holds
/// itself is no trap: nothing here follows one into the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// A float, which no tensor's description has.
    Float,
    Class(Class),
    Object(usize),
}

/// What has parts.
#[derive(Debug)]
pub(super) enum Object<'a> {
    Text(&'a str),
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Storage(Storage<'a>),
    /// What a tensor is to be made of: a tuple.
    Tensor(usize),
}

/// A row of numbers outside of the pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Storage<'a> {
    pub(in super::super) key: &'a str,
    pub(in super::super) kind: NumberKind,
    pub(in super::super) n_values: u64,
}

/// All objects of a pickle, in the order in which they were made.
#[derive(Default)]
pub(super) struct Objects<'a> {
    objects: Vec<Object<'a>>,
}

impl<'a> Objects<'a> {
    pub(super) fn add(&mut self, object: Object<'a>) -> Value {
        self.objects.push(object);
        Value::Object(self.objects.len() - 1)
    }

    pub(super) fn get(&self, value: Value) -> Option<&Object<'a>> {
        match value {
            Value::Object(number) => self.objects.get(number),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, value: Value) -> Option<&mut Object<'a>> {
        match value {
            Value::Object(number) => self.objects.get_mut(number),
            _ => None,
        }
    }

    pub(super) fn text(&self, value: Value) -> Option<&'a str> {
        match self.get(value)? {
            Object::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn tuple(&self, value: Value) -> Option<&[Value]> {
        match self.get(value)? {
            Object::Tuple(parts) => Some(parts),
            _ => None,
        }
    }

    /// A number that counts something.
    pub(super) fn count(value: Value) -> Option<u64> {
        match value {
            Value::Int(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }
}

/// The text that comes next. Its claimed length is no reason to make room for it.
pub(super) fn text<'a>(cursor: &mut Cursor<'a>, n_bytes: usize) -> Result<Object<'a>, Problem> {
    let bytes = cursor.take(n_bytes).ok_or(Problem::Ended)?;
    std::str::from_utf8(bytes)
        .map(Object::Text)
        .map_err(|_| Problem::broken("it has a text that is not UTF-8"))
}
