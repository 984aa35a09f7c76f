//! A run once more, with one thing changed, to be compared with what it was.

use protocol::Work;

use crate::{draft::OptionValues, run_request::RunRequest, words::t};

/// The one thing that is changed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// Another method, with its options.
    Method {
        /// Its id.
        id: String,
        /// Its options.
        options: OptionValues,
    },
    /// Another model.
    Model {
        /// Its name.
        name: String,
        /// Whether it reads a source text apart from its output.
        is_encoder_decoder: bool,
        /// Whether it explains the old output, instead of writing its own.
        keeps_output: bool,
    },
    /// Another output.
    Output(String),
}

/// What is asked when one thing of a run is changed. `output` is what the run wrote or
/// was given. The error is in words for the visitor.
pub(crate) fn again(run: &RunRequest, output: &str, change: Change) -> Result<Work, String> {
    let mut work = run.work.clone();
    let asked = match &mut work {
        Work::Attribute(asked) => asked,
        Work::AttributeContext(context) => &mut context.settings,
        _ => return Err(t("this result does not say how it was made").to_owned()),
    };
    let has_context = matches!(run.work, Work::AttributeContext(_));
    match change {
        Change::Method { id, options } => {
            asked.method = id;
            asked.method_options = options;
        }
        Change::Model {
            name,
            is_encoder_decoder,
            keeps_output,
        } => {
            asked.model = name;
            let is_like = is_encoder_decoder == run.is_encoder_decoder;
            if !is_like {
                asked.attribute_target = is_encoder_decoder;
                // Positions of another model's tokens mean nothing here.
                asked.attr_pos_start = None;
                asked.attr_pos_end = None;
            }
            let keeps_output = keeps_output && is_like && !has_context && !output.is_empty();
            asked.generated_text = keeps_output.then(|| output.to_owned());
        }
        Change::Output(_) if has_context => {
            return Err(t("the output of a run with a context is changed in the form").to_owned());
        }
        Change::Output(text) => {
            let text = text.trim();
            if text.is_empty() {
                return Err(t("the other output is empty").to_owned());
            }
            asked.generated_text = Some(text.to_owned());
        }
    }
    Ok(work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::Shown;
    use protocol::{AttributeRequest, ContextRequest, OptionValue};

    fn example() -> RunRequest {
        Shown::stored_example().asked.unwrap()
    }

    fn changed(change: Change) -> AttributeRequest {
        match again(&example(), "Le docteur.", change).unwrap() {
            Work::Attribute(asked) => asked,
            _ => panic!("another question"),
        }
    }

    #[test]
    fn one_thing_changes_and_the_rest_stays() {
        let Work::Attribute(before) = example().work else {
            panic!("another question");
        };
        let options = OptionValues::from([("normalize".to_owned(), OptionValue::Flag(true))]);
        let asked = changed(Change::Method {
            id: "occlusion".to_owned(),
            options: options.clone(),
        });
        let expected = AttributeRequest {
            method: "occlusion".to_owned(),
            method_options: options,
            ..before.clone()
        };
        assert_eq!(asked, expected);
        let asked = changed(Change::Output(" La doctoresse. ".to_owned()));
        let expected = AttributeRequest {
            generated_text: Some("La doctoresse.".to_owned()),
            ..before
        };
        assert_eq!(asked, expected);
    }

    #[test]
    fn a_model_of_the_same_kind_may_explain_the_same_output() {
        let model = |is_encoder_decoder, keeps_output| {
            changed(Change::Model {
                name: "other".to_owned(),
                is_encoder_decoder,
                keeps_output,
            })
        };
        let like = model(true, true);
        assert_eq!(like.generated_text.as_deref(), Some("Le docteur."));
        assert_eq!(like.attr_pos_end, Some(12));
        assert_eq!(model(true, false).generated_text, None);
        let unlike = model(false, true);
        assert_eq!(unlike.generated_text, None);
        assert!(!unlike.attribute_target && unlike.attr_pos_end.is_none());
    }

    #[test]
    fn what_cannot_be_changed_is_said() {
        let change = || Change::Output(" ".to_owned());
        assert!(
            again(&example(), "", change())
                .unwrap_err()
                .contains("empty")
        );
        let settings = AttributeRequest::new("demo-gpt2", "");
        let context = ContextRequest::new(settings, "He went".to_owned());
        let run = RunRequest {
            work: Work::AttributeContext(Box::new(context)),
            ..example()
        };
        assert!(
            again(&run, "", change())
                .unwrap_err()
                .contains("in the form")
        );
        let method = Change::Method {
            id: "occlusion".to_owned(),
            options: OptionValues::new(),
        };
        assert!(matches!(
            again(&run, "", method),
            Ok(Work::AttributeContext(_))
        ));
    }
}
