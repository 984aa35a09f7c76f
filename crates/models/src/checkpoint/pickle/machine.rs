use std::collections::BTreeMap;

use super::super::cursor::Cursor;
use super::classes::Class;
use super::numbers::{memo_number, number};
use super::objects::{Object, Objects, Storage, Value, text};
use super::opcodes;
use super::problem::Problem;

/// The only protocol that `torch.save` writes unless it is told otherwise.
const PROTOCOL: u8 = 2;

/// How many marks may be open; a state dict has four.
const MOST_MARKS: usize = 64;

/// Most values that are made or recalled, and most that are remembered: a hundred times
/// what a large model needs, and not too many for any memory.
const MOST_VALUES: usize = 1 << 20;

/// What a pickle says.
pub(super) struct Unpickled<'a> {
    pub(super) objects: Objects<'a>,
    pub(super) root: Value,
    pub(super) storages: BTreeMap<&'a str, Storage<'a>>,
}

/// Reads the pickle that comes next.
///
/// A pickle is a program for Python. Here it is data: operations and classes that
/// tensors do without are problems, and those that they need make values of ours.
/// Nothing recurs, whatever is remembered or nested is bounded, and each byte is
/// looked at once.
pub(super) fn unpickle<'a>(cursor: &mut Cursor<'a>) -> Result<Unpickled<'a>, Problem> {
    let mut machine = Machine::default();
    loop {
        let operation = cursor.u8().ok_or(Problem::Ended)?;
        if operation == opcodes::STOP {
            break;
        }
        machine.carry_out(operation, cursor)?;
    }
    let root = machine.pop()?;
    Ok(Unpickled {
        objects: machine.objects,
        root,
        storages: machine.storages,
    })
}

#[derive(Default)]
struct Machine<'a> {
    objects: Objects<'a>,
    stack: Vec<Value>,
    n_pushed: usize,
    /// Heights of the stack that a later operation goes back to.
    marks: Vec<usize>,
    memo: BTreeMap<u32, Value>,
    storages: BTreeMap<&'a str, Storage<'a>>,
}

impl<'a> Machine<'a> {
    fn carry_out(&mut self, operation: u8, cursor: &mut Cursor<'a>) -> Result<(), Problem> {
        match operation {
            opcodes::PROTO => match cursor.u8().ok_or(Problem::Ended)? {
                PROTOCOL => Ok(()),
                other => Err(Problem::broken(format!(
                    "it is written in protocol {other}, torch.save writes {PROTOCOL}"
                ))),
            },
            opcodes::MARK if self.marks.len() == MOST_MARKS => Err(Problem::broken(format!(
                "it is nested more than {MOST_MARKS} deep"
            ))),
            opcodes::MARK => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            opcodes::NONE => self.push(Value::None),
            opcodes::NEWTRUE => self.push(Value::Bool(true)),
            opcodes::NEWFALSE => self.push(Value::Bool(false)),
            opcodes::BININT
            | opcodes::BININT1
            | opcodes::BININT2
            | opcodes::LONG1
            | opcodes::BINFLOAT => {
                let number = number(operation, cursor)?;
                self.push(number)
            }
            opcodes::BINUNICODE | opcodes::BINSTRING => {
                let length = cursor.u32().ok_or(Problem::Ended)?;
                let length = usize::try_from(length).map_err(|_| Problem::Ended)?;
                self.push_object(text(cursor, length)?)
            }
            opcodes::SHORT_BINSTRING => {
                let length = cursor.u8().ok_or(Problem::Ended)?;
                self.push_object(text(cursor, length.into())?)
            }
            opcodes::EMPTY_TUPLE => self.push_object(Object::Tuple(Vec::new())),
            opcodes::TUPLE1 => self.push_tuple_of(1),
            opcodes::TUPLE2 => self.push_tuple_of(2),
            opcodes::TUPLE3 => self.push_tuple_of(3),
            opcodes::TUPLE => {
                let parts = self.pop_to_mark()?;
                self.push_object(Object::Tuple(parts))
            }
            opcodes::EMPTY_LIST => self.push_object(Object::List(Vec::new())),
            opcodes::APPEND => {
                let value = self.pop()?;
                self.append(&[value])
            }
            opcodes::APPENDS => {
                let values = self.pop_to_mark()?;
                self.append(&values)
            }
            opcodes::EMPTY_DICT => self.push_object(Object::Dict(Vec::new())),
            opcodes::SETITEM => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(&[key, value])
            }
            opcodes::SETITEMS => {
                let items = self.pop_to_mark()?;
                self.set_items(&items)
            }
            opcodes::BINPUT | opcodes::LONG_BINPUT => self.remember(operation, cursor),
            opcodes::BINGET | opcodes::LONG_BINGET => self.recall(operation, cursor),
            opcodes::GLOBAL => {
                let class = class(cursor)?;
                self.push(Value::Class(class))
            }
            opcodes::REDUCE => self.reduce(),
            opcodes::BUILD => self.build(),
            opcodes::BINPERSID => self.push_storage(),
            other => Err(Problem::Operation(other)),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), Problem> {
        self.n_pushed += 1;
        if self.n_pushed > MOST_VALUES {
            return Err(Problem::broken(format!(
                "it makes more than {MOST_VALUES} values"
            )));
        }
        self.stack.push(value);
        Ok(())
    }

    fn push_object(&mut self, object: Object<'a>) -> Result<(), Problem> {
        let value = self.objects.add(object);
        self.push(value)
    }

    fn push_tuple_of(&mut self, n_parts: usize) -> Result<(), Problem> {
        let start = self.stack.len().checked_sub(n_parts);
        let start = start.filter(|start| *start >= self.floor());
        let parts = self.stack.split_off(start.ok_or_else(too_few)?);
        self.push_object(Object::Tuple(parts))
    }

    /// What is below the last mark is out of reach.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Value, Problem> {
        let reachable = self.stack.get(self.floor()..).unwrap_or_default();
        reachable.last().copied().ok_or_else(too_few)
    }

    fn pop(&mut self) -> Result<Value, Problem> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, Problem> {
        let mark = self.marks.pop().ok_or_else(too_few)?;
        Ok(self.stack.split_off(mark))
    }

    fn append(&mut self, values: &[Value]) -> Result<(), Problem> {
        let top = self.top()?;
        let Some(Object::List(list)) = self.objects.get_mut(top) else {
            return Err(Problem::broken("it appends to what is no list"));
        };
        list.extend_from_slice(values);
        Ok(())
    }

    fn set_items(&mut self, items: &[Value]) -> Result<(), Problem> {
        let top = self.top()?;
        let Some(Object::Dict(dict)) = self.objects.get_mut(top) else {
            return Err(Problem::broken("it sets items of what is no dict"));
        };
        let (pairs, rest) = items.as_chunks();
        if !rest.is_empty() {
            return Err(Problem::broken("it sets a key without a value"));
        }
        dict.extend(pairs.iter().map(|[key, value]| (*key, *value)));
        Ok(())
    }

    fn remember(&mut self, operation: u8, cursor: &mut Cursor<'a>) -> Result<(), Problem> {
        let number = memo_number(operation, cursor)?;
        let top = self.top()?;
        self.memo.insert(number, top);
        if self.memo.len() > MOST_VALUES {
            return Err(Problem::broken(format!(
                "it remembers more than {MOST_VALUES} values"
            )));
        }
        Ok(())
    }

    fn recall(&mut self, operation: u8, cursor: &mut Cursor<'a>) -> Result<(), Problem> {
        let number = memo_number(operation, cursor)?;
        let value = self.memo.get(&number).copied();
        self.push(value.ok_or_else(|| {
            Problem::broken(format!("it recalls value {number}, which it never stored"))
        })?)
    }

    /// Where Python would call something, one of the few things that we know is made.
    fn reduce(&mut self) -> Result<(), Problem> {
        let (arguments, called) = (self.pop()?, self.pop()?);
        let Value::Class(class) = called else {
            return Err(Problem::broken("it calls what is no class"));
        };
        let (Value::Object(number), Some(parts)) = (arguments, self.objects.tuple(arguments))
        else {
            return Err(Problem::broken("it calls a class without a tuple"));
        };
        match (class, parts) {
            (Class::OrderedDict, []) => self.push_object(Object::Dict(Vec::new())),
            (Class::Tensor, _) => self.push_object(Object::Tensor(number)),
            // A tensor, whether it is trained, and hooks that none of ours has.
            (Class::Parameter, [tensor, ..]) => {
                let tensor = *tensor;
                self.push(tensor)
            }
            (Class::Size, [tuple]) => {
                let tuple = *tuple;
                self.push(tuple)
            }
            _ => Err(Problem::broken(
                "it makes an object of parts that do not fit it",
            )),
        }
    }

    /// Attributes of a state dict, such as versions of modules, say nothing about
    /// its tensors. Nothing else may have any.
    fn build(&mut self) -> Result<(), Problem> {
        self.pop()?;
        let top = self.top()?;
        match self.objects.get(top) {
            Some(Object::Dict(_)) => Ok(()),
            _ => Err(Problem::broken(
                "it sets attributes of what is no state dict",
            )),
        }
    }

    fn push_storage(&mut self) -> Result<(), Problem> {
        let described = self.pop()?;
        let storage = self
            .storage(described)
            .ok_or_else(|| Problem::broken("it refers to something that is no storage"))?;
        let known = *self.storages.entry(storage.key).or_insert(storage);
        if known != storage {
            return Err(Problem::broken(format!(
                "it describes storage {:?} in two ways",
                storage.key
            )));
        }
        self.push_object(Object::Storage(storage))
    }

    /// A word, the class of the numbers, a key, a device, how many there are; in the
    /// older format, a view of another storage, which only very old files have.
    fn storage(&self, described: Value) -> Option<Storage<'a>> {
        let (word, kind, key, n_values) = match *self.objects.tuple(described)? {
            [word, kind, key, _device, n_values]
            | [word, kind, key, _device, n_values, Value::None] => (word, kind, key, n_values),
            _ => return None,
        };
        let Value::Class(Class::Storage(kind)) = kind else {
            return None;
        };
        (self.objects.text(word)? == "storage").then_some(Storage {
            key: self.objects.text(key)?,
            kind,
            n_values: Objects::count(n_values)?,
        })
    }
}

fn too_few() -> Problem {
    Problem::broken("it takes more values than it made")
}

/// Two lines, the module and the name.
fn class(cursor: &mut Cursor<'_>) -> Result<Class, Problem> {
    let mut line = || cursor.take_until(b'\n').ok_or(Problem::Ended);
    let [module, name] = [line()?, line()?].map(String::from_utf8_lossy);
    Class::named(&module, &name)
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Problem, Value, unpickle};

    #[test]
    fn a_pickle_ends_at_its_stop() {
        let mut cursor = Cursor::new(b"\x80\x02K\x07.K\x08.");
        for number in [7, 8] {
            assert_eq!(unpickle(&mut cursor).unwrap().root, Value::Int(number));
        }
        assert_eq!(unpickle(&mut cursor).err(), Some(Problem::Ended));
    }

    #[test]
    fn a_value_may_be_recalled_within_itself() {
        let unpickled = unpickle(&mut Cursor::new(b"]q\x00h\x00a.")).unwrap();
        assert_eq!(unpickled.root, Value::Object(0));
    }
}
