use heatmap::Theme;
use leptos::{
    ev::{KeyboardEvent, MouseEvent},
    html::{Canvas, Div},
    prelude::*,
};
use web_sys::HtmlCanvasElement;

use crate::{
    canvas_drawing::{Look, Marks, Palette, context_of, pixels},
    canvas_geometry::Geometry,
    laid_out::LaidOut,
    place::Place,
    watched_element::WatchedElement,
    words::{t, tf},
};

/// The same as the table where that would be too large: cells as pixels, of which only
/// those in view are drawn; labels that stay in view; a cell that arrow keys move.
#[component]
pub(crate) fn HeatmapCanvas(
    /// What is drawn.
    heatmap: Memo<LaidOut>,
    /// Which column is looked at.
    #[prop(into)]
    column: Signal<Option<usize>>,
    /// Which row is looked at.
    #[prop(into)]
    row: Signal<Option<usize>>,
    /// Takes the cell that was clicked, or on which Enter was pressed.
    #[prop(into)]
    on_choose: Callback<Place>,
    /// Takes the cell under the mouse or the focus.
    looked_at: RwSignal<Option<Place>>,
) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let canvas = NodeRef::<Canvas>::new();
    let hovered = RwSignal::new(None::<Place>);
    let focus = RwSignal::new(Place { row: 0, column: 0 });
    let has_focus = RwSignal::new(false);
    let focused = Memo::new(move |_| has_focus.get().then(|| focus.get()));
    Effect::new(move || looked_at.set(hovered.get().or(focused.get())));

    // `None` until the browser has said how large the frame is.
    let geometry = RwSignal::new(None::<Geometry>);
    let recolored = Trigger::new();
    let size = Memo::new(move |_| heatmap.with(|it| (it.n_rows(), it.columns.len())));
    let measure = move || {
        let Some(frame) = frame.get_untracked() else {
            return;
        };
        let window = (
            f64::from(frame.client_width()),
            f64::from(frame.client_height()),
        );
        let size = size.get_untracked();
        geometry.update(|geometry| {
            let next = match *geometry {
                Some(old) if old.size == size => Geometry { window, ..old },
                _ => Geometry {
                    cell: 1.0,
                    size,
                    window,
                    scroll: (0.0, 0.0),
                }
                .fitted(),
            };
            *geometry = Some(next);
        });
        recolored.notify();
    };
    let watched = StoredValue::new_local(None::<WatchedElement>);
    Effect::new(move || {
        if let Some(frame) = frame.get() {
            watched.set_value(Some(WatchedElement::new(&frame, measure)));
        }
    });
    Effect::watch(
        move || size.get(),
        move |(n_rows, n_columns), _, _| {
            focus.update(|place| {
                place.row = place.row.min(n_rows.saturating_sub(1));
                place.column = place.column.min(n_columns.saturating_sub(1));
            });
            hovered.set(None);
            measure();
        },
        false,
    );

    let made = StoredValue::new_local(None::<Made>);
    let dressed = Memo::new(move |_| {
        recolored.track();
        let style = window()
            .get_computed_style(canvas.get().as_deref()?)
            .ok()??;
        Some(Palette::of(&style))
    });
    Effect::new(move || {
        let (Some(canvas), Some(geometry), Some(palette)) =
            (canvas.get(), geometry.get(), dressed.get())
        else {
            return;
        };
        let marks = Marks {
            column: column.get(),
            row: row.get(),
            focused: focused.get(),
            hovered: hovered.get(),
        };
        let heatmap = heatmap.get();
        made.update_value(|made| {
            if !made
                .as_ref()
                .is_some_and(|made| made.is_of(&heatmap, &palette))
            {
                *made = Made::new(heatmap, &palette);
            }
            if let Some(made) = made {
                // A browser that draws no canvas leaves it empty; the readout speaks.
                let _ = made.draw(&canvas, geometry, &palette, marks);
            }
        });
    });

    // The browser scrolls; what it cannot reach it says by the next event.
    let go = move |next: Geometry| {
        geometry.set(Some(next));
        let Some(frame) = frame.get_untracked() else {
            return;
        };
        // The extent must be as large before it can be scrolled in.
        request_animation_frame(move || {
            frame.set_scroll_left(next.scroll.0.round() as i32);
            frame.set_scroll_top(next.scroll.1.round() as i32);
        });
    };
    let scrolled = move |_| {
        let Some(frame) = frame.get_untracked() else {
            return;
        };
        let scroll = (
            f64::from(frame.scroll_left()),
            f64::from(frame.scroll_top()),
        );
        geometry.update(|geometry| {
            if let Some(geometry) = geometry {
                geometry.scroll = scroll;
            }
        });
    };
    let zoom = move |change: fn(&Geometry) -> Geometry| {
        let Some(old) = geometry.get_untracked() else {
            return;
        };
        let mut next = change(&old);
        if has_focus.get_untracked() {
            next.scroll = next.scrolled_to(focus.get_untracked());
        }
        go(next);
    };
    let press = move |event: KeyboardEvent| {
        let Some(geometry) = geometry.get_untracked() else {
            return;
        };
        match event.key().as_str() {
            "+" | "=" => zoom(|it| it.zoomed(true)),
            "-" => zoom(|it| it.zoomed(false)),
            "0" => zoom(Geometry::fitted),
            "Enter" | " " => on_choose.run(focus.get_untracked()),
            key => {
                let next = focus
                    .get_untracked()
                    .after(key, event.ctrl_key(), geometry.size);
                let Some(next) = next else {
                    return;
                };
                hovered.set(None);
                focus.set(next);
                go(Geometry {
                    scroll: geometry.scrolled_to(next),
                    ..geometry
                });
            }
        }
        event.prevent_default();
    };
    let place_of = move |event: &MouseEvent| {
        let area = canvas.get_untracked()?.get_bounding_client_rect();
        let point = (
            f64::from(event.client_x()) - area.left(),
            f64::from(event.client_y()) - area.top(),
        );
        geometry.get_untracked()?.place_at(point)
    };
    let choose = move |event: MouseEvent| {
        if let Some(place) = place_of(&event) {
            focus.set(place);
            on_choose.run(place);
        }
    };
    let extent = move || geometry.get().map(|it| it.extent()).unwrap_or_default();
    let label = move || {
        let (n_rows, n_columns) = size.get();
        tf(
            "Heatmap of {rows} rows and {columns} columns. Arrow keys move from cell to cell, plus \
             and minus zoom, 0 fits all, Enter chooses.",
            &[("rows", &n_rows), ("columns", &n_columns)],
        )
    };
    let button = move |title: &'static str, name, test_id, change: fn(&Geometry) -> Geometry| {
        view! {
            <button type="button" class="chip" data-testid=test_id aria-label=name on:click=move |_| zoom(change)>
                {title}
            </button>
        }
    };
    let cells = move || {
        geometry
            .get()
            .map(|it| tf("{n} pixels a cell", &[("n", &format!("{:.1}", it.cell))]))
    };
    view! {
        <div class="zoom" role="group" aria-label=t("Zoom")>
            {button("−", t("Zoom out"), "zoom-out", |it| it.zoomed(false))}
            {button("+", t("Zoom in"), "zoom-in", |it| it.zoomed(true))}
            {button(t("Fit"), t("Fit all in the window"), "zoom-fit", Geometry::fitted)}
            <span class="help" data-testid="zoom-cell">{cells}</span>
        </div>
        <div
            node_ref=frame
            class="pixels"
            role="application"
            aria-roledescription=t("heatmap")
            aria-label=label
            aria-describedby="strongest-links"
            tabindex="0"
            data-testid="heatmap-canvas"
            on:scroll=scrolled
            on:keydown=press
            on:focus=move |_| {
                has_focus.set(true);
            }
            on:blur=move |_| has_focus.set(false)
            on:mousemove=move |event| hovered.set(place_of(&event))
            on:mouseleave=move |_| hovered.set(None)
            on:click=choose
        >
            <div
                class="pixels-extent"
                style:width=move || format!("{}px", extent().0)
                style:height=move || format!("{}px", extent().1)
            >
                <canvas node_ref=canvas aria-hidden="true"></canvas>
            </div>
        </div>
    }
}

/// A pixel for each cell, and what it was made of.
struct Made {
    heatmap: LaidOut,
    theme: Theme,
    pixels: HtmlCanvasElement,
}

impl Made {
    fn new(heatmap: LaidOut, palette: &Palette) -> Option<Self> {
        Some(Self {
            pixels: pixels(&heatmap, palette.theme).ok()?,
            heatmap,
            theme: palette.theme,
        })
    }

    fn is_of(&self, heatmap: &LaidOut, palette: &Palette) -> bool {
        self.heatmap == *heatmap && self.theme == palette.theme
    }

    fn draw(
        &self,
        canvas: &HtmlCanvasElement,
        geometry: Geometry,
        palette: &Palette,
        marks: Marks,
    ) -> Result<(), wasm_bindgen::JsValue> {
        let density = window().device_pixel_ratio();
        let (width, height) = geometry.window;
        let pixels = |length: f64| (length * density).round() as u32;
        // Setting the size clears it, even to what it was.
        if (canvas.width(), canvas.height()) != (pixels(width), pixels(height)) {
            canvas.set_width(pixels(width));
            canvas.set_height(pixels(height));
            let style = web_sys::HtmlElement::style(canvas);
            style.set_property("width", &format!("{width}px"))?;
            style.set_property("height", &format!("{height}px"))?;
        }
        let context = context_of(canvas)?;
        context.set_transform(density, 0.0, 0.0, density, 0.0, 0.0)?;
        Look {
            context: &context,
            heatmap: &self.heatmap,
            pixels: &self.pixels,
            geometry,
            palette,
            marks,
            density,
        }
        .draw()
    }
}
