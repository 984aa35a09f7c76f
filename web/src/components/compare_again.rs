use leptos::prelude::*;

use crate::{
    bundled_models::BUNDLED_MODELS,
    chosen_model::ChosenModel,
    comparing::{
        Choice,
        again::{Change, again},
    },
    run_request::RunRequest,
    shown::Shown,
    state::{EngineStatus, Run, State},
    words::{key, t, t_owned},
    worker::Engine,
};

/// What can be changed, by its value in the list.
const KINDS: [(Kind, &str, &str); 3] = [
    (Kind::Method, "method", key("method")),
    (Kind::Model, "model", key("model")),
    (Kind::Output, "output", key("output")),
];

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Method,
    Model,
    Output,
}

/// What was chosen for the run.
#[derive(Clone, Copy)]
struct Chosen {
    kind: RwSignal<Kind>,
    method: RwSignal<String>,
    model: RwSignal<String>,
    keeps_output: RwSignal<bool>,
    output: RwSignal<String>,
}

/// Runs the first of both again with one thing changed, as the second.
#[component]
pub(super) fn CompareAgain(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let comparing = state.comparing;
    // The first side as it was asked for, and its output.
    let first = Memo::new(move |_| {
        let asked = |shown: &Shown| Some((shown.asked.clone()?, shown.output_text()));
        match comparing.sides.with(|sides| sides[0]) {
            // It may be large, and a copy of it is not needed.
            Choice::OnScreen => state.shown.with(asked),
            choice => {
                let chosen = comparing.chosen(choice, state.shown, state.history);
                let shown = chosen.ok().flatten()?;
                asked(&shown)
            }
        }
    });
    let chosen = Chosen {
        kind: RwSignal::new(Kind::Method),
        method: RwSignal::new(String::new()),
        model: RwSignal::new(String::new()),
        keeps_output: RwSignal::new(true),
        output: RwSignal::new(String::new()),
    };
    Effect::new(move || {
        let output = first.with(|first| first.as_ref().map(|(_, output)| output.clone()));
        chosen.output.set(output.unwrap_or_default());
    });
    let refused = RwSignal::new(None::<String>);
    let run = move |_| {
        let work = first
            .get_untracked()
            .ok_or_else(|| t("the first does not say how it was made").to_owned())
            .and_then(|(run, output)| again(&run, &output, change(state, chosen)?));
        refused.set(work.as_ref().err().cloned());
        if let Ok(work) = work {
            engine.run_aside(work, false);
        }
    };
    let cannot_run = move || {
        state.run.with(Run::is_running)
            || state.measurement.with(Run::is_running)
            || comparing.is_running()
            || matches!(state.engine.get(), EngineStatus::Dead { .. })
    };
    let kinds = move || {
        let entries = KINDS.map(|(this, id, title)| {
            view! { <option value=id selected=move || chosen.kind.get() == this>{t(title)}</option> }
        });
        entries.collect_view()
    };
    let choose_kind = move |value: String| {
        if let Some((this, ..)) = KINDS.into_iter().find(|(_, id, _)| *id == value) {
            chosen.kind.set(this);
        }
    };
    view! {
        <Show when=move || first.with(Option::is_some)>
            <div
                class="ways again"
                role="group"
                aria-label=t("Run the first again")
                on:focusin=move |_| engine.wake()
                on:pointerdown=move |_| engine.wake()
            >
                <label class="way">
                    <span>{t("Run the first again with another")}</span>
                    <select data-testid="again-kind" on:change:target=move |event| choose_kind(event.target().value())>
                        {kinds}
                    </select>
                </label>
                {move || match chosen.kind.get() {
                    Kind::Method => method_field(state, first, chosen.method).into_any(),
                    Kind::Model => model_field(state, first, chosen).into_any(),
                    Kind::Output => output_field(chosen.output).into_any(),
                }}
                <button type="button" data-testid="again" disabled=cannot_run on:click=run>
                    {t("Run and compare")}
                </button>
            </div>
            <div role="alert" data-testid="again-failure">
                {move || refused.get().map(|words| view! { <p class="notice">{words}</p> })}
            </div>
        </Show>
    }
}

fn change(state: State, chosen: Chosen) -> Result<Change, String> {
    Ok(match chosen.kind.get_untracked() {
        Kind::Method => {
            let id = chosen.method.get_untracked();
            if id.is_empty() {
                return Err(t("the engine is not loaded yet; try again in a moment").to_owned());
            }
            let options = state
                .draft
                .with_untracked(|draft| draft.method_options.get(&id).cloned());
            Change::Method {
                options: options.unwrap_or_default(),
                id,
            }
        }
        Kind::Model => {
            let name = chosen.model.get_untracked();
            let model = state
                .draft
                .with_untracked(|draft| ChosenModel::named(&name, &draft.other_models));
            Change::Model {
                name: model.name,
                is_encoder_decoder: model.is_encoder_decoder,
                keeps_output: chosen.keeps_output.get_untracked(),
            }
        }
        Kind::Output => Change::Output(chosen.output.get_untracked()),
    })
}

type First = Memo<Option<(RunRequest, String)>>;

fn method_field(state: State, first: First, chosen: RwSignal<String>) -> impl IntoView {
    let own = first.with(|first| first.as_ref().map(|(run, _)| run.method().to_owned()));
    let methods = state.description.with(|description| {
        let methods = description.iter().flat_map(|it| &it.methods);
        let others = methods.filter(|method| Some(&method.id) != own.as_ref());
        others
            .map(|method| (method.id.clone(), t_owned(&method.title)))
            .collect::<Vec<_>>()
    });
    list("again-method", t("Method"), methods, chosen)
}

fn model_field(state: State, first: First, chosen: Chosen) -> impl IntoView {
    let own = first.with(|first| first.as_ref().map(|(run, _)| run.model().to_owned()));
    let bundled = BUNDLED_MODELS
        .iter()
        .map(|model| (model.name.to_owned(), t(model.title).to_owned()));
    let mut models: Vec<_> = bundled.collect();
    state.draft.with(|draft| {
        let others = draft.other_models.keys();
        models.extend(others.map(|name| (name.clone(), name.clone())));
    });
    models.retain(|(name, _)| Some(name) != own.as_ref());
    view! {
        {list("again-model", t("Model"), models, chosen.model)}
        <label class="way check">
            <input
                type="checkbox"
                data-testid="again-keeps-output"
                prop:checked=move || chosen.keeps_output.get()
                on:change:target=move |event| chosen.keeps_output.set(event.target().checked())
            />
            <span>{t("It explains the same output, if it is of the same kind")}</span>
        </label>
    }
}

fn output_field(output: RwSignal<String>) -> impl IntoView {
    view! {
        <label class="way again-output">
            <span>{t("Output; of a prompt, with the prompt")}</span>
            <input
                type="text"
                data-testid="again-output"
                prop:value=move || output.get()
                on:input:target=move |event| output.set(event.target().value())
            />
        </label>
    }
}

/// A list whose first entry is chosen if the chosen one is not in it.
fn list(
    test_id: &'static str,
    title: &'static str,
    entries: Vec<(String, String)>,
    chosen: RwSignal<String>,
) -> impl IntoView {
    let is_there = chosen.with_untracked(|chosen| entries.iter().any(|(id, _)| id == chosen));
    if let Some((first, _)) = entries.first().filter(|_| !is_there) {
        chosen.set(first.clone());
    }
    let entries = entries.into_iter().map(move |(id, title)| {
        let this = id.clone();
        view! { <option value=id selected=move || chosen.with(|chosen| *chosen == this)>{title}</option> }
    });
    view! {
        <label class="way">
            <span>{title}</span>
            <select
                data-testid=test_id
                on:change:target=move |event| chosen.set(event.target().value())
            >
                {entries.collect_view()}
            </select>
        </label>
    }
}
