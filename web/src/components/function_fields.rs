use leptos::prelude::*;

use super::option_fields::OptionFields;
use crate::{
    draft::Draft,
    state::State,
    words::{t, t_owned},
    worker::Engine,
};

/// Chooses the function whose value is attributed, and sets its options.
#[component]
pub(crate) fn FunctionFields(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let State {
        draft, description, ..
    } = state;
    let chosen = Memo::new(move |_| draft.with(|draft| draft.attributed_fn.clone()));
    let functions = move || {
        description.with(|description| {
            description
                .as_ref()
                .map(|it| it.step_functions.clone())
                .unwrap_or_default()
        })
    };
    let choices = move || {
        let mut choices: Vec<_> = functions()
            .into_iter()
            .map(|it| (it.id, t_owned(&it.title)))
            .collect();
        // One kept from another version of the page stays visible.
        if choices.iter().all(|(id, _)| *id != chosen.get()) {
            choices.push((chosen.get(), chosen.get()));
        }
        choices
    };
    let sentence = move || {
        let chosen = chosen.get();
        functions()
            .into_iter()
            .find(|it| it.id == chosen)
            .map(|it| t_owned(&it.sentence))
    };
    let options = Memo::new(move |_| {
        let chosen = chosen.get();
        functions()
            .into_iter()
            .find(|it| it.id == chosen)
            .map(|it| it.options)
            .unwrap_or_default()
    });
    view! {
        <div class="field">
            <label for="attributed-fn">{t("Explains")}</label>
            <select
                id="attributed-fn"
                data-testid="attributed-fn"
                aria-describedby="attributed-fn-help"
                disabled=move || description.with(Option::is_none)
                on:change:target=move |event| {
                    draft.update(|draft| draft.attributed_fn = event.target().value());
                }
            >
                {move || {
                    choices()
                        .into_iter()
                        .map(|(id, title)| {
                            let this = id.clone();
                            view! {
                                <option value=id selected=move || chosen.get() == this>{title}</option>
                            }
                        })
                        .collect_view()
                }}
            </select>
            <p class="help" id="attributed-fn-help">{sentence}</p>
        </div>
        <OptionFields
            title=t("Options of the explained function")
            id_start="function-option"
            state
            engine
            options
            read=Draft::function_option
            write=Draft::set_function_option
        />
    }
}
