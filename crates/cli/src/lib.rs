//! The terminal's adapter: `inseq attribute` and its relatives.
//!
//! Arguments become requests, the engine carries them out, and its answers are
//! printed or written to files. Results go to the standard output, everything else
//! to the standard error. Not here: what a request means (`engine`), how a table
//! looks (`heatmap`).

mod aggregation;
mod arguments;
mod command;
mod complaint;
mod dataset;
mod faithfulness_table;
mod help;
mod hub_files;
mod keyword_arguments;
mod native_devices;
mod outcome;
mod plan;
mod progress;
mod results;
mod session;
mod spelling;
mod terminal;

use std::ffi::OsString;

use arguments::Command;
use complaint::Complaint;

pub use outcome::Outcome;
pub use terminal::Terminal;

/// Does what a command line asks, and says how it ended.
///
/// `arguments` begin with the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>, terminal: &mut Terminal<'_>) -> Outcome {
    let arguments = spelling::for_parser(arguments);
    let complaints = match help::parse(arguments, terminal) {
        Ok(Command::Attribute(arguments)) => command::attribute(&arguments, terminal),
        Ok(Command::AttributeContext(arguments)) => {
            command::attribute_context(&arguments, terminal)
        }
        Ok(Command::AttributeDataset(arguments)) => {
            command::attribute_dataset(&arguments, terminal)
        }
        Ok(Command::Faithfulness(arguments)) => command::faithfulness(&arguments, terminal),
        Ok(Command::Methods(arguments)) => command::methods(&arguments, terminal),
        Err(outcome) => return terminal.finish(outcome),
    };
    let outcome = Outcome::of(&complaints);
    for complaint in &complaints {
        complaint.show(terminal);
    }
    terminal.finish(outcome)
}
