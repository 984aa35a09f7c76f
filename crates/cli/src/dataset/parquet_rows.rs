use std::fs::File;
use std::sync::Arc;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;

use super::rows::{Fields, Row, Texts, Unreadable};

/// Rows of a Parquet file, of which only the columns that are asked for are read.
pub(super) fn read(file: File, fields: Fields<'_>) -> Result<Vec<Row>, Unreadable> {
    let reader = SerializedFileReader::new(file).map_err(|error| Unreadable::file(&error))?;
    let schema = reader.metadata().file_metadata().schema();
    let known: Vec<String> = schema
        .get_fields()
        .iter()
        .map(|field| field.name().to_owned())
        .collect();
    let mut wanted = vec![Unreadable::or_place(fields.input, &known)?];
    if let Some(field) = fields.generated {
        wanted.push(Unreadable::or_place(field, &known)?);
    }
    // A column may be wanted twice, and the file's order is kept.
    let mut columns = wanted.clone();
    columns.sort_unstable();
    columns.dedup();
    let columns: Vec<Arc<Type>> = columns
        .iter()
        .map(|place| schema.get_fields()[*place].clone())
        .collect();
    let projection = Type::group_type_builder(schema.name())
        .with_fields(columns)
        .build()
        .map_err(|error| Unreadable::file(&error))?;
    let rows = reader
        .get_row_iter(Some(projection))
        .map_err(|error| Unreadable::file(&error))?;
    let mut found = Vec::new();
    for row in rows {
        // Values are packed together: after a broken one nothing more can be told.
        let row = row.map_err(|error| Unreadable::file(&error))?;
        let text = |name: &str| -> Result<String, String> {
            let mut columns = row.get_column_iter();
            match columns.find(|(column, _)| *column == name) {
                Some((_, Field::Str(text))) => Ok(text.clone()),
                Some((_, Field::Bytes(bytes))) => bytes
                    .as_utf8()
                    .map(str::to_owned)
                    .map_err(|error| format!("{name} is no text: {error}")),
                Some((_, other)) => Err(format!("{name} is {other}, not a text")),
                None => Err(format!("{name} is absent")),
            }
        };
        found.push(texts(&text, fields));
    }
    Ok(found)
}

fn texts(text: &dyn Fn(&str) -> Result<String, String>, fields: Fields<'_>) -> Row {
    Ok(Texts {
        input: text(fields.input)?,
        generated: match fields.generated {
            Some(field) => Some(text(field)?),
            None => None,
        },
    })
}
