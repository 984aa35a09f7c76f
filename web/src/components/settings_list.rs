use leptos::prelude::*;

use crate::{
    shown::Shown,
    words::{key, t_of},
};

/// Names of settings, and those of their values that are words.
const WORDS: [&str; 21] = [
    key("input text"),
    key("output text"),
    key("method"),
    key("method settings"),
    key("attributed function"),
    key("function settings"),
    key("step score settings"),
    key("chosen by context"),
    key("formulas"),
    key("baseline"),
    key("mistakes"),
    key("model"),
    key("output"),
    key("generation settings"),
    key("aggregation"),
    key("time"),
    key("device"),
    key("given"),
    key("generated"),
    key("end of sentence replaced, too"),
    key("as in Inseq 0.7.1"),
];

/// How a result was made: no number without its settings.
#[component]
pub(crate) fn SettingsList(
    /// The result on screen.
    shown: RwSignal<Shown>,
) -> impl IntoView {
    let pairs = move || {
        shown
            .with(Shown::settings)
            .into_iter()
            .map(|(name, value)| {
                view! { <div><dt>{in_words(name)}</dt><dd>{in_words(value)}</dd></div> }
            })
            .collect_view()
    };
    view! { <dl class="settings" data-testid="settings">{pairs}</dl> }
}

/// In the language that is spoken, if it is one of the words.
pub(super) fn in_words(text: String) -> String {
    t_of(&WORDS, &text)
}

#[cfg(test)]
mod tests {
    use super::WORDS;
    use crate::shown::Shown;

    #[test]
    fn the_names_of_settings_are_known() {
        for (name, _) in Shown::stored_example().settings() {
            assert!(WORDS.contains(&name.as_str()), "{name}");
        }
    }
}
