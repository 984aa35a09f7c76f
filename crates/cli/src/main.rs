//! The program `inseq`: gives the library its arguments and its terminal, and passes
//! on how it ended. Not here: everything else, so that tests can call it.

use std::io;
use std::process::ExitCode;

use cli::Terminal;

fn main() -> ExitCode {
    // Not locked: the progress bar is drawn by a thread of its own.
    let (mut stdout, mut stderr) = (io::stdout(), io::stderr());
    let mut terminal = Terminal::of_this_process(&mut stdout, &mut stderr);
    cli::run(std::env::args_os(), &mut terminal).into()
}
