use crate::{Cell, Heatmap, Label, Row, Side};

/// One of the cells that matter most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strongest<'a> {
    /// Whose token its row is.
    pub side: Side,
    /// Its row.
    pub row: &'a Row,
    /// Its column.
    pub column: &'a Label,
    /// Itself.
    pub cell: &'a Cell,
}

impl Heatmap {
    /// The cell of largest magnitude, the first of equals.
    pub fn strongest(&self) -> Option<Strongest<'_>> {
        self.strongest_links(1).into_iter().next()
    }

    /// The cells of largest magnitude, at most `count`, strongest first; of equals the
    /// earlier one first. Zeros are none.
    pub fn strongest_links(&self, count: usize) -> Vec<Strongest<'_>> {
        if count == 0 {
            return Vec::new();
        }
        let magnitude = |link: &Strongest<'_>| link.cell.value.map_or(0.0, f32::abs);
        let links = self.parts.iter().flat_map(|part| {
            part.rows.iter().flat_map(move |row| {
                let cells = row.cells.iter().zip(&self.columns);
                cells.map(move |(cell, column)| Strongest {
                    side: part.side,
                    row,
                    column,
                    cell,
                })
            })
        });
        // Few are kept of very many: all are never sorted, and most are compared with the
        // weakest that is kept, and with nothing else.
        let mut kept: Vec<Strongest<'_>> = Vec::new();
        let mut weakest = 0.0;
        for link in links {
            let own = magnitude(&link);
            if own > weakest {
                // After its equals, so that these keep their order.
                let place = kept.partition_point(|other| magnitude(other) >= own);
                kept.truncate(count - 1);
                kept.insert(place, link);
                weakest = match kept.last() {
                    Some(last) if kept.len() == count => magnitude(last),
                    _ => 0.0,
                };
            }
        }
        kept
    }

    /// The picture in one sentence, for those who cannot see it.
    pub fn summary(&self) -> String {
        self.summary_of(1)
    }

    /// The same with up to `count` of the strongest links.
    pub fn summary_of(&self, count: usize) -> String {
        let links = self.strongest_links(count);
        let words: Vec<String> = links.iter().map(Strongest::in_words).collect();
        match words.is_empty() {
            false => format!("strongest: {}", words.join("; ")),
            true if self.parts.is_empty() && self.scores.is_empty() => "no attributions".to_owned(),
            true if self.parts.is_empty() => "no attributions, step scores only".to_owned(),
            true => "all attributions are zero".to_owned(),
        }
    }
}

impl Strongest<'_> {
    /// As `“cat” (3) gave 0.210 to “chat” (2)`.
    pub(crate) fn in_words(&self) -> String {
        let Self {
            side,
            row,
            column,
            cell,
        } = self;
        let token = |label: &Label| format!("“{}” ({})", label.text.trim(), label.position);
        match side {
            Side::Layers => format!(
                "{} gave {} at layer {}",
                token(column),
                cell.text(),
                row.label.position
            ),
            Side::Source | Side::Target => {
                let (from, to) = (token(&row.label), token(column));
                format!("{from} gave {} to {to}", cell.text())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::layout::tests::small_heatmap;

    #[test]
    fn links_come_strongest_first_and_equals_in_their_order() {
        let said = |values| small_heatmap(values).summary_of(3);
        assert_eq!(
            said([0.25, -0.5]),
            "strongest: “Hello” (0) gave -0.500 to “lut” (2); “Hello” (0) gave 0.250 to “Sa” (1)"
        );
        assert!(said([-0.5, 0.5]).starts_with("strongest: “Hello” (0) gave -0.500 to “Sa” (1);"));
        assert_eq!(said([0.0, 0.5]).matches("gave").count(), 1);
        assert_eq!(small_heatmap([0.25, 0.5]).strongest_links(0), []);
    }
}
