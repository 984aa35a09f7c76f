//! Light, dark, or as the system has it.

use serde::{Deserialize, Serialize};

use crate::{storage, words::t};

const KEY: &str = "inseq-web.appearance";

/// Which colors the page wears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Appearance {
    /// As the system has it.
    #[default]
    System,
    /// Light, whatever the system has.
    Light,
    /// Dark, whatever the system has.
    Dark,
}

impl Appearance {
    /// All of them, in the order to offer them.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As it was left at the last visit.
    pub(crate) fn restore() -> Self {
        storage::restore(KEY).unwrap_or_default()
    }

    /// Dresses the page, and keeps the choice for the next visit.
    pub(crate) fn apply(self) {
        storage::keep(KEY, &self);
        let root = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element());
        if let Some(root) = root {
            // Setting a plain attribute on the root cannot fail.
            let _ = match self {
                Self::System => root.remove_attribute("data-theme"),
                Self::Light => root.set_attribute("data-theme", "light"),
                Self::Dark => root.set_attribute("data-theme", "dark"),
            };
        }
    }

    /// Name on the switch.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::System => t("Auto"),
            Self::Light => t("Light"),
            Self::Dark => t("Dark"),
        }
    }
}
