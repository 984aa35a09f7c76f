use heatmap::Heatmap;
use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::{
    reading::{ReadToken, Reading},
    shown::Shown,
    words::{t, tf},
};

/// The text itself. A chosen output token tints the tokens that caused it.
#[component]
pub(crate) fn TintedText(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// Which attributed target is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    let choose_by_keyboard = move |event: KeyboardEvent| {
        let n_columns = shown.with_untracked(|shown| shown.heatmap.columns.len());
        let Some(next) = column_after(&event.key(), column.get_untracked(), n_columns) else {
            return;
        };
        event.prevent_default();
        column.set(next);
        focus_token(&event, next);
    };
    let lines = move || {
        let reading = shown.with(|shown| Reading::new(&shown.attribution, &shown.heatmap));
        let Reading {
            source,
            target,
            target_title,
        } = reading;
        let source = source.map(|tokens| {
            let tokens = tokens
                .into_iter()
                .map(|token| drawn(token, shown, column))
                .collect_view();
            view! {
                <div class="tinted-part">
                    <h3>{t("Source")}</h3>
                    <p class="tinted-line" data-testid="source-tokens">{tokens}</p>
                </div>
            }
        });
        let target = target
            .into_iter()
            .map(|token| drawn(token, shown, column))
            .collect_view();
        view! {
            {source}
            <div class="tinted-part">
                <h3>{target_title}</h3>
                <p
                    class="tinted-line"
                    role="radiogroup"
                    aria-label=t("Output token to explain")
                    data-testid="target-tokens"
                    on:keydown=choose_by_keyboard
                >
                    {target}
                </p>
            </div>
        }
    };
    let chosen = move || shown.with(|shown| chosen_in_words(&shown.heatmap, column.get()));
    view! {
        <div class="tinted" data-testid="tinted-text">
            {lines}
            <p class="help" data-testid="chosen-target">{chosen}</p>
        </div>
    }
}

/// A token as text, or as a button if it is explained.
fn drawn(token: ReadToken, shown: RwSignal<Shown>, column: RwSignal<usize>) -> impl IntoView {
    let row = token.clone();
    let tint = Memo::new(move |_| shown.with(|shown| row.tint(&shown.heatmap, column.get())));
    let ReadToken {
        space,
        text,
        is_special,
        column: own_column,
        ..
    } = token;
    let level = move || tint.get().map(|tint| tint.level.to_string());
    let value = move || tint.get().map(|tint| tint.value);
    let token = match own_column {
        Some(own) => view! {
            <button
                type="button"
                role="radio"
                class="token"
                class:special=is_special
                data-testid="output-token"
                data-column=own
                data-level=level
                title=value
                aria-checked=move || (column.get() == own).to_string()
                tabindex=move || if column.get() == own { "0" } else { "-1" }
                on:click=move |_| column.set(own)
            >
                {text}
            </button>
        }
        .into_any(),
        None => view! {
            <span
                class="token"
                class:special=is_special
                data-level=level
                title=value
            >
                {text}
            </span>
        }
        .into_any(),
    };
    view! { {space} {token} }
}

/// What the step scores say of the chosen target.
fn chosen_in_words(heatmap: &Heatmap, column: usize) -> String {
    let Some(label) = heatmap.columns.get(column) else {
        return t("No token of this output was explained.").to_owned();
    };
    let scores = heatmap.scores.iter().filter_map(|score| {
        let text = score.texts.get(column).filter(|text| !text.is_empty())?;
        Some(format!(" · {} {text}", score.name.replace('_', " ")))
    });
    let token = tf("“{token}”", &[("token", &label.text.trim())]);
    format!("{token}{}", scores.collect::<String>())
}

fn column_after(key: &str, column: usize, n_columns: usize) -> Option<usize> {
    let last = n_columns.checked_sub(1)?;
    match key {
        "ArrowRight" | "ArrowDown" => Some((column + 1).min(last)),
        "ArrowLeft" | "ArrowUp" => Some(column.saturating_sub(1)),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

fn focus_token(event: &KeyboardEvent, column: usize) {
    let token = event
        .current_target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|line| {
            line.query_selector(&format!("[data-column='{column}']"))
                .ok()
                .flatten()
        })
        .and_then(|token| token.dyn_into::<HtmlElement>().ok());
    if let Some(token) = token {
        // An element on the page that refuses focus keeps its value; nothing is lost.
        let _ = token.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::column_after;

    #[test]
    fn arrows_stop_at_the_ends() {
        assert_eq!(column_after("ArrowRight", 2, 3), Some(2));
        assert_eq!(column_after("ArrowLeft", 0, 3), Some(0));
        assert_eq!(column_after("End", 0, 3), Some(2));
        assert_eq!(column_after("a", 0, 3), None);
        assert_eq!(column_after("End", 0, 0), None);
    }
}
