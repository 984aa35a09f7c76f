use crate::{Cell, Heatmap, Label, Role, Side};

/// One column of a heatmap as running text: every token tinted by what it gave to
/// one produced token.
#[derive(Clone, Debug, PartialEq)]
pub struct Tint {
    /// The produced token.
    pub target: Label,
    /// Source tokens, then target tokens.
    pub tokens: Vec<TintedToken>,
}

/// One token of a tinted text.
#[derive(Clone, Debug, PartialEq)]
pub struct TintedToken {
    /// Whose token it is.
    pub side: Side,
    /// Where it comes from.
    pub role: Role,
    /// Position and text.
    pub label: Label,
    /// What it gave.
    pub cell: Cell,
}

impl Tint {
    /// The text as one column of the heatmap sees it; `None` if there is no such
    /// column. Colors are those of the heatmap.
    pub fn from_column(heatmap: &Heatmap, column: usize) -> Option<Self> {
        let target = heatmap.columns.get(column)?.clone();
        let rows = heatmap
            .parts
            .iter()
            .flat_map(|part| part.rows.iter().map(move |row| (part.side, row)));
        let token = |(side, row): (Side, &crate::Row)| {
            Some(TintedToken {
                side,
                role: row.role,
                label: row.label.clone(),
                cell: row.cells.get(column)?.clone(),
            })
        };
        Some(Self {
            target,
            tokens: rows.filter_map(token).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::small_heatmap;

    #[test]
    fn a_tint_is_one_column() {
        let heatmap = small_heatmap([0.25, -0.5]);
        let tint = Tint::from_column(&heatmap, 1).unwrap();
        assert_eq!(tint.target.text, "lut");
        assert_eq!(tint.tokens.len(), 1);
        assert_eq!(tint.tokens[0].cell.level, -10);
        assert_eq!(tint.tokens[0].label.text, " Hello");
        assert!(Tint::from_column(&heatmap, 2).is_none());
    }
}
