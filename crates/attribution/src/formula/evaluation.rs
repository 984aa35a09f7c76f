use std::f32::consts::LN_2;

use tensor::{Activation, Tensor, Usage};

use super::{Extreme, Function, Node, Operation, Quantity, Variable};
use crate::step_functions::{divergence, entropy};
use crate::{Choices, Result};

/// Whole powers up to this one are products, which negative numbers may have too.
const LARGEST_PRODUCT: f32 = 8.0;

impl Node {
    /// Its value for each target, `[.., targets]`; a number's is `[1]`.
    pub(super) fn value(&self, choices: &Choices<'_>) -> Result<Tensor> {
        match self {
            Node::Number(number) => {
                let beside = choices.hidden();
                let number = vec![*number];
                Ok(Tensor::upload(beside.device(), number, [1], Usage::Value)?)
            }
            Node::Variable(variable) => variable.value(choices),
            Node::Negative(inner) => Ok(inner.value(choices)?.scale(-1.0)?),
            Node::Operation(Operation::Power, sides) => power(&sides[0], &sides[1], choices),
            Node::Operation(operation, sides) => {
                let (left, right) = (sides[0].value(choices)?, sides[1].value(choices)?);
                Ok(match operation {
                    Operation::Add => left.add(&right),
                    Operation::Subtract => left.subtract(&right),
                    Operation::Multiply => left.multiply(&right),
                    Operation::Divide => left.divide(&right),
                    Operation::Power => unreachable!("handled above"),
                }?)
            }
            Node::Call(function, inner) => {
                let inner = inner.value(choices)?;
                Ok(match function {
                    Function::Exponential => inner.exponential(),
                    Function::Logarithm => inner.logarithm(),
                    Function::BinaryLogarithm => inner.logarithm()?.scale(LN_2.recip()),
                    Function::SquareRoot => inner.square_root(),
                    Function::Magnitude => {
                        let negative = positive_part(&inner.scale(-1.0)?)?;
                        positive_part(&inner)?.add(&negative)
                    }
                }?)
            }
            Node::Extreme(extreme, sides) => {
                let (left, right) = (sides[0].value(choices)?, sides[1].value(choices)?);
                Ok(match extreme {
                    Extreme::Largest => left.add(&positive_part(&right.subtract(&left)?)?),
                    Extreme::Smallest => left.subtract(&positive_part(&left.subtract(&right)?)?),
                }?)
            }
        }
    }
}

impl Variable {
    fn value(self, choices: &Choices<'_>) -> Result<Tensor> {
        let of = if self.is_contrast {
            choices.contrast()
        } else {
            choices
        };
        match self.quantity {
            Quantity::LogProbability => of.chosen_log_probabilities(),
            Quantity::Probability => Ok(of.chosen_log_probabilities()?.exponential()?),
            Quantity::Logit => of.chosen_logits(),
            Quantity::Entropy => entropy(of),
            Quantity::Divergence => divergence(choices),
        }
    }
}

fn power(base: &Node, exponent: &Node, choices: &Choices<'_>) -> Result<Tensor> {
    let base = base.value(choices)?;
    if let Node::Number(whole) = exponent
        && (1.0..=LARGEST_PRODUCT).contains(whole)
        && whole.fract() == 0.0
    {
        let mut product = base.clone();
        for _ in 1..*whole as usize {
            product = product.multiply(&base)?;
        }
        return Ok(product);
    }
    let exponent = exponent.value(choices)?;
    Ok(base.logarithm()?.multiply(&exponent)?.exponential()?)
}

/// `max(x, 0)`
fn positive_part(value: &Tensor) -> Result<Tensor, tensor::Error> {
    value.activate(Activation::Relu)
}
