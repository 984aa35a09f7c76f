use attribution_output::AgreementSettings;
use leptos::prelude::*;

use super::{
    agreement_fields::{cells, explained, headings},
    compare::origin_in_words,
    legend::scale,
    number_table::number_table,
    plain_tint::plain_tint,
    settings_list::in_words,
};
use crate::{
    comparing::{
        comparison::{Comparison, SettingOfBoth, settings_of_both, signed},
        seen::Seen,
    },
    place::legible,
    words::{t, tf},
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
    let sides = [
        (t("First"), "compare-first-table", first, 0),
        (t("Second"), "compare-second-table", second, 1),
    ]
    .map(|(title, test_id, seen, which)| {
        let heading = format!("{title}: {}", seen.name());
        side_drawn(heading, test_id, seen, columns_of(which), column)
    });
    let common = match comparison {
        Ok(comparison) => common_drawn(comparison, settings).into_any(),
        Err(words) => {
            let words = tf(
                "No difference and no figures of agreement: {reason}.",
                &[("reason", words)],
            );
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
    heading: String,
    test_id: &'static str,
    seen: &Seen,
    columns: Vec<usize>,
    column: RwSignal<usize>,
) -> impl IntoView + use<> {
    let origin = origin_in_words(&seen.shown);
    let table = number_table(&seen.heatmap, heading.clone(), test_id, unsigned);
    let seen = seen.clone();
    let tinted = move || {
        let own = columns.get(column.get()).copied();
        let strongest = own.map(|own| {
            let token = seen.heatmap.columns.get(own).map(legible);
            tf(
                "Most was given to “{token}” by {givers}.",
                &[
                    ("token", &token.unwrap_or_default()),
                    ("givers", &seen.strongest_in_words(own, N_NAMED)),
                ],
            )
        });
        view! {
            {plain_tint(&seen, own)}
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
    let left_out = (!comparison.is_whole).then(|| {
        t(
            "Not everything is in both: only tokens that stand in the same place of both are \
           compared, and their positions are counted anew.",
        )
    });
    let changes = match comparison.largest_changes(N_NAMED) {
        changes if changes.is_empty() => t("Nothing differs.").to_owned(),
        changes => tf(
            "Largest changes: {changes}.",
            &[("changes", &changes.join(", "))],
        ),
    };
    let table = number_table(
        &comparison.difference,
        t("Second minus first").to_owned(),
        "difference",
        signed,
    );
    let legend = (comparison.difference.range > 0.0).then(|| {
        view! {
            <div class="legend" role="group" aria-label=t("Legend: difference by color")>
                {scale(&comparison.difference)}
            </div>
        }
    });
    view! {
        <section class="compare-side" aria-labelledby="difference-title">
            <h4 id="difference-title">{t("Second minus first")}</h4>
            <p class="help">{left_out}</p>
            <p data-testid="difference-words">{changes}</p>
            {table}
            {legend}
            <p class="help">
                {t("A difference has a meaning where both are measured by the same scale: choose one under “Scale” above.")}
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
            <h4 id="agreement-title">{t("Do they agree?")}</h4>
            <div class="scroll" tabindex="0" role="group" aria-label=t("Figures of agreement")>
                <table class="measures" data-testid="agreement">
                    <caption class="visually-hidden">{t("How much both results agree, for each explained token")}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{t("Explained token")}</th>
                            <th scope="col">{t("Tokens")}</th>
                            {head.collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        <tr class="mean">
                            <th scope="row">{t("Mean of all")}</th>
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
            let values = values.map(|value| value.map_or_else(|| "–".to_owned(), in_words));
            let [first, second] = values;
            view! { <tr><th scope="row">{in_words(name)}</th><td>{first}</td><td>{second}</td></tr> }
        });
        rows.collect_view()
    };
    let words = match different.is_empty() {
        true => t("Both were made in the same way."),
        false => t("What differs between how they were made:"),
    };
    let table = (!different.is_empty()).then(|| {
        view! {
            <div class="scroll" tabindex="0" role="group" aria-label=t("Settings that differ")>
                <table class="measures settings-of-both" data-testid="settings-differ">
                    <thead>
                        <tr><td></td><th scope="col">{t("First")}</th><th scope="col">{t("Second")}</th></tr>
                    </thead>
                    <tbody>{rows(different)}</tbody>
                </table>
            </div>
        }
    });
    let n_same = same.len();
    let same = same.into_iter().map(|SettingOfBoth { name, values }| {
        let [value, _] = values.map(Option::unwrap_or_default);
        view! { <div><dt>{in_words(name)}</dt><dd>{in_words(value)}</dd></div> }
    });
    view! {
        <div>
            <p data-testid="settings-words">{words}</p>
            {table}
            <details>
                <summary>{tf("Settings of both ({n})", &[("n", &n_same)])}</summary>
                <dl class="settings" data-testid="settings-same">{same.collect_view()}</dl>
            </details>
        </div>
    }
}

/// Numbers of one result stand as they are, with a minus that reads as one.
fn unsigned(text: &str) -> String {
    text.replace('-', "−")
}
