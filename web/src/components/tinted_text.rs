use heatmap::Heatmap;
use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    html::Div,
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::step_charts::column_of;
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
    let choose = move |event: MouseEvent| {
        if let Some(own) = column_of(&event) {
            column.set(own);
        }
    };
    // Where the numbers alone change, the same tokens are tinted anew.
    let reading =
        Memo::new(move |_| shown.with(|shown| Reading::new(&shown.attribution, &shown.heatmap)));
    let are_drawn = Trigger::new();
    let lines = move || {
        are_drawn.notify();
        let Reading {
            source,
            target,
            target_title,
        } = reading.get();
        let source = source.map(|tokens| {
            view! {
                <div class="tinted-part">
                    <h3>{t("Source")}</h3>
                    <p class="tinted-line" data-testid="source-tokens">
                        {tokens.into_iter().map(drawn).collect_view()}
                    </p>
                </div>
            }
        });
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
                    on:click=choose
                >
                    {target.into_iter().map(drawn).collect_view()}
                </p>
            </div>
        }
    };
    let text = NodeRef::<Div>::new();
    Effect::new(move || {
        are_drawn.track();
        let column = column.get();
        if let Some(text) = text.get() {
            reading
                .with(|reading| shown.with(|shown| mark(&text, reading, &shown.heatmap, column)));
        }
    });
    let chosen = move || shown.with(|shown| chosen_in_words(&shown.heatmap, column.get()));
    view! {
        <div class="tinted" data-testid="tinted-text" node_ref=text>
            {lines}
            <p class="help" data-testid="chosen-target">{chosen}</p>
        </div>
    }
}

/// A token as text, or as a button if it is explained; [`mark`] does the rest.
fn drawn(token: ReadToken) -> impl IntoView {
    let ReadToken {
        space,
        text,
        is_special,
        column,
        ..
    } = token;
    let token = match column {
        Some(own) => view! {
            <button
                type="button"
                role="radio"
                class="token"
                class:special=is_special
                data-testid="output-token"
                data-column=own
            >
                {text}
            </button>
        }
        .into_any(),
        None => view! { <span class="token" class:special=is_special>{text}</span> }.into_any(),
    };
    view! { {space} {token} }
}

/// Tints the tokens of a text by what they gave to a column, and makes the column's own
/// the chosen one. All at once: signals for each would be thousands in a long text.
fn mark(text: &Element, reading: &Reading, heatmap: &Heatmap, column: usize) {
    let Ok(elements) = text.query_selector_all(".token") else {
        return;
    };
    let tokens = reading.source.iter().flatten().chain(&reading.target);
    for (index, token) in (0..elements.length()).zip(tokens) {
        let element = elements.item(index);
        let Some(element) = element.and_then(|it| it.dyn_into::<Element>().ok()) else {
            continue;
        };
        let tint = token.tint(heatmap, column);
        let level = tint.as_ref().map(|tint| tint.level.to_string());
        set(&element, "data-level", level.as_deref());
        set(
            &element,
            "title",
            tint.as_ref().map(|tint| tint.value.as_str()),
        );
        // The element may have been that of another token.
        let is_chosen = token.column.map(|own| own == column);
        let checked = is_chosen.map(|it| if it { "true" } else { "false" });
        let tab_stop = is_chosen.map(|it| if it { "0" } else { "-1" });
        set(&element, "aria-checked", checked);
        set(&element, "tabindex", tab_stop);
    }
}

fn set(element: &Element, name: &str, value: Option<&str>) {
    // Plain attributes on elements of ours; this cannot fail.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
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
