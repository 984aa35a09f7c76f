use attribution_output::AgreementSettings;
use js_sys::Date;
use leptos::{html::Select, prelude::*, task::spawn_local};
use web_sys::HtmlInputElement;

use super::{
    agreement_fields::AgreementFields, compare_again::CompareAgain, compared_pair::pair_drawn,
    failure_notice::FailureNotice, history_list::when, open_result::read_file,
    progress_line::ProgressLine,
};
use crate::{
    comparing::{Choice, comparison::Comparison, seen::Seen},
    place::legible,
    shown::{Origin, Shown},
    state::{Run, State},
    words::{t, tf},
    worker::Engine,
};

/// What is known of the two that are compared.
type Compared = Option<Result<[Seen; 2], String>>;

/// Two results side by side, and how much they agree.
#[component]
pub(crate) fn ComparePanel(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let comparing = state.comparing;
    let settings = comparing.settings;
    let compared = Memo::new_with_compare(move |_| both(state), |_, _| true);
    let comparison = Memo::new(move |_| {
        let settings = settings.get();
        compared.with(|compared| comparison_of(compared, settings))
    });
    let column = RwSignal::new(0_usize);
    let is_compared = Memo::new(move |_| compared.with(|compared| matches!(compared, Some(Ok(_)))));
    let why_not = move || {
        compared.with(|compared| match compared {
            Some(Err(words)) => Some(view! { <p class="notice">{words.clone()}</p> }),
            _ => None,
        })
    };
    view! {
        <section class="compare" aria-labelledby="compare-title" data-testid="compare">
            <h3 id="compare-title">{t("Compare")}</h3>
            <p class="help">
                {t("Two results side by side, such as of two methods, models, inputs or outputs: what differs between them, and how much they agree.")}
            </p>
            <div class="ways">
                <SideField state which=0 title=t("First") test_id="compare-first" />
                <SideField state which=1 title=t("Second") test_id="compare-second" />
                <FileField state />
            </div>
            <CompareAgain state engine />
            <AsideStatus state engine is_for_all=false cancel_id="cancel-comparing" />
            <div role="alert" data-testid="compare-failure">{why_not}</div>
            <Show when=move || is_compared.get()>
                <div class="ways">
                    <ColumnField compared comparison column />
                    <AgreementFields settings id_start="compare" />
                </div>
                {move || {
                    compared.with(|compared| {
                        let seen = compared.as_ref()?.as_ref().ok()?;
                        let comparison = comparison.get()?;
                        Some(pair_drawn(seen, &comparison, column, settings.get()))
                    })
                }}
            </Show>
        </section>
    }
}

/// Both sides as they are looked at; `None` while one is not chosen.
fn both(state: State) -> Compared {
    let sides = state.comparing.sides.get();
    if sides.contains(&Choice::Nothing) {
        return None;
    }
    let seen = |choice| {
        let shown = state
            .comparing
            .chosen(choice, state.shown, state.history)?
            .ok_or_else(|| t("nothing is chosen").to_owned())?;
        state.ways.with(|ways| Seen::new(shown, ways))
    };
    let named = |name: &str, choice| seen(choice).map_err(|error| format!("{name}: {error}."));
    let both =
        named(t("First"), sides[0]).and_then(|first| Ok([first, named(t("Second"), sides[1])?]));
    Some(both)
}

fn comparison_of(
    compared: &Compared,
    settings: AgreementSettings,
) -> Option<Result<Comparison, String>> {
    let [first, second] = compared.as_ref()?.as_ref().ok()?;
    Some(Comparison::new(first, second, settings))
}

/// Which result stands on a side.
#[component]
fn SideField(
    /// The page's store.
    state: State,
    /// Which side, from 0.
    which: usize,
    /// Its name.
    title: &'static str,
    /// For browser tests.
    test_id: &'static str,
) -> impl IntoView {
    let sides = state.comparing.sides;
    let chosen = Memo::new(move |_| sides.with(|sides| sides[which]));
    let list = NodeRef::<Select>::new();
    // Entries come and go, and then the browser may have another one chosen.
    Effect::new(move || {
        state.history.track();
        state.comparing.held.track();
        let value = chosen.get().value();
        if let Some(list) = list.get() {
            request_animation_frame(move || list.set_value(&value));
        }
    });
    let on_screen = Memo::new(move |_| {
        state.shown.with(|shown| {
            tf(
                "On screen: {method}, {model}",
                &[("method", &shown.method()), ("model", &shown.model())],
            )
        })
    });
    let entry = move |choice: Choice, title: String| {
        view! { <option value=choice.value() selected=move || chosen.get() == choice>{title}</option> }
    };
    let held = move || {
        let held = state.comparing.held.get().into_iter();
        held.map(|held| entry(Choice::At(held.at_ms), held.title))
            .collect_view()
    };
    let earlier = move || {
        let held = state
            .comparing
            .held
            .with(|held| held.iter().map(|held| held.at_ms).collect::<Vec<_>>());
        let runs = state.history.get().runs.into_iter();
        let others = runs.filter(|run| run.has_result && !held.contains(&run.ended_ms));
        others
            .map(|run| {
                let title = format!("{} ({})", run.title, when(run.ended_ms));
                entry(Choice::At(run.ended_ms), title)
            })
            .collect_view()
    };
    view! {
        <label class="way side-field">
            <span>{title}</span>
            <select
                node_ref=list
                data-testid=test_id
                on:change:target=move |event| {
                    let choice = Choice::from_value(&event.target().value());
                    sides.update(|sides| sides[which] = choice);
                }
            >
                {entry(Choice::Nothing, t("Choose a result").to_owned())}
                {move || entry(Choice::OnScreen, on_screen.get())}
                {entry(Choice::StoredExample, t("The stored example").to_owned())}
                <optgroup label=t("Opened or made to compare")>{held}</optgroup>
                <optgroup label=t("Earlier runs")>{earlier}</optgroup>
            </select>
        </label>
    }
}

/// Opens a file to stand on the second side.
#[component]
fn FileField(
    /// The page's store.
    state: State,
) -> impl IntoView {
    let failure = RwSignal::new(None::<String>);
    let open = move |field: HtmlInputElement| {
        let Some(file) = field.files().and_then(|files| files.get(0)) else {
            return;
        };
        let name = file.name();
        spawn_local(async move {
            let read = read_file(file).await;
            failure.set(read.as_ref().err().cloned());
            if let Ok(shown) = read {
                state.comparing.hold(name, shown, Date::now());
            }
        });
        // The same file may be chosen again after it was changed.
        field.set_value("");
    };
    view! {
        <label class="way">
            <span>{t("Second, from a file")}</span>
            <input
                type="file"
                accept=".json,.gz,application/json"
                data-testid="compare-file"
                on:change=move |event| open(event_target(&event))
            />
        </label>
        <div role="alert" data-testid="compare-file-failure">
            {move || failure.get().map(|words| view! { <p class="notice">{words}</p> })}
        </div>
    }
}

/// Which explained token is looked at in both.
#[component]
fn ColumnField(
    /// Both sides.
    compared: Memo<Compared>,
    /// What they have in common.
    comparison: Memo<Option<Result<Comparison, String>>>,
    /// The choice, by its place among the common tokens.
    column: RwSignal<usize>,
) -> impl IntoView {
    let tokens = Memo::new(move |_| {
        let titles = comparison.with(|comparison| {
            let comparison = comparison.as_ref()?.as_ref().ok()?;
            let labels = comparison.difference.columns.iter();
            Some(labels.map(legible).collect::<Vec<_>>())
        });
        titles.unwrap_or_default()
    });
    // Another pair has other tokens.
    Effect::new(move || {
        compared.track();
        let n = tokens.with(Vec::len);
        column.update(|column| *column = (*column).min(n.saturating_sub(1)));
    });
    token_field("compare-token", tokens, column)
}

/// A list of explained tokens to choose one from.
pub(super) fn token_field(
    test_id: &'static str,
    tokens: Memo<Vec<String>>,
    column: RwSignal<usize>,
) -> impl IntoView {
    let entries = move || {
        let entries = tokens.get().into_iter().enumerate().map(|(index, token)| {
            let title = format!("{}: {token}", index + 1);
            let is_chosen = move || column.get() == index;
            view! { <option value=index.to_string() selected=is_chosen>{title}</option> }
        });
        entries.collect_view()
    };
    view! {
        <Show when=move || tokens.with(|tokens| !tokens.is_empty())>
            <label class="way">
                <span>{t("Output token to explain")}</span>
                <select
                    data-testid=test_id
                    prop:value=move || column.get().to_string()
                    on:change:target=move |event| {
                        if let Ok(index) = event.target().value().parse() {
                            column.set(index);
                        }
                    }
                >
                    {entries}
                </select>
            </label>
        </Show>
    }
}

/// How a run goes whose result is compared, and why there is none.
#[component]
pub(super) fn AsideStatus(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
    /// Whether runs of all methods are meant, or one by itself.
    is_for_all: bool,
    /// The test id of the button that ends it.
    cancel_id: &'static str,
) -> impl IntoView {
    let comparing = state.comparing;
    let own = RwSignal::new(Run::Idle);
    Effect::new(move || {
        let run = comparing.run.get();
        own.set(match comparing.is_for_all.get() == is_for_all {
            true => run,
            false => Run::Idle,
        });
    });
    let is_running = Memo::new(move |_| own.with(Run::is_running));
    view! {
        <Show when=move || is_running.get()>
            <button type="button" class="cancel" data-testid=cancel_id on:click=move |_| engine.cancel()>
                {t("Cancel")}
            </button>
        </Show>
        <ProgressLine run=own />
        <FailureNotice run=own />
    }
}

/// Where a result is from, in a word or two.
pub(super) fn origin_in_words(shown: &Shown) -> String {
    match &shown.origin {
        Origin::StoredExample => t("the stored example").to_owned(),
        Origin::Computed { seconds } => tf(
            "computed in {seconds} s",
            &[("seconds", &format!("{seconds:.2}"))],
        ),
        Origin::Opened { name } => tf("from {name}", &[("name", name)]),
        Origin::Linked => t("from a link").to_owned(),
        Origin::Kept => t("an earlier run").to_owned(),
    }
}
