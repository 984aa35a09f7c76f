use crate::FormulaError;

/// Why an attribution cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name that is in no list.
    #[error("{what} {asked:?} is unknown; known are {}", known.join(", "))]
    Unknown {
        /// What was named.
        what: &'static str,
        /// The name.
        asked: String,
        /// All names there are.
        known: Vec<String>,
    },
    /// An option that a method or function does not have.
    #[error("{owner} has no option {asked:?}; {}", known_options(known))]
    UnknownOption {
        /// The method or function.
        owner: String,
        /// The option.
        asked: String,
        /// Its options.
        known: Vec<String>,
    },
    /// A value that an option cannot take.
    #[error("{owner}: option {option} must be {expected}, found {found}")]
    OptionValue {
        /// The method or function.
        owner: String,
        /// The option.
        option: &'static str,
        /// What it may be.
        expected: String,
        /// What it was.
        found: String,
    },
    /// An option without a default that is not given.
    #[error("{owner}: option {option} must be given: {expected}")]
    MissingOption {
        /// The method or function.
        owner: String,
        /// The option.
        option: &'static str,
        /// What it may be.
        expected: String,
    },
    /// A step function cannot have this id.
    #[error("a step function of your own cannot be named {id:?}")]
    FunctionName {
        /// The id.
        id: String,
    },
    /// A formula that cannot be read.
    #[error("formula of {id}: {source}")]
    Formula {
        /// The id of the function.
        id: String,
        /// What is wrong, and where.
        source: FormulaError,
    },
    /// A contrast of the source, for a model that has none.
    #[error("contrast_sources is given, but {family} models read no source text")]
    ContrastSource {
        /// The model's family.
        family: &'static str,
    },
    /// Alignments with nothing to align.
    #[error("contrast_targets_alignments is given without contrast_targets")]
    AlignmentWithoutTarget,
    /// An alignment names a position that does not exist.
    #[error(
        "contrast_targets_alignments: pair {pair:?} is outside of the texts, which have \
         {n_output} and {n_contrast} tokens"
    )]
    AlignmentOutside {
        /// Position in the output, position in the contrast text.
        pair: [usize; 2],
        /// Tokens of the output.
        n_output: usize,
        /// Tokens of the contrast text.
        n_contrast: usize,
    },
    /// A target stands against a token that no run of the model chooses.
    #[error(
        "position {position} of the output is aligned with position 0 of the contrast, which is \
         given and not chosen"
    )]
    ContrastNotChosen {
        /// Position of the target.
        position: usize,
    },
    /// A comparison of two runs as attributed function, where there is one run only.
    #[error(
        "{function} compares two runs, and as attributed function it has only one without \
         contrast_force_inputs and a contrast"
    )]
    ContrastNotForced {
        /// The function.
        function: String,
    },
    /// The attributed function is constant, or moves in steps.
    #[error("{function} has no gradient by the attributed tokens")]
    NoGradient {
        /// The function.
        function: String,
    },
    /// Runs with dropout, of a model that drops nothing in training.
    #[error("runs with dropout were asked for, and the model's configuration has none")]
    NoDropout,
    /// A layer looked at in runs of which each has its own.
    #[error("layer methods look at one run, and {function} is made of several")]
    LayerOfManyRuns {
        /// The function.
        function: String,
    },
    /// A position that the output does not have.
    #[error("{option} is {position}, the output has {n_tokens} tokens")]
    PositionOutside {
        /// Which position.
        option: &'static str,
        /// What it was.
        position: i64,
        /// Number of tokens of the output.
        n_tokens: usize,
    },
    /// No position lies between start and end.
    #[error("nothing to attribute: positions {start} to {end} of an output of {n_tokens} tokens")]
    NothingToAttribute {
        /// First position.
        start: usize,
        /// Position after the last.
        end: usize,
        /// Number of tokens of the output.
        n_tokens: usize,
    },
    /// The tokenizer has no unknown token, of which baselines are made.
    #[error("the tokenizer has no unknown token to make a baseline of")]
    NoBaselineToken,
    /// The input of a module that reads token ids or positions.
    #[error("layer {path:?} reads token ids or positions, to which nothing can be attributed")]
    LayerReadsIds {
        /// The module.
        path: String,
    },
    /// A method draws more random numbers than were recorded for it.
    #[error("the recorded draws are used up, the method needs more")]
    NoDrawsLeft,
    /// An attribution is looked at beside a text that it was not made of.
    #[error("attribution and text differ in {place}: {attributed} and {given}")]
    OtherText {
        /// Where.
        place: String,
        /// What the attribution has there.
        attributed: String,
        /// What the text has there.
        given: String,
    },
    /// An attribution of which only step scores are there.
    #[error("the attribution has no attributions, only step scores")]
    NoAttributions,
    /// A finished attribution lacks a number.
    #[error("the attribution has no number for {token:?} at target {target:?}")]
    NoNumber {
        /// The token that should have given something.
        token: String,
        /// The target that it should have given it to.
        target: String,
    },
    /// A finished attribution cannot be aggregated.
    #[error(transparent)]
    Output(#[from] attribution_output::Error),
    /// Building or running the model failed.
    #[error(transparent)]
    Model(#[from] models::Error),
    /// A computation failed.
    #[error(transparent)]
    Tensor(#[from] tensor::Error),
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

fn known_options(known: &[String]) -> String {
    if known.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", known.join(", "))
    }
}
