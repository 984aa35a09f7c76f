use std::fmt;

use serde_json::{Map, Value};

use crate::{Error, Result};

/// A value, and where in the file it stands, for errors that say so.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) value: &'a Value,
    within: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Item(usize),
}

impl<'a> Place<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self {
            value,
            within: None,
            step: Step::Root,
        }
    }

    /// A field that must be there.
    pub(super) fn field(&'a self, name: &'a str) -> Result<Place<'a>> {
        self.optional_field(name)?
            .ok_or_else(|| self.unexpected(&format!("a field {name:?}"), "none"))
    }

    /// A field that may be absent or null.
    pub(super) fn optional_field(&'a self, name: &'a str) -> Result<Option<Place<'a>>> {
        let value = self.object()?.get(name).filter(|value| !value.is_null());
        Ok(value.map(|value| self.inside(Step::Field(name), value)))
    }

    pub(super) fn fields(&'a self) -> Result<impl Iterator<Item = (&'a str, Place<'a>)>> {
        let fields = self.object()?.iter();
        Ok(fields.map(|(name, value)| (name.as_str(), self.inside(Step::Field(name), value))))
    }

    pub(super) fn items(&'a self) -> Result<impl Iterator<Item = Place<'a>>> {
        let items = self.value.as_array().ok_or_else(|| self.not("a list"))?;
        let place = |(index, value)| self.inside(Step::Item(index), value);
        Ok(items.iter().enumerate().map(place))
    }

    pub(super) fn object(&self) -> Result<&'a Map<String, Value>> {
        self.value.as_object().ok_or_else(|| self.not("an object"))
    }

    pub(super) fn text(&self) -> Result<&'a str> {
        self.value.as_str().ok_or_else(|| self.not("a text"))
    }

    pub(super) fn integer(&self) -> Result<i64> {
        self.value.as_i64().ok_or_else(|| self.not("an integer"))
    }

    /// A position in a list, or a length.
    pub(super) fn count(&self) -> Result<usize> {
        self.value
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .ok_or_else(|| self.not("a count"))
    }

    /// An error: something else was expected of this value.
    pub(super) fn not(&self, expected: &str) -> Error {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "another number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.unexpected(expected, found)
    }

    pub(super) fn unexpected(&self, expected: &str, found: &str) -> Error {
        Error::Mismatch {
            place: self.to_string(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    fn inside(&'a self, step: Step<'a>, value: &'a Value) -> Place<'a> {
        Place {
            value,
            within: Some(self),
            step,
        }
    }
}

/// As `sequence_attributions[0].source[3].token`: without the wrapping objects.
impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = Vec::new();
        let mut place = Some(self);
        while let Some(here) = place {
            steps.push(here.step);
            place = here.within;
        }
        let mut path = String::new();
        for step in steps.into_iter().rev() {
            match step {
                Step::Root | Step::Field(super::ATTRIBUTES) => {}
                Step::Item(index) => path.push_str(&format!("[{index}]")),
                Step::Field(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
            }
        }
        formatter.write_str(if path.is_empty() { "the file" } else { &path })
    }
}
