use std::io::{BufRead as _, BufReader, Read};

use serde_json::{Map, Value};

use super::rows::{Fields, Row, Texts, Unreadable};

/// Rows of a file with one JSON object in each line; empty lines are no rows. A file
/// that holds one list of objects is read too.
pub(super) fn read(file: impl Read, fields: Fields<'_>) -> Result<Vec<Row>, Unreadable> {
    let mut reader = BufReader::new(file);
    let start = reader
        .fill_buf()
        .map_err(|error| Unreadable::file(&error))?;
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        let rows: Vec<Value> =
            serde_json::from_reader(reader).map_err(|error| Unreadable::file(&error))?;
        return Ok(rows.iter().map(|row| texts(row, fields)).collect());
    }
    let mut rows = Vec::new();
    for line in reader.split(b'\n') {
        let line = line.map_err(|error| Unreadable::file(&error))?;
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        rows.push(match serde_json::from_slice(line) {
            Ok(row) => texts(&row, fields),
            Err(error) => Err(format!("this is no JSON: {error}")),
        });
    }
    Ok(rows)
}

fn texts(row: &Value, fields: Fields<'_>) -> Row {
    let Value::Object(row) = row else {
        return Err(format!("this is no JSON object: {row}"));
    };
    Ok(Texts {
        input: text(row, fields.input)?,
        generated: match fields.generated {
            Some(field) => Some(text(row, field)?),
            None => None,
        },
    })
}

fn text(row: &Map<String, Value>, field: &str) -> Result<String, String> {
    match row.get(field) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(format!("{field} is {other}, not a text")),
        None => {
            let known: Vec<&str> = row.keys().map(String::as_str).collect();
            Err(format!(
                "there is no {field:?}; it has {}",
                known.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: Fields<'_> = Fields {
        input: "text",
        generated: None,
    };

    fn inputs(file: &str) -> Vec<Result<String, String>> {
        let rows = read(file.as_bytes(), FIELDS).unwrap();
        rows.into_iter()
            .map(|row| row.map(|texts| texts.input))
            .collect()
    }

    #[test]
    fn a_bad_line_leaves_the_others() {
        let found = inputs("{\"text\": \"a\"}\n\nno\n{\"text\": 5}\n{}\n{\"text\": \"b\"}");
        assert_eq!(found.len(), 5);
        assert_eq!(found[0], Ok("a".to_owned()));
        assert!(found[1].is_err());
        assert_eq!(found[2], Err("text is 5, not a text".to_owned()));
        assert!(found[3].is_err());
        assert_eq!(found[4], Ok("b".to_owned()));
    }

    #[test]
    fn a_list_is_read_too() {
        let found = inputs("\n [{\"text\": \"a\"}, 7]");
        assert_eq!(found[0], Ok("a".to_owned()));
        assert!(found[1].is_err());
        assert!(read("[{".as_bytes(), FIELDS).is_err());
    }
}
