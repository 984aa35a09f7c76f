use attribution_output::{Agreement, AgreementSettings, Compared};
use leptos::prelude::*;

use crate::{
    comparing::pairwise::Figure,
    words::{key, t, tf},
};

/// Which numbers are compared, by their value in the list.
const COMPARED: [(Compared, &str, &str); 2] = [
    (Compared::Magnitudes, "magnitudes", key("Magnitudes")),
    (Compared::Signed, "signed", key("Signed values")),
];

/// The figures of agreement in the order to show them, and their value in a list.
pub(super) const FIGURES: [(Figure, &str); 3] = [
    (Figure::Spearman, "spearman"),
    (Figure::Kendall, "kendall"),
    (Figure::SharedTop, "shared_top"),
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
    FIGURES.map(|(figure, _)| heading(figure, settings))
}

/// What a figure of agreement is called.
pub(super) fn heading(figure: Figure, settings: AgreementSettings) -> String {
    match figure {
        Figure::Spearman => "Spearman".to_owned(),
        Figure::Kendall => "Kendall".to_owned(),
        Figure::SharedTop => tf("Shared of first {n}", &[("n", &settings.k)]),
    }
}

/// A figure of agreement as it stands in a table.
fn written(figure: Figure, agreement: &Agreement) -> String {
    match (figure, figure.of(agreement)) {
        (_, None) => "–".to_owned(),
        (Figure::SharedTop, Some(share)) => format!("{:.0} %", share * 100.0),
        // Two digits of a zero need no sign.
        (Figure::Spearman | Figure::Kendall, Some(correlation)) => {
            format!("{:.2}", correlation + 0.0)
                .replace("-0.00", "0.00")
                .replace('-', "−")
        }
    }
}

/// What stands in a table's cell of a figure. What is undefined is said in words.
pub(super) fn in_cell(figure: Figure, agreement: &Agreement) -> AnyView {
    let written = written(figure, agreement);
    match written.as_str() {
        "–" => view! {
            <span aria-hidden="true">"–"</span>
            <span class="visually-hidden">{t("undefined")}</span>
        }
        .into_any(),
        _ => written.into_any(),
    }
}

/// A table's cells of the figures of agreement, in the order of their headings.
pub(super) fn cells(agreement: &Agreement) -> impl IntoView + use<> {
    let cells = FIGURES.map(|(figure, _)| view! { <td>{in_cell(figure, agreement)}</td> });
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
        let figures = |agreement: &Agreement| FIGURES.map(|(figure, _)| written(figure, agreement));
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
