use heatmap::{Heatmap, Label, ScoreRow};
use leptos::{ev::MouseEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::{
    laid_out::LaidOut,
    place::legible,
    shown::Shown,
    words::{t, tf},
};

/// More tokens than this have narrow bars without a number on each.
const MOST_WITH_NUMBERS: usize = 40;
const WIDE: f32 = 44.0;
const NARROW: f32 = 10.0;
/// Height of the bars, and of what stands above and below them.
const BARS: f32 = 72.0;
const ABOVE: f32 = 16.0;
const BELOW: f32 = 56.0;
/// Longer tokens are cut in a chart; the table has them whole.
const LONGEST_LABEL: usize = 9;

/// What step functions say of each output token: a small chart for each, and all of
/// their numbers as a table.
#[component]
pub(crate) fn StepCharts(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// Which attributed target is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    let heatmap = Memo::new(move |_| shown.with(|shown| shown.heatmap.clone()));
    let charts = move || {
        heatmap.with(|heatmap| {
            let scores = heatmap.scores.iter();
            let charts = scores.map(|score| chart(score, &heatmap.columns, column));
            charts.collect_view()
        })
    };
    let is_open = RwSignal::new(false);
    view! {
        <div class="step-charts" data-testid="step-charts">{charts}</div>
        <details
            data-testid="step-table"
            on:toggle=move |_| is_open.update(|is_open| *is_open = !*is_open)
        >
            <summary>{t("The same numbers as a table")}</summary>
            {move || is_open.get().then(|| heatmap.with(table))}
        </details>
    }
}

fn chart(score: &ScoreRow, columns: &[Label], column: RwSignal<usize>) -> impl IntoView + use<> {
    let name = score.name.replace('_', " ");
    let words = in_words(score, columns);
    let scale = Scale::of(&score.values);
    let has_numbers = columns.len() <= MOST_WITH_NUMBERS;
    let slot = if has_numbers { WIDE } else { NARROW };
    let width = slot * columns.len() as f32 + BELOW;
    let height = ABOVE + BARS + BELOW;
    let bars = columns
        .iter()
        .zip(&score.values)
        .zip(&score.texts)
        .enumerate();
    let bars = bars.map(|(index, ((label, value), text))| {
        let middle = slot * (index as f32 + 0.5) + BELOW / 2.0;
        let (top, bar_height) = scale.bar(*value);
        let token = legible(label);
        // Of narrow bars, those of every tenth token have its name.
        let name = (has_numbers || index % 10 == 0).then(|| {
            let y = ABOVE + BARS + 12.0;
            let turned = format!("rotate(-40 {middle:.1} {y:.1})");
            view! {
                <text class="chart-token" x=middle y=y transform=turned text-anchor="end">
                    {cut(&token)}
                </text>
            }
        });
        let number = has_numbers.then(|| view! {
            <text class="chart-number" x=middle y=top - 4.0 text-anchor="middle">{text.clone()}</text>
        });
        view! {
            <g class="chart-bar" class:selected=move || column.get() == index data-column=index>
                <title>{format!("{token} ({}): {text}", label.position)}</title>
                <rect
                    class="chart-slot"
                    x=middle - slot / 2.0
                    y="0"
                    width=slot
                    height=height - BELOW
                />
                <rect
                    class="chart-value"
                    class:negative=value.is_some_and(|value| value < 0.0)
                    x=middle - slot * 0.35
                    y=top
                    width=slot * 0.7
                    height=bar_height
                />
                {number}
                {name}
            </g>
        }
    });
    let bars = bars.collect_view();
    let zero = scale.zero();
    view! {
        <figure class="step-chart">
            <figcaption>
                <h3>{name.clone()}</h3>
                <p class="help">{words.clone()}</p>
            </figcaption>
            <div class="scroll" role="region" aria-label=tf("Chart of {name}", &[("name", &name)]) tabindex="0">
                <svg
                    width=width
                    height=height
                    viewBox=format!("0 0 {width} {height}")
                    role="img"
                    aria-label=format!("{name}: {words}")
                    on:click=move |event| {
                        if let Some(index) = column_of(&event) {
                            column.set(index);
                        }
                    }
                >
                    <line class="chart-zero" x1="0" x2=width y1=zero y2=zero />
                    {bars}
                </svg>
            </div>
        </figure>
    }
}

/// The column that was clicked.
pub(super) fn column_of(event: &MouseEvent) -> Option<usize> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let bar = target.closest("[data-column]").ok()??;
    bar.get_attribute("data-column")?.parse().ok()
}

fn table(heatmap: &LaidOut) -> impl IntoView + use<> {
    let Heatmap {
        columns, scores, ..
    } = &**heatmap;
    let names = scores.iter().map(|score| score.name.replace('_', " "));
    let names = names.map(|name| view! { <th scope="col">{name}</th> });
    let names = names.collect_view();
    let rows = columns.iter().enumerate().map(|(index, label)| {
        let numbers = scores.iter().map(|score| {
            let text = score.texts.get(index).cloned().unwrap_or_default();
            view! { <td>{text}</td> }
        });
        view! {
            <tr>
                <th scope="row">
                    <span class="position">{label.position} " "</span>
                    {legible(label)}
                </th>
                {numbers.collect_view()}
            </tr>
        }
    });
    view! {
        <div class="scroll" role="region" aria-label=t("Step scores as a table") tabindex="0">
            <table class="measures" aria-label=t("Step scores") data-testid="step-numbers">
                <thead><tr><th scope="col">{t("Token")}</th>{names}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

/// The highest and the lowest value, with their tokens.
fn in_words(score: &ScoreRow, columns: &[Label]) -> String {
    let values = score.values.iter().zip(&score.texts).zip(columns);
    let values = values.filter_map(|((value, text), label)| Some(((*value)?, text, label)));
    let mut values: Vec<_> = values.collect();
    values.sort_by(|left, right| right.0.total_cmp(&left.0));
    let said = |(_, text, label): &(f32, &String, &Label)| {
        tf(
            "{value} at “{token}” ({position})",
            &[
                ("value", text),
                ("token", &legible(label)),
                ("position", &label.position),
            ],
        )
    };
    match values.as_slice() {
        [] => t("no values").to_owned(),
        [only] => said(only),
        [highest, .., lowest] => tf(
            "highest {highest}, lowest {lowest}",
            &[("highest", &said(highest)), ("lowest", &said(lowest))],
        ),
    }
}

fn cut(token: &str) -> String {
    let mut cut: String = token.chars().take(LONGEST_LABEL).collect();
    if cut.len() < token.len() {
        cut.push('…');
    }
    cut
}

/// From the lowest value, or zero, to the highest, or zero.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    lowest: f32,
    highest: f32,
}

impl Scale {
    fn of(values: &[Option<f32>]) -> Self {
        let finite = values.iter().flatten().filter(|value| value.is_finite());
        Self {
            lowest: finite.clone().copied().fold(0.0, f32::min),
            highest: finite.copied().fold(0.0, f32::max),
        }
    }

    fn y(self, value: f32) -> f32 {
        let span = (self.highest - self.lowest).max(f32::MIN_POSITIVE);
        let within = value.clamp(self.lowest, self.highest);
        ABOVE + (self.highest - within) / span * BARS
    }

    fn zero(self) -> f32 {
        self.y(0.0)
    }

    /// Top and height of a bar; no value has none.
    fn bar(self, value: Option<f32>) -> (f32, f32) {
        let (zero, end) = (self.zero(), self.y(value.unwrap_or(0.0)));
        (zero.min(end), (zero - end).abs())
    }
}

#[cfg(test)]
mod tests {
    use super::{ABOVE, BARS, Scale, cut, in_words};
    use crate::shown::Shown;

    #[test]
    fn bars_stand_on_zero() {
        let scale = Scale::of(&[Some(3.0), Some(-1.0), None, Some(f32::INFINITY)]);
        assert_eq!(scale.zero(), ABOVE + BARS * 0.75);
        assert_eq!(scale.bar(Some(3.0)), (ABOVE, BARS * 0.75));
        assert_eq!(scale.bar(Some(-1.0)), (scale.zero(), BARS * 0.25));
        assert_eq!(scale.bar(None), (scale.zero(), 0.0));
        assert_eq!(scale.bar(Some(f32::INFINITY)), scale.bar(Some(3.0)));
        let nothing = Scale::of(&[Some(0.0), None]);
        assert_eq!(nothing.bar(Some(0.0)).1, 0.0);
    }

    #[test]
    fn a_chart_is_said_by_its_ends() {
        let example = Shown::stored_example();
        let score = &example.heatmap.scores[0];
        let words = in_words(score, &example.heatmap.columns);
        assert!(
            words.starts_with("highest ") && words.contains(", lowest "),
            "{words}"
        );
        assert!(in_words(score, &[]).contains("no values"));
    }

    #[test]
    fn long_tokens_are_cut_between_characters() {
        assert_eq!(cut("ééééééééé"), "ééééééééé");
        assert_eq!(cut("éééééééééé"), "ééééééééé…");
    }
}
