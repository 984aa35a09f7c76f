use serde_json::{Map, Value};

use crate::{Attribution, Error, Result, Scores, Token};

/// Which matrix of an attribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    /// What source tokens gave.
    Source,
    /// What tokens of the output gave, prompt included.
    Target,
    /// What step functions say of each produced token.
    StepScores,
}

impl Matrix {
    /// Those that an attribution has.
    pub fn present(attribution: &Attribution) -> Vec<Self> {
        let has = |matrix: &Self| match matrix {
            Self::Source => attribution.source_attributions.is_some(),
            Self::Target => attribution.target_attributions.is_some(),
            Self::StepScores => !attribution.step_scores.is_empty(),
        };
        let all = [Self::Source, Self::Target, Self::StepScores];
        all.into_iter().filter(has).collect()
    }

    /// In words, for names of files and lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source_attributions",
            Self::Target => "target_attributions",
            Self::StepScores => "step_scores",
        }
    }
}

/// Writes one matrix as comma-separated text: rows are what gave, columns the produced
/// tokens, either with its position. A cell is empty where nothing can be given.
///
/// The settings of the result come first, each in a line that begins with `#`. Numbers
/// are the shortest that read back the same. It is an error if the matrix is not there,
/// or has layers, heads or hidden coordinates left.
pub fn to_csv(
    attribution: &Attribution,
    matrix: Matrix,
    settings: &Map<String, Value>,
) -> Result<String> {
    attribution.check()?;
    let mut text = comments(settings, matrix);
    let targets = attribution.targets().iter().enumerate();
    let targets =
        targets.map(|(column, token)| labeled(attribution.attr_pos_start + column, token));
    let mut rows = vec![
        [String::new()]
            .into_iter()
            .chain(targets)
            .collect::<Vec<_>>(),
    ];
    match matrix {
        Matrix::Source => rows.extend(labeled_rows(
            matrix,
            &attribution.source_attributions,
            &attribution.source,
        )?),
        Matrix::Target => rows.extend(labeled_rows(
            matrix,
            &attribution.target_attributions,
            attribution.prefix(),
        )?),
        Matrix::StepScores => rows.extend(attribution.step_scores.iter().map(|(name, scores)| {
            let numbers = scores.iter().map(|&value| number(value));
            [name.clone()].into_iter().chain(numbers).collect()
        })),
    }
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    Ok(text)
}

fn comments(settings: &Map<String, Value>, matrix: Matrix) -> String {
    let setting = |(name, value): (&String, &Value)| {
        // JSON escapes line breaks, so that a setting stays in its line.
        format!("# {}: {value}\n", name.replace(char::is_control, " "))
    };
    let lines: String = settings.iter().map(setting).collect();
    format!("# matrix: {}\n{lines}", matrix.name())
}

fn labeled_rows(
    matrix: Matrix,
    scores: &Option<Scores>,
    tokens: &[Token],
) -> Result<Vec<Vec<String>>> {
    let wrong = |found: String| Error::Mismatch {
        place: matrix.name().to_owned(),
        expected: "a matrix, so aggregate first".to_owned(),
        found,
    };
    let scores = scores.as_ref().ok_or_else(|| wrong("none".to_owned()))?;
    let &[_, n_columns] = scores.shape.as_slice() else {
        return Err(wrong(format!("shape {:?}", scores.shape)));
    };
    let row = |(row, token): (usize, &Token)| {
        let values = &scores.values[row * n_columns..(row + 1) * n_columns];
        let numbers = values.iter().map(|&value| number(value));
        [labeled(row, token)].into_iter().chain(numbers).collect()
    };
    Ok(tokens.iter().enumerate().map(row).collect())
}

/// As `3 ▁chat`: with its position, so that equal tokens are told apart.
fn labeled(position: usize, token: &Token) -> String {
    format!("{position} {}", token.token)
}

fn number(value: f32) -> String {
    match value.is_nan() {
        true => String::new(),
        false => value.to_string(),
    }
}

/// A cell as RFC 4180 has it.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r', '#']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::tests::small_attribution;
    use serde_json::json;

    #[test]
    fn a_matrix_is_written_with_labels_and_settings() {
        let mut attribution = small_attribution(&[0.25, -0.5], &[1e-9, f32::NAN]);
        attribution.source[0].token = "a,\"b\"\n".to_owned();
        let settings = json!({"attribution_method": "saliency", "note": "two\nlines"});
        let write = |matrix| to_csv(&attribution, matrix, settings.as_object().unwrap()).unwrap();
        let start = |name: &str| {
            format!(
                "# matrix: {name}\n# attribution_method: \"saliency\"\n\
                 # note: \"two\\nlines\"\n,1 ▁Bon\n"
            )
        };
        assert_eq!(
            write(Matrix::Source),
            start("source_attributions") + "\"0 a,\"\"b\"\"\n\",0.25\n1 </s>,-0.5\n"
        );
        assert_eq!(
            write(Matrix::Target),
            start("target_attributions") + "0 <pad>,0.000000001\n1 ▁Bon,\n"
        );
        assert_eq!(
            write(Matrix::StepScores),
            start("step_scores") + "probability,0.5\n"
        );
    }

    #[test]
    fn a_matrix_that_is_not_there_is_an_error() {
        let mut attribution = small_attribution(&[0.25, -0.5], &[0.5, f32::NAN]);
        attribution.target_attributions = None;
        assert_eq!(
            Matrix::present(&attribution),
            [Matrix::Source, Matrix::StepScores]
        );
        let error = to_csv(&attribution, Matrix::Target, &Map::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "target_attributions: expected a matrix, so aggregate first, found none"
        );
    }
}
