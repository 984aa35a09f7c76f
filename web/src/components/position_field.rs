use leptos::prelude::*;

/// A whole number that may be left empty.
#[component]
pub(crate) fn PositionField(
    /// Element and test id.
    id: &'static str,
    /// The label.
    title: &'static str,
    /// What an empty field means.
    placeholder: &'static str,
    /// Smallest number the arrows go down to; `None` when negative ones count too.
    #[prop(optional)]
    minimum: Option<i64>,
    /// The number; `None` where the field is empty.
    #[prop(into)]
    value: Signal<Option<i64>>,
    /// Takes what the visitor typed.
    #[prop(into)]
    on_choose: Callback<Option<i64>>,
) -> impl IntoView {
    view! {
        <div class="field field-inline">
            <label for=id>{title}</label>
            <input
                type="number"
                id=id
                data-testid=id
                step="1"
                min=minimum
                placeholder=placeholder
                prop:value=move || value.get().map(|number| number.to_string()).unwrap_or_default()
                on:change:target=move |event| on_choose.run(event.target().value().parse().ok())
            />
        </div>
    }
}
