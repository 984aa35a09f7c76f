//! Step functions that a user writes as a formula, such as `lp - log(p_c)`.

mod evaluation;
mod parser;

use tensor::Tensor;

use crate::{Choices, Result, StepFunction};

pub use parser::{FormulaError, FormulaProblem};

/// A step function written in the words of a request: numbers, `+ - * / ^`,
/// parentheses, the functions `exp`, `log`, `log2`, `sqrt`, `abs`, `max`, `min`, and,
/// with `_c` behind them for the contrast,
///
/// | Name | Means |
/// |---|---|
/// | `lp` | log-probability of the token in nats |
/// | `p` | its probability |
/// | `logit` | its logit |
/// | `entropy` | entropy of the model's choice in nats |
/// | `kl` | Kullback-Leibler divergence of the contrast's choice from the text's, in nats |
///
/// It is differentiable wherever its parts are.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    root: Node,
}

/// A part of a formula.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(f32),
    Variable(Variable),
    Negative(Box<Node>),
    Operation(Operation, Box<[Node; 2]>),
    Call(Function, Box<Node>),
    Extreme(Extreme, Box<[Node; 2]>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Variable {
    quantity: Quantity,
    /// Of the contrast, not of the text.
    is_contrast: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    LogProbability,
    Probability,
    Logit,
    Entropy,
    Divergence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Exponential,
    Logarithm,
    BinaryLogarithm,
    SquareRoot,
    Magnitude,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extreme {
    Largest,
    Smallest,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// Names the first character that cannot stand where it does.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        let root = parser::parse(text)?;
        if root.variables().is_empty() {
            return Err(FormulaError {
                character: 1,
                problem: FormulaProblem::Constant,
            });
        }
        Ok(Self { root })
    }
}

impl Node {
    fn variables(&self) -> Vec<Variable> {
        match self {
            Node::Number(_) => Vec::new(),
            Node::Variable(variable) => vec![*variable],
            Node::Negative(inner) | Node::Call(_, inner) => inner.variables(),
            Node::Operation(_, sides) | Node::Extreme(_, sides) => {
                sides.iter().flat_map(Node::variables).collect()
            }
        }
    }
}

impl StepFunction for Formula {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        self.root.value(choices)
    }

    fn compares_runs(&self) -> bool {
        self.root.variables().iter().any(|variable| {
            variable.quantity == Quantity::Divergence
                || variable.quantity == Quantity::Entropy && variable.is_contrast
        })
    }
}
