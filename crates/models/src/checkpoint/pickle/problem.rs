use super::opcodes;
use crate::Error;

/// Longest name of a class that an error repeats.
const MOST_NAME_CHARS: usize = 80;

/// Why a pickle is not read.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Problem {
    /// The bytes end before the pickle does.
    Ended,
    /// An operation that no tensor needs.
    Operation(u8),
    /// Something of Python that no tensor needs.
    Class(String),
    /// It contradicts itself, or is not of the form of a checkpoint.
    Broken(String),
}

impl Problem {
    pub(super) fn broken(reason: impl Into<String>) -> Self {
        Self::Broken(reason.into())
    }

    pub(super) fn class(module: &str, name: &str) -> Self {
        let name = format!("{module}.{name}");
        Self::Class(name.chars().take(MOST_NAME_CHARS).collect())
    }

    /// The error of the file that has this pickle.
    pub(in super::super) fn in_file(self, file: &str) -> Error {
        let file = file.to_owned();
        match self {
            Self::Ended => Error::Pickle {
                reason: "it ends too early; the file may be cut off".to_owned(),
                file,
            },
            Self::Operation(code) => Error::PickleOperation {
                operation: opcodes::name(code),
                code,
                file,
            },
            Self::Class(class) => Error::PickleClass { class, file },
            Self::Broken(reason) => Error::Pickle { reason, file },
        }
    }
}
