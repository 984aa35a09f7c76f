//! The result on screen in the forms that a visitor may take along.

use attribution_output::{Matrix, to_csv};
use heatmap::{html_document, latex_table, svg_picture, svg_sheet};

use super::Shown;
use crate::words::error_said;

impl Shown {
    /// A file name that says what is in it; `extension` has no leading dot.
    pub(crate) fn file_name(&self, extension: &str) -> String {
        let kind = match self.context {
            Some(_) => "-context",
            None => "",
        };
        let stem: String = format!("{}-{}{kind}", self.model(), self.method())
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || "-_".contains(c) {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        format!("{stem}.{extension}")
    }

    /// The result as one page without scripts.
    pub(crate) fn html(&self) -> String {
        html_document(std::slice::from_ref(&*self.heatmap))
    }

    /// The result as a picture, in the colors that the reader's system wears.
    pub(crate) fn svg(&self) -> String {
        svg_picture(&self.heatmap)
    }

    /// The result as a picture to be made into pixels, with its settings below it.
    pub(crate) fn svg_sheet(&self) -> String {
        svg_sheet(&self.heatmap)
    }

    /// The result as a LaTeX table.
    pub(crate) fn latex(&self) -> String {
        latex_table(&self.heatmap)
    }

    /// Its matrices as comma-separated text, one after the other, each with its name and
    /// the settings before it and an empty line after it.
    pub(crate) fn csv(&self) -> Result<String, String> {
        let matrices = Matrix::present(&self.attribution).into_iter();
        let matrices = matrices.map(|matrix| to_csv(&self.attribution, matrix, &self.info));
        let matrices: Result<Vec<_>, _> = matrices.collect();
        Ok(matrices.map_err(error_said)?.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use crate::shown::Shown;

    #[test]
    fn file_names_say_model_and_method_and_stay_in_their_folder() {
        let mut example = Shown::stored_example();
        example
            .output
            .info
            .insert("model_name".to_owned(), "../models/a b".into());
        example
            .output
            .info
            .insert("attribution_method".to_owned(), "saliency".into());
        assert_eq!(example.file_name("inseq.json"), "a-b-saliency.inseq.json");
    }

    #[test]
    fn every_format_says_how_the_numbers_were_made() {
        let example = Shown::stored_example();
        let csv = example.csv().unwrap();
        assert_eq!(csv.matches("# matrix: ").count(), 3, "{csv}");
        for text in [
            csv,
            example.latex(),
            example.svg(),
            example.svg_sheet(),
            example.html(),
        ] {
            assert!(
                text.contains("50") && text.contains("gausslegendre"),
                "{text}"
            );
        }
    }
}
