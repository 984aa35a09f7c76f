//! Where the tokens and lines of the view of arcs lie, in units of its drawing.

use crate::arcs::{Ends, Link};

/// Size of the letters.
pub(crate) const FONT: f32 = 14.0;
/// Width of a letter, as a share of the size: generous, as the font is not known here.
const LETTER: f32 = 0.62;
/// Between two tokens of a line, and between two rows of a side.
const GAP: f32 = 8.0;
const ROW: f32 = 26.0;
/// Height of the lowest and of the highest arc.
const LOWEST: f32 = 26.0;
const HIGHEST: f32 = 210.0;
/// Of the view with two sides: its width, and that of the labels of a side.
const TWO_SIDES: f32 = 360.0;
const LABELS: f32 = 122.0;
/// Longer labels are cut.
const LONGEST_OF_SIDE: usize = 12;
const LONGEST_OF_LINE: usize = 24;
/// The widest and the narrowest line.
const WIDEST: f32 = 6.0;
const NARROWEST: f32 = 0.75;

/// Where everything lies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ArcLayout {
    /// Size of the drawing.
    pub(crate) width: f32,
    /// Size of the drawing.
    pub(crate) height: f32,
    /// One for each token.
    pub(crate) labels: Vec<Label>,
    is_one_line: bool,
}

/// A token's text and box.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Label {
    /// The text, cut if it is long.
    pub(crate) text: String,
    /// Left edge, top edge, width and height.
    pub(crate) area: [f32; 4],
    /// Where its lines begin.
    anchor: (f32, f32),
}

impl ArcLayout {
    /// Lays out the tokens.
    pub(crate) fn new(ends: &Ends) -> Self {
        match ends.is_one_line {
            true => Self::one_line(ends),
            false => Self::two_sides(ends),
        }
    }

    fn one_line(ends: &Ends) -> Self {
        let texts = ends
            .tokens
            .iter()
            .map(|end| cut(&end.text, LONGEST_OF_LINE));
        let mut left = GAP;
        let mut labels = Vec::new();
        for text in texts {
            let width = (letters(&text) * LETTER * FONT).max(FONT) + GAP;
            labels.push((text, left, width));
            left += width + GAP / 2.0;
        }
        let width = left + GAP;
        let top = (width / 2.0).clamp(LOWEST, HIGHEST) + GAP;
        let labels = labels.into_iter().map(|(text, left, width)| Label {
            text,
            area: [left, top, width, ROW],
            anchor: (left + width / 2.0, top),
        });
        Self {
            width,
            height: top + ROW + GAP,
            labels: labels.collect(),
            is_one_line: true,
        }
    }

    fn two_sides(ends: &Ends) -> Self {
        let n_given = ends.n_given();
        let label = |(index, end): (usize, &crate::arcs::End)| {
            let (row, left, anchor) = match index.checked_sub(n_given) {
                None => (index, 0.0, LABELS),
                Some(row) => (row, TWO_SIDES - LABELS, TWO_SIDES - LABELS),
            };
            let top = GAP + row as f32 * ROW;
            Label {
                text: cut(&end.text, LONGEST_OF_SIDE),
                area: [left, top, LABELS, ROW - 2.0],
                anchor: (anchor, top + ROW / 2.0 - 1.0),
            }
        };
        let labels: Vec<Label> = ends.tokens.iter().enumerate().map(label).collect();
        let n_rows = n_given.max(ends.tokens.len() - n_given);
        Self {
            width: TWO_SIDES,
            height: 2.0 * GAP + n_rows as f32 * ROW,
            labels,
            is_one_line: false,
        }
    }

    /// The way of a line, as SVG writes it.
    pub(crate) fn path(&self, link: &Link<'_>) -> Option<String> {
        let ((from_x, from_y), (to_x, to_y)) = (
            self.labels.get(link.from)?.anchor,
            self.labels.get(link.to)?.anchor,
        );
        Some(match self.is_one_line {
            true => {
                // A curve rises to three quarters of its handles.
                let rise = ((to_x - from_x).abs() / 2.0).clamp(LOWEST, HIGHEST) * 4.0 / 3.0;
                let handle = from_y - rise;
                format!(
                    "M{from_x:.1} {from_y:.1}C{from_x:.1} {handle:.1} {to_x:.1} {handle:.1} {to_x:.1} {to_y:.1}"
                )
            }
            false => {
                let middle = (from_x + to_x) / 2.0;
                format!(
                    "M{from_x:.1} {from_y:.1}C{middle:.1} {from_y:.1} {middle:.1} {to_y:.1} {to_x:.1} {to_y:.1}"
                )
            }
        })
    }
}

/// The width of a line; `range` is the largest magnitude.
pub(crate) fn width(value: f32, range: f32) -> f32 {
    let share = (value.abs() / range).clamp(0.0, 1.0);
    // What is not a number has the narrowest line.
    if share.is_nan() {
        return NARROWEST;
    }
    NARROWEST + share * (WIDEST - NARROWEST)
}

fn cut(text: &str, longest: usize) -> String {
    match text.chars().count() > longest {
        true => text.chars().take(longest - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// Width in letters; those of East Asia are twice as wide, and so are signs.
fn letters(text: &str) -> f32 {
    text.chars()
        .map(|letter| if letter >= '\u{1100}' { 1.7 } else { 1.0 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::{ArcLayout, WIDEST, cut, letters, width};
    use crate::{arcs::Ends, shown::Shown};

    #[test]
    fn every_token_has_its_place_and_every_line_its_way() {
        let shown = Shown::stored_example();
        let ends = Ends::new(&shown.attribution, &shown.heatmap);
        let layout = ArcLayout::new(&ends);
        assert_eq!(layout.labels.len(), ends.tokens.len());
        for (index, label) in layout.labels.iter().enumerate() {
            let [left, top, width, height] = label.area;
            assert!(left >= 0.0 && left + width <= layout.width);
            assert!(top >= 0.0 && top + height <= layout.height);
            let is_below = |other: &super::Label| other.area[1] >= top + height;
            let next = layout.labels.get(index + 1);
            assert!(index + 1 == ends.n_given() || next.is_none_or(is_below));
        }
        let (links, _) = ends.links(&shown.heatmap, None, None);
        assert!(layout.path(&links[0]).unwrap().starts_with('M'));
    }

    #[test]
    fn the_strongest_line_is_the_widest() {
        assert_eq!(width(-0.5, 0.5), WIDEST);
        assert!(width(0.1, 0.5) < WIDEST && width(0.1, 0.5) > 0.0);
        assert!(width(0.0, 0.0) > 0.0);
    }

    #[test]
    fn labels_are_cut_by_letters() {
        assert_eq!(cut("ééé", 3), "ééé");
        assert_eq!(cut("éééé", 3), "éé…");
        assert!(letters("日本") > letters("ab"));
    }
}
