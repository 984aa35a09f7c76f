use protocol::Work;

use super::Draft;
use crate::{bundled_models::is_bundled, run_request::RunRequest, texts::Texts};

impl Draft {
    /// Puts a run into the form. What the form has no field for stays with the run.
    pub(crate) fn ask_again(&mut self, run: &RunRequest) {
        let (asked, texts) = match &run.work {
            Work::Attribute(asked) => (
                asked,
                Texts {
                    context: String::new(),
                    input: asked.input_text.clone(),
                    generated: asked.generated_text.clone().unwrap_or_default(),
                },
            ),
            Work::AttributeContext(asked) => {
                let input = asked.input_current_text.clone();
                let output = asked.output_current_text.clone();
                // In the form a prompt's output begins with the prompt.
                let generated = match output.filter(|output| !output.is_empty()) {
                    Some(output) if run.is_encoder_decoder => output,
                    Some(output) => format!("{input} {output}"),
                    None => String::new(),
                };
                let context = asked.input_context_text.clone().unwrap_or_default();
                let texts = Texts {
                    context,
                    input,
                    generated,
                };
                (&asked.settings, texts)
            }
            _ => return,
        };
        match is_bundled(&asked.model) {
            true => self.model = asked.model.clone(),
            false => self.choose_other(&asked.model, run.is_encoder_decoder),
        }
        self.set_texts(texts);
        self.method = asked.method.clone();
        let options = asked.method_options.clone();
        self.method_options.insert(self.method.clone(), options);
        self.attributed_fn = asked.attributed_fn.clone();
        let options = asked.attributed_fn_args.clone();
        self.function_options
            .insert(self.attributed_fn.clone(), options);
        if let Work::Attribute(asked) = &run.work {
            self.step_scores = asked.step_scores.clone();
            self.step_options = asked.step_scores_args.clone();
            self.attr_pos_start = asked.attr_pos_start;
            self.attr_pos_end = asked.attr_pos_end;
            if run.is_encoder_decoder {
                self.attribute_target = asked.attribute_target;
            }
        }
        let most = asked.generation.max_new_tokens;
        self.max_new_tokens = most.and_then(|most| i64::try_from(most).ok());
        self.compatibility = asked.compatibility;
        self.device = run.device;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::Shown;

    #[test]
    fn a_run_in_the_form_asks_the_same() {
        let run = RunRequest::of_result(&Shown::stored_example().output).unwrap();
        let mut draft = Draft::default();
        draft.ask_again(&run);
        let again = RunRequest {
            work: draft.work(&[]).unwrap(),
            ..run.clone()
        };
        let (Work::Attribute(asked), Work::Attribute(again)) = (run.work, again.work) else {
            panic!("another question");
        };
        assert_eq!(draft.model, "demo-mt-en-fr");
        assert_eq!(again.input_text, asked.input_text);
        assert_eq!(again.method_options, asked.method_options);
        assert_eq!(again.step_scores, asked.step_scores);
        assert_eq!(again.attribute_target, asked.attribute_target);
        assert_eq!(again.attr_pos_end, asked.attr_pos_end);
    }

    #[test]
    fn a_question_about_a_context_is_asked_again() {
        let mut draft = Draft::default();
        draft.set_texts(Texts {
            context: "George was sick.".to_owned(),
            input: "He went to the".to_owned(),
            generated: "He went to the hospital.".to_owned(),
        });
        let run = RunRequest {
            work: draft.work(&[]).unwrap(),
            device: draft.device,
            is_encoder_decoder: false,
        };
        let mut other = Draft::default();
        other.ask_again(&run);
        assert_eq!(other.texts(), draft.texts());
        assert_eq!(other.work(&[]).unwrap(), run.work);
    }

    #[test]
    fn a_model_from_elsewhere_is_chosen_and_not_fetched() {
        let mut run = RunRequest::of_result(&Shown::stored_example().output).unwrap();
        let Work::Attribute(asked) = &mut run.work else {
            panic!("another question");
        };
        asked.model = "owner/name@main".to_owned();
        let mut draft = Draft::default();
        draft.ask_again(&run);
        assert_eq!(draft.chosen_model().name, "owner/name@main");
        assert!(draft.chosen_model().is_encoder_decoder);
    }
}
