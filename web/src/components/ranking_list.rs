use heatmap::Side;
use leptos::prelude::*;

use super::strongest_links::StrongestLinks;
use crate::{
    place::legible,
    ranking::{Ranked, ranked},
    shown::Shown,
    words::{t, tf},
};

/// How many are listed at first.
const FEW: usize = 20;
/// Half the width of a bar's box.
const HALF: f32 = 50.0;

/// The tokens that the chosen one hangs on, strongest first, with bars and numbers. What
/// pulls towards it grows to the right and is filled; what pulls away grows to the left
/// and is hollow.
#[component]
pub(crate) fn RankingList(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// Which attributed target is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    let heatmap = Memo::new(move |_| shown.with(|shown| shown.heatmap.clone()));
    let list = Memo::new(move |_| heatmap.with(|heatmap| ranked(heatmap, column.get())));
    let is_whole = RwSignal::new(false);
    let title = move || {
        let label = heatmap.with(|it| Some(legible(it.columns.get(column.get())?)));
        tf(
            "What “{token}” hangs on, strongest first",
            &[("token", &label.unwrap_or_default())],
        )
    };
    let has_two_sides = Memo::new(move |_| heatmap.with(|heatmap| heatmap.parts.len() > 1));
    let rows = move || {
        let n = if is_whole.get() { usize::MAX } else { FEW };
        let has_sides = has_two_sides.get();
        list.with(|list| {
            let list = list.iter().take(n).enumerate();
            list.map(|(index, ranked)| drawn(index + 1, ranked, has_sides))
                .collect_view()
        })
    };
    let n_all = move || list.with(Vec::len);
    let is_long = move || n_all() > FEW;
    view! {
        <h3 id="ranking-title">{title}</h3>
        <table class="ranking" aria-labelledby="ranking-title" data-testid="ranking">
            <thead>
                <tr>
                    <th scope="col">{t("Rank")}</th>
                    <th scope="col">{t("Token")}</th>
                    <th scope="col">{t("Gave")}</th>
                    <td></td>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        <Show when=is_long>
            <button
                type="button"
                data-testid="ranking-all"
                aria-pressed=move || is_whole.get().to_string()
                on:click=move |_| is_whole.update(|is_whole| *is_whole = !*is_whole)
            >
                {move || match is_whole.get() {
                    true => tf("Only the first {n}", &[("n", &FEW)]),
                    false => tf("All {n}", &[("n", &n_all())]),
                }}
            </button>
        </Show>
        <StrongestLinks heatmap />
    }
}

fn drawn(rank: usize, ranked: &Ranked, has_sides: bool) -> impl IntoView + use<> {
    let Ranked {
        side,
        position,
        token,
        value,
        share,
    } = ranked;
    let width = share.abs() * HALF;
    let left = if *share < 0.0 { HALF - width } else { HALF };
    let place = match side {
        Side::Source if has_sides => tf("source {position}", &[("position", position)]),
        Side::Target if has_sides => tf("text so far {position}", &[("position", position)]),
        _ => position.to_string(),
    };
    view! {
        <tr>
            <td class="rank">{rank}</td>
            <th scope="row">
                <bdi>{token.clone()}</bdi>
                <span class="position">" " {place}</span>
            </th>
            <td class="number">{value.clone()}</td>
            <td class="bar" aria-hidden="true">
                <svg viewBox="-1 0 102 12" preserveAspectRatio="none" focusable="false">
                    <line x1=HALF y1="0" x2=HALF y2="12" />
                    <rect
                        class:negative=*share < 0.0
                        x=format!("{left:.2}")
                        y="1.5"
                        width=format!("{width:.2}")
                        height="9"
                    />
                </svg>
            </td>
        </tr>
    }
}
