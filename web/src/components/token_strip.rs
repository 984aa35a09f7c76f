use leptos::prelude::*;
use protocol::TextToken;

use crate::{
    state::State,
    tokenized::{TextOfModel, ends_in_space, special_in_words},
    words::{t, tf},
};

/// More tokens are counted, not drawn.
const MOST_TOKENS: usize = 160;

/// A text of the form as the model's tokens, while it is typed.
#[component]
pub(crate) fn TokenStrip(
    /// The page's store.
    state: State,
    /// Which text; `None` while there is none.
    #[prop(into)]
    text: Signal<Option<TextOfModel>>,
    /// For browser tests.
    test_id: &'static str,
) -> impl IntoView {
    let tokens = Memo::new(move |_| {
        let text = text.get()?;
        let tokens = state
            .tokens
            .with(|known| known.get(&text).map(<[_]>::to_vec))?;
        let hides_special = state.draft.with(|draft| draft.hides_special_tokens);
        Some((tokens, hides_special))
    });
    let strip = move || {
        let (tokens, hides_special) = tokens.get()?;
        let warning = ends_in_space(&tokens).then(|| {
            view! {
                <p class="notice" data-testid="space-notice">
                    {t("The text ends in white space that is a token of its own. Models seldom saw that: \
                        without it the next words are often others.")}
                </p>
            }
        });
        let has_special = tokens.iter().any(|token| token.is_special);
        let wanted = tokens
            .iter()
            .filter(|token| !(hides_special && token.is_special));
        let n_more = wanted.clone().count().saturating_sub(MOST_TOKENS);
        let drawn = wanted.take(MOST_TOKENS).map(drawn).collect_view();
        let more = (n_more > 0).then(
            || view! { <li class="more-tokens">{tf("and {n} more", &[("n", &n_more)])}</li> },
        );
        let switch = has_special.then(|| {
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        data-testid=format!("{test_id}-special")
                        prop:checked=!hides_special
                        on:change:target=move |event| {
                            let is_shown = event.target().checked();
                            state.draft.update(|draft| draft.hides_special_tokens = !is_shown);
                        }
                    />
                    <span>{t("Special tokens")}</span>
                </label>
            }
        });
        Some(view! {
            <ol class="token-strip" aria-label=t("Tokens") data-testid=test_id>{drawn} {more}</ol>
            {switch}
            {warning}
        })
    };
    view! { <div class="token-line">{strip}</div> }
}

fn drawn(token: &TextToken) -> impl IntoView + use<> {
    let meaning = token
        .is_special
        .then(|| special_in_words(&token.token))
        .flatten();
    let title = match meaning {
        Some(meaning) => format!("{} · {meaning} · id {}", token.token, token.id),
        None => format!("{} · id {}", token.token, token.id),
    };
    let spoken = meaning
        .map(|meaning| view! { <span class="visually-hidden">{format!(" ({meaning})")}</span> });
    view! {
        <li class:special=token.is_special title=title>
            <bdi>{legible(&token.display)}</bdi>
            {spoken}
        </li>
    }
}

/// A token with its white space to be seen.
pub(super) fn legible(display: &str) -> String {
    let seen: String = display
        .chars()
        .map(|character| match character {
            '\n' => '⏎',
            '\t' => '⇥',
            other if other.is_whitespace() => '·',
            other => other,
        })
        .collect();
    if seen.is_empty() {
        "∅".to_owned()
    } else {
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::legible;

    #[test]
    fn white_space_can_be_seen() {
        assert_eq!(legible(" world"), "·world");
        assert_eq!(legible("\n\t"), "⏎⇥");
        assert_eq!(legible(""), "∅");
    }
}
