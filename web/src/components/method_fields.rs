use leptos::prelude::*;
use protocol::MethodDescription;

use super::option_fields::OptionFields;
use crate::{
    draft::Draft,
    state::State,
    words::{t, t_owned},
    worker::Engine,
};

/// Chooses the method and sets its options, all made from its description.
#[component]
pub(crate) fn MethodFields(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let State {
        draft, description, ..
    } = state;
    let chosen = Memo::new(move |_| draft.with(|draft| draft.method.clone()));
    let method = Memo::new(move |_| {
        let chosen = chosen.get();
        description.with(|description| {
            let methods = &description.as_ref()?.methods;
            methods.iter().find(|method| method.id == chosen).cloned()
        })
    });
    let choices = move || {
        let mut choices: Vec<_> = description.with(|description| {
            let methods = description
                .iter()
                .flat_map(|description| &description.methods);
            methods
                .map(|method| (method.id.clone(), t_owned(&method.title)))
                .collect()
        });
        // A method kept from another version of the page stays visible, and its run
        // ends with an error that lists the known ones.
        if method.with(Option::is_none) {
            choices.push((chosen.get(), chosen.get()));
        }
        choices
    };
    view! {
        <div class="field">
            <label for="method">{t("Method")}</label>
            <select
                id="method"
                data-testid="method"
                aria-describedby="method-help"
                disabled=move || description.with(Option::is_none)
                on:change:target=move |event| {
                    draft.update(|draft| draft.method = event.target().value());
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
            <p class="help" id="method-help">{move || method.get().map(explained)}</p>
        </div>
        <OptionFields
            title=t("Options of the method")
            id_start="method-option"
            state
            engine
            options=Memo::new(move |_| method.get().map(|it| it.options).unwrap_or_default())
            read=Draft::method_option
            write=Draft::set_method_option
        />
    }
}

fn explained(method: MethodDescription) -> impl IntoView {
    view! {
        {t_owned(&method.sentence)}
        " "
        <a href=method.paper_url rel="noopener noreferrer" target="_blank">{method.paper}</a>
    }
}
