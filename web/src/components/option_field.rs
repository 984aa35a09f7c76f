use leptos::prelude::*;
use protocol::{OptionDescription, OptionDomain, OptionValue};

use crate::words::{t, t_owned};

/// One option of a method or function, drawn by what it may be.
#[component]
pub(crate) fn OptionField(
    /// Which option.
    option: OptionDescription,
    /// Element and test id.
    element_id: String,
    /// Its value; `None` where the default holds.
    #[prop(into)]
    value: Signal<Option<OptionValue>>,
    /// Takes what the visitor chose; `None` for the default.
    #[prop(into)]
    on_choose: Callback<Option<OptionValue>>,
) -> impl IntoView {
    let id = element_id;
    let help_id = format!("{id}-help");
    let help = view! { <p class="help" id=help_id.clone()>{t_owned(&option.sentence)}</p> };
    match option.domain {
        OptionDomain::Flag { default } => view! {
            <div class="field field-check">
                <input
                    type="checkbox"
                    id=id.clone()
                    data-testid=id.clone()
                    aria-describedby=help_id
                    prop:checked=move || match value.get() {
                        Some(OptionValue::Flag(flag)) => flag,
                        _ => default,
                    }
                    on:change:target=move |event| {
                        let flag = event.target().checked();
                        on_choose.run((flag != default).then_some(OptionValue::Flag(flag)));
                    }
                />
                <label for=id>{t_owned(&option.title)}</label>
                {help}
            </div>
        }
        .into_any(),
        OptionDomain::Integer {
            default,
            minimum,
            maximum,
        } => {
            let placeholder =
                default.map_or_else(|| t("automatic").to_owned(), |default| default.to_string());
            view! {
                <div class="field field-inline">
                    <label for=id.clone()>{t_owned(&option.title)}</label>
                    <input
                        type="number"
                        id=id.clone()
                        data-testid=id
                        aria-describedby=help_id
                        inputmode="numeric"
                        step="1"
                        min=minimum
                        max=maximum
                        placeholder=placeholder
                        prop:value=move || match value.get() {
                            Some(OptionValue::Integer(number)) => number.to_string(),
                            _ => String::new(),
                        }
                        on:change:target=move |event| {
                            let number = event.target().value().parse().ok();
                            on_choose.run(number.map(OptionValue::Integer));
                        }
                    />
                    {help}
                </div>
            }
            .into_any()
        }
        OptionDomain::Number {
            default,
            minimum,
            maximum,
        } => {
            let placeholder =
                default.map_or_else(|| t("not used").to_owned(), |default| default.to_string());
            view! {
                <div class="field field-inline">
                    <label for=id.clone()>{t_owned(&option.title)}</label>
                    <input
                        type="number"
                        id=id.clone()
                        data-testid=id
                        aria-describedby=help_id
                        inputmode="decimal"
                        step="any"
                        min=minimum
                        max=maximum
                        placeholder=placeholder
                        // An absent value would be written out as "undefined".
                        prop:value=move || value.get().map_or_else(String::new, |value| written(&value))
                        on:change:target=move |event| {
                            let number = event.target().value().parse().ok();
                            on_choose.run(number.map(OptionValue::Number));
                        }
                    />
                    {help}
                </div>
            }
            .into_any()
        }
        OptionDomain::Text { default, example } => {
            let placeholder = default.unwrap_or(example);
            view! {
                <div class="field field-inline">
                    <label for=id.clone()>{t_owned(&option.title)}</label>
                    <input
                        type="text"
                        id=id.clone()
                        data-testid=id
                        aria-describedby=help_id
                        placeholder=placeholder
                        // An absent value would be written out as "undefined".
                        prop:value=move || value.get().map_or_else(String::new, |value| written(&value))
                        on:change:target=move |event| {
                            let text = event.target().value();
                            on_choose.run((!text.is_empty()).then_some(OptionValue::Text(text)));
                        }
                    />
                    {help}
                </div>
            }
            .into_any()
        }
        OptionDomain::Structure { example, .. } | OptionDomain::Alignment { example, .. } => view! {
            <div class="field field-inline">
                <label for=id.clone()>{t_owned(&option.title)}</label>
                <input
                    type="text"
                    id=id.clone()
                    data-testid=id
                    aria-describedby=help_id
                    placeholder=example
                    // An absent value would be written out as "undefined".
                        prop:value=move || value.get().map_or_else(String::new, |value| written(&value))
                    on:change:target=move |event| {
                        let text = event.target().value();
                        on_choose.run((!text.is_empty()).then(|| structure(text)));
                    }
                />
                {help}
            </div>
        }
        .into_any(),
        OptionDomain::Choice { default, choices } => {
            let chosen = Memo::new(move |_| match value.get() {
                Some(OptionValue::Text(choice)) => choice,
                _ => default.clone(),
            });
            let choices = choices
                .into_iter()
                .map(|choice| {
                    let this = choice.clone();
                    view! {
                        <option value=choice.clone() selected=move || chosen.get() == this>
                            {choice.clone()}
                        </option>
                    }
                })
                .collect_view();
            view! {
                <div class="field field-inline">
                    <label for=id.clone()>{t_owned(&option.title)}</label>
                    <select
                        id=id.clone()
                        data-testid=id
                        aria-describedby=help_id
                        on:change:target=move |event| {
                            on_choose.run(Some(OptionValue::Text(event.target().value())));
                        }
                    >
                        {choices}
                    </select>
                    {help}
                </div>
            }
            .into_any()
        }
    }
}

/// A value as it was typed.
fn written(value: &OptionValue) -> String {
    match value {
        OptionValue::Text(text) => text.clone(),
        value => serde_json::to_string(value).unwrap_or_default(),
    }
}

/// A value typed as JSON. What is no JSON stays as it was typed, and the engine says
/// what it should be.
fn structure(text: String) -> OptionValue {
    serde_json::from_str(&text).unwrap_or(OptionValue::Text(text))
}
