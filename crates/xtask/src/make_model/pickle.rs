//! Writes Python's pickles, as much of them as PyTorch's checkpoints need.
//! <https://github.com/python/cpython/blob/main/Lib/pickletools.py> names the opcodes.

use std::collections::HashMap;

/// A pickle of protocol 2 being written.
pub(super) struct Pickle {
    bytes: Vec<u8>,
    /// What was written before and is only named when it comes again.
    memo: HashMap<Vec<u8>, u32>,
}

impl Pickle {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0x80, 2],
            memo: HashMap::new(),
        }
    }

    /// The end of the pickle.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(b'.');
        self.bytes
    }

    /// A class or function of a module.
    pub(super) fn global(&mut self, module: &str, name: &str) -> &mut Self {
        self.once(format!("c{module}\n{name}\n").into_bytes())
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let mut bytes = vec![b'X'];
        let length = u32::try_from(text.len()).expect("names are short");
        bytes.extend(length.to_le_bytes());
        bytes.extend(text.as_bytes());
        self.once(bytes)
    }

    pub(super) fn integer(&mut self, value: usize) -> &mut Self {
        if let Ok(value) = u8::try_from(value) {
            self.put(&[b'K', value])
        } else if let Ok(value) = u16::try_from(value) {
            self.put(b"M").put(&value.to_le_bytes())
        } else if let Ok(value) = i32::try_from(value) {
            self.put(b"J").put(&value.to_le_bytes())
        } else {
            // The sign has a bit of its own, so that a ninth byte may be needed.
            let mut bytes = (value as u64).to_le_bytes().to_vec();
            bytes.push(0);
            self.long(&bytes)
        }
    }

    /// An integer of any length, in two's complement, its little end first.
    pub(super) fn long(&mut self, bytes: &[u8]) -> &mut Self {
        let length = u8::try_from(bytes.len()).expect("no integer here is longer");
        self.put(&[0x8a, length]).put(bytes)
    }

    pub(super) fn boolean(&mut self, value: bool) -> &mut Self {
        self.put(&[if value { 0x88 } else { 0x89 }])
    }

    pub(super) fn none(&mut self) -> &mut Self {
        self.put(b"N")
    }

    pub(super) fn tuple(&mut self, items: impl FnOnce(&mut Self)) -> &mut Self {
        self.put(b"(");
        items(self);
        self.put(b"t")
    }

    /// A tuple of integers; short ones have opcodes of their own.
    pub(super) fn integers(&mut self, values: &[usize]) -> &mut Self {
        let each = |pickle: &mut Self| {
            for value in values {
                pickle.integer(*value);
            }
        };
        let opcode = match values.len() {
            0 => b')',
            1 => 0x85,
            2 => 0x86,
            3 => 0x87,
            _ => return self.tuple(each),
        };
        each(self);
        self.put(&[opcode])
    }

    pub(super) fn list(&mut self, items: impl FnOnce(&mut Self)) -> &mut Self {
        self.put(b"](");
        items(self);
        self.put(b"e")
    }

    pub(super) fn dictionary(&mut self, items: impl FnOnce(&mut Self)) -> &mut Self {
        self.put(b"}").set_items(items)
    }

    /// A dictionary that keeps its order; Python makes it by a call.
    pub(super) fn ordered_dictionary(&mut self) -> &mut Self {
        self.global("collections", "OrderedDict").put(b")R")
    }

    /// Puts keys and values into the dictionary before.
    pub(super) fn set_items(&mut self, items: impl FnOnce(&mut Self)) -> &mut Self {
        self.put(b"(");
        items(self);
        self.put(b"u")
    }

    /// Calls the function before the last tuple with it.
    pub(super) fn call(&mut self) -> &mut Self {
        self.put(b"R")
    }

    /// What the last tuple names outside the pickle.
    pub(super) fn persistent(&mut self) -> &mut Self {
        self.put(b"Q")
    }

    /// Sets the state of the object before the last dictionary to it.
    pub(super) fn build(&mut self) -> &mut Self {
        self.put(b"b")
    }

    fn once(&mut self, bytes: Vec<u8>) -> &mut Self {
        let (is_known, number) = match self.memo.get(&bytes) {
            Some(number) => (true, *number),
            None => (false, u32::try_from(self.memo.len()).unwrap_or(u32::MAX)),
        };
        let (short, long) = if is_known { (b'h', b'j') } else { (b'q', b'r') };
        if !is_known {
            self.put(&bytes);
            self.memo.insert(bytes, number);
        }
        match u8::try_from(number) {
            Ok(number) => self.put(&[short, number]),
            Err(_) => self.put(&[long]).put(&number.to_le_bytes()),
        }
    }

    fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_shortest_opcodes() {
        let mut pickle = Pickle::new();
        pickle.tuple(|pickle| {
            pickle.integer(1).integer(256).integer(65536);
            pickle.text("a").text("a").none().boolean(true);
            pickle.integers(&[]).integers(&[2, 3]).integers(&[1; 4]);
        });
        let expected = b"\x80\x02(K\x01M\0\x01J\0\0\x01\0X\x01\0\0\0aq\0h\0N\x88)\
            K\x02K\x03\x86(K\x01K\x01K\x01K\x01tt.";
        assert_eq!(pickle.finish(), expected);
    }
}
