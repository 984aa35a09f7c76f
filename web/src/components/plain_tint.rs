use leptos::prelude::*;

use crate::{
    comparing::seen::Seen,
    reading::{ReadToken, Reading, Tint},
};

/// A text with the tint that one explained token gives it, only to be looked at.
pub(super) fn plain_tint(seen: &Seen, column: Option<usize>) -> impl IntoView + use<> {
    let Reading { source, target, .. } = seen.reading();
    let line = |tokens: Vec<ReadToken>| {
        let tokens = tokens.into_iter().map(|token| {
            let tint = column.and_then(|column| token.tint(&seen.heatmap, column));
            let is_chosen = column.is_some() && token.column == column;
            drawn(token, tint, is_chosen)
        });
        view! { <p class="tinted-line">{tokens.collect_view()}</p> }
    };
    view! {
        <div class="tinted plain">
            {source.map(line)}
            {line(target)}
        </div>
    }
}

fn drawn(token: ReadToken, tint: Option<Tint>, is_chosen: bool) -> impl IntoView {
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
