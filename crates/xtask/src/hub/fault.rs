use super::answer::{Answer, Way};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Every body trickles.
    Slow,
    /// The first answer for each file stops in the middle.
    Cut,
    /// Files are shorter than they are listed.
    WrongLength,
    /// A page instead of a file.
    Html,
    /// No file is there.
    NotFound,
    /// Too many requests, for the first two of each file.
    TooMany,
    /// The server fails at the first request for each file.
    ServerError,
    /// Ranges are ignored.
    NoRanges,
    /// Pages of other origins may read nothing.
    NoCors,
    /// One byte of each large file is another.
    Corrupt,
    /// No answer at all.
    Offline,
}

impl Fault {
    const ALL: [(&'static str, Self); 11] = [
        ("slow", Self::Slow),
        ("cut", Self::Cut),
        ("wrong-length", Self::WrongLength),
        ("html", Self::Html),
        ("not-found", Self::NotFound),
        ("too-many", Self::TooMany),
        ("server-error", Self::ServerError),
        ("no-ranges", Self::NoRanges),
        ("no-cors", Self::NoCors),
        ("corrupt", Self::Corrupt),
        ("offline", Self::Offline),
    ];

    pub(super) const NAMES: [&'static str; 11] = {
        let mut names = [""; 11];
        let mut index = 0;
        while index < names.len() {
            names[index] = Self::ALL[index].0;
            index += 1;
        }
        names
    };

    /// The fault that a path asks for, and the path without it.
    pub(super) fn split(path: &str) -> (Option<Self>, &str) {
        let asked = path.strip_prefix("/fault/").and_then(|rest| {
            let (name, _) = rest.split_once('/')?;
            let (_, fault) = Self::ALL.iter().find(|(known, _)| *known == name)?;
            Some((Some(*fault), &rest[name.len()..]))
        });
        asked.unwrap_or((None, path))
    }

    /// Makes an answer wrong. What is wrong with files leaves listings as they are.
    pub(super) fn change(self, answer: &mut Answer, path: &str, n_before: u32) {
        let is_listing = path.starts_with("/api/");
        let is_large = path.starts_with("/storage/");
        match self {
            Self::NoCors => answer
                .headers
                .retain(|(name, _)| !name.starts_with("Access-Control")),
            Self::NoRanges => answer.has_ranges = false,
            _ if is_listing || answer.status != 200 => {}
            Self::WrongLength if is_large => {
                let length = answer.body.len().saturating_sub(1000);
                answer.body.truncate(length);
            }
            Self::Html => {
                *answer = Answer::file("text/html", b"<!doctype html>".to_vec()).with_leave();
            }
            Self::NotFound => *answer = Answer::status(404).with_leave(),
            Self::TooMany if n_before < 2 => {
                *answer = Answer::status(429).with("Retry-After", "1").with_leave();
            }
            Self::ServerError if n_before < 1 => *answer = Answer::status(503).with_leave(),
            Self::Corrupt if is_large => {
                let middle = answer.body.len() / 2;
                if let Some(byte) = answer.body.get_mut(middle) {
                    *byte ^= 1;
                }
            }
            _ => {}
        }
    }

    pub(super) fn way_to_send(self, path: &str, n_before: u32) -> Option<Way> {
        let is_listing = path.starts_with("/api/");
        match self {
            Self::Slow => Some(Way::Slowly),
            Self::Cut if n_before == 0 && !is_listing => Some(Way::Half),
            _ => None,
        }
    }
}
