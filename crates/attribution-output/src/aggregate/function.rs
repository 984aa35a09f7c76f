use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How many values become one. Read and written by its Inseq name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum AggregateFunction {
    /// Arithmetic mean.
    Mean,
    /// Sum.
    Sum,
    /// Largest value.
    Max,
    /// Smallest value.
    Min,
    /// Product.
    Product,
    /// Euclidean length.
    VectorNorm,
    /// The value farthest from zero, with its sign. The only function that passes
    /// over NaN.
    AbsoluteMax,
}

impl AggregateFunction {
    /// All of them, in the order to list them.
    pub const ALL: [Self; 7] = [
        Self::Mean,
        Self::Sum,
        Self::Max,
        Self::Min,
        Self::Product,
        Self::VectorNorm,
        Self::AbsoluteMax,
    ];

    /// Inseq's name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Sum => "sum",
            Self::Max => "max",
            Self::Min => "min",
            Self::Product => "prod",
            Self::VectorNorm => "vnorm",
            Self::AbsoluteMax => "absmax",
        }
    }

    /// The function of that Inseq name.
    pub fn from_id(id: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|function| function.id() == id)
            .ok_or_else(|| Error::Unknown {
                what: "aggregation function",
                asked: id.to_owned(),
                known: Self::ALL.map(|function| function.id().to_owned()).to_vec(),
            })
    }

    /// Makes one value of many. Of none, what the function leaves alone: zero for
    /// sums and norms, one for products, otherwise NaN.
    pub fn apply(self, values: &[f32]) -> f32 {
        // Sums run in double precision, so that their order does not show.
        let wide = || values.iter().map(|&value| f64::from(value));
        match self {
            Self::Mean => (wide().sum::<f64>() / values.len() as f64) as f32,
            Self::Sum => wide().sum::<f64>() as f32,
            Self::Max => extreme(values, |value, best| value > best),
            Self::Min => extreme(values, |value, best| value < best),
            Self::Product => wide().product::<f64>() as f32,
            Self::VectorNorm => vector_norm(values, 2.0),
            Self::AbsoluteMax => absolute_max(values),
        }
    }
}

impl TryFrom<String> for AggregateFunction {
    type Error = Error;

    fn try_from(id: String) -> Result<Self> {
        Self::from_id(&id)
    }
}

impl From<AggregateFunction> for &'static str {
    fn from(function: AggregateFunction) -> Self {
        function.id()
    }
}

impl fmt::Display for AggregateFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id())
    }
}

/// The vector norm of an order above zero, which may be infinite: 1 for the sum of
/// magnitudes, 2 for the Euclidean length.
pub(super) fn vector_norm(values: &[f32], order: f64) -> f32 {
    let magnitudes = values.iter().map(|&value| f64::from(value).abs());
    let norm = if order.is_infinite() {
        // A maximum would pass over NaN.
        let is_nan = |values: &[f32]| values.iter().any(|value| value.is_nan());
        if is_nan(values) {
            f64::NAN
        } else {
            magnitudes.fold(0.0, f64::max)
        }
    } else if order == 2.0 {
        magnitudes.map(|value| value * value).sum::<f64>().sqrt()
    } else {
        let sum: f64 = magnitudes.map(|value| value.powf(order)).sum();
        sum.powf(1.0 / order)
    };
    norm as f32
}

/// The first value that beats all others; NaN if there is a NaN.
fn extreme(values: &[f32], beats: impl Fn(f32, f32) -> bool) -> f32 {
    values
        .iter()
        .copied()
        .reduce(|best, value| {
            if value.is_nan() || beats(value, best) {
                value
            } else {
                best
            }
        })
        .unwrap_or(f32::NAN)
}

/// The first value of largest magnitude; NaN only if there is nothing else.
fn absolute_max(values: &[f32]) -> f32 {
    values
        .iter()
        .copied()
        .reduce(|best, value| {
            if best.is_nan() || value.abs() > best.abs() {
                value
            } else {
                best
            }
        })
        .unwrap_or(f32::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_of_one_example() {
        let values = [1.0, -3.0, 2.0];
        let results = AggregateFunction::ALL.map(|function| function.apply(&values));
        assert_eq!(results, [0.0, 0.0, 2.0, -3.0, -6.0, 14f32.sqrt(), -3.0]);
    }

    #[test]
    fn nan_goes_through_all_but_the_absolute_maximum() {
        for values in [[f32::NAN, 1.0], [1.0, f32::NAN]] {
            for function in AggregateFunction::ALL {
                let is_nan = function.apply(&values).is_nan();
                assert_eq!(is_nan, function != AggregateFunction::AbsoluteMax);
            }
        }
    }

    #[test]
    fn norms_of_other_orders() {
        let values = [3.0, -4.0, 0.0];
        assert_eq!(vector_norm(&values, 1.0), 7.0);
        assert_eq!(vector_norm(&values, 2.0), 5.0);
        assert_eq!(vector_norm(&values, f64::INFINITY), 4.0);
        assert!(vector_norm(&[f32::NAN], f64::INFINITY).is_nan());
    }

    #[test]
    fn names_are_read_back() {
        for function in AggregateFunction::ALL {
            assert_eq!(AggregateFunction::from_id(function.id()).unwrap(), function);
        }
        let error = AggregateFunction::from_id("median").unwrap_err();
        assert!(error.to_string().contains("known are mean, sum"));
    }
}
