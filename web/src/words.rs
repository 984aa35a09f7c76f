//! The page's words in the visitor's language.
//!
//! English texts stand in the code and are the keys of a catalogue, `web/words/de.json`,
//! which is fetched only where German is wanted. A test reads the sources of the page: each
//! text that is given to a function of this file is in the catalogue, and nothing else is.
//!
//! What the engine sends is worded in its sources, often with values in it. Those texts have
//! a catalogue of their own, `web/words/de.engine.json`, and [`said`] to look them up.

mod templates;

use std::{collections::BTreeMap, fmt::Display, sync::OnceLock};

use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;

use self::templates::Templates;
use crate::{address, fetched::fetched, storage};

const KEY: &str = "inseq-web.language";
/// A longer catalogue is none of ours.
const MOST_BYTES: usize = 1_000_000;

/// English texts and what is said instead; empty where English is spoken.
static CATALOGUE: OnceLock<BTreeMap<String, String>> = OnceLock::new();
/// The same of what the engine words.
static ENGINE_CATALOGUE: OnceLock<Templates> = OnceLock::new();
static SPOKEN: OnceLock<Language> = OnceLock::new();

/// A language that the page speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Language {
    /// The texts in the code.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Those of the catalogue.
    #[serde(rename = "de")]
    German,
}

impl Language {
    /// All of them, in the order to offer them.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::German];

    /// The one that is spoken.
    pub(crate) fn spoken() -> Self {
        SPOKEN.get().copied().unwrap_or_default()
    }

    /// Its name for browsers, and that of its folders.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// How dates are written.
    pub(crate) fn locale(self) -> &'static str {
        match self {
            Self::English => "en-GB",
            Self::German => "de-DE",
        }
    }

    /// Its own name for itself, whatever is spoken.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// Speaks it from now on: the page is loaded anew, and finds what was typed in the
    /// browser's storage.
    pub(crate) fn choose(self) {
        // Where nothing can be kept, the address says it.
        let in_address = (!storage::is_kept(KEY, &self)).then_some(self.code());
        address::reload_in(in_address);
    }

    /// What the address asks for, else what the visitor chose, else what the browser
    /// speaks.
    fn wanted() -> Self {
        let by_browser = || {
            let navigator = web_sys::window()?.navigator();
            Self::of_tag(&navigator.language()?)
        };
        let asked = address::language().and_then(|tag| Self::of_tag(&tag));
        asked
            .or_else(|| storage::restore(KEY))
            .or_else(by_browser)
            .unwrap_or_default()
    }

    /// Reads a language as browsers name it, such as `de-AT`; `None` if it is not spoken
    /// here.
    fn of_tag(tag: &str) -> Option<Self> {
        let code = tag.split(['-', '_']).next()?.to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|language| language.code() == code)
    }
}

/// Finds the words and then calls `start`. What cannot be fetched leaves the page English.
pub(crate) fn speak_then(start: fn()) {
    let wanted = Language::wanted();
    if wanted == Language::English {
        return start();
    }
    // The engine has nothing to say before the page is there, so nobody waits for this.
    spawn_local(async move {
        let file = format!("{}.engine", wanted.code());
        match catalogue(&file).await {
            Ok(texts) => {
                // Nobody was here before.
                let _ = ENGINE_CATALOGUE.set(Templates::new(&texts));
            }
            Err(reason) => gloo::console::warn!("the engine stays English:", reason),
        }
    });
    spawn_local(async move {
        match catalogue(wanted.code()).await {
            Ok(catalogue) => {
                // Nobody was here before.
                let _ = CATALOGUE.set(catalogue);
                let _ = SPOKEN.set(wanted);
                say_which();
            }
            Err(reason) => gloo::console::warn!("the page stays English:", reason),
        }
        start();
    });
}

async fn catalogue(name: &str) -> Result<BTreeMap<String, String>, String> {
    // Relative to the page, so that the site works under any path.
    let file = format!("words/{name}.json");
    let bytes = fetched(&file, MOST_BYTES).await?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

/// Tells the browser, and whoever reads the page aloud, which language it is in.
fn say_which() {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(root) = document.and_then(|document| document.document_element()) {
        // Setting a plain attribute on the root cannot fail.
        let _ = root.set_attribute("lang", Language::spoken().code());
    }
}

/// Marks a text of a table, which is translated where it is drawn.
pub(crate) const fn key(english: &'static str) -> &'static str {
    english
}

/// A text of the page, in the language that is spoken.
pub(crate) fn t(english: &'static str) -> &'static str {
    known(english).unwrap_or(english)
}

/// A text that describes a method or an option, if the catalogue has it.
pub(crate) fn t_owned(english: &str) -> String {
    known(english).unwrap_or(english).to_owned()
}

/// A text that is one of these, which the catalogue has; others stay as they are.
pub(crate) fn t_of(known: &[&'static str], text: &str) -> String {
    let own = known.iter().find(|own| **own == text);
    own.map_or(text, |own| t(own)).to_owned()
}

/// A message that the engine worded: a failure, a hint, a notice or a reason. What is in no
/// catalogue, such as what a browser says, stays as it is.
pub(crate) fn said(message: &str) -> String {
    // Without the page's own texts, none is German.
    match ENGINE_CATALOGUE.get().filter(|_| CATALOGUE.get().is_some()) {
        Some(templates) => templates.said(message),
        None => message.to_owned(),
    }
}

/// An error of the crates that the page shares with the engine, as [`said`].
pub(crate) fn error_said(error: impl Display) -> String {
    said(&error.to_string())
}

/// A text with values: `{name}` in it stands for the value of that name.
pub(crate) fn tf(english: &'static str, values: &[(&str, &dyn Display)]) -> String {
    filled(t(english), values)
}

/// What stands before and after the `{link}` of a text.
pub(crate) fn around_link(english: &'static str) -> (&'static str, &'static str) {
    let text = t(english);
    text.split_once("{link}").unwrap_or((text, ""))
}

fn known(english: &str) -> Option<&'static str> {
    let catalogue = CATALOGUE.get()?;
    catalogue.get(english).map(String::as_str)
}

/// Each place is filled once: a value may hold what looks like a name.
fn filled(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut said = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        said.push_str(before);
        let found = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(own, _)| *own == name)?;
            Some((value, after))
        });
        match found {
            Some((value, after)) => {
                said.push_str(&value.to_string());
                rest = after;
            }
            None => {
                said.push('{');
                rest = after;
            }
        }
    }
    said.push_str(rest);
    said
}

#[cfg(test)]
mod tests {
    use super::{Language, around_link, filled, said, t, tf};

    #[test]
    fn values_stand_where_their_names_stood() {
        let said = filled(
            "{total} in all, {n} done",
            &[("n", &3), ("total", &"{n} of 7")],
        );
        assert_eq!(said, "{n} of 7 in all, 3 done");
        assert_eq!(filled("{gone} { n}", &[("n", &1)]), "{gone} { n}");
    }

    #[test]
    fn without_a_catalogue_the_page_is_english() {
        assert_eq!(t("Run"), "Run");
        assert_eq!(tf("All {n}", &[("n", &2)]), "All 2");
        assert_eq!(around_link("Showcases"), ("Showcases", ""));
        assert_eq!(said("it was asked for"), "it was asked for");
        assert_eq!(Language::spoken(), Language::English);
    }

    #[test]
    fn languages_are_found_by_the_names_that_browsers_have_for_them() {
        assert_eq!(Language::of_tag("de-AT"), Some(Language::German));
        assert_eq!(Language::of_tag("EN"), Some(Language::English));
        assert_eq!(Language::of_tag("den"), None);
        assert_eq!(Language::of_tag(""), None);
    }
}
