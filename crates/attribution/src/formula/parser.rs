use std::fmt;

use super::{Extreme, Function, Node, Operation, Quantity, Variable};

/// Why a formula cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at character {character}")]
pub struct FormulaError {
    /// Where, counted from 1.
    pub character: usize,
    /// What is wrong there.
    pub problem: FormulaProblem,
}

/// What is wrong with a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormulaProblem {
    /// A character that cannot stand there.
    Character(char),
    /// It ends too early.
    End,
    /// A name that means nothing.
    Name(String),
    /// A function with too many or too few arguments.
    Arguments {
        /// The function.
        function: String,
        /// How many it takes.
        expected: usize,
    },
    /// Too many levels of parentheses.
    Depth,
    /// Nothing in it depends on the model.
    Constant,
}

impl fmt::Display for FormulaProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(found) => write!(formatter, "unexpected {found:?}"),
            Self::End => write!(formatter, "unexpected end"),
            Self::Name(name) => {
                let names: Vec<_> = variable_names()
                    .into_iter()
                    .chain(function_names())
                    .collect();
                write!(
                    formatter,
                    "unknown name {name:?} (known are {})",
                    names.join(", ")
                )
            }
            Self::Arguments {
                function,
                expected: 1,
            } => write!(
                formatter,
                "{function} takes 1 argument, found another number"
            ),
            Self::Arguments { function, expected } => write!(
                formatter,
                "{function} takes {expected} arguments, found another number"
            ),
            Self::Depth => write!(formatter, "more than {MOST_LEVELS} levels of parentheses"),
            Self::Constant => write!(
                formatter,
                "no variable (known are {})",
                variable_names().join(", ")
            ),
        }
    }
}

const QUANTITIES: [(&str, Quantity); 4] = [
    ("lp", Quantity::LogProbability),
    ("p", Quantity::Probability),
    ("logit", Quantity::Logit),
    ("entropy", Quantity::Entropy),
];

const DIVERGENCE: &str = "kl";

const FUNCTIONS: [(&str, Function); 5] = [
    ("exp", Function::Exponential),
    ("log", Function::Logarithm),
    ("log2", Function::BinaryLogarithm),
    ("sqrt", Function::SquareRoot),
    ("abs", Function::Magnitude),
];

const EXTREMES: [(&str, Extreme); 2] = [("max", Extreme::Largest), ("min", Extreme::Smallest)];

/// Deeper formulas would only exhaust the stack.
const MOST_LEVELS: usize = 50;

fn variable_names() -> Vec<String> {
    let own = QUANTITIES.iter().map(|(name, _)| (*name).to_owned());
    let other = QUANTITIES.iter().map(|(name, _)| format!("{name}_c"));
    own.chain(other).chain([DIVERGENCE.to_owned()]).collect()
}

fn function_names() -> impl Iterator<Item = String> {
    let functions = FUNCTIONS.iter().map(|(name, _)| *name);
    let all = functions.chain(EXTREMES.iter().map(|(name, _)| *name));
    all.map(|name| format!("{name}()"))
}

fn variable(name: &str) -> Option<Variable> {
    if name == DIVERGENCE {
        return Some(Variable {
            quantity: Quantity::Divergence,
            is_contrast: false,
        });
    }
    let (stem, is_contrast) = match name.strip_suffix("_c") {
        Some(stem) => (stem, true),
        None => (name, false),
    };
    let (_, quantity) = QUANTITIES.into_iter().find(|(known, _)| *known == stem)?;
    Some(Variable {
        quantity,
        is_contrast,
    })
}

/// Reads a whole text.
pub(super) fn parse(text: &str) -> Result<Node, FormulaError> {
    let mut parser = Parser {
        characters: text.chars().collect(),
        place: 0,
        n_levels: 0,
    };
    let node = parser.sum()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser {
    characters: Vec<char>,
    place: usize,
    n_levels: usize,
}

impl Parser {
    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.characters.get(self.place)?.is_whitespace() {
            self.place += 1;
        }
        self.characters.get(self.place).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.place += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, wanted: char) -> Result<(), FormulaError> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn error(&self, place: usize, problem: FormulaProblem) -> FormulaError {
        FormulaError {
            character: place + 1,
            problem,
        }
    }

    fn unexpected(&mut self) -> FormulaError {
        let problem = match self.peek() {
            Some(found) => FormulaProblem::Character(found),
            None => FormulaProblem::End,
        };
        self.error(self.place, problem)
    }

    /// `a + b - c`
    fn sum(&mut self) -> Result<Node, FormulaError> {
        let mut left = self.product()?;
        loop {
            let operation = match self.peek() {
                Some('+') => Operation::Add,
                Some('-') => Operation::Subtract,
                _ => return Ok(left),
            };
            self.place += 1;
            left = Node::Operation(operation, Box::new([left, self.product()?]));
        }
    }

    /// `a * b / c`
    fn product(&mut self) -> Result<Node, FormulaError> {
        let mut left = self.signed()?;
        loop {
            let operation = match self.peek() {
                Some('*') => Operation::Multiply,
                Some('/') => Operation::Divide,
                _ => return Ok(left),
            };
            self.place += 1;
            left = Node::Operation(operation, Box::new([left, self.signed()?]));
        }
    }

    /// `-a ^ b`, which is `-(a ^ b)`. The only way to nest, so the levels are counted
    /// here.
    fn signed(&mut self) -> Result<Node, FormulaError> {
        self.n_levels += 1;
        if self.n_levels > MOST_LEVELS {
            return Err(self.error(self.place, FormulaProblem::Depth));
        }
        let made = if self.take('-') {
            Node::Negative(Box::new(self.signed()?))
        } else {
            let base = self.single()?;
            if self.take('^') {
                Node::Operation(Operation::Power, Box::new([base, self.signed()?]))
            } else {
                base
            }
        };
        self.n_levels -= 1;
        Ok(made)
    }

    /// A number, a name, a call, or something in parentheses.
    fn single(&mut self) -> Result<Node, FormulaError> {
        match self.peek() {
            Some('(') => {
                self.place += 1;
                let inner = self.sum()?;
                self.expect(')')?;
                Ok(inner)
            }
            Some(digit) if digit.is_ascii_digit() || digit == '.' => self.number(),
            Some(letter) if letter.is_ascii_alphabetic() => self.named(),
            _ => Err(self.unexpected()),
        }
    }

    fn number(&mut self) -> Result<Node, FormulaError> {
        let start = self.place;
        let mut text = String::new();
        while let Some(next) = self.characters.get(self.place) {
            let follows_exponent = matches!(next, '+' | '-') && text.ends_with(['e', 'E']);
            if !(next.is_ascii_alphanumeric() || *next == '.' || follows_exponent) {
                break;
            }
            text.push(*next);
            self.place += 1;
        }
        match text.parse::<f32>() {
            Ok(number) if number.is_finite() => Ok(Node::Number(number)),
            _ => Err(self.error(start, FormulaProblem::Name(text))),
        }
    }

    fn named(&mut self) -> Result<Node, FormulaError> {
        let start = self.place;
        let mut name = String::new();
        while let Some(next) = self.characters.get(self.place) {
            if !(next.is_ascii_alphanumeric() || *next == '_') {
                break;
            }
            name.push(*next);
            self.place += 1;
        }
        if self.peek() != Some('(') {
            let found = variable(&name).map(Node::Variable);
            return found.ok_or_else(|| self.error(start, FormulaProblem::Name(name)));
        }
        let function = FUNCTIONS.into_iter().find(|(known, _)| *known == name);
        let extreme = EXTREMES.into_iter().find(|(known, _)| *known == name);
        if function.is_none() && extreme.is_none() {
            return Err(self.error(start, FormulaProblem::Name(name)));
        }
        let mut arguments = self.arguments()?;
        let made = match (function, extreme, arguments.pop(), arguments.pop()) {
            (Some((_, function)), _, Some(only), None) => {
                Some(Node::Call(function, Box::new(only)))
            }
            (_, Some((_, extreme)), Some(right), Some(left)) if arguments.is_empty() => {
                Some(Node::Extreme(extreme, Box::new([left, right])))
            }
            _ => None,
        };
        made.ok_or_else(|| {
            let problem = FormulaProblem::Arguments {
                function: name,
                expected: if function.is_some() { 1 } else { 2 },
            };
            self.error(start, problem)
        })
    }

    /// `(a, b)`
    fn arguments(&mut self) -> Result<Vec<Node>, FormulaError> {
        self.expect('(')?;
        let mut arguments = vec![self.sum()?];
        while self.take(',') {
            arguments.push(self.sum()?);
        }
        self.expect(')')?;
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn operators_bind_as_on_paper() {
        let same = |left: &str, right: &str| assert_eq!(parse(left), parse(right), "{left}");
        same("p - p_c - lp", "(p - p_c) - lp");
        same("p + p_c * lp / logit", "p + ((p_c * lp) / logit)");
        same("-p ^ 2 ^ lp", "-(p ^ (2 ^ lp))");
        same("2^-lp", "2 ^ (-lp)");
        same("1e-3*p", "0.001 * p");
    }

    #[test]
    fn errors_point_at_the_character() {
        assert_eq!(
            problem("p - exp(c)").split(" (").next(),
            Some("unknown name \"c\"")
        );
        assert!(problem("p - exp(c)").ends_with("at character 9"));
        assert_eq!(problem("p - * lp"), "unexpected '*' at character 5");
        assert_eq!(problem("(p - lp"), "unexpected end at character 8");
        assert_eq!(problem("p lp"), "unexpected 'l' at character 3");
        assert_eq!(problem(""), "unexpected end at character 1");
        assert_eq!(problem("é + 1"), "unexpected 'é' at character 1");
        assert!(problem("1 + 2x").ends_with("at character 5"));
        assert_eq!(
            problem("max(p)"),
            "max takes 2 arguments, found another number at character 1"
        );
        assert_eq!(
            problem("exp(p, lp)"),
            "exp takes 1 argument, found another number at character 1"
        );
    }

    #[test]
    fn deep_nesting_is_refused_and_breadth_is_not() {
        let deep = format!("{}p{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(problem(&deep).starts_with("more than 50 levels"));
        assert!(problem(&"-".repeat(10_000)).starts_with("more than 50 levels"));
        let calls = format!("{}p{}", "exp(".repeat(100), ")".repeat(100));
        assert!(problem(&calls).starts_with("more than 50 levels"));
        assert!(parse(&vec!["p"; 60].join("+")).is_ok());
    }
}
