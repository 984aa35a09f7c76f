use attribution_output::{Faithfulness, FaithfulnessMeasures, FaithfulnessSettings, Removal};
use heatmap::aligned_numbers;

/// Attributions of one method or file, measured.
pub(crate) struct Row {
    pub(crate) name: String,
    /// One for each text.
    pub(crate) sequences: Vec<Faithfulness>,
}

const COLUMNS: [[&str; 2]; 4] = [
    ["comprehensiveness", "(high is faithful)"],
    ["sufficiency", "(low is faithful)"],
    ["soft", "comprehensiveness"],
    ["soft", "sufficiency"],
];

impl Row {
    /// Whether it says something of the same targets.
    pub(crate) fn is_of_text_of(&self, other: &Self) -> bool {
        let targets = |row: &Self| -> Vec<(usize, String)> {
            let targets = row.sequences.iter().flat_map(|sequence| &sequence.targets);
            targets.map(|it| (it.position, it.token.clone())).collect()
        };
        targets(self) == targets(other)
    }

    fn mean(&self) -> FaithfulnessMeasures {
        let sequences = self.sequences.iter();
        let targets = sequences.flat_map(|sequence| &sequence.targets);
        let measures: Vec<_> = targets.map(|target| &target.measures).collect();
        FaithfulnessMeasures::mean(&measures)
    }
}

/// A line for each row, and below what the columns mean.
pub(crate) fn faithfulness_table(rows: &[Row]) -> String {
    let means: Vec<FaithfulnessMeasures> = rows.iter().map(Row::mean).collect();
    let values = means.iter().flat_map(FaithfulnessMeasures::in_a_row);
    let cells = aligned_numbers(&values.collect::<Vec<_>>());
    let width_of_names = rows.iter().map(|row| row.name.chars().count()).max();
    let width_of_names = width_of_names.unwrap_or(0);
    let widths = COLUMNS.map(|words| words[0].len().max(words[1].len()));

    let mut text = String::new();
    let mut line = |name: &str, cells: [&str; 4]| {
        let padding = width_of_names - name.chars().count();
        text.push_str(name);
        text.extend(std::iter::repeat_n(' ', padding));
        for (cell, width) in cells.into_iter().zip(widths) {
            text.push_str(&format!("  {cell:>width$}"));
        }
        text.push('\n');
    };
    line("", COLUMNS.map(|words| words[0]));
    line("", COLUMNS.map(|words| words[1]));
    for (row, cells) in rows.iter().zip(cells.chunks_exact(4)) {
        line(&row.name, [0, 1, 2, 3].map(|column| cells[column].as_str()));
    }
    if let (Some(row), Some(mean)) = (rows.first(), means.first()) {
        text.push('\n');
        text.push_str(&explanation(row, mean));
    }
    text
}

fn explanation(row: &Row, mean: &FaithfulnessMeasures) -> String {
    let n_targets: usize = row.sequences.iter().map(|it| it.targets.len()).sum();
    let Some(FaithfulnessSettings {
        fractions,
        removal,
        n_samples,
        ..
    }) = row.sequences.first().map(|first| &first.settings)
    else {
        return String::new();
    };
    let shares: Vec<String> = fractions
        .iter()
        .map(|fraction| format!("{}", (fraction * 1e6).round() / 1e4))
        .collect();
    let stand_in = match removal {
        Removal::Unknown => "the unknown token",
        Removal::SameKind => "random tokens that are spelled alike",
    };
    let scores = aligned_numbers(&[mean.score, mean.score_without_all]);
    format!(
        "By how much the score falls, the mean over {n_targets} targets: without the tokens that \
         gave most\n(comprehensiveness), and with them alone (sufficiency), the mean over {} % of \
         the tokens.\nRemoved tokens become {stand_in}. The score is {} with all tokens, {} \
         without.\nSoft: instead, coordinates of embeddings are lost, the more of a token the more \
         it gave or\nthe less; the mean of {n_samples} texts.\n",
        shares.join(", "),
        scores[0],
        scores[1],
    )
}
