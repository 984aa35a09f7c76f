use serde::{Deserialize, Serialize};

/// Why a request has no answer, in words for its user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Whose turn it is to act.
    pub kind: FailureKind,
    /// What was asked, what was found, and where; lower case, no final period.
    pub message: String,
    /// What to do about it, if anything can be done.
    pub hint: Option<String>,
}

/// What went wrong, coarsely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The text, an option or a position cannot be used.
    Input,
    /// The model's files are missing, broken or not supported.
    Model,
    /// A file could not be fetched or read.
    Source,
    /// The device failed.
    Device,
    /// The device that was asked for by name is not there.
    NoDevice,
    /// The device has no room for the work.
    OutOfMemory,
    /// The device is gone, with everything on it.
    DeviceLost,
    /// Another request is being carried out.
    Busy,
    /// The worker died.
    Worker,
}
