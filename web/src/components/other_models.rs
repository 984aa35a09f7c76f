use leptos::{ev, prelude::*};
use protocol::{Estimate, EstimatedMethod, FailureKind, KeptModel, ModelFacts};
use web_sys::{DragEvent, File, FileList, HtmlInputElement};

use super::model_field::grouped;
use crate::{
    chosen_model::CHOSEN_FILES,
    draft::Draft,
    state::{LookUp, State},
    storage,
    words::{said, t, tf},
    worker::Engine,
};

/// Names worth typing, for those who know none.
const KNOWN: [&str; 6] = [
    "openai-community/gpt2",
    "distilbert/distilgpt2",
    "microsoft/DialoGPT-small",
    "Helsinki-NLP/opus-mt-en-fr",
    "Helsinki-NLP/opus-mt-en-de",
    "Helsinki-NLP/opus-mt-tc-big-tr-en",
];

/// Models from the Hub, from another address or from disk, and those that are kept.
#[component]
pub(crate) fn OtherModels(
    /// The page's store.
    state: State,
    /// Whom to ask about them.
    engine: Engine,
) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let look_up = move || {
        let name = name.get_untracked().trim().to_owned();
        if !name.is_empty() {
            engine.inspect(&name, state.draft.with_untracked(estimated_method));
        }
    };
    let take = move |files: Option<FileList>| {
        let files = files.map(files_of).unwrap_or_default();
        if let Some(name) = engine.give_files(&files) {
            engine.inspect(&name, state.draft.with_untracked(estimated_method));
        }
    };
    let take_from = move |event: ev::Event| take(event_target::<HtmlInputElement>(&event).files());
    view! {
        <details
            class="other-models"
            data-testid="other-models"
            on:toggle=move |event| {
                if event_target::<web_sys::Element>(&event).has_attribute("open") {
                    engine.list_kept();
                }
            }
        >
            <summary>{t("Another model")}</summary>
            <div class="field">
                <label for="model-name">{t("Name on the Hugging Face Hub, or an address")}</label>
                <div class="look-up">
                    <input
                        id="model-name"
                        type="text"
                        data-testid="model-name"
                        list="known-models"
                        placeholder=t("owner/name, or owner/name@revision")
                        autocapitalize="off"
                        autocomplete="off"
                        spellcheck="false"
                        prop:value=move || name.get()
                        on:input:target=move |event| name.set(event.target().value())
                        on:keydown=move |event| {
                            // Enter would run what is in the form.
                            if event.key() == "Enter" && !event.ctrl_key() && !event.meta_key() {
                                event.prevent_default();
                                look_up();
                            }
                        }
                    />
                    // A closed element's text is no name for those who look for one.
                    <button
                        type="button"
                        data-testid="look-up"
                        aria-label=t("Look up")
                        on:click=move |_| look_up()
                    >
                        {t("Look up")}
                    </button>
                </div>
                <datalist id="known-models">
                    {KNOWN.map(|name| view! { <option value=name></option> }).collect_view()}
                </datalist>
                <p class="help">
                    {t("GPT-2 and Marian (OPUS-MT) models. What you look up here is asked of that server; your texts are not sent anywhere.")}
                </p>
            </div>
            <div
                class="field drop"
                data-testid="drop-files"
                on:dragover=move |event: DragEvent| event.prevent_default()
                on:drop=move |event: DragEvent| {
                    event.prevent_default();
                    take(event.data_transfer().and_then(|transfer| transfer.files()));
                }
            >
                <label for="model-files">{t("Or the files of a model on your disk")}</label>
                <input
                    id="model-files"
                    type="file"
                    multiple
                    data-testid="model-files"
                    aria-describedby="model-files-help"
                    on:change=take_from
                />
                <p class="help" id="model-files-help">
                    {t("All of its files at once: config.json, the tokenizer’s and the weights. They can be dropped here, and are not uploaded.")}
                </p>
            </div>
            <Found state />
            <Kept kept=state.kept engine />
        </details>
    }
}

/// What is known of the model that was looked up.
#[component]
fn Found(
    /// The page's store.
    state: State,
) -> impl IntoView {
    let choose = move |facts: &ModelFacts| {
        storage::ask_to_persist();
        state.draft.update(|draft| {
            draft.choose_other(&facts.model, facts.is_encoder_decoder);
        });
        state.look_up.set(LookUp::Nothing);
    };
    view! {
        <div role="status" data-testid="look-up-answer">
            {move || match state.look_up.get() {
                LookUp::Nothing => ().into_any(),
                LookUp::Asked(name) => view! { <p class="help">{tf("Looking for {name}…", &[("name", &name)])}</p> }.into_any(),
                LookUp::Failed(failure) => {
                    let title = match failure.kind {
                        FailureKind::Model => t("This model cannot be used"),
                        _ => t("This model was not found"),
                    };
                    view! {
                        <div class="notice">
                            <p class="notice-title">{title}</p>
                            <p>{said(&failure.message)}</p>
                            <p class="help">{failure.hint.as_deref().map(said)}</p>
                        </div>
                    }
                        .into_any()
                }
                LookUp::Found(facts) => {
                    let obstacle = facts.obstacle.as_deref().map(said);
                    let is_usable = obstacle.is_none();
                    let rows = rows_of(&facts)
                        .into_iter()
                        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
                        .collect_view();
                    view! {
                        <div class="found">
                            <dl class="settings" data-testid="model-facts">{rows}</dl>
                            <p class="help">{obstacle}</p>
                            <button
                                type="button"
                                data-testid="use-model"
                                disabled=!is_usable
                                on:click=move |_| choose(&facts)
                            >
                                {t("Use this model")}
                            </button>
                        </div>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

/// Models whose files are kept in this browser, and how to delete them.
#[component]
fn Kept(
    /// They.
    kept: RwSignal<Vec<KeptModel>>,
    /// Whom to ask for their end.
    engine: Engine,
) -> impl IntoView {
    view! {
        <div data-testid="kept-models">
            <Show when=move || kept.with(|kept| !kept.is_empty())>
                <p class="kept-title" id="kept-title">{t("Kept in this browser")}</p>
                <ul class="kept" aria-labelledby="kept-title">
                    {move || {
                        kept.get()
                            .into_iter()
                            .map(|model| {
                                let name = model.model.clone();
                                let label = tf("Delete the files of {name}", &[("name", &name)]);
                                view! {
                                    <li>
                                        <span>{name.clone()} ", " {megabytes(model.n_bytes)}</span>
                                        <button
                                            type="button"
                                            class="chip"
                                            aria-label=label
                                            data-testid="forget-model"
                                            on:click=move |_| engine.forget(&name)
                                        >
                                            {t("Delete")}
                                        </button>
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ul>
            </Show>
        </div>
    }
}

/// The chosen method, to be asked what it costs.
fn estimated_method(draft: &Draft) -> EstimatedMethod {
    let options = draft.method_options.get(&draft.method);
    EstimatedMethod {
        method: draft.method.clone(),
        method_options: options.cloned().unwrap_or_default(),
    }
}

fn files_of(list: FileList) -> Vec<File> {
    (0..list.length())
        .filter_map(|index| list.get(index))
        .collect()
}

/// Names and values, in the order to show them.
fn rows_of(facts: &ModelFacts) -> Vec<(&'static str, String)> {
    let name = facts.model.strip_prefix(CHOSEN_FILES);
    let mut rows = vec![
        (t("Model"), name.unwrap_or(&facts.model).to_owned()),
        (t("Family"), facts.family.clone()),
        (t("Weights"), grouped(facts.n_parameters)),
        (t("Memory for them"), megabytes(facts.weights_bytes)),
    ];
    if let Some(n_bytes) = facts.n_bytes {
        rows.push((t("Files"), megabytes(n_bytes)));
    }
    if let Some(estimate) = &facts.estimate {
        rows.push((
            t("Memory for a run"),
            tf(
                "up to {size}",
                &[("size", &megabytes(estimate.memory_bytes))],
            ),
        ));
        rows.push((t("Time for one"), time_of(estimate)));
    }
    if let Some(license) = facts.license.as_ref().filter(|license| !license.is_empty()) {
        rows.push((t("Licence"), license.clone()));
    }
    if !facts.languages.is_empty() {
        rows.push((t("Languages"), facts.languages.join(", ")));
    }
    if let Some(commit) = &facts.commit {
        rows.push((t("Commit"), commit.chars().take(12).collect()));
    }
    rows
}

/// About how long the chosen method takes here.
fn time_of(estimate: &Estimate) -> String {
    let secs = match estimate.secs {
        secs if secs < 1.0 => t("less than a second").to_owned(),
        secs if secs < 100.0 => tf("about {n} s", &[("n", &secs.round())]),
        secs => tf("about {n} min", &[("n", &(secs / 60.0).round())]),
    };
    tf(
        "{time}: {method} of {n} tokens after {given}, on {device}",
        &[
            ("time", &secs),
            ("method", &estimate.method),
            ("n", &estimate.n_attributed_tokens),
            ("given", &estimate.n_given_tokens),
            ("device", &estimate.device),
        ],
    )
}

/// In megabytes, with their unit.
fn megabytes(n_bytes: u64) -> String {
    format!("{:.1} MB", n_bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_shown() {
        let mut facts = ModelFacts {
            model: "files:mine".to_owned(),
            family: "gpt2".to_owned(),
            is_encoder_decoder: false,
            commit: None,
            license: None,
            languages: Vec::new(),
            files: Vec::new(),
            n_bytes: None,
            n_parameters: 124_439_808,
            weights_bytes: 497_759_232,
            obstacle: None,
            estimate: None,
        };
        let rows = rows_of(&facts);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0].1, "mine");
        assert_eq!(rows[3].1, "497.8 MB");
        facts.commit = Some("607a30d783dfa663caf39e06633721c8d4cfcd7e".to_owned());
        assert_eq!(rows_of(&facts)[4], ("Commit", "607a30d783df".to_owned()));
        facts.estimate = Some(Estimate {
            method: "saliency".to_owned(),
            device: "cpu".to_owned(),
            n_given_tokens: 12,
            n_attributed_tokens: 13,
            secs: 2.4,
            memory_bytes: 800_000_000,
        });
        let rows = rows_of(&facts);
        assert_eq!(rows[4].1, "up to 800.0 MB");
        assert_eq!(
            rows[5].1,
            "about 2 s: saliency of 13 tokens after 12, on cpu"
        );
    }
}
