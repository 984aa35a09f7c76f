use leptos::prelude::*;
use protocol::{Failure, FailureKind};

use crate::{
    state::Run,
    words::{said, t},
};

/// What went wrong with the latest run, and what to do about it.
#[component]
pub(crate) fn FailureNotice(
    /// The latest run.
    run: RwSignal<Run>,
) -> impl IntoView {
    let failure = move || match run.get() {
        Run::Failed(failure) => Some(failure),
        Run::Idle | Run::Running(_) | Run::Cancelled => None,
    };
    // The region is always there, so that readers of the screen notice its content.
    view! {
        <div role="alert">{move || failure().map(drawn)}</div>
    }
}

fn drawn(failure: Failure) -> impl IntoView {
    view! {
        <div class="notice" data-testid="error" tabindex="0">
            <p class="notice-title">{titled(failure.kind)}</p>
            <p data-testid="error-message">{sentence(&said(&failure.message))}</p>
            {failure
                .hint
                .map(|hint| view! { <p class="help" data-testid="error-hint">{sentence(&said(&hint))}</p> })}
        </div>
    }
}

fn titled(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Input => t("This cannot be run as it is"),
        FailureKind::Model => t("The model cannot be used"),
        FailureKind::Source => t("A file could not be read"),
        FailureKind::Device => t("The device failed"),
        FailureKind::NoDevice => t("That device is not there"),
        FailureKind::OutOfMemory => t("The device has no room for this"),
        FailureKind::DeviceLost => t("The device was lost"),
        FailureKind::Busy => t("Another run goes on"),
        FailureKind::Worker => t("The engine was started again"),
    }
}

/// A message as a sentence: the engine writes them in lower case and unfinished.
///
/// A name that begins one, such as `value_zeroing`, stays as it is.
fn sentence(message: &str) -> String {
    let first_word = message.split([' ', ':']).next().unwrap_or_default();
    if first_word.contains('_') {
        return finished(message.to_owned());
    }
    let mut characters = message.chars();
    let first: String = characters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    finished(format!("{first}{}", characters.as_str()))
}

/// A message with a mark at its end.
pub(super) fn finished(mut message: String) -> String {
    if !message.ends_with(['.', '!', '?', '…']) {
        message.push('.');
    }
    message
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("the prompt is empty"), "The prompt is empty.");
        assert_eq!(
            sentence("did you mean \"saliency\"?"),
            "Did you mean \"saliency\"?"
        );
        assert_eq!(
            sentence("value_zeroing: no layers"),
            "value_zeroing: no layers."
        );
        assert_eq!(sentence("ça ne va pas"), "Ça ne va pas.");
    }
}
