use std::process::ExitCode;

use crate::Complaint;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All was done that was asked. Exit code 0.
    Success,
    /// Something asked could not be done. Exit code 1.
    Failure,
    /// The command line makes no sense, nothing was begun. Exit code 2.
    Usage,
}

impl Outcome {
    pub(crate) fn of(complaints: &[Complaint]) -> Self {
        match complaints {
            [] => Self::Success,
            complaints if complaints.iter().any(|complaint| complaint.is_usage) => Self::Usage,
            _ => Self::Failure,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::SUCCESS,
            Outcome::Failure => Self::from(1),
            Outcome::Usage => Self::from(2),
        }
    }
}
