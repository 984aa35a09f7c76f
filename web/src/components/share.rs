use leptos::prelude::*;

use super::copy_button::CopyButton;
use crate::{
    address,
    link::{Link, MOST_WITH_RESULT},
    shown::Shown,
    ways_to_look::WaysToLook,
    words::{key, t, tf},
};

/// A link that holds the run on screen, and its result where that is small.
#[component]
pub(crate) fn Share(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// How it is looked at.
    ways: RwSignal<WaysToLook>,
) -> impl IntoView {
    let link = Memo::new(move |_| {
        let shared = shown.with(|shown| ways.with(|ways| shown.shared(ways)));
        let can_be_shared = shared.asked.is_some();
        let link = shared.link(MOST_WITH_RESULT);
        (link.has_result || can_be_shared).then_some(link)
    });
    let whole = Memo::new(move |_| {
        let fragment = link.get().map(|link| link.fragment).unwrap_or_default();
        address::with_fragment(&fragment)
    });
    let is_refused = RwSignal::new(false);
    let words = move || match link.get() {
        Some(link) => in_words(&link, whole.with(String::len)),
        None => t(
            "This result is too large for a link, and does not say how it was made. Send \
                   the file instead.",
        )
        .to_owned(),
    };
    view! {
        <div class="share" role="group" aria-label=t("Share")>
            <Show when=move || link.with(Option::is_some)>
                <CopyButton
                    title=t("Copy link")
                    test_id="copy-link"
                    text=whole
                    on_done=Callback::new(move |is_done: bool| is_refused.set(!is_done))
                />
            </Show>
            <p class="help" data-testid="link-words">{words}</p>
            <Show when=move || is_refused.get()>
                <label class="field share-field">
                    {t("The link, to copy by hand")}
                    <input type="text" readonly data-testid="link" prop:value=move || whole.get() />
                </label>
            </Show>
        </div>
    }
}

fn in_words(link: &Link, length: usize) -> String {
    let words = match link.has_result {
        true => key(
            "The link is {n} characters long and holds the request and this result, which is \
             shown at once. It keeps all of it behind the #, which no server sees.",
        ),
        false => key(
            "The link is {n} characters long and holds the request without this result, which is \
             too large; whoever opens it can compute it anew. It keeps all of it behind the #, \
             which no server sees.",
        ),
    };
    tf(words, &[("n", &length)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_is_in_it() {
        let link = |has_result| Link {
            fragment: String::new(),
            has_result,
        };
        assert!(
            in_words(&link(true), 812).contains("812 characters long and holds the request and")
        );
        assert!(in_words(&link(false), 5).contains("without this result"));
    }
}
