use attribution_output::{Agreement, AgreementSettings, Compared};
use leptos::prelude::*;

use crate::words::{key, t, tf};

/// Which numbers are compared, by their value in the list.
const COMPARED: [(Compared, &str, &str); 2] = [
    (Compared::Magnitudes, "magnitudes", key("Magnitudes")),
    (Compared::Signed, "signed", key("Signed values")),
];

/// How many of the first tokens can be looked at.
const TOPS: [usize; 5] = [1, 2, 3, 5, 10];

/// How agreement is measured.
#[component]
pub(super) fn AgreementFields(
    /// The choice.
    settings: RwSignal<AgreementSettings>,
    /// What the ids of the fields begin with.
    id_start: &'static str,
) -> impl IntoView {
    let compared = Memo::new(move |_| settings.with(|settings| settings.compared));
    let k = Memo::new(move |_| settings.with(|settings| settings.k));
    let kinds = COMPARED.map(|(this, id, title)| {
        view! { <option value=id selected=move || compared.get() == this>{t(title)}</option> }
    });
    let tops = TOPS.map(|this| {
        view! { <option value=this.to_string() selected=move || k.get() == this>{this}</option> }
    });
    let choose_kind = move |value: String| {
        if let Some((this, ..)) = COMPARED.into_iter().find(|(_, id, _)| *id == value) {
            settings.update(|settings| settings.compared = this);
        }
    };
    let choose_top = move |value: String| {
        if let Ok(k) = value.parse() {
            settings.update(|settings| settings.k = k);
        }
    };
    view! {
        <label class="way">
            <span>{t("Compared are")}</span>
            <select
                data-testid=format!("{id_start}-compared")
                prop:value=move || {
                    let own = COMPARED.into_iter().find(|(this, ..)| *this == compared.get());
                    own.map(|(_, id, _)| id)
                }
                on:change:target=move |event| choose_kind(event.target().value())
            >
                {kinds.collect_view()}
            </select>
        </label>
        <label class="way">
            <span>{t("First tokens")}</span>
            <select
                data-testid=format!("{id_start}-top")
                prop:value=move || k.get().to_string()
                on:change:target=move |event| choose_top(event.target().value())
            >
                {tops.collect_view()}
            </select>
        </label>
    }
}

/// What the figures of agreement are called.
pub(super) fn headings(settings: AgreementSettings) -> [String; 3] {
    [
        "Spearman".to_owned(),
        "Kendall".to_owned(),
        tf("Shared of first {n}", &[("n", &settings.k)]),
    ]
}

/// The figures of agreement as they stand in a table, in the order of their headings.
pub(super) fn figures(agreement: &Agreement) -> [String; 3] {
    let correlation = |figure: Option<f64>| match figure {
        // Two digits of a zero need no sign.
        Some(figure) => format!("{:.2}", figure + 0.0)
            .replace("-0.00", "0.00")
            .replace('-', "−"),
        None => "–".to_owned(),
    };
    let share = |figure: Option<f64>| match figure {
        Some(figure) => format!("{:.0} %", figure * 100.0),
        None => "–".to_owned(),
    };
    [
        correlation(agreement.spearman),
        correlation(agreement.kendall),
        share(agreement.shared_top),
    ]
}

/// A table's cells of the figures of agreement. What is undefined is said in words.
pub(super) fn cells(agreement: &Agreement) -> impl IntoView + use<> {
    let cells = figures(agreement).map(|figure| match figure.as_str() {
        "–" => view! {
            <td><span aria-hidden="true">"–"</span><span class="visually-hidden">{t("undefined")}</span></td>
        }
        .into_any(),
        _ => view! { <td>{figure}</td> }.into_any(),
    });
    cells.collect_view()
}

/// What the figures mean, in sentences.
pub(super) fn explained(settings: AgreementSettings) -> String {
    let order = match settings.compared {
        Compared::Magnitudes => t(
            "For each explained token, the tokens before it are put in order by how much each \
             token gave, for or against, once by each result.",
        ),
        Compared::Signed => t(
            "For each explained token, the tokens before it are put in order by what each token \
             gave with its sign, so that what spoke against comes last, once by each result.",
        ),
    };
    let figures = tf(
        "Spearman and Kendall (tau-b) compare the two orders: 1 is the same, 0 is unrelated, −1 \
         is opposite. The last column is how many of the first {n} are the same. Only the order \
         counts, no scale. A dash is a figure that is undefined, such as of a single token; it is \
         in no mean.",
        &[("n", &settings.k)],
    );
    format!("{order} {figures}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_what_is_undefined_is_a_dash() {
        let agreement = Agreement {
            n_tokens: 4.0,
            spearman: Some(-0.25),
            kendall: Some(-0.001),
            shared_top: Some(2.0 / 3.0),
        };
        assert_eq!(figures(&agreement), ["−0.25", "0.00", "67 %"]);
        assert_eq!(figures(&Agreement::default()), ["–"; 3]);
        let settings = AgreementSettings {
            compared: Compared::Signed,
            k: 5,
        };
        assert_eq!(headings(settings)[2], "Shared of first 5");
        assert!(explained(settings).contains("with its sign"));
    }
}
