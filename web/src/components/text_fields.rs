use leptos::prelude::*;

use super::token_strip::TokenStrip;
use crate::{
    chosen_model::ChosenModel,
    draft::Draft,
    state::State,
    texts::Texts,
    tokenized::TextOfModel,
    words::{around_link, t, tf},
};

/// The prompt or source sentence, examples of it, and the output to force.
#[component]
pub(crate) fn TextFields(
    /// The page's store.
    state: State,
) -> impl IntoView {
    let State { draft, model, .. } = state;
    let texts = Memo::new(move |_| draft.with(Draft::texts));
    let chosen = Memo::new(move |_| draft.with(Draft::chosen_model));
    // Open where something was typed at an earlier visit.
    let has_context = texts.with_untracked(|texts| !texts.context.is_empty());
    let input_title = move || chosen.with(ChosenModel::input_title);
    let generated_help = move || {
        if chosen.with(|chosen| chosen.is_encoder_decoder) {
            t("Leave it empty to have the model translate, or type the translation to explain.")
        } else {
            t(
                "Leave it empty to have the model continue, or type the whole text to explain, \
               the prompt included.",
            )
        }
    };
    // Which text of the model stands in a field, where there is one.
    let read = move |text: fn(&Texts) -> &String, is_output: bool| {
        Memo::new(move |_| {
            let text = texts.with(|texts| text(texts).clone());
            (!text.is_empty()).then(|| TextOfModel {
                model: chosen.with(|chosen| chosen.name.clone()),
                text,
                as_target: is_output && chosen.with(|chosen| chosen.is_encoder_decoder),
            })
        })
    };
    let context = read(|texts| &texts.context, false);
    let input = read(|texts| &texts.input, false);
    let generated = read(|texts| &texts.generated, true);
    let written = move || {
        let is_empty = texts.with(|texts| texts.generated.trim().is_empty());
        let asked = texts.with(|texts| texts.input.clone());
        let model = chosen.with(|chosen| chosen.name.clone());
        let found = state.shown.with(|shown| shown.written_for(&model, &asked));
        let found = found.filter(|_| is_empty)?;
        let text = found.clone();
        Some(view! {
            <div class="examples">
                <button
                    type="button"
                    class="chip"
                    data-testid="take-written"
                    on:click=move |_| edit(draft, |texts| texts.generated = text.clone())
                >
                    {tf("Take what was written: “{text}”", &[("text", &found)])}
                </button>
            </div>
        })
    };
    let count = move || {
        let n_tokens = input
            .get()
            .and_then(|text| state.tokens.with(|known| known.get(&text).map(<[_]>::len)))?;
        let most = model.with(|model| model.as_ref().map(|model| model.n_positions));
        Some(match most {
            Some(most) => tf(
                "{n} of {total} tokens",
                &[("n", &n_tokens), ("total", &most)],
            ),
            None => tf("{n} tokens", &[("n", &n_tokens)]),
        })
    };
    let (before, after) = around_link(
        "With a context, Run finds up to three words of the output that hang on it more than the \
         others, and on which of its words ({link}, Sarti et al. 2024). Empty it to ask why each \
         word was written.",
    );
    view! {
        <details class="context" data-testid="context" open=has_context>
            <summary>{t("What came before")} " " <span class="optional">{t("(optional)")}</span></summary>
            <div class="field">
                <label for="context-text">{t("Context")}</label>
                <textarea
                    id="context-text"
                    class="sentence"
                    data-testid="context-text"
                    rows="2"
                    spellcheck="false"
                    aria-describedby="context-help"
                    prop:value=move || texts.get().context
                    on:input:target=move |event| {
                    edit(draft, |texts| texts.context = event.target().value());
                }
                ></textarea>
                <TokenStrip state text=context test_id="context-tokens" />
                <p class="help" id="context-help">
                    {before}
                    <a href="https://arxiv.org/abs/2310.01188" aria-label="PECoRe">"PECoRe"</a>
                    {after}
                </p>
            </div>
        </details>
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
                on:input:target=move |event| {
                    edit(draft, |texts| texts.input = event.target().value());
                }
            ></textarea>
            <TokenStrip state text=input test_id="input-tokens" />
            <div class="examples" id="input-examples">
                <span class="visually-hidden">{t("Examples:")} " "</span>
                {move || {
                    chosen
                        .get()
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
            <label for="generated-text">{t("Output to explain")} " " <span class="optional">{t("(optional)")}</span></label>
            <textarea
                id="generated-text"
                class="sentence"
                data-testid="generated-text"
                rows="2"
                spellcheck="false"
                aria-describedby="generated-help"
                prop:value=move || texts.get().generated
                on:input:target=move |event| {
                    edit(draft, |texts| texts.generated = event.target().value());
                }
            ></textarea>
            <TokenStrip state text=generated test_id="generated-tokens" />
            {written}
            <p class="help" id="generated-help">{generated_help}</p>
        </div>
    }
}

/// Changes one of the chosen model's texts.
fn edit(draft: RwSignal<Draft>, change: impl FnOnce(&mut Texts)) {
    draft.update(|draft| {
        let mut texts = draft.texts();
        change(&mut texts);
        draft.set_texts(texts);
    });
}
