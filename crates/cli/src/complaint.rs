use clap::builder::styling::{AnsiColor, Style};
use protocol::Failure;

use crate::Terminal;

/// Why something asked was not done, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// What was asked, what was found, and where; lower case, no final period.
    pub(crate) message: String,
    /// What to do about it, if anything can be done.
    pub(crate) hint: Option<String>,
    /// Whether the command line itself is wrong.
    pub(crate) is_usage: bool,
}

impl Complaint {
    /// Something failed on the way.
    pub(crate) fn failure(message: String, hint: Option<String>) -> Self {
        Self {
            message,
            hint,
            is_usage: false,
        }
    }

    /// The command line makes no sense.
    pub(crate) fn usage(message: String, hint: Option<String>) -> Self {
        Self {
            message,
            hint,
            is_usage: true,
        }
    }

    /// Says first what the complaint is about.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    pub(crate) fn show(&self, terminal: &mut Terminal<'_>) {
        let error = AnsiColor::Red.on_default().bold();
        terminal.tell(&format!(
            "{} {}",
            terminal.styled_error("error:", error),
            printable(&self.message)
        ));
        if let Some(hint) = &self.hint {
            let style: Style = AnsiColor::Green.on_default();
            terminal.tell(&format!(
                "{} {}",
                terminal.styled_error("hint:", style),
                printable(hint)
            ));
        }
    }
}

impl From<Failure> for Complaint {
    fn from(failure: Failure) -> Self {
        Self::failure(failure.message, failure.hint)
    }
}

/// A model's files or a name may hold control characters; a terminal would obey them.
fn printable(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(printable("a\u{1B}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(printable("déjà vu"), "déjà vu");
    }
}
