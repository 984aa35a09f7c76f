//! The command line, called in this process.

use std::ffi::OsString;

use cli::{Outcome, Terminal};

/// What a command line led to.
#[derive(Debug)]
pub struct Said {
    /// How it ended.
    pub outcome: Outcome,
    /// Everything on the standard output.
    pub stdout: String,
    /// Everything on the standard error.
    pub stderr: String,
}

/// Runs `inseq` with some arguments, as if its output went to files.
pub fn inseq<Argument: Into<OsString>>(arguments: impl IntoIterator<Item = Argument>) -> Said {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut terminal = Terminal::plain(&mut stdout, &mut stderr);
    let program = OsString::from("inseq");
    let arguments = arguments.into_iter().map(Into::into);
    let outcome = cli::run(std::iter::once(program).chain(arguments), &mut terminal);
    Said {
        outcome,
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}
