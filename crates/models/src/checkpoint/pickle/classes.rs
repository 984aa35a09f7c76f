use super::super::stored::{FloatFormat, NumberFormat};
use super::problem::Problem;

/// What a checkpoint may name of Python. None of it is Python's: each is a word for
/// something that is done here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A dict.
    OrderedDict,
    /// A view of a storage with a shape.
    Tensor,
    /// A tensor that is trained: here, the same tensor.
    Parameter,
    /// A tuple.
    Size,
    /// A row of numbers.
    Storage(NumberKind),
}

/// The numbers of a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct NumberKind {
    pub(in super::super) format: NumberFormat,
    pub(in super::super) n_bytes: u64,
}

impl Class {
    /// The class of a name. Every other name is a problem.
    pub(super) fn named(module: &str, name: &str) -> Result<Self, Problem> {
        let refused = || Problem::class(module, name);
        match (module, name) {
            ("collections", "OrderedDict") => Ok(Self::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2") => Ok(Self::Tensor),
            ("torch._utils", "_rebuild_parameter") => Ok(Self::Parameter),
            ("torch", "Size") => Ok(Self::Size),
            ("torch", name) => number_kind(name).map(Self::Storage).ok_or_else(refused),
            _ => Err(refused()),
        }
    }
}

fn number_kind(storage: &str) -> Option<NumberKind> {
    let float = |format: FloatFormat| NumberKind {
        format: NumberFormat::Float(format),
        n_bytes: format.n_bytes(),
    };
    let other = |name, n_bytes| NumberKind {
        format: NumberFormat::Other(name),
        n_bytes,
    };
    Some(match storage {
        "FloatStorage" => float(FloatFormat::F32),
        "HalfStorage" => float(FloatFormat::F16),
        "BFloat16Storage" => float(FloatFormat::BF16),
        "DoubleStorage" => other("F64", 8),
        "LongStorage" => other("I64", 8),
        "IntStorage" => other("I32", 4),
        "ShortStorage" => other("I16", 2),
        "CharStorage" => other("I8", 1),
        "ByteStorage" => other("U8", 1),
        "BoolStorage" => other("BOOL", 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tensors_need_has_a_name() {
        assert_eq!(
            Class::named("collections", "OrderedDict"),
            Ok(Class::OrderedDict)
        );
        assert!(matches!(
            Class::named("torch", "BFloat16Storage"),
            Ok(Class::Storage(_))
        ));
        for (module, name) in [("os", "system"), ("torch", "load"), ("", "FloatStorage")] {
            let problem = Class::named(module, name);
            assert_eq!(problem, Err(Problem::Class(format!("{module}.{name}"))));
        }
    }
}
