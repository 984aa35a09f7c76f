use leptos::prelude::*;

use crate::reading::{ReadToken, Reading};

/// A text with the tint that one explained token gives it, only to be looked at.
pub(super) fn plain_tint(reading: &Reading, column: Option<usize>) -> impl IntoView + use<> {
    let line = |tokens: &Vec<ReadToken>| {
        let tokens = tokens.iter().map(|token| drawn(token, column));
        view! { <p class="tinted-line">{tokens.collect_view()}</p> }
    };
    view! {
        <div class="tinted plain">
            {reading.source.as_ref().map(line)}
            {line(&reading.target)}
        </div>
    }
}

fn drawn(token: &ReadToken, column: Option<usize>) -> impl IntoView + use<> {
    let tint = column.and_then(|column| token.tints.get(column)?.as_ref());
    let is_chosen = column.is_some() && token.column == column;
    view! {
        {token.space.clone()}
        <span
            class="token"
            class:special=token.is_special
            class:chosen=is_chosen
            data-level=tint.map(|tint| tint.level)
            title=tint.map(|tint| tint.value.clone())
        >
            {token.text.clone()}
        </span>
    }
}
