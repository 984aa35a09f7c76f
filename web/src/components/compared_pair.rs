use attribution_output::AgreementSettings;
use leptos::prelude::*;

use super::{
    agreement_fields::{cells, explained, headings},
    compare::origin_in_words,
    legend::scale,
    number_table::{legible, number_table},
    plain_tint::plain_tint,
};
use crate::comparing::{
    comparison::{Comparison, SettingOfBoth, settings_of_both, signed},
    seen::Seen,
};

/// How many tokens are named that gave most, or changed most.
const N_NAMED: usize = 3;

/// Two results: what differs between how they were made, both, and what changes from the
/// first to the second.
pub(super) fn pair_drawn(
    seen: &[Seen; 2],
    comparison: &Result<Comparison, String>,
    column: RwSignal<usize>,
    settings: AgreementSettings,
) -> impl IntoView + use<> {
    let [first, second] = seen;
    let columns_of = |which: usize| -> Vec<usize> {
        let columns = comparison.as_ref().map(|it| it.columns.as_slice());
        let columns = columns.unwrap_or_default().iter();
        columns.map(|columns| columns[which]).collect()
    };
    let sides = [("First", first, 0), ("Second", second, 1)]
        .map(|(title, seen, which)| side_drawn(title, seen, columns_of(which), column));
    let common = match comparison {
        Ok(comparison) => common_drawn(comparison, settings).into_any(),
        Err(words) => {
            let words = format!("No difference and no figures of agreement: {words}.");
            view! { <p class="help" data-testid="compare-apart">{words}</p> }.into_any()
        }
    };
    view! {
        {settings_drawn(first, second)}
        <div class="compare-sides">{sides.collect_view()}</div>
        {common}
    }
}

/// One of both. `columns` are its own, of the tokens that both explain; `column` says
/// which of those is looked at.
fn side_drawn(
    title: &'static str,
    seen: &Seen,
    columns: Vec<usize>,
    column: RwSignal<usize>,
) -> impl IntoView + use<> {
    let heading = format!("{title}: {}", seen.name());
    let test_id = match title {
        "First" => "compare-first-table",
        _ => "compare-second-table",
    };
    let origin = origin_in_words(&seen.shown);
    let table = number_table(&seen.heatmap, heading.clone(), test_id, unsigned);
    let (seen, reading) = (seen.clone(), seen.reading());
    let tinted = move || {
        let own = columns.get(column.get()).copied();
        let strongest = own.map(|own| {
            let token = seen.heatmap.columns.get(own).map(legible);
            format!(
                "Most was given to “{}” by {}.",
                token.unwrap_or_default(),
                seen.strongest_in_words(own, N_NAMED)
            )
        });
        view! {
            {plain_tint(&reading, own)}
            <p class="help">{strongest}</p>
        }
    };
    let name = heading.clone();
    view! {
        <section class="compare-side" aria-label=name>
            <h4>{heading}</h4>
            <p class="help">{origin}</p>
            {tinted}
            {table}
        </section>
    }
}

fn common_drawn(comparison: &Comparison, settings: AgreementSettings) -> impl IntoView + use<> {
    let left_out = (!comparison.is_whole).then_some(
        "Not everything is in both: only tokens that stand in the same place of both are \
         compared, and their positions are counted anew.",
    );
    let changes = match comparison.largest_changes(N_NAMED) {
        changes if changes.is_empty() => "Nothing differs.".to_owned(),
        changes => format!("Largest changes: {}.", changes.join(", ")),
    };
    let table = number_table(
        &comparison.difference,
        "Second minus first".to_owned(),
        "difference",
        signed,
    );
    view! {
        <section class="compare-side" aria-labelledby="difference-title">
            <h4 id="difference-title">"Second minus first"</h4>
            <p class="help">{left_out}</p>
            <p data-testid="difference-words">{changes}</p>
            {table}
            <div class="legend" role="group" aria-label="Legend: difference by color">
                {scale(&comparison.difference)}
            </div>
            <p class="help">
                "A difference has a meaning where both are measured by the same scale: choose one under “Scale” above."
            </p>
        </section>
        {agreement_drawn(comparison, settings)}
    }
}

fn agreement_drawn(comparison: &Comparison, settings: AgreementSettings) -> impl IntoView + use<> {
    let head = headings(settings).map(|title| view! { <th scope="col">{title}</th> });
    let tokens = comparison
        .agreement
        .targets
        .iter()
        .zip(&comparison.difference.columns);
    let rows = tokens.map(|((_, agreement), label)| {
        view! {
            <tr>
                <th scope="row">{legible(label)}</th>
                <td>{agreement.n_tokens}</td>
                {cells(agreement)}
            </tr>
        }
    });
    let mean = comparison.agreement.mean;
    view! {
        <section class="compare-side" aria-labelledby="agreement-title">
            <h4 id="agreement-title">"Do they agree?"</h4>
            <div class="scroll" tabindex="0" role="group" aria-label="Figures of agreement">
                <table class="measures" data-testid="agreement">
                    <caption class="visually-hidden">"How much both results agree, for each explained token"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Explained token"</th>
                            <th scope="col">"Tokens"</th>
                            {head.collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        <tr class="mean">
                            <th scope="row">"Mean of all"</th>
                            <td>{format!("{:.1}", mean.n_tokens)}</td>
                            {cells(&mean)}
                        </tr>
                        {rows.collect_view()}
                    </tbody>
                </table>
            </div>
            <p class="help" data-testid="agreement-help">{explained(settings)}</p>
        </section>
    }
}

fn settings_drawn(first: &Seen, second: &Seen) -> impl IntoView + use<> {
    let [different, same] = settings_of_both(first, second);
    let rows = |settings: Vec<SettingOfBoth>| {
        let rows = settings.into_iter().map(|SettingOfBoth { name, values }| {
            let values = values.map(|value| value.unwrap_or_else(|| "–".to_owned()));
            let [first, second] = values;
            view! { <tr><th scope="row">{name}</th><td>{first}</td><td>{second}</td></tr> }
        });
        rows.collect_view()
    };
    let words = match different.is_empty() {
        true => "Both were made in the same way.",
        false => "What differs between how they were made:",
    };
    let table = (!different.is_empty()).then(|| {
        view! {
            <div class="scroll" tabindex="0" role="group" aria-label="Settings that differ">
                <table class="measures settings-of-both" data-testid="settings-differ">
                    <thead>
                        <tr><td></td><th scope="col">"First"</th><th scope="col">"Second"</th></tr>
                    </thead>
                    <tbody>{rows(different)}</tbody>
                </table>
            </div>
        }
    });
    let n_same = same.len();
    let same = same.into_iter().map(|SettingOfBoth { name, values }| {
        let [value, _] = values.map(Option::unwrap_or_default);
        view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
    });
    view! {
        <div>
            <p data-testid="settings-words">{words}</p>
            {table}
            <details>
                <summary>{format!("Settings of both ({n_same})")}</summary>
                <dl class="settings" data-testid="settings-same">{same.collect_view()}</dl>
            </details>
        </div>
    }
}

/// Numbers of one result stand as they are, with a minus that reads as one.
fn unsigned(text: &str) -> String {
    text.replace('-', "−")
}
