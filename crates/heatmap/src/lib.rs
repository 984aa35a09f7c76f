//! From an attribution to a picture of it: rows, columns and cells, then HTML,
//! SVG, LaTeX or terminal text.
//!
//! [`Heatmap`] is the finished layout; the printers only read it. Everything is
//! pure: the same data gives the same bytes. All text is taken for hostile and
//! stays text in every output. Not here: models, files, the page's own controls.

mod colors;
mod contexts;
mod crop;
mod error;
mod escape;
mod html;
mod latex;
mod layers;
mod layout;
mod numbers;
mod settings;
mod strongest;
mod svg;
mod terminal;
mod tint;

pub use colors::{Color, LEVELS, Theme, background, ink, level_style};
pub use contexts::{ContextLine, ContextTexts, ContextToken, context_document, context_text};
pub use crop::Positions;
pub use error::{Error, Result};
pub use html::{html_document, html_fragment, html_style};
pub use latex::latex_table;
pub use layout::{Cell, Heatmap, Label, Part, Role, Row, ScoreRow, Side};
pub use numbers::aligned_numbers;
pub use settings::{Setting, settings_from_info};
pub use strongest::Strongest;
pub use svg::{svg_picture, svg_sheet};
pub use terminal::{TerminalSettings, terminal_text};
pub use tint::{Tint, TintedToken};
