use std::borrow::Cow;

use serde_json::Value;

use super::tensor::{LONGEST, unzip};
use crate::{Error, Result};

/// The JSON of a file, gzipped or not.
pub(crate) fn parse_file(bytes: &[u8]) -> Result<Value> {
    let unzipped = match bytes {
        [0x1F, 0x8B, ..] => Cow::Owned(unzip(bytes, LONGEST)?),
        _ => Cow::Borrowed(bytes),
    };
    parse(&unzipped)
}

/// Parses JSON as Python writes it, with literals for what is not a number.
fn parse(text: &[u8]) -> Result<Value> {
    serde_json::from_slice(text)
        .or_else(|cause| match without_nan(text) {
            Some(repaired) => serde_json::from_slice(&repaired),
            None => Err(cause),
        })
        .map_err(|cause| Error::Json { cause })
}

/// The text with null for `NaN` and infinities outside of strings, if there are any.
fn without_nan(text: &[u8]) -> Option<Vec<u8>> {
    const LITERALS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    let mut repaired = Vec::with_capacity(text.len());
    let mut is_changed = false;
    let mut is_in_string = false;
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let literal = LITERALS
            .into_iter()
            .find(|literal| !is_in_string && rest.starts_with(literal));
        if let Some(literal) = literal {
            repaired.extend(b"null");
            rest = &rest[literal.len()..];
            is_changed = true;
            continue;
        }
        match (first, tail) {
            (b'\\', [escaped, after @ ..]) if is_in_string => {
                repaired.extend([b'\\', *escaped]);
                rest = after;
                continue;
            }
            (b'"', _) => is_in_string = !is_in_string,
            _ => {}
        }
        repaired.push(*first);
        rest = tail;
    }
    is_changed.then_some(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn literals_of_python_are_read_as_null() {
        let text = r#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" NaN"}"#;
        let value = parse_file(text.as_bytes()).unwrap();
        assert_eq!(
            value,
            json!({"a": null, "b": [null, null], "c": "NaN \" NaN"})
        );
    }

    #[test]
    fn compressed_files_are_known_by_their_first_bytes() {
        use std::io::Read as _;
        let mut zipped = Vec::new();
        let text = &b"[1, 2]"[..];
        flate2::read::GzEncoder::new(text, flate2::Compression::default())
            .read_to_end(&mut zipped)
            .unwrap();
        assert_eq!(parse_file(&zipped).unwrap(), json!([1, 2]));
        zipped.truncate(zipped.len() / 2);
        assert!(matches!(parse_file(&zipped), Err(Error::Gzip { .. })));
    }
}
