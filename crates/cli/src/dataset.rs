//! Data sets: rows in files, attributed on all cores, kept as they are done.

mod csv_rows;
mod files;
mod journal;
mod json_rows;
mod parquet_rows;
mod rows;
mod run;
mod workers;

use crate::Complaint;
use crate::arguments::DatasetArguments;
use files::dataset_files;
use rows::{Fields, Row, read_rows};

pub(crate) use run::Run;

/// All rows of a data set.
pub(crate) struct DataSet {
    rows: Vec<Row>,
}

impl DataSet {
    /// Reads the rows of the files that are asked for, bad rows included.
    pub(crate) fn read(arguments: &DatasetArguments) -> Result<Self, Complaint> {
        let fields = Fields {
            input: &arguments.input_text_field,
            generated: arguments.generated_text_field.as_deref(),
        };
        let mut rows = Vec::new();
        for (path, format) in dataset_files(arguments)? {
            rows.extend(read_rows(&path, format, fields)?);
        }
        if rows.is_empty() {
            return Err(Complaint::failure(
                "the data set has no rows".to_owned(),
                None,
            ));
        }
        Ok(Self { rows })
    }
}
