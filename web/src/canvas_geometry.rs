//! Where rows, columns and labels of a heatmap of pixels lie: pure arithmetic in the
//! browser's own pixels. The labels stay in view; the cells scroll below them.

use std::ops::Range;

use crate::place::Place;

/// Width and height of what the labels need, if there is room.
const LABELS: (f64, f64) = (128.0, 92.0);
/// The labels of rows take no more than this share of the window.
const MOST_OF_WINDOW: f64 = 0.34;
/// Each step of the zoom makes cells larger by this.
const ZOOM: f64 = 1.5;
const LARGEST_CELL: f64 = 48.0;
/// What fits must not vanish.
const SMALLEST_CELL: f64 = 0.25;
/// Between two lines of labels.
const LINE: f64 = 14.0;

/// A heatmap of pixels in its window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Geometry {
    /// Side of a cell.
    pub(crate) cell: f64,
    /// Rows and columns.
    pub(crate) size: (usize, usize),
    /// Width and height of the window.
    pub(crate) window: (f64, f64),
    /// How far it is scrolled to the right and down.
    pub(crate) scroll: (f64, f64),
}

impl Geometry {
    /// Where the cells begin: right of the rows' labels, below the columns'.
    pub(crate) fn origin(&self) -> (f64, f64) {
        let (width, height) = self.window;
        (
            LABELS.0.min(width * MOST_OF_WINDOW).round(),
            LABELS.1.min(height * MOST_OF_WINDOW).round(),
        )
    }

    /// Width and height of all of it, labels included.
    pub(crate) fn extent(&self) -> (f64, f64) {
        let (left, top) = self.origin();
        let (n_rows, n_columns) = self.size;
        (
            left + n_columns as f64 * self.cell,
            top + n_rows as f64 * self.cell,
        )
    }

    /// Left edge of a column.
    pub(crate) fn x(&self, column: usize) -> f64 {
        self.origin().0 + column as f64 * self.cell - self.scroll.0
    }

    /// Top edge of a row.
    pub(crate) fn y(&self, row: usize) -> f64 {
        self.origin().1 + row as f64 * self.cell - self.scroll.1
    }

    /// The columns that are in view, at least in part.
    pub(crate) fn columns(&self) -> Range<usize> {
        let room = self.window.0 - self.origin().0;
        in_view(self.scroll.0, room, self.cell, self.size.1)
    }

    /// The rows that are in view, at least in part.
    pub(crate) fn rows(&self) -> Range<usize> {
        let room = self.window.1 - self.origin().1;
        in_view(self.scroll.1, room, self.cell, self.size.0)
    }

    /// The cell at a point of the window.
    pub(crate) fn place_at(&self, (x, y): (f64, f64)) -> Option<Place> {
        let (left, top) = self.origin();
        if x < left || y < top {
            return None;
        }
        let index = |offset: f64, n: usize| {
            let index = (offset / self.cell) as usize;
            (index < n).then_some(index)
        };
        Some(Place {
            row: index(y - top + self.scroll.1, self.size.0)?,
            column: index(x - left + self.scroll.0, self.size.1)?,
        })
    }

    /// How far to scroll so that a cell is in view.
    pub(crate) fn scrolled_to(&self, place: Place) -> (f64, f64) {
        let (left, top) = self.origin();
        let nearest = |old: f64, index: usize, room: f64| {
            let start = index as f64 * self.cell;
            old.clamp((start + self.cell - room).max(0.0).min(start), start)
        };
        (
            nearest(self.scroll.0, place.column, self.window.0 - left),
            nearest(self.scroll.1, place.row, self.window.1 - top),
        )
    }

    /// The same with every cell in view.
    pub(crate) fn fitted(&self) -> Self {
        let (left, top) = self.origin();
        let (n_rows, n_columns) = self.size;
        let cell = f64::min(
            (self.window.0 - left) / n_columns.max(1) as f64,
            (self.window.1 - top) / n_rows.max(1) as f64,
        );
        Self {
            cell: cell.clamp(SMALLEST_CELL, LARGEST_CELL),
            scroll: (0.0, 0.0),
            ..*self
        }
    }

    /// The same, larger or smaller, with what is in the middle staying there.
    pub(crate) fn zoomed(&self, is_in: bool) -> Self {
        let factor = if is_in { ZOOM } else { 1.0 / ZOOM };
        let least = self.fitted().cell.min(1.0);
        let cell = (self.cell * factor).clamp(least, LARGEST_CELL);
        let (left, top) = self.origin();
        let kept = |scroll: f64, room: f64| {
            ((scroll + room / 2.0) / self.cell * cell - room / 2.0).max(0.0)
        };
        Self {
            cell,
            scroll: (
                kept(self.scroll.0, self.window.0 - left),
                kept(self.scroll.1, self.window.1 - top),
            ),
            ..*self
        }
    }

    /// Every how many rows and columns there is room for a label.
    pub(crate) fn label_every(&self) -> usize {
        let needed = (LINE / self.cell).ceil() as usize;
        // Round numbers, so that the eye can count on.
        [1, 2, 5, 10, 20, 50, 100]
            .into_iter()
            .find(|step| *step >= needed)
            .unwrap_or(200)
    }
}

fn in_view(scroll: f64, room: f64, cell: f64, n: usize) -> Range<usize> {
    let first = (scroll / cell) as usize;
    let end = ((scroll + room.max(0.0)) / cell).ceil() as usize;
    first.min(n)..end.min(n)
}

#[cfg(test)]
mod tests {
    use super::Geometry;
    use crate::place::Place;

    fn geometry() -> Geometry {
        Geometry {
            cell: 10.0,
            size: (512, 300),
            window: (728.0, 592.0),
            scroll: (0.0, 0.0),
        }
    }

    #[test]
    fn only_what_is_in_view_is_drawn() {
        let geometry = geometry();
        assert_eq!(geometry.columns(), 0..60);
        assert_eq!(geometry.rows(), 0..50);
        let scrolled = Geometry {
            scroll: (25.0, 5000.0),
            ..geometry
        };
        assert_eq!(scrolled.columns(), 2..63);
        assert_eq!(scrolled.rows(), 500..512);
        let tiny = Geometry {
            window: (0.0, 0.0),
            ..geometry
        };
        assert!(tiny.rows().is_empty());
    }

    #[test]
    fn points_and_cells_agree() {
        let geometry = Geometry {
            scroll: (105.0, 40.0),
            ..geometry()
        };
        for place in [
            Place { row: 6, column: 12 },
            Place {
                row: 40,
                column: 60,
            },
        ] {
            let point = (geometry.x(place.column) + 1.0, geometry.y(place.row) + 1.0);
            assert_eq!(geometry.place_at(point), Some(place));
        }
        assert_eq!(geometry.place_at((5.0, 300.0)), None);
    }

    #[test]
    fn a_cell_is_scrolled_to_and_no_farther() {
        let geometry = geometry();
        assert_eq!(
            geometry.scrolled_to(Place { row: 3, column: 3 }),
            (0.0, 0.0)
        );
        let far = Place {
            row: 511,
            column: 299,
        };
        let scroll = geometry.scrolled_to(far);
        assert_eq!(scroll, (3000.0 - 600.0, 5120.0 - 500.0));
        let there = Geometry { scroll, ..geometry };
        assert!(there.rows().contains(&511) && there.columns().contains(&299));
        assert_eq!(
            there.scrolled_to(Place {
                row: 0,
                column: 299
            }),
            (2400.0, 0.0)
        );
    }

    #[test]
    fn zoom_keeps_the_middle_and_its_limits() {
        let geometry = geometry();
        let fitted = geometry.fitted();
        let (width, height) = fitted.extent();
        assert!(width <= geometry.window.0 + 0.01 && height <= geometry.window.1 + 0.01);
        let mut zoomed = fitted;
        for _ in 0..20 {
            let middle = (428.0, 342.0);
            let before = zoomed.place_at(middle);
            zoomed = zoomed.zoomed(true);
            if let (Some(before), Some(after)) = (before, zoomed.place_at(middle)) {
                assert!(before.row.abs_diff(after.row) <= 1, "{before:?} {after:?}");
            }
        }
        assert_eq!(zoomed.cell, 48.0);
        for _ in 0..20 {
            zoomed = zoomed.zoomed(false);
        }
        assert_eq!(zoomed.cell, fitted.cell.min(1.0));
    }

    #[test]
    fn labels_keep_apart() {
        let every = |cell| Geometry { cell, ..geometry() }.label_every();
        assert_eq!(
            [every(20.0), every(10.0), every(1.2), every(0.01)],
            [1, 2, 20, 200]
        );
    }
}
