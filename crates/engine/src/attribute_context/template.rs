use protocol::{Failure, FailureKind};

use crate::Answer;

const CURRENT: &str = "{current}";
const CONTEXT: &str = "{context}";

/// A text with places for another text, and perhaps for what comes before it.
#[derive(Debug)]
pub(crate) struct Template {
    /// What comes before the context, if it has a place.
    before_context: Option<String>,
    /// What comes before the current text and after the context.
    before_current: String,
    /// What comes after both.
    after: String,
}

/// Whether a template has a place for what comes before the text.
pub(crate) fn has_context_place(template: &str) -> bool {
    template.contains(CONTEXT)
}

impl Template {
    /// Reads a template; without one, both texts with a space between, or the current
    /// text alone. `name` is whose it is.
    pub(crate) fn new(name: &str, given: Option<&str>, has_context: bool) -> Answer<Self> {
        let given = given.unwrap_or(match has_context {
            true => "{context} {current}",
            false => CURRENT,
        });
        let refused = |message: String, hint: &str| Failure {
            kind: FailureKind::Input,
            message,
            hint: Some(hint.to_owned()),
        };
        let Some((before, after)) = given.split_once(CURRENT) else {
            let message = format!("{name} has no {CURRENT}: {given:?}");
            return Err(refused(
                message,
                "write where the text goes, such as \"{current}\"",
            ));
        };
        if after.contains(CONTEXT) || after.contains(CURRENT) {
            let message = format!("{name} has places behind {CURRENT}: {given:?}");
            return Err(refused(
                message,
                "let the context come before the text, each once",
            ));
        }
        let places = before.matches(CONTEXT).count();
        if places > 1 {
            let message = format!("{name} has {places} places for the context: {given:?}");
            return Err(refused(message, "name the context once"));
        }
        match (before.split_once(CONTEXT), has_context) {
            (Some(_), false) => Err(refused(
                format!("{name} has a place for a context, and there is none"),
                "give the context's text, or leave {context} out",
            )),
            (None, true) => Err(refused(
                format!("{name} has no place for the context: {given:?}"),
                "write where it goes, such as \"{context} {current}\"",
            )),
            (places, _) => Ok(Self {
                before_current: places.map_or(before, |(_, between)| between).to_owned(),
                before_context: places.map(|(before, _)| before.to_owned()),
                after: after.to_owned(),
            }),
        }
    }

    /// The same, of an output, in which nothing comes after the current text.
    pub(crate) fn of_output(name: &str, given: Option<&str>, has_context: bool) -> Answer<Self> {
        let template = Self::new(name, given, has_context)?;
        if template.after.is_empty() {
            return Ok(template);
        }
        Err(Failure {
            kind: FailureKind::Input,
            message: format!("{name} goes on after {CURRENT}: {:?}", template.after),
            hint: Some("end it with {current}: what comes later changes nothing".to_owned()),
        })
    }

    /// What comes before the context.
    pub(crate) fn before_context(&self) -> &str {
        self.before_context.as_deref().unwrap_or_default()
    }

    /// What comes between the context and the current text.
    pub(crate) fn between(&self) -> &str {
        &self.before_current
    }

    /// Everything before the current text.
    pub(crate) fn before_current(&self, context: Option<&str>) -> String {
        match (&self.before_context, context) {
            (Some(before), Some(context)) => format!("{before}{context}{}", self.before_current),
            _ => self.before_current.clone(),
        }
    }

    /// The whole text.
    pub(crate) fn filled(&self, context: Option<&str>, current: &str) -> String {
        format!("{}{current}{}", self.before_current(context), self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_to_their_places() {
        let template = Template::new("it", Some("<a> {context} | {current}!"), true).unwrap();
        assert_eq!(template.before_context(), "<a> ");
        assert_eq!(
            template.before_current(Some("{current}")),
            "<a> {current} | "
        );
        assert_eq!(template.filled(Some("one"), "two"), "<a> one | two!");
        let plain = Template::new("it", None, false).unwrap();
        assert_eq!(plain.filled(None, "two"), "two");
        let both = Template::new("it", None, true).unwrap();
        assert_eq!(both.filled(Some("one"), "two"), "one two");
    }

    #[test]
    fn places_that_do_not_fit_are_refused() {
        for (given, has_context) in [
            ("no place", false),
            ("{context} {current}", false),
            ("{current}", true),
            ("{current} {context}", true),
            ("{context} {context} {current}", true),
            ("{current} {current}", false),
        ] {
            let refused = Template::new("it", Some(given), has_context).unwrap_err();
            assert!(refused.message.starts_with("it "), "{given}: {refused:?}");
        }
        assert!(Template::of_output("it", Some("{current}."), false).is_err());
    }
}
