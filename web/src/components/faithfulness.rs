use attribution_output::{FaithfulnessMeasures, FaithfulnessSettings, Removal};
use heatmap::aligned_numbers;
use leptos::prelude::*;

use super::{failure_notice::FailureNotice, progress_line::ProgressLine};
use crate::{
    measured::{BY_CHANCE, Measured, Question, requests},
    shown::Shown,
    state::{EngineStatus, Run, State},
    words::{key, t, tf},
    worker::Engine,
};

/// Names of columns, and when their numbers speak for the attribution.
const COLUMNS: [(&str, &str); 4] = [
    (key("Comprehensiveness"), key("high is faithful")),
    (key("Sufficiency"), key("low is faithful")),
    (key("Soft comprehensiveness"), key("high is faithful")),
    (key("Soft sufficiency"), key("low is faithful")),
];

/// What stands for a removed token, by its value in the list.
const REMOVALS: [(Removal, &str, &str); 2] = [
    (Removal::Unknown, "unknown", key("The unknown token")),
    (
        Removal::SameKind,
        "same_kind",
        key("Random tokens spelled alike"),
    ),
];

/// Measures how faithful the result is to its model, beside other results of the same
/// text.
#[component]
pub(crate) fn FaithfulnessPanel(
    /// The page's store.
    state: State,
    /// Whom to ask.
    engine: Engine,
) -> impl IntoView {
    let removal = RwSignal::new(Removal::default());
    let settings = move || FaithfulnessSettings {
        removal: removal.get(),
        ..FaithfulnessSettings::default()
    };
    let measure = move |_| {
        let settings = settings();
        let asked = state
            .shown
            .with_untracked(|shown| requests(shown, &settings));
        engine.measure(asked);
    };
    let is_measuring = Memo::new(move |_| state.measurement.with(Run::is_running));
    let cannot_measure = move || {
        is_measuring.get()
            || state.run.with(Run::is_running)
            || state.comparing.is_running()
            || matches!(state.engine.get(), EngineStatus::Dead { .. })
    };
    view! {
        <section class="faithfulness" aria-labelledby="faithfulness-title" data-testid="faithfulness">
            <h3 id="faithfulness-title">{t("Is it faithful?")}</h3>
            <p class="help">
                {t("Does the model need the words that this result names? They are removed, then all others are, and the score is watched. Measure other methods on the same text to compare them.")}
            </p>
            <div class="ways">
                <RemovalField removal />
                <button type="button" data-testid="measure" on:click=measure disabled=cannot_measure>
                    {move || if is_measuring.get() { t("Measuring…") } else { t("Measure") }}
                </button>
                <Show when=move || is_measuring.get()>
                    <button type="button" data-testid="cancel-measuring" on:click=move |_| engine.cancel()>
                        {t("Cancel")}
                    </button>
                </Show>
            </div>
            <ProgressLine run=state.measurement />
            <FailureNotice run=state.measurement />
            <MeasuresTable shown=state.shown measured=state.measured settings=Signal::derive(settings) />
        </section>
    }
}

/// What a removed token becomes.
#[component]
fn RemovalField(
    /// What was chosen.
    removal: RwSignal<Removal>,
) -> impl IntoView {
    let entries = REMOVALS.map(|(this, id, title)| {
        view! { <option value=id selected=move || removal.get() == this>{t(title)}</option> }
    });
    let choose = move |value: String| {
        let chosen = REMOVALS.into_iter().find(|(_, id, _)| *id == value);
        if let Some((chosen, _, _)) = chosen {
            removal.set(chosen);
        }
    };
    view! {
        <label class="way">
            <span>{t("Removed tokens become")}</span>
            <select data-testid="removal" on:change:target=move |event| choose(event.target().value())>
                {entries.collect_view()}
            </select>
        </label>
    }
}

/// A row for each result of the text, and one for chance.
#[component]
fn MeasuresTable(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// What was measured.
    measured: RwSignal<Measured>,
    /// How it would be measured now.
    settings: Signal<FaithfulnessSettings>,
) -> impl IntoView {
    let question = Memo::new(move |_| {
        shown.with(|shown| settings.with(|settings| Question::new(&shown.output, settings)))
    });
    let rows = Memo::new(move |_| {
        question.with(|question| {
            measured.with(|measured| measured.rows_for(question.as_ref()).to_vec())
        })
    });
    let has_rows = Memo::new(move |_| rows.with(|rows| !rows.is_empty()));
    let headings = || {
        COLUMNS.map(|(name, direction)| {
            view! { <th scope="col">{t(name)}" "<span class="help">{t(direction)}</span></th> }
        })
    };
    view! {
        <Show when=move || has_rows.get()>
            <div class="scroll" tabindex="0" role="group" aria-label=t("Measures of faithfulness")>
                <table class="measures" data-testid="measures">
                    <caption class="visually-hidden">{t("How faithful results of this text are to the model")}</caption>
                    <thead>
                        <tr><td></td>{headings().collect_view()}</tr>
                    </thead>
                    <tbody>{move || rows.with(|rows| drawn(rows))}</tbody>
                </table>
            </div>
            <p class="help" data-testid="measures-help">{move || rows.with(|rows| explained(rows))}</p>
        </Show>
    }
}

fn drawn(rows: &[(String, FaithfulnessMeasures)]) -> impl IntoView + use<> {
    let values = rows.iter().flat_map(|(_, mean)| mean.in_a_row());
    let numbers = aligned_numbers(&values.collect::<Vec<_>>());
    let rows = rows.iter().zip(numbers.chunks_exact(COLUMNS.len()));
    let row = |((name, _), numbers): (&(String, _), &[String])| {
        let cells = numbers
            .iter()
            .map(|number| view! { <td>{number.replace('-', "−")}</td> });
        let name = match name.as_str() {
            BY_CHANCE => t(BY_CHANCE).to_owned(),
            method => method.to_owned(),
        };
        view! { <tr><th scope="row">{name}</th>{cells.collect_view()}</tr> }
    };
    rows.map(row).collect_view()
}

/// What the numbers mean, in sentences.
fn explained(rows: &[(String, FaithfulnessMeasures)]) -> String {
    let Some((_, mean)) = rows.first() else {
        return String::new();
    };
    let scores = aligned_numbers(&[mean.score, mean.score_without_all]);
    let shares: Vec<String> = mean
        .curve
        .iter()
        .map(|point| format!("{}", (point.fraction * 100.0).round()))
        .collect();
    tf(
        "By how much the score falls, the mean over all explained tokens. Comprehensiveness: \
         without the tokens that gave most; sufficiency: with them alone; the mean over {shares} \
         % of the tokens. Soft: parts of every token are lost instead, the more the more it gave, \
         or the less. The score is {with} with all tokens and {without} without.",
        &[
            ("shares", &shares.join(", ")),
            ("with", &scores[0]),
            ("without", &scores[1]),
        ],
    )
}
