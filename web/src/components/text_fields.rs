use leptos::prelude::*;
use protocol::ModelSummary;

use crate::draft::{Draft, Texts};

/// The prompt or source sentence, examples of it, and the output to force.
#[component]
pub(crate) fn TextFields(
    /// What is in the form.
    draft: RwSignal<Draft>,
    /// The loaded model in figures.
    model: RwSignal<Option<ModelSummary>>,
    /// Length of the input in tokens.
    n_input_tokens: RwSignal<Option<usize>>,
) -> impl IntoView {
    let texts = Memo::new(move |_| draft.with(Draft::texts));
    let chosen = Memo::new(move |_| draft.with(Draft::bundled_model_name));
    let set_input = move |input: String| {
        draft.update(|draft| {
            draft.set_texts(Texts {
                input,
                ..draft.texts()
            })
        });
    };
    let set_generated = move |generated: String| {
        draft.update(|draft| {
            draft.set_texts(Texts {
                generated,
                ..draft.texts()
            })
        });
    };
    let input_title = move || draft.with(|draft| draft.bundled_model().input_title());
    let generated_help = move || {
        if draft.with(|draft| draft.bundled_model().is_encoder_decoder) {
            "Leave it empty to have the model translate, or type the translation to explain."
        } else {
            "Leave it empty to have the model continue, or type the whole text to explain, \
             the prompt included."
        }
    };
    let count = move || {
        let n_tokens = n_input_tokens.get()?;
        let n_positions = model
            .with(|model| model.as_ref().map(|model| model.n_positions))
            .map(|n_positions| format!(" of {n_positions}"))
            .unwrap_or_default();
        Some(format!("{n_tokens}{n_positions} tokens"))
    };
    view! {
        <div class="field">
            <div class="label-line">
                <label for="input-text">{input_title}</label>
                <span class="count" data-testid="token-count">{count}</span>
            </div>
            <textarea
                id="input-text"
                class="sentence"
                data-testid="input-text"
                rows="2"
                spellcheck="false"
                aria-describedby="input-examples"
                prop:value=move || texts.get().input
                on:input:target=move |event| set_input(event.target().value())
            ></textarea>
            <div class="examples" id="input-examples">
                <span class="visually-hidden">"Examples: "</span>
                {move || {
                    crate::bundled_models::BundledModel::named(chosen.get())
                        .presets
                        .iter()
                        .map(|preset| {
                            view! {
                                <button
                                    type="button"
                                    class="chip"
                                    data-testid="example"
                                    on:click=move |_| {
                                        draft.update(|draft| draft.set_texts(Texts::of_input(preset)));
                                    }
                                >
                                    {*preset}
                                </button>
                            }
                        })
                        .collect_view()
                }}
            </div>
        </div>
        <div class="field">
            <label for="generated-text">"Output to explain" <span class="optional">" (optional)"</span></label>
            <textarea
                id="generated-text"
                class="sentence"
                data-testid="generated-text"
                rows="2"
                spellcheck="false"
                aria-describedby="generated-help"
                prop:value=move || texts.get().generated
                on:input:target=move |event| set_generated(event.target().value())
            ></textarea>
            <p class="help" id="generated-help">{generated_help}</p>
        </div>
    }
}
