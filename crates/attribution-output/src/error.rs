use crate::Axis;

/// Why scores could not be made, aggregated or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Names and lengths of the axes do not pair up.
    #[error("scores need one name for each axis, found {names} names for {lengths} lengths")]
    AxisCount {
        /// How many names there are.
        names: usize,
        /// How many lengths there are.
        lengths: usize,
    },
    /// A shape and its values disagree.
    #[error("scores of shape {shape:?} do not hold {found} values")]
    ValueCount {
        /// Length of each axis.
        shape: Vec<usize>,
        /// How many values there are.
        found: usize,
    },
    /// An axis was asked for that is not there.
    #[error("scores have no axis of {axis}")]
    MissingAxis {
        /// The axis asked for.
        axis: Axis,
    },
    /// An index past the end of an axis.
    #[error("index {index} is out of range: there are {length} {axis}")]
    OutOfRange {
        /// The axis.
        axis: Axis,
        /// What was asked for.
        index: usize,
        /// How many there are.
        length: usize,
    },
    /// Source and target scores do not describe the same targets.
    #[error(
        "source scores {source_shape:?} and target scores {target_shape:?} differ after their rows"
    )]
    DifferentTargets {
        /// Shape of the source scores.
        source_shape: Vec<usize>,
        /// Shape of the target scores.
        target_shape: Vec<usize>,
    },
    /// A matrix, a row of scores or a position does not fit the tokens.
    #[error("{place}: expected {expected}, found {found}")]
    Mismatch {
        /// Where, such as `sequence_attributions[0].source_attributions`.
        place: String,
        /// What the tokens ask for.
        expected: String,
        /// What is there.
        found: String,
    },
    /// No aggregation, function or option of that name.
    #[error("{what} {asked:?} is unknown; known are {}", known.join(", "))]
    Unknown {
        /// What was looked for, such as "aggregator".
        what: &'static str,
        /// The name that was asked for.
        asked: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// An option that the aggregation cannot do without, or a value it cannot take.
    #[error("{stage}: {reason}")]
    Option {
        /// The aggregation.
        stage: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A span of tokens that cannot be used.
    #[error("{place}: span [{start}, {end}] {reason}")]
    Span {
        /// Which spans, such as `source_spans`.
        place: &'static str,
        /// Its first token.
        start: usize,
        /// The token after its last.
        end: usize,
        /// What is wrong.
        reason: String,
    },
    /// There is no axis left that could be aggregated.
    #[error("scores: nothing is left to aggregate by {function}: the shape is {shape:?} already")]
    NothingLeft {
        /// The function that was asked for.
        function: String,
        /// Shape of the attributions.
        shape: Vec<usize>,
    },
    /// The coordinates that a function needs were folded when the result was made.
    #[error(
        "scores: {asked} needs hidden coordinates, which were folded by vnorm when the result \
         was made"
    )]
    Folded {
        /// What was asked for.
        asked: String,
    },
    /// Two attributions that should be compared are of different texts or methods.
    #[error("pair: {place} differ: {first} and {second}")]
    DifferentPair {
        /// What differs, such as "numbers of source tokens".
        place: String,
        /// Of the first.
        first: String,
        /// Of the second.
        second: String,
    },
    /// Two attributions have too little in common to be compared token by token.
    #[error("these cannot be compared token by token: {reason}")]
    NotAligned {
        /// Why.
        reason: String,
    },
    /// Attention rollout lacks something.
    #[error("rollout: {reason}")]
    Rollout {
        /// What is missing.
        reason: String,
    },
    /// The pattern is not a regular expression, or takes too long.
    #[error("split_pattern {pattern:?} cannot be used: {cause}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why.
        #[source]
        cause: Box<fancy_regex::Error>,
    },
    /// No step score of that name.
    #[error("there is no step score {asked:?}; there are {}", names(known))]
    UnknownStepScore {
        /// What was asked for.
        asked: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The text is not JSON.
    #[error("not a JSON text: {cause}")]
    Json {
        /// Where and why.
        #[source]
        cause: serde_json::Error,
    },
    /// The compressed bytes are broken, or too many.
    #[error("compressed result cannot be unpacked: {cause}")]
    Gzip {
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The unpacked text is too long to be a result.
    #[error("compressed result unpacks to more than {limit} bytes")]
    TooLong {
        /// The longest text that is read.
        limit: u64,
    },
    /// A tensor's text is not base64.
    #[error("{place}: not base64: {cause}")]
    Base64 {
        /// Where, such as `sequence_attributions[0].source_attributions`.
        place: String,
        /// Why.
        #[source]
        cause: base64::DecodeError,
    },
    /// A tensor's bytes are not a safetensors file.
    #[error("{place}: not a tensor: {cause}")]
    Tensor {
        /// Where, such as `sequence_attributions[0].source_attributions`.
        place: String,
        /// Why.
        #[source]
        cause: safetensors::SafeTensorError,
    },
}

/// What the functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The way out, if there is one to name.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { asked, known, .. } | Self::UnknownStepScore { asked, known } => {
                nearest(asked, known).map(|name| format!("did you mean {name:?}?"))
            }
            Self::NothingLeft { .. } => Some("leave out the last aggregation".to_owned()),
            Self::Folded { .. } => {
                Some("make the attributions again, with their hidden coordinates kept".to_owned())
            }
            Self::Rollout { .. } => Some(
                "attribute with the method attention and its option \
                 output_decoder_self_attentions"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// The known name most like the asked one, if it is close enough to be a slip.
fn nearest<'a>(asked: &str, known: &'a [String]) -> Option<&'a str> {
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(asked, name), name))
        .filter(|(distance, name)| *distance * 3 <= name.len().max(4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.as_str())
}

fn names(known: &[String]) -> String {
    match known {
        [] => "none".to_owned(),
        known => known.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognized_and_another_word_is_not() {
        let unknown = |asked: &str| Error::Unknown {
            what: "aggregator",
            asked: asked.to_owned(),
            known: vec!["scores".to_owned(), "subwords".to_owned()],
        };
        let slip = unknown("subword");
        assert_eq!(
            slip.to_string(),
            "aggregator \"subword\" is unknown; known are scores, subwords"
        );
        assert_eq!(slip.hint().unwrap(), "did you mean \"subwords\"?");
        assert_eq!(unknown("heads").hint(), None);
    }
}
