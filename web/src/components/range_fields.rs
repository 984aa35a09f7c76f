use leptos::prelude::*;

use super::ways_fields::SpanField;
use crate::{ways_to_look::WaysToLook, words::t};

/// Shows only some rows and columns of the table, folded away until wanted.
#[component]
pub(crate) fn RangeFields(
    /// How the result is looked at.
    ways: RwSignal<WaysToLook>,
    /// Why what was typed is no range.
    failure: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <details class="way-merge ranges" data-testid="ranges">
            <summary>{t("Show only some rows and columns")}</summary>
            <div class="ways">
                <SpanField
                    title=t("Rows")
                    test_id="rows-shown"
                    value=Signal::derive(move || ways.with(|ways| ways.rows_shown.clone()))
                    on_choose=move |typed| ways.update(|ways| ways.rows_shown = typed)
                    placeholder=t("all")
                />
                <SpanField
                    title=t("Columns")
                    test_id="columns-shown"
                    value=Signal::derive(move || ways.with(|ways| ways.columns_shown.clone()))
                    on_choose=move |typed| ways.update(|ways| ways.columns_shown = typed)
                    placeholder=t("all")
                />
            </div>
            <p class="help">{t("First and last number, as the table counts them, such as 10-40.")}</p>
        </details>
        <div role="alert" data-testid="ranges-failure">
            {move || failure.get().map(|words| view! { <p class="notice">{words}</p> })}
        </div>
    }
}
