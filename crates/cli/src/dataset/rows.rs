use std::fs::File;
use std::path::Path;

use super::{csv_rows, json_rows, parquet_rows};
use crate::Complaint;

/// Names of the columns that are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) input: &'a str,
    pub(crate) generated: Option<&'a str>,
}

/// What a row asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Texts {
    pub(crate) input: String,
    /// The output to explain, where the data set has one.
    pub(crate) generated: Option<String>,
}

/// The texts of a row, or why they cannot be had.
pub(crate) type Row = Result<Texts, String>;

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Csv { delimiter: u8 },
    Json,
    Parquet,
}

impl Format {
    /// Names of a format as Hugging Face's `datasets` has them.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv { delimiter: b',' }),
            "json" => Some(Self::Json),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// By a file's extension.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "tsv" => Some(Self::Csv { delimiter: b'\t' }),
            "jsonl" | "ndjson" => Some(Self::Json),
            name => Self::named(name),
        }
    }
}

/// Reads all rows of a file, bad ones included.
pub(crate) fn read_rows(
    path: &Path,
    format: Format,
    fields: Fields<'_>,
) -> Result<Vec<Row>, Complaint> {
    let file = File::open(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let rows = match format {
        Format::Csv { delimiter } => csv_rows::read(file, delimiter, fields),
        Format::Json => json_rows::read(file, fields),
        Format::Parquet => parquet_rows::read(file, fields),
    };
    rows.map_err(|error| match error {
        Unreadable::File(reason) => unreadable(path, &reason),
        Unreadable::NoField { field, known } => {
            let message = format!("there is no column {field:?}: {}", path.display());
            let hint = format!("the columns are {}", known.join(", "));
            Complaint::failure(message, Some(hint))
        }
    })
}

/// Why not even one row of a file can be had.
#[derive(Debug)]
pub(super) enum Unreadable {
    File(String),
    NoField { field: String, known: Vec<String> },
}

impl Unreadable {
    pub(super) fn file(error: &dyn std::fmt::Display) -> Self {
        Self::File(error.to_string())
    }

    /// Looks a column up by its name.
    pub(super) fn or_place(field: &str, known: &[String]) -> Result<usize, Self> {
        known
            .iter()
            .position(|name| name == field)
            .ok_or_else(|| Self::NoField {
                field: field.to_owned(),
                known: known.to_vec(),
            })
    }
}

fn unreadable(path: &Path, reason: &str) -> Complaint {
    let message = format!("the data set cannot be read, {reason}: {}", path.display());
    Complaint::failure(message, None)
}
