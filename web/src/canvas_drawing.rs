//! A heatmap as pixels: one pixel a cell, made once; then for each look what is in view,
//! enlarged, with labels and marks on it.

use heatmap::{Heatmap, LEVELS, Row, Side, Theme, background, ink};
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, CssStyleDeclaration, HtmlCanvasElement, ImageData};

use crate::{
    canvas_geometry::Geometry,
    place::{Place, legible},
    words::{t, tf},
};

/// Cells from this side on have lines between them.
const WITH_LINES: f64 = 8.0;
/// Cells from this side on have their numbers in them.
const WITH_NUMBERS: f64 = 38.0;
/// A marked label has this room for itself.
const LABEL_HEIGHT: f64 = 14.0;
/// Longer labels are cut.
const LONGEST_LABEL: usize = 14;

/// What is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    /// The column that is looked at.
    pub(crate) column: Option<usize>,
    /// The row that is looked at.
    pub(crate) row: Option<usize>,
    /// The cell with the focus.
    pub(crate) focused: Option<Place>,
    /// The cell under the mouse.
    pub(crate) hovered: Option<Place>,
}

/// The page's own colors, as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Palette {
    /// Whether the page is light or dark.
    pub(crate) theme: Theme,
    paper: String,
    ink: String,
    ink_soft: String,
    line: String,
    accent: String,
    font: String,
}

impl Palette {
    /// The colors that an element wears.
    pub(crate) fn of(style: &CssStyleDeclaration) -> Self {
        let value = |name: &str| style.get_property_value(name).unwrap_or_default();
        Self {
            theme: match value("color-scheme").trim() {
                "dark" => Theme::Dark,
                _ => Theme::Light,
            },
            paper: value("--surface"),
            ink: value("--ink"),
            ink_soft: value("--ink-soft"),
            line: value("--line-strong"),
            accent: value("--accent"),
            font: value("font-family"),
        }
    }
}

/// One pixel for each cell.
///
/// # Errors
/// What the browser says, if it makes no canvas.
pub(crate) fn pixels(heatmap: &Heatmap, theme: Theme) -> Result<HtmlCanvasElement, JsValue> {
    let n_columns = heatmap.columns.len();
    let pixel = |level| {
        let color = background(level, theme);
        [color.red, color.green, color.blue, 255]
    };
    // Mixed once for each level, of which there are few.
    let pixels: Vec<[u8; 4]> = (-LEVELS..=LEVELS).map(pixel).collect();
    let mut bytes = Vec::with_capacity(heatmap.n_rows() * n_columns * 4);
    for cell in rows(heatmap).flat_map(|(_, row)| &row.cells) {
        let index = usize::try_from(cell.level + LEVELS).unwrap_or(0);
        // Where nothing could be given, the paper is seen.
        let seen = cell.value.and_then(|_| pixels.get(index));
        bytes.extend_from_slice(seen.unwrap_or(&[0; 4]));
    }
    let (width, height) = (n_columns as u32, heatmap.n_rows() as u32);
    let document = web_sys::window()
        .and_then(|window| window.document())
        .ok_or(JsValue::NULL)?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
    canvas.set_width(width);
    canvas.set_height(height);
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&bytes), width, height)?;
    context_of(&canvas)?.put_image_data(&data, 0.0, 0.0)?;
    Ok(canvas)
}

/// The context of a canvas.
///
/// # Errors
/// If the browser has none.
pub(crate) fn context_of(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    Ok(context.dyn_into::<CanvasRenderingContext2d>()?)
}

/// Rows of all parts, each with whose it is.
fn rows(heatmap: &Heatmap) -> impl Iterator<Item = (Side, &Row)> {
    heatmap
        .parts
        .iter()
        .flat_map(|part| part.rows.iter().map(|row| (part.side, row)))
}

/// What one look draws.
pub(crate) struct Look<'a> {
    /// What is drawn on; a unit is a pixel of the page.
    pub(crate) context: &'a CanvasRenderingContext2d,
    /// What is drawn.
    pub(crate) heatmap: &'a Heatmap,
    /// The same, a pixel each cell.
    pub(crate) pixels: &'a HtmlCanvasElement,
    /// Where things lie.
    pub(crate) geometry: Geometry,
    /// The page's colors.
    pub(crate) palette: &'a Palette,
    /// What is marked.
    pub(crate) marks: Marks,
    /// Pixels of the screen for one of the page.
    pub(crate) density: f64,
}

impl Look<'_> {
    /// Draws cells, labels and marks.
    ///
    /// # Errors
    /// What the browser says, if it draws no images.
    pub(crate) fn draw(&self) -> Result<(), JsValue> {
        let (width, height) = self.geometry.window;
        self.fill(&self.palette.paper, [0.0, 0.0, width, height]);
        self.cells()?;
        self.numbers()?;
        self.marked();
        self.labels()
    }

    fn fill(&self, color: &str, [x, y, width, height]: [f64; 4]) {
        self.context.set_fill_style_str(color);
        self.context.fill_rect(x, y, width, height);
    }

    fn outline(&self, color: &str, width: f64, area: [f64; 4]) {
        self.context.set_stroke_style_str(color);
        self.context.set_line_width(width);
        let [x, y, wide, high] = area;
        self.context.stroke_rect(x, y, wide, high);
    }

    fn cells(&self) -> Result<(), JsValue> {
        let geometry = &self.geometry;
        let (columns, rows) = (geometry.columns(), geometry.rows());
        if columns.is_empty() || rows.is_empty() {
            return Ok(());
        }
        // Many cells in one pixel become their mean; a large cell stays sharp.
        let is_small = geometry.cell * self.density < 1.0;
        self.context.set_image_smoothing_enabled(is_small);
        self.context
            .draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                self.pixels,
                columns.start as f64,
                rows.start as f64,
                columns.len() as f64,
                rows.len() as f64,
                geometry.x(columns.start),
                geometry.y(rows.start),
                columns.len() as f64 * geometry.cell,
                rows.len() as f64 * geometry.cell,
            )?;
        if geometry.cell >= WITH_LINES {
            let (right, bottom) = (geometry.x(columns.end), geometry.y(rows.end));
            let (left, top) = (geometry.x(columns.start), geometry.y(rows.start));
            for column in columns {
                let x = geometry.x(column) - 0.5;
                self.fill(&self.palette.paper, [x, top, 1.0, bottom - top]);
            }
            for row in rows {
                let y = geometry.y(row) - 0.5;
                self.fill(&self.palette.paper, [left, y, right - left, 1.0]);
            }
        }
        Ok(())
    }

    fn numbers(&self) -> Result<(), JsValue> {
        let geometry = &self.geometry;
        if geometry.cell < WITH_NUMBERS {
            return Ok(());
        }
        self.text_style(11, "center");
        let half = geometry.cell / 2.0;
        let in_view = geometry.rows();
        let rows = rows(self.heatmap).enumerate();
        for (index, (_, row)) in rows.skip(in_view.start).take(in_view.len()) {
            for column in geometry.columns() {
                let Some(cell) = row.cells.get(column).filter(|cell| cell.value.is_some()) else {
                    continue;
                };
                let color = ink(cell.level, self.palette.theme).to_string();
                self.context.set_fill_style_str(&color);
                let (x, y) = (geometry.x(column) + half, geometry.y(index) + half);
                self.context
                    .fill_text_with_max_width(&cell.text(), x, y, geometry.cell - 2.0)?;
            }
        }
        Ok(())
    }

    fn marked(&self) {
        let geometry = &self.geometry;
        let (n_rows, n_columns) = geometry.size;
        let (wide, high) = (
            n_columns as f64 * geometry.cell,
            n_rows as f64 * geometry.cell,
        );
        let cell = geometry.cell;
        let mut first = 0;
        for part in &self.heatmap.parts {
            if first > 0 {
                let y = geometry.y(first) - 1.0;
                self.fill(&self.palette.line, [geometry.x(0), y, wide, 2.0]);
            }
            first += part.rows.len();
        }
        if let Some(column) = self.marks.column {
            let area = [geometry.x(column) - 1.0, geometry.y(0), cell + 2.0, high];
            self.outline(&self.palette.ink, 1.5, area);
        }
        if let Some(row) = self.marks.row {
            let area = [geometry.x(0), geometry.y(row) - 1.0, wide, cell + 2.0];
            self.outline(&self.palette.ink, 1.5, area);
        }
        // A cell smaller than a point is marked around itself.
        let side = cell.max(7.0);
        let around = |place: Place| {
            let middle = (
                geometry.x(place.column) + cell / 2.0,
                geometry.y(place.row) + cell / 2.0,
            );
            [middle.0 - side / 2.0, middle.1 - side / 2.0, side, side]
        };
        if let Some(place) = self.marks.hovered {
            self.outline(&self.palette.paper, 4.0, around(place));
            self.outline(&self.palette.ink, 2.0, around(place));
        }
        if let Some(place) = self.marks.focused {
            self.outline(&self.palette.paper, 5.0, around(place));
            self.outline(&self.palette.accent, 3.0, around(place));
        }
    }

    fn text_style(&self, size: u32, align: &str) {
        self.context
            .set_font(&format!("{size}px {}", self.palette.font));
        self.context.set_text_align(align);
        self.context.set_text_baseline("middle");
    }

    /// Labels stand on paper, above what scrolls below them.
    fn labels(&self) -> Result<(), JsValue> {
        let geometry = &self.geometry;
        let (width, height) = geometry.window;
        let (left, top) = geometry.origin();
        self.fill(&self.palette.paper, [0.0, 0.0, left, height]);
        let every = geometry.label_every();
        let looked_at = self.marks.hovered.or(self.marks.focused);
        self.text_style(12, "right");
        let in_view = geometry.rows();
        let rows = rows(self.heatmap).enumerate();
        for (index, (side, row)) in rows.skip(in_view.start).take(in_view.len()) {
            let is_marked = looked_at.is_some_and(|place| place.row == index);
            let is_free = looked_at.is_none_or(|place| {
                (geometry.y(place.row) - geometry.y(index)).abs() >= LABEL_HEIGHT
            });
            if is_marked || (row.label.position % every == 0 && is_free) {
                let y = geometry.y(index) + geometry.cell / 2.0;
                let words = match side {
                    Side::Layers => tf("layer {n}", &[("n", &row.label.position)]),
                    Side::Source | Side::Target => {
                        format!("{} {}", row.label.position, cut(&legible(&row.label)))
                    }
                };
                self.label(&words, is_marked, (left - 8.0, y), left - 10.0)?;
            }
        }
        self.fill(&self.palette.paper, [0.0, 0.0, width, top]);
        self.text_style(12, "left");
        for column in geometry.columns() {
            let Some(label) = self.heatmap.columns.get(column) else {
                continue;
            };
            let is_marked = looked_at.is_some_and(|place| place.column == column)
                || self.marks.column == Some(column);
            let is_free = looked_at.is_none_or(|place| {
                (geometry.x(place.column) - geometry.x(column)).abs() >= LABEL_HEIGHT
            });
            if is_marked || (label.position % every == 0 && is_free) {
                self.context.save();
                let x = geometry.x(column) + geometry.cell / 2.0;
                self.context.translate(x, top - 8.0)?;
                self.context.rotate(-std::f64::consts::FRAC_PI_2)?;
                let words = format!("{} {}", label.position, cut(&legible(label)));
                self.label(&words, is_marked, (0.0, 0.0), top - 10.0)?;
                self.context.restore();
            }
        }
        // The corner lies above both.
        self.fill(&self.palette.paper, [0.0, 0.0, left, top]);
        self.fill(&self.palette.line, [0.0, top - 1.0, width, 1.0]);
        self.fill(&self.palette.line, [left - 1.0, 0.0, 1.0, height]);
        self.text_style(11, "right");
        self.context.set_fill_style_str(&self.palette.ink_soft);
        let words = match self.heatmap.parts.first().map(|part| part.side) {
            Some(Side::Layers) => t("↓ layer, token →"),
            _ => t("↓ gave to →"),
        };
        self.context
            .fill_text_with_max_width(words, left - 8.0, top - 12.0, left - 12.0)
    }

    fn label(
        &self,
        words: &str,
        is_marked: bool,
        (x, y): (f64, f64),
        room: f64,
    ) -> Result<(), JsValue> {
        let color = match is_marked {
            true => &self.palette.ink,
            false => &self.palette.ink_soft,
        };
        self.context.set_fill_style_str(color);
        self.context.fill_text_with_max_width(words, x, y, room)
    }
}

fn cut(text: &str) -> String {
    match text.chars().count() > LONGEST_LABEL {
        true => text.chars().take(LONGEST_LABEL - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}
