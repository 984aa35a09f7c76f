use leptos::prelude::*;
use protocol::OptionDescription;

use super::option_fields::OptionFields;
use crate::{
    draft::Draft,
    state::State,
    words::{t, t_owned},
    worker::Engine,
};

/// Chooses which scores to report for each output token.
#[component]
pub(crate) fn StepScoreFields(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let State {
        draft, description, ..
    } = state;
    let checks = move || {
        let functions = description.with(|description| {
            description
                .as_ref()
                .map(|it| it.step_functions.clone())
                .unwrap_or_default()
        });
        functions
            .into_iter()
            .map(|function| {
                let id = function.id;
                let read = id.clone();
                let test_id = format!("step-score-{id}");
                view! {
                    <label class="check" title=t_owned(&function.sentence)>
                        <input
                            type="checkbox"
                            data-testid=test_id
                            prop:checked=move || draft.with(|draft| draft.step_scores.contains(&read))
                            on:change:target=move |event| {
                                draft
                                    .update(|draft| {
                                        draft.set_step_score(&id, event.target().checked());
                                    });
                            }
                        />
                        <span>{t_owned(&function.title)}</span>
                    </label>
                }
            })
            .collect_view()
    };
    let options = Memo::new(move |_| {
        let functions = description.with(|description| {
            description
                .as_ref()
                .map(|it| it.step_functions.clone())
                .unwrap_or_default()
        });
        let mut options: Vec<OptionDescription> = Vec::new();
        for function in functions {
            let is_wanted = draft.with(|draft| draft.step_scores.contains(&function.id));
            for option in function.options {
                if is_wanted && options.iter().all(|known| known.id != option.id) {
                    options.push(option);
                }
            }
        }
        options
    });
    view! {
        <fieldset class="field">
            <legend>{t("Also report for each output token")}</legend>
            <div class="checks">{checks}</div>
        </fieldset>
        <OptionFields
            title=t("Options of the reported scores")
            id_start="step-option"
            state
            engine
            options
            read=Draft::step_option
            write=Draft::set_step_option
        />
    }
}
