use leptos::{ev::KeyboardEvent, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, SvgElement};

use super::strongest_links::StrongestLinks;
use crate::{
    arc_layout::{ArcLayout, FONT, width},
    arcs::{End, Ends, MOST_LINKS},
    shown::Shown,
    words::{t, tf},
};

/// How many links of a token are read out.
const N_LINKS: usize = 3;
/// Stops of the slider; the first draws everything.
const STOPS: f32 = 100.0;

/// Lines from what was given to the output: wide where they are strong, dashed where they
/// pull away. A token that is pointed at, focused or chosen has its lines alone.
#[component]
pub(crate) fn ArcsView(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// Which attributed target is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    let heatmap = Memo::new(move |_| shown.with(|shown| shown.heatmap.clone()));
    let ends =
        Memo::new(move |_| shown.with(|shown| Ends::new(&shown.attribution, &shown.heatmap)));
    let layout = Memo::new(move |_| ends.with(ArcLayout::new));
    let least = RwSignal::new(None::<f32>);
    let pointed = RwSignal::new(None::<usize>);
    let focused = RwSignal::new(None::<usize>);
    let pinned = RwSignal::new(None::<usize>);
    let stop = RwSignal::new(0_usize);
    // The tokens of another text are others.
    Effect::watch(
        move || ends.track(),
        move |(), _, _| {
            pointed.set(None);
            pinned.set(None);
            stop.set(0);
        },
        false,
    );
    let alone = Memo::new(move |_| pointed.get().or(focused.get()).or(pinned.get()));
    let drawing = NodeRef::<html::Div>::new();
    let choose = move |token: usize| {
        pinned.update(|pinned| *pinned = (*pinned != Some(token)).then_some(token));
        if let Some(own) = ends.with_untracked(|ends| ends.tokens.get(token)?.column) {
            column.set(own);
        }
    };
    let press = move |event: KeyboardEvent| {
        let Some(token) = token_of(event.target()) else {
            return;
        };
        let last = ends.with_untracked(|ends| ends.tokens.len().saturating_sub(1));
        let next = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => (token + 1).min(last),
            "ArrowLeft" | "ArrowUp" => token.saturating_sub(1),
            "Home" => 0,
            "End" => last,
            "Enter" | " " => {
                event.prevent_default();
                return choose(token);
            }
            "Escape" => return pinned.set(None),
            _ => return,
        };
        event.prevent_default();
        stop.set(next);
        focus(drawing, next);
    };
    let tokens = move || {
        ends.with(|ends| {
            layout.with(|layout| {
                let labels = ends.tokens.iter().zip(&layout.labels).enumerate();
                let labels = labels.map(|(index, (end, label))| {
                    let signals = (pinned, stop, column);
                    token_drawn(index, ends.name(index), end, label, signals)
                });
                labels.collect_view()
            })
        })
    };
    let drawn = Memo::new(move |_| {
        heatmap.with(|heatmap| {
            ends.with(|ends| {
                let (links, n_all) = ends.links(heatmap, least.get(), alone.get());
                let lines = links
                    .iter()
                    .filter_map(|link| Line::of(link, layout, heatmap.range));
                // The strongest come last, and so on top.
                (lines.rev().collect::<Vec<_>>(), n_all)
            })
        })
    });
    let lines = move || drawn.with(|(lines, _)| lines.iter().map(Line::drawn).collect_view());
    let count = move || {
        drawn.with(|(lines, n_all)| {
            tf(
                "{n} of {total} links",
                &[("n", &lines.len()), ("total", n_all)],
            )
        })
    };
    let readout = move || match alone.get() {
        Some(token) => ends.with(|ends| heatmap.with(|it| ends.in_words(it, token, N_LINKS))),
        None => String::new(),
    };
    let size = move || layout.with(|layout| (layout.width, layout.height));
    view! {
        <h3 id="arcs-title">{t("Links from token to token")}</h3>
        <div class="ways">
            <Threshold least range=Signal::derive(move || heatmap.with(|it| it.range)) count=Signal::derive(count) />
        </div>
        <div
            node_ref=drawing
            class="scroll arcs"
            class:two-sides=move || ends.with(|ends| !ends.is_one_line)
            data-testid="arcs"
            on:keydown=press
            on:mouseover=move |event| pointed.set(token_of(event.target()))
            on:mouseleave=move |_| pointed.set(None)
            on:focusin=move |event| focused.set(token_of(event.target()))
            on:focusout=move |_| focused.set(None)
            on:click=move |event| {
                if let Some(token) = token_of(event.target()) {
                    choose(token);
                }
            }
        >
            <svg
                width=move || size().0
                height=move || size().1
                viewBox=move || format!("0 0 {} {}", size().0, size().1)
                role="group"
                aria-labelledby="arcs-title"
                aria-describedby="strongest-links"
                font-size=FONT
            >
                <g class="arc-lines" aria-hidden="true">{lines}</g>
                {tokens}
            </svg>
        </div>
        <p class="readout" role="status" data-testid="arcs-readout">
            {readout}
            <Show when=move || alone.get().is_none()>
                <span class="hint">
                    {t("Point at a token, or choose one, to see its links alone. Wide lines are strong; dashed ones pull away.")}
                </span>
            </Show>
        </p>
        <StrongestLinks heatmap />
    }
}

/// How weak a link may be that is still drawn.
#[component]
fn Threshold(
    /// The least magnitude, as a share of the largest; `None` for few of each token.
    least: RwSignal<Option<f32>>,
    /// The largest magnitude.
    range: Signal<f32>,
    /// How many are drawn.
    count: Signal<String>,
) -> impl IntoView {
    let words = move || match least.get() {
        Some(least) => {
            let least = format!("{:.3}", least * range.get());
            tf(
                "{least} and stronger: {count}",
                &[("least", &least), ("count", &count.get())],
            )
        }
        None => tf(
            "strongest of each token: {count}",
            &[("count", &count.get())],
        ),
    };
    view! {
        <label class="way walk">
            <span>{t("Weakest link that is drawn")}</span>
            <input
                type="range"
                min="0"
                max=STOPS
                step="1"
                data-testid="arcs-least"
                prop:value=move || (least.get().unwrap_or(0.1) * STOPS).to_string()
                aria-valuetext=words
                on:input:target=move |event| {
                    let stop = event.target().value().parse::<f32>().ok();
                    least.set(stop.map(|stop| stop / STOPS));
                }
            />
            <span class="walk-words" data-testid="arcs-count">{words}</span>
        </label>
        <label class="way check">
            <input
                type="checkbox"
                data-testid="arcs-few"
                prop:checked=move || least.get().is_none()
                on:change:target=move |event| {
                    least.set((!event.target().checked()).then_some(0.1));
                }
            />
            <span>{t("Only the strongest of each token")}</span>
        </label>
        <Show when=move || least.get() == Some(0.0)>
            <p class="help">{tf("At most {n} are drawn, the strongest.", &[("n", &MOST_LINKS)])}</p>
        </Show>
    }
}

/// A line as it is drawn.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    path: String,
    width: String,
    is_negative: bool,
}

impl Line {
    fn of(link: &crate::arcs::Link<'_>, layout: Memo<ArcLayout>, range: f32) -> Option<Self> {
        Some(Self {
            path: layout.with(|layout| layout.path(link))?,
            width: format!("{:.2}", width(link.value, range)),
            is_negative: link.value < 0.0,
        })
    }

    fn drawn(&self) -> impl IntoView + use<> {
        view! {
            <path
                class="arc"
                class:negative=self.is_negative
                data-testid="arc"
                d=self.path.clone()
                stroke-width=self.width.clone()
            />
        }
    }
}

/// A token; of it are told which is pinned, which the tabulator reaches, and which column
/// is looked at.
fn token_drawn(
    index: usize,
    name: String,
    end: &End,
    label: &crate::arc_layout::Label,
    (pinned, stop, column): (RwSignal<Option<usize>>, RwSignal<usize>, RwSignal<usize>),
) -> impl IntoView + use<> {
    let own_column = end.column;
    let [left, top, width, height] = label.area;
    view! {
        <g
            class="arc-token"
            class:selected=move || own_column == Some(column.get())
            role="button"
            aria-label=name.clone()
            aria-pressed=move || (pinned.get() == Some(index)).to_string()
            tabindex=move || if stop.get() == index { "0" } else { "-1" }
            data-token=index
            data-testid="arc-token"
        >
            <title>{name.clone()}</title>
            <rect x=left y=top width=width height=height rx="3" />
            <text x=left + width / 2.0 y=top + height / 2.0 + FONT * 0.35 text-anchor="middle">
                {label.text.clone()}
            </text>
        </g>
    }
}

fn token_of(target: Option<EventTarget>) -> Option<usize> {
    let target: Element = target?.dyn_into().ok()?;
    let token = target.closest("[data-token]").ok()??;
    token.get_attribute("data-token")?.parse().ok()
}

fn focus(drawing: NodeRef<html::Div>, token: usize) {
    let selector = format!("[data-token='{token}']");
    let element = drawing
        .get_untracked()
        .and_then(|drawing| drawing.query_selector(&selector).ok().flatten())
        .and_then(|element| element.dyn_into::<SvgElement>().ok());
    if let Some(element) = element {
        // An element that refuses focus keeps its lines; nothing is lost.
        let _ = element.focus();
    }
}
