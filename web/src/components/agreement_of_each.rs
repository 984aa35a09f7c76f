use attribution_output::AgreementSettings;
use leptos::prelude::*;
use web_sys::Element;

use super::{
    agreement_fields::{FIGURES, heading, in_cell},
    legend::color_scale,
};
use crate::{
    comparing::pairwise::{Figure, PairwiseAgreement},
    words::{t, tf},
};

/// How much each method agrees with each other, one figure at a time. Folded, as most look
/// at one method first; folded, nothing is compared either.
#[component]
pub(super) fn AgreementOfEach(
    /// Their agreement, which is compared where it is read.
    pairs: Memo<PairwiseAgreement>,
    /// How agreement is measured.
    settings: RwSignal<AgreementSettings>,
) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let figure = RwSignal::new(Figure::Spearman);
    view! {
        <details
            class="agreement-of-each"
            data-testid="all-methods-each"
            on:toggle=move |event| {
                is_open.set(event_target::<Element>(&event).has_attribute("open"));
            }
        >
            <summary>{t("Agreement of each method with each other")}</summary>
            <Show when=move || is_open.get()>
                <FiguresOfEach pairs settings figure />
            </Show>
        </details>
    }
}

/// The figures, once there are any.
#[component]
fn FiguresOfEach(
    /// Their agreement.
    pairs: Memo<PairwiseAgreement>,
    /// How agreement is measured.
    settings: RwSignal<AgreementSettings>,
    /// Which figure is looked at.
    figure: RwSignal<Figure>,
) -> impl IntoView {
    let has_pairs = Memo::new(move |_| pairs.with(|pairs| pairs.names.len() > 1));
    let too_few = move || {
        let words = t("Once two methods have a result, their agreement stands here.");
        (!has_pairs.get()).then(|| view! { <p class="help">{words}</p> })
    };
    let name = Memo::new(move |_| {
        tf(
            "{figure} of each method with each other, mean of all explained tokens",
            &[("figure", &heading(figure.get(), settings.get()))],
        )
    });
    let head = move || {
        pairs.with(|pairs| {
            let names = pairs.names.iter();
            let cells =
                names.map(|name| view! { <th scope="col"><span>{name.clone()}</span></th> });
            cells.collect_view()
        })
    };
    let rows = move || {
        let figure = figure.get();
        pairs.with(|pairs| {
            let rows = (0..pairs.names.len()).map(|row| row_drawn(pairs, row, figure));
            rows.collect_view()
        })
    };
    let legend = move || match figure.get() {
        Figure::Spearman | Figure::Kendall => {
            color_scale(true, ["−1", "0", "1"].map(str::to_owned))
        }
        Figure::SharedTop => color_scale(false, ["0 %", "50 %", "100 %"].map(str::to_owned)),
    };
    view! {
        <div class="figures-of-each">
            {too_few}
            <Show when=move || has_pairs.get()>
                <div class="ways"><FigureField settings figure /></div>
                // What scrolls and may have the focus stays; only what is in it changes.
                <div class="scroll" tabindex="0" role="group" aria-label=move || name.get()>
                    <table class="heatmap numbers" data-testid="all-methods-each-table">
                        <caption class="visually-hidden">{move || name.get()}</caption>
                        <thead><tr><th scope="col">{t("Method")}</th>{head}</tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                <div class="legend" role="group" aria-label=t("Legend: agreement by color")>
                    {legend}
                </div>
                <p class="help">
                    {t("Means of all explained tokens. What two methods have in common stands twice, in the row of each.")}
                </p>
            </Show>
        </div>
    }
}

/// Which figure stands in the cells.
#[component]
fn FigureField(
    /// How agreement is measured.
    settings: RwSignal<AgreementSettings>,
    /// The choice.
    figure: RwSignal<Figure>,
) -> impl IntoView {
    let entries = move || {
        let settings = settings.get();
        let entries = FIGURES.map(|(this, id)| {
            let is_chosen = move || figure.get() == this;
            view! { <option value=id selected=is_chosen>{heading(this, settings)}</option> }
        });
        entries.collect_view()
    };
    let choose = move |value: String| {
        if let Some((this, _)) = FIGURES.into_iter().find(|(_, id)| *id == value) {
            figure.set(this);
        }
    };
    view! {
        <label class="way">
            <span>{t("Figure in the cells")}</span>
            <select
                data-testid="all-methods-figure"
                prop:value=move || {
                    let own = FIGURES.into_iter().find(|(this, _)| *this == figure.get());
                    own.map(|(_, id)| id)
                }
                on:change:target=move |event| choose(event.target().value())
            >
                {entries}
            </select>
        </label>
    }
}

fn row_drawn(pairs: &PairwiseAgreement, row: usize, figure: Figure) -> impl IntoView + use<> {
    let cells = (0..pairs.names.len()).map(|column| match pairs.between(row, column) {
        Some(agreement) => {
            let level = figure.of(&agreement).map(Figure::level);
            view! { <td data-level=level>{in_cell(figure, &agreement)}</td> }.into_any()
        }
        None => view! { <td class="itself">{t("itself")}</td> }.into_any(),
    });
    view! {
        <tr>
            <th scope="row">{pairs.names[row].clone()}</th>
            {cells.collect_view()}
        </tr>
    }
}
