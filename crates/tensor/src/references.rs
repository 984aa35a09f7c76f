use std::collections::HashMap;

use crate::pullback::trace_of;
use crate::tensor::Trace;
use crate::{Error, Result, Tensor};

/// For each value of one computation, the value at the same place of another run of
/// the same computation: what rules that compare with a reference need.
///
/// Two runs of the same code record the same ops in the same order, so that values
/// pair up by their order.
#[derive(Debug)]
pub struct References(HashMap<u64, Tensor>);

impl References {
    /// Pairs what `output` was made of with what `reference` was made of.
    ///
    /// # Errors
    /// If the two were not made by the same ops.
    pub fn new(output: &Tensor, reference: &Tensor) -> Result<Self> {
        let (own, other) = (trace_of(output), trace_of(reference));
        let is_same = own.len() == other.len()
            && own.values().zip(other.values()).all(|(own, other)| {
                own.shape() == other.shape()
                    && match (own.trace(), other.trace()) {
                        (
                            Some(Trace::Made { op: own, .. }),
                            Some(Trace::Made { op: other, .. }),
                        ) => own == other,
                        (Some(Trace::Leaf), Some(Trace::Leaf)) | (None, None) => true,
                        _ => false,
                    }
            });
        if !is_same {
            return Err(Error::UnlikeTraces {
                found: own.len(),
                reference: other.len(),
            });
        }
        Ok(Self(own.into_keys().zip(other.into_values()).collect()))
    }

    /// The value in the other run, not traced; a value that was not traced is the
    /// same in both.
    pub fn of(&self, value: &Tensor) -> Tensor {
        self.0.get(&value.id()).unwrap_or(value).detached()
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::{Backend, Buffer, Device, LocalFuture, Op, Operand, Shape, Usage};

    /// A device that computes nothing.
    struct Nowhere;

    impl Backend for Nowhere {
        fn name(&self) -> &'static str {
            "nowhere"
        }

        fn upload(&self, _: Vec<f32>, _: &Shape, _: Usage) -> Result<Buffer> {
            Ok(Rc::new(()))
        }

        fn run(&self, _: &Op, _: &[Operand<'_>], _: &Shape) -> Result<Buffer> {
            Ok(Rc::new(()))
        }

        fn read<'a>(&'a self, _: &'a Buffer) -> LocalFuture<'a, Result<Vec<f32>>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }

    fn leaf() -> Tensor {
        let device: Device = Rc::new(Nowhere);
        let uploaded = Tensor::upload(&device, vec![0.0; 2], [2], Usage::Value);
        uploaded.unwrap().traced()
    }

    #[test]
    fn values_pair_up_by_their_place() {
        let (own, other) = (leaf(), leaf());
        let made = own.exponential().unwrap();
        let made_of_other = other.exponential().unwrap();
        let references = References::new(&made, &made_of_other).unwrap();
        let pair = |value: &Tensor, reference: &Tensor| {
            let found = references.of(value);
            Rc::ptr_eq(found.buffer(), reference.buffer()) && !found.is_traced()
        };
        assert!(pair(&own, &other) && pair(&made, &made_of_other));
        let constant = leaf().detached();
        assert!(
            pair(&constant, &constant),
            "constants are their own reference"
        );
    }

    #[test]
    fn another_computation_is_no_reference() {
        let made = leaf().exponential().unwrap();
        let other = leaf().square_root().unwrap();
        assert!(matches!(
            References::new(&made, &other),
            Err(Error::UnlikeTraces { .. })
        ));
    }
}
