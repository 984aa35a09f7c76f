use leptos::prelude::*;

use crate::reading::{ReadToken, Reading};

/// A text with the tint that one explained token gives it, only to be looked at.
pub(super) fn plain_tint(reading: Reading, column: Option<usize>) -> impl IntoView {
    let line = move |tokens: Vec<ReadToken>| {
        let tokens = tokens.into_iter().map(move |token| drawn(token, column));
        view! { <p class="tinted-line">{tokens.collect_view()}</p> }
    };
    view! {
        <div class="tinted plain">
            {reading.source.map(line)}
            {line(reading.target)}
        </div>
    }
}

fn drawn(token: ReadToken, column: Option<usize>) -> impl IntoView {
    let tint = column.and_then(|column| token.tints.get(column).cloned().flatten());
    let is_chosen = column.is_some() && token.column == column;
    view! {
        {token.space}
        <span
            class="token"
            class:special=token.is_special
            class:chosen=is_chosen
            data-level=tint.as_ref().map(|tint| tint.level)
            title=tint.map(|tint| tint.value)
        >
            {token.text}
        </span>
    }
}
