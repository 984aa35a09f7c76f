/// Why a model cannot be loaded or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // Files.
    /// The model folder lacks a file that is needed.
    #[error("model folder has no file {name:?}")]
    MissingFile {
        /// What was asked for.
        name: String,
    },
    /// A file is not JSON, or not the JSON that its name promises.
    #[error("file {file:?} cannot be read: {source}")]
    Json {
        /// Its name.
        file: String,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// A file cannot be read.
    #[error("file {file:?} cannot be read: {reason}")]
    ReadFile {
        /// Its name.
        file: String,
        /// What whoever reads it says.
        reason: String,
    },
    /// An index of weights names something else than a file beside it.
    #[error("weights index names {name:?}, which is no plain file name, in file {file:?}")]
    WeightsFileName {
        /// What it names.
        name: String,
        /// The index.
        file: String,
    },
    /// The architecture is none of ours.
    #[error(
        "model type {found:?}{} is not supported; supported are {}",
        in_brackets(.architectures),
        quoted(.known)
    )]
    UnknownFamily {
        /// The `model_type` of the file `config.json`.
        found: String,
        /// The classes that it says the model is of, if any.
        architectures: Vec<String>,
        /// Those we have.
        known: Vec<String>,
    },

    // Checkpoints.
    /// A checkpoint ends before its data does.
    #[error(
        "checkpoint is truncated: it needs {needed} bytes, {found} are there, in file {file:?}"
    )]
    TruncatedCheckpoint {
        /// What its header promises.
        needed: u64,
        /// What the file has.
        found: u64,
        /// The file.
        file: String,
    },
    /// A checkpoint's header is broken or contradicts the file.
    #[error("checkpoint header is broken: {reason}, in file {file:?}")]
    CheckpointHeader {
        /// What is wrong with it.
        reason: String,
        /// The file.
        file: String,
    },
    /// An entry of a zip archive is compressed.
    #[error(
        "checkpoint entry {entry:?} is compressed (method {method}), tensors are read only as \
         torch.save stores them, uncompressed, in file {file:?}"
    )]
    CompressedEntry {
        /// The entry's name.
        entry: String,
        /// The number that the zip format has for the method.
        method: u16,
        /// The file.
        file: String,
    },
    /// A checkpoint's pickle is broken or is no state dict.
    #[error("checkpoint pickle is not read: {reason}, in file {file:?}")]
    Pickle {
        /// What is wrong with it.
        reason: String,
        /// The file.
        file: String,
    },
    /// A checkpoint's pickle has an operation that no tensor needs.
    #[error(
        "checkpoint pickle has operation {operation} (0x{code:02x}), which no tensor needs; \
         nothing was executed, in file {file:?}"
    )]
    PickleOperation {
        /// Its name in Python.
        operation: &'static str,
        /// Its byte.
        code: u8,
        /// The file.
        file: String,
    },
    /// A checkpoint's pickle names something of Python that no tensor needs.
    #[error(
        "checkpoint pickle names Python's {class:?}, which no tensor needs; nothing was executed, \
         in file {file:?}"
    )]
    PickleClass {
        /// Module and name.
        class: String,
        /// The file.
        file: String,
    },
    /// There is no memory for a tensor.
    #[error("tensor {name:?} needs {bytes} bytes of memory, which are not there")]
    NoMemory {
        /// Its name.
        name: String,
        /// What its floats need.
        bytes: u64,
    },
    /// A checkpoint lacks a tensor.
    #[error("checkpoint has no tensor {name:?}; {}", starts_with(.first_names))]
    MissingTensor {
        /// What was asked for.
        name: String,
        /// The first few of those that are there.
        first_names: Vec<String>,
    },
    /// A tensor is not of the size that the configuration asks for.
    #[error("tensor {name:?} has the wrong shape: expected {expected:?}, found {found:?}")]
    TensorShape {
        /// Its name.
        name: String,
        /// By the configuration.
        expected: Vec<usize>,
        /// In the checkpoint.
        found: Vec<usize>,
    },
    /// A tensor's numbers are of a kind that is not read.
    #[error("tensor {name:?} holds {format} numbers; F32, F16 and BF16 are supported")]
    NumberFormat {
        /// Its name.
        name: String,
        /// As the checkpoint names it.
        format: String,
    },
    /// A tensor holds NaN or an infinity.
    #[error("tensor {name:?} is damaged: value {position} of {count} is {value}")]
    NotFinite {
        /// Its name.
        name: String,
        /// The first such value.
        value: f32,
        /// Where it is, counted from zero in row-major order.
        position: usize,
        /// How many values the tensor has.
        count: usize,
    },

    // Tokenizers.
    /// A tokenizer's file is broken.
    #[error("tokenizer file {file:?} is broken: {reason}")]
    TokenizerFile {
        /// Its name.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A tokenizer's file asks for something we do not do.
    #[error("tokenizer file {file:?} needs {feature}, which is not supported")]
    TokenizerFeature {
        /// Its name.
        file: String,
        /// What it asks for.
        feature: String,
    },
    /// A vocabulary lacks a token that its tokenizer cannot do without.
    #[error("vocabulary has no token {token:?}, in file {file:?}")]
    MissingToken {
        /// The token.
        token: String,
        /// The vocabulary's file.
        file: String,
    },
    /// A text cannot be split into tokens.
    #[error("text cannot be split into tokens: {reason}")]
    Tokenize {
        /// What the tokenizer says.
        reason: String,
    },

    // Models.
    /// A field of the configuration changes results in a way we do not compute.
    #[error("config.json: {field} is {value}, which is not supported")]
    UnsupportedConfig {
        /// The field.
        field: &'static str,
        /// What it is.
        value: String,
    },
    /// A text without a token.
    #[error("the text has no tokens")]
    EmptyInput,
    /// A text has more tokens than the model has positions.
    #[error("the {text} has {n_tokens} tokens, {n_over} more than the model's {n_positions}")]
    TooLong {
        /// Which text: `text`, `source text` or `output`.
        text: &'static str,
        /// Its tokens.
        n_tokens: usize,
        /// The model's positions.
        n_positions: usize,
        /// How many tokens are too many.
        n_over: usize,
    },
    /// The text already fills what generation may fill.
    #[error("no room to generate: the text has {n_tokens} tokens, the limit is {limit}")]
    NoRoom {
        /// Its tokens.
        n_tokens: usize,
        /// Most tokens there may be.
        limit: usize,
    },
    /// A setting of generation has a value that means nothing.
    #[error("generation setting {field} must be {expected}, found {found}")]
    GenerationSetting {
        /// Its name.
        field: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A setting of generation changes the text in a way that we do not do.
    #[error("generation setting {field} is {value}, which is not supported")]
    UnsupportedGeneration {
        /// Its name.
        field: &'static str,
        /// What it is.
        value: String,
    },
    /// The rules of generation forbid every token.
    #[error("no token may follow the {n_tokens} tokens of the text")]
    NoContinuation {
        /// Tokens so far.
        n_tokens: usize,
    },
    /// A source text was given to a model that has no encoder.
    #[error("{family} reads no source text")]
    NoSource {
        /// The model's family.
        family: &'static str,
    },
    /// No source text was given to a model that has an encoder.
    #[error("{family} needs a source text")]
    MissingSource {
        /// The model's family.
        family: &'static str,
    },
    /// A position is outside the text.
    #[error("position {position} is outside the text of {n_tokens} tokens")]
    PositionOutside {
        /// The position.
        position: usize,
        /// The text's tokens.
        n_tokens: usize,
    },
    /// Branches that have more or fewer tokens than a forward reads.
    #[error("branches of {n_own} tokens do not fit {n_tokens} tokens")]
    BranchesDoNotFit {
        /// Tokens of all branches.
        n_own: usize,
        /// Tokens that are read.
        n_tokens: usize,
    },
    /// A layer that a stack does not have.
    #[error("layer {number} is outside a stack of {n_layers} layers, counted from 0")]
    LayerOutside {
        /// The layer.
        number: usize,
        /// The stack's layers.
        n_layers: usize,
    },
    /// A path that no module of the model has.
    #[error(
        "layer {asked:?} is unknown; nearest are {}; there are {}",
        .nearest.join(", "),
        .patterns.join(", ")
    )]
    UnknownLayer {
        /// The path.
        asked: String,
        /// A few paths that are most like it, the best first.
        nearest: Vec<String>,
        /// All paths, with ranges in place of layer numbers.
        patterns: Vec<String>,
    },
    /// No position was asked for.
    #[error("no position was asked for")]
    NoPositions,
    /// A computation failed.
    #[error(transparent)]
    Tensor(#[from] tensor::Error),
}

/// A result of this crate.
pub type Result<Value, Failure = Error> = std::result::Result<Value, Failure>;

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    quoted.join(", ")
}

fn in_brackets(names: &[String]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!(" ({})", quoted(names))
    }
}

fn starts_with(names: &[String]) -> String {
    if names.is_empty() {
        "it is empty".to_owned()
    } else {
        format!("it starts with {}", quoted(names))
    }
}
