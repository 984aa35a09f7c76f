use std::io::Read;

use super::rows::{Fields, Row, Texts, Unreadable};

/// Rows of a file of values with a delimiter between them; its first line names the
/// columns.
pub(super) fn read(
    file: impl Read,
    delimiter: u8,
    fields: Fields<'_>,
) -> Result<Vec<Row>, Unreadable> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(file);
    let header = reader.headers().map_err(|error| Unreadable::file(&error))?;
    let known: Vec<String> = header.iter().map(str::to_owned).collect();
    let input = Unreadable::or_place(fields.input, &known)?;
    let generated = match fields.generated {
        Some(field) => Some(Unreadable::or_place(field, &known)?),
        None => None,
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) if error.is_io_error() => return Err(Unreadable::file(&error)),
            Err(error) => {
                rows.push(Err(error.to_string()));
                continue;
            }
        };
        // Every record has as many values as the header.
        let value = |place: usize| record.get(place).unwrap_or_default().to_owned();
        rows.push(Ok(Texts {
            input: value(input),
            generated: generated.map(value),
        }));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: Fields<'_> = Fields {
        input: "text",
        generated: Some("output"),
    };

    #[test]
    fn quoted_values_hold_anything() {
        let file = "\u{FEFF}id,text,output\n1,\"a, \"\"b\"\"\nc\",d\n2,,e\n";
        let rows = read(file.as_bytes(), b',', FIELDS).unwrap();
        let texts = |input: &str, generated: &str| {
            Ok(Texts {
                input: input.to_owned(),
                generated: Some(generated.to_owned()),
            })
        };
        assert_eq!(rows, [texts("a, \"b\"\nc", "d"), texts("", "e")]);
    }

    #[test]
    fn a_bad_row_leaves_the_others() {
        let file = b"text,output\na,b\nc\n\xFF,d\ne,f\n";
        let rows = read(&file[..], b',', FIELDS).unwrap();
        let is_good: Vec<bool> = rows.iter().map(Result::is_ok).collect();
        assert_eq!(is_good, [true, false, false, true]);
    }

    #[test]
    fn an_absent_column_is_told_with_those_that_are_there() {
        let error = read("text,result\n".as_bytes(), b',', FIELDS).unwrap_err();
        let Unreadable::NoField { field, known } = error else {
            panic!("{error:?}");
        };
        assert_eq!(
            (field.as_str(), known.join(" ")),
            ("output", "text result".to_owned())
        );
    }
}
