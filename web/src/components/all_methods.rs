use std::sync::Arc;

use attribution_output::AgreementSettings;
use js_sys::Date;
use leptos::prelude::*;

use super::{
    agreement_fields::{AgreementFields, cells, explained, headings},
    agreement_of_each::AgreementOfEach,
    compare::{AsideStatus, token_field},
    failure_notice::finished,
    plain_tint::plain_tint,
};
use crate::{
    comparing::{
        all_methods::{AllMethods, Came},
        comparison::mean_agreement,
        pairwise::PairwiseAgreement,
        seen::Seen,
    },
    place::legible,
    shown::{Origin, Shown},
    state::{EngineStatus, Run, State},
    ways_to_look::WaysToLook,
    words::{t, tf},
    worker::Engine,
};

/// Words of more bytes than this may need to be scrolled.
const LONG_WORDS: usize = 160;
/// How many tokens are named that gave most.
const N_NAMED: usize = 3;

/// A method's panel as it is looked at.
#[derive(Clone)]
struct SeenPanel {
    title: String,
    came: SeenCame,
}

#[derive(Clone)]
enum SeenCame {
    Result(Box<Seen>),
    Words(String),
}

/// Every method on the form's sentence, in panels, and how much they agree.
#[component]
pub(crate) fn AllMethodsPanel(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let comparing = state.comparing;
    let all = comparing.all_methods;
    let column = RwSignal::new(0_usize);
    let reference = RwSignal::new(0_usize);
    let panels = Memo::new_with_compare(
        move |_| all.with(|all| state.ways.with(|ways| seen_panels(all, ways))),
        |_, _| true,
    );
    let tokens = Memo::new(move |_| panels.with(|panels| tokens_of(panels)));
    let titles = Memo::new(move |_| {
        panels.with(|panels| panels.iter().map(|it| it.title.clone()).collect::<Vec<_>>())
    });
    let pairs = Memo::new_with_compare(
        move |before: Option<&PairwiseAgreement>| {
            let ways = state.ways.with(WaysToLook::of_numbers);
            let settings = comparing.settings.get();
            panels.with(|panels| {
                let results = panels.iter();
                let results = results.filter_map(|it| Some((it.title.as_str(), it.seen()?)));
                PairwiseAgreement::new(&results.collect::<Vec<_>>(), ways, settings, before)
            })
        },
        |_, _| true,
    );
    let has_panels = Memo::new(move |_| panels.with(|panels| !panels.is_empty()));
    let run = move |_| {
        if state.running().is_some() {
            return;
        }
        let begun = state.description.with_untracked(|description| {
            let description = description.as_ref()?;
            Some(state.draft.with_untracked(|draft| {
                state
                    .shown
                    .with_untracked(|shown| AllMethods::begin(description, draft, shown))
            }))
        });
        match begun {
            Some(Ok((begun, work))) => {
                all.set(begun);
                column.set(0);
                engine.run_aside(work, true);
            }
            Some(Err(failure)) => {
                comparing.is_for_all.set(true);
                comparing.run.set(Run::Failed(failure));
            }
            // The engine rests: it says what it offers as soon as it is there.
            None => engine.wake(),
        }
    };
    let cannot_run = move || {
        state.run.with(Run::is_running)
            || state.measurement.with(Run::is_running)
            || comparing.is_running()
            || matches!(state.engine.get(), EngineStatus::Dead { .. })
    };
    let looked_at = move || {
        let column = column.get();
        let ways = state.ways.with(|ways| format!("{ways:?}"));
        let panels = panels.get().into_iter().enumerate();
        let looked_at = panels.map(|(number, panel)| {
            let key = format!("{number} {column} {} {ways}", panel.came.identity());
            (key, panel, column)
        });
        looked_at.collect::<Vec<_>>()
    };
    let progress = move || all.with(AllMethods::progress);
    let has_context = Memo::new(move |_| state.draft.with(|draft| draft.texts().has_context()));
    let is_waiting = move || state.description.with(Option::is_none);
    view! {
        <section class="compare" aria-labelledby="all-methods-title" data-testid="all-methods">
            <h3 id="all-methods-title">{t("All methods on this sentence")}</h3>
            <p class="help">
                {t("Runs every method, with its options in the form, on the sentence in the form. All explain the same output. What is on screen stays.")}
            </p>
            <Show when=move || has_context.get()>
                <p class="help" id="all-methods-context" data-testid="all-methods-context">
                    {t("With the context in the form, each method is asked what Run asks: on which words of the context the output hangs.")}
                </p>
            </Show>
            <div class="ways">
                <button
                    type="button"
                    data-testid="run-all-methods"
                    aria-describedby=move || has_context.get().then_some("all-methods-context")
                    disabled=cannot_run
                    on:pointerdown=move |_| engine.wake()
                    on:focus=move |_| engine.wake()
                    on:click=run
                >
                    {t("Run all methods")}
                </button>
                <p class="help" role="status" data-testid="all-methods-progress">
                    {move || match progress() {
                        Some(words) => Some(words),
                        None => is_waiting().then(|| t("The engine has not yet said which there are.").to_owned()),
                    }}
                </p>
            </div>
            <AsideStatus state engine is_for_all=true cancel_id="cancel-all-methods" />
            <Show when=move || has_panels.get()>
                <div class="ways">
                    {token_field("all-methods-token", tokens, column)}
                    <ReferenceField titles reference />
                    <AgreementFields settings=comparing.settings id_start="all-methods" />
                </div>
                <ul class="method-panels">
                    // What did not change stays, and with it what is focused in it.
                    <For
                        each=looked_at
                        key=|(key, ..)| key.clone()
                        children=move |(_, panel, column)| panel_drawn(state, &panel, column)
                    />
                </ul>
                {move || panels.with(|panels| {
                    agreement_drawn(panels, reference.get(), comparing.settings.get())
                })}
                <AgreementOfEach pairs settings=comparing.settings />
            </Show>
        </section>
    }
}

fn seen_panels(all: &AllMethods, ways: &WaysToLook) -> Vec<SeenPanel> {
    let panels = all.panels.iter().map(|panel| SeenPanel {
        title: panel.title.clone(),
        came: match &panel.came {
            Came::Result(shown) => match Seen::new(shown.clone(), ways) {
                Ok(seen) => SeenCame::Result(Box::new(seen)),
                Err(reason) => SeenCame::Words(tf(
                    "It cannot be looked at so: {reason}.",
                    &[("reason", &reason)],
                )),
            },
            Came::Waiting => SeenCame::Words(t("Its turn is to come.").to_owned()),
            Came::Running => SeenCame::Words(t("It is being run.").to_owned()),
            Came::Failure(words) => {
                let reason = finished(words.clone());
                SeenCame::Words(tf("No result: {reason}", &[("reason", &reason)]))
            }
            Came::LeftOut => SeenCame::Words(t("It was not run.").to_owned()),
        },
    });
    panels.collect()
}

impl SeenCame {
    /// The same as long as it is the same.
    fn identity(&self) -> String {
        match self {
            Self::Result(seen) => format!("{:p}", Arc::as_ptr(&seen.shown)),
            Self::Words(words) => words.clone(),
        }
    }
}

impl SeenPanel {
    fn seen(&self) -> Option<&Seen> {
        match &self.came {
            SeenCame::Result(seen) => Some(seen),
            SeenCame::Words(_) => None,
        }
    }
}

/// The tokens that all explain, by the first that has a result.
fn tokens_of(panels: &[SeenPanel]) -> Vec<String> {
    let first = panels.iter().find_map(SeenPanel::seen);
    let columns = first.map(|seen| seen.heatmap.columns.iter().map(legible).collect());
    columns.unwrap_or_default()
}

/// With which method the others are compared.
#[component]
fn ReferenceField(
    /// The methods in words.
    titles: Memo<Vec<String>>,
    /// The choice, by its place among them.
    reference: RwSignal<usize>,
) -> impl IntoView {
    let entries = move || {
        let entries = titles.get().into_iter().enumerate().map(|(index, title)| {
            let is_chosen = move || reference.get() == index;
            view! { <option value=index.to_string() selected=is_chosen>{title}</option> }
        });
        entries.collect_view()
    };
    view! {
        <label class="way">
            <span>{t("Compared with")}</span>
            <select
                data-testid="all-methods-reference"
                prop:value=move || reference.get().to_string()
                on:change:target=move |event| {
                    if let Ok(index) = event.target().value().parse() {
                        reference.set(index);
                    }
                }
            >
                {entries}
            </select>
        </label>
    }
}

fn panel_drawn(state: State, panel: &SeenPanel, column: usize) -> impl IntoView + use<> {
    let content = match &panel.came {
        SeenCame::Words(words) => {
            // What may need scrolling is reached by the tabulator.
            let tab_stop = (words.len() > LONG_WORDS).then_some("0");
            view! { <p class="help method-words" tabindex=tab_stop>{words.clone()}</p> }.into_any()
        }
        SeenCame::Result(seen) => result_drawn(state, seen, &panel.title, column).into_any(),
    };
    view! {
        <li class="method-panel" data-testid="method-panel">
            <h4>{panel.title.clone()}</h4>
            {content}
        </li>
    }
}

fn result_drawn(state: State, seen: &Seen, title: &str, column: usize) -> impl IntoView + use<> {
    let time = match seen.shown.origin {
        Origin::Computed { seconds } => format!("{seconds:.2} s"),
        _ => String::new(),
    };
    let strongest = tf(
        "Most: {tokens}.",
        &[("tokens", &seen.strongest_in_words(column, N_NAMED))],
    );
    let shown = seen.shown.clone();
    view! {
        <p class="help" data-testid="method-time">{time}</p>
        {plain_tint(seen, Some(column))}
        <p class="help" data-testid="method-strongest">{strongest}</p>
        <button
            type="button"
            class="chip"
            data-testid="open-method"
            aria-label=tf("Open {method} as the result on screen", &[("method", &title)])
            on:click=move |_| open(state, &shown)
        >
            {t("Open")}
        </button>
    }
}

/// Puts a panel's result on screen; then it is one of the earlier runs, too.
fn open(state: State, shown: &Arc<Shown>) {
    if state.open(Ok(Shown::clone(shown))).is_ok() {
        state.remember(Date::now());
    }
}

fn agreement_drawn(
    panels: &[SeenPanel],
    reference: usize,
    settings: AgreementSettings,
) -> Option<AnyView> {
    let panel = panels.get(reference)?;
    let with = tf("Agreement with {method}", &[("method", &panel.title)]);
    let Some(first) = panel.seen() else {
        let words = tf(
            "{method} has no result to compare the others with.",
            &[("method", &panel.title)],
        );
        return Some(
            view! { <p class="help" data-testid="all-methods-no-reference">{words}</p> }.into_any(),
        );
    };
    let rows = panels.iter().filter_map(|panel| {
        let cells = cells(&mean_agreement(first, panel.seen()?, settings));
        Some(view! { <tr><th scope="row">{panel.title.clone()}</th>{cells}</tr> })
    });
    let head = headings(settings).map(|title| view! { <th scope="col">{title}</th> });
    let name = with.clone();
    Some(
        view! {
            <div class="compare-side">
                <h4>{tf("Agreement with {method}, mean of all explained tokens", &[("method", &panel.title)])}</h4>
                <div class="scroll" tabindex="0" role="group" aria-label=name>
                    <table class="measures agreement-of-all" data-testid="all-methods-agreement">
                        <caption class="visually-hidden">{with}</caption>
                        <thead><tr><td></td>{head.collect_view()}</tr></thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
                <p class="help">{explained(settings)}</p>
            </div>
        }
        .into_any(),
    )
}
