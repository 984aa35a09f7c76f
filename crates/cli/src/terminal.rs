use std::env;
use std::io::{self, ErrorKind, IsTerminal as _, Write};

use clap::builder::styling::Style;
use heatmap::{TerminalSettings, Theme};

use crate::{Complaint, Outcome};

/// Width of text that no screen limits.
const WIDTH_WITHOUT_SCREEN: usize = 100;

/// Where a command's words go, and what can be shown there.
pub struct Terminal<'a> {
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    /// Columns of the screen behind the standard output.
    pub width: usize,
    /// Colors for the standard output on that background; `None` for plain text.
    pub colors: Option<Theme>,
    /// Whether the standard error may be colored.
    pub has_colored_errors: bool,
    /// Whether this process's standard error is a screen where a progress bar can
    /// be drawn.
    pub has_progress_bar: bool,
    /// Why the standard output took no more, if so.
    broken: Option<io::Error>,
}

impl<'a> Terminal<'a> {
    /// Plain text, 100 columns, no progress bar: what a file can take.
    pub fn plain(stdout: &'a mut dyn Write, stderr: &'a mut dyn Write) -> Self {
        Self {
            stdout,
            stderr,
            width: WIDTH_WITHOUT_SCREEN,
            colors: None,
            has_colored_errors: false,
            has_progress_bar: false,
            broken: None,
        }
    }

    /// What this process's streams can show. Colors need a screen, and are left out
    /// where `NO_COLOR` is set or `TERM` is `dumb`; `COLORFGBG` tells a light
    /// background from a dark one.
    pub fn of_this_process(stdout: &'a mut dyn Write, stderr: &'a mut dyn Write) -> Self {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let may_color = !is_set("NO_COLOR") && !is_dumb;
        let has_screen = io::stdout().is_terminal();
        let has_error_screen = io::stderr().is_terminal();
        let mut terminal = Self::plain(stdout, stderr);
        if has_screen && let Some((columns, _)) = terminal_size::terminal_size() {
            terminal.width = usize::from(columns.0);
        }
        let theme = theme_from_colorfgbg(&env::var("COLORFGBG").unwrap_or_default());
        terminal.colors = (may_color && has_screen).then_some(theme);
        terminal.has_colored_errors = may_color && has_error_screen;
        terminal.has_progress_bar = has_error_screen && !is_dumb;
        terminal
    }

    /// How tables are printed here.
    pub(crate) fn table_settings(&self) -> TerminalSettings {
        TerminalSettings {
            width: self.width,
            colors: self.colors,
        }
    }

    /// Adds to the standard output. Once it takes no more, nothing is added: the
    /// command goes on, because files may still be written.
    pub(crate) fn print(&mut self, text: &str) {
        if self.broken.is_none() {
            let written = self.stdout.write_all(text.as_bytes());
            self.broken = written.and_then(|()| self.stdout.flush()).err();
        }
    }

    /// Adds a line to the standard error.
    pub(crate) fn tell(&mut self, line: &str) {
        // When this fails, nobody is left to be told.
        let _ = writeln!(self.stderr, "{line}");
    }

    /// Words in a style, for the standard output.
    pub(crate) fn styled(&self, text: &str, style: Style) -> String {
        styled(text, style, self.colors.is_some())
    }

    /// Words in a style, for the standard error.
    pub(crate) fn styled_error(&self, text: &str, style: Style) -> String {
        styled(text, style, self.has_colored_errors)
    }

    /// The outcome, in view of whether all output was taken. A reader that has seen
    /// enough, such as `head`, is no failure.
    pub(crate) fn finish(&mut self, outcome: Outcome) -> Outcome {
        match self.broken.take() {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                let message = format!("the standard output cannot be written: {error}");
                Complaint::failure(message, None).show(self);
                match outcome {
                    Outcome::Usage => outcome,
                    Outcome::Success | Outcome::Failure => Outcome::Failure,
                }
            }
            _ => outcome,
        }
    }
}

fn styled(text: &str, style: Style, is_colored: bool) -> String {
    if is_colored {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}

/// Some terminals name the colors of text and background, as in `0;15`. White and
/// light gray are light; most terminals are dark, and say nothing.
fn theme_from_colorfgbg(value: &str) -> Theme {
    match value.rsplit(';').next() {
        Some("7" | "15") => Theme::Light,
        _ => Theme::Dark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a few bytes, then fails.
    struct Full(ErrorKind);

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn outcome_with(kind: ErrorKind) -> (Outcome, String) {
        let (mut stdout, mut stderr) = (Full(kind), Vec::new());
        let mut terminal = Terminal::plain(&mut stdout, &mut stderr);
        terminal.print("a table");
        let outcome = terminal.finish(Outcome::Success);
        (outcome, String::from_utf8(stderr).unwrap())
    }

    #[test]
    fn a_full_disk_is_a_failure_and_a_closed_pipe_is_not() {
        let (outcome, words) = outcome_with(ErrorKind::StorageFull);
        assert_eq!(outcome, Outcome::Failure);
        assert!(words.starts_with("error: the standard output cannot be written"));
        let (outcome, words) = outcome_with(ErrorKind::BrokenPipe);
        assert_eq!((outcome, words.as_str()), (Outcome::Success, ""));
    }

    #[test]
    fn light_backgrounds_are_recognized() {
        assert_eq!(theme_from_colorfgbg("0;15"), Theme::Light);
        assert_eq!(theme_from_colorfgbg("15;default;0"), Theme::Dark);
        assert_eq!(theme_from_colorfgbg(""), Theme::Dark);
    }
}
