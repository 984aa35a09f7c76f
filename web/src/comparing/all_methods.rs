//! One sentence by every method that the engine has, one after the other.

use std::sync::Arc;

use protocol::{AttributeRequest, ContextRequest, Description, Failure, FailureKind, Work};

use crate::{
    draft::Draft,
    shown::Shown,
    words::{said, t, t_owned, tf},
};

/// A panel for each method, and what is still to be run.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllMethods {
    /// One a method, in the order of the description.
    pub(crate) panels: Vec<Panel>,
    phase: Phase,
}

/// What a method says of the sentence.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    /// The method in words.
    pub(crate) title: String,
    /// What came of it.
    pub(crate) came: Came,
    work: Work,
}

/// What came of a method.
#[derive(Clone, Debug)]
pub(crate) enum Came {
    /// Its turn has not come.
    Waiting,
    /// It is its turn.
    Running,
    /// A result.
    Result(Arc<Shown>),
    /// None, for this reason.
    Failure(String),
    /// Its turn did not come: the visitor, or the engine, gave up before.
    LeftOut,
}

/// What is run just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// Nothing.
    #[default]
    Over,
    /// The output is written, which all methods are to explain.
    Writing,
    /// The method of this panel.
    Method(usize),
}

impl AllMethods {
    /// What is to be run for the form's sentence, and the first work. The result on
    /// screen may know the output already.
    ///
    /// # Errors
    /// If the form asks for nothing.
    pub(crate) fn begin(
        description: &Description,
        draft: &Draft,
        on_screen: &Shown,
    ) -> Result<(Self, Work), Failure> {
        let panels = description.methods.iter().map(|method| {
            let draft = Draft {
                method: method.id.clone(),
                ..draft.clone()
            };
            Ok(Panel {
                title: t_owned(&method.title),
                came: Came::Waiting,
                // What Run asks: with a context in the form, what hangs on it. Which words
                // of the output do, no method has a say in, so all explain the same ones.
                work: draft.work(&description.step_functions)?,
            })
        });
        let mut all = Self {
            panels: panels.collect::<Result<_, Failure>>()?,
            phase: Phase::Writing,
        };
        let mut first = match all.panels.first() {
            Some(first) => first.work.clone(),
            None => {
                return Err(Failure {
                    kind: FailureKind::Worker,
                    message: t("the engine offers no method").to_owned(),
                    hint: None,
                });
            }
        };
        let given = output_of(&mut first).and_then(|output| output.clone());
        let output = given.or_else(|| written_before(on_screen, &first));
        // Whatever the first method is, it has the output written.
        let next = output.and_then(|output| all.explain(&output));
        Ok((all, next.unwrap_or(first)))
    }

    /// Takes what came of the latest work; the next one, if there is any.
    ///
    /// # Errors
    /// If no output could be written, and so nothing explained.
    pub(crate) fn take(&mut self, result: Result<Shown, Failure>) -> Result<Option<Work>, Failure> {
        Ok(match (self.phase, result) {
            (Phase::Over, _) => None,
            (Phase::Writing, Ok(shown)) => self.explain(&shown.output_text()),
            (Phase::Writing, Err(failure)) => {
                self.give_up();
                return Err(failure);
            }
            (Phase::Method(index), result) => {
                if let Some(panel) = self.panels.get_mut(index) {
                    panel.came = match result {
                        Ok(shown) => Came::Result(Arc::new(shown)),
                        Err(failure) => Came::Failure(in_words(failure)),
                    };
                }
                self.turn_to(index + 1)
            }
        })
    }

    /// Leaves out what has not come to an end.
    pub(crate) fn give_up(&mut self) {
        for panel in &mut self.panels {
            if matches!(panel.came, Came::Waiting | Came::Running) {
                panel.came = Came::LeftOut;
            }
        }
        self.phase = Phase::Over;
    }

    /// What is going on, such as "Method 3 of 15: Occlusion".
    pub(crate) fn progress(&self) -> Option<String> {
        match self.phase {
            Phase::Over => None,
            Phase::Writing => Some(t("First the output that all of them explain").to_owned()),
            Phase::Method(index) => Some(tf(
                "Method {n} of {total}: {method}",
                &[
                    ("n", &(index + 1)),
                    ("total", &self.panels.len()),
                    ("method", &self.panels.get(index)?.title),
                ],
            )),
        }
    }

    /// Has all methods explain this output; the first work.
    fn explain(&mut self, output: &str) -> Option<Work> {
        for panel in &mut self.panels {
            if let Some(own) = output_of(&mut panel.work) {
                *own = Some(output.to_owned());
            }
        }
        self.turn_to(0)
    }

    fn turn_to(&mut self, index: usize) -> Option<Work> {
        let Some(panel) = self.panels.get_mut(index) else {
            self.phase = Phase::Over;
            return None;
        };
        panel.came = Came::Running;
        self.phase = Phase::Method(index);
        Some(panel.work.clone())
    }
}

/// The output that is given to be explained, or the place for it.
fn output_of(work: &mut Work) -> Option<&mut Option<String>> {
    match work {
        Work::Attribute(asked) => Some(&mut asked.generated_text),
        Work::AttributeContext(asked) => Some(&mut asked.output_current_text),
        _ => None,
    }
}

/// The output of a result that has it written for the same request, whatever method
/// explained it.
fn written_before(shown: &Shown, work: &Work) -> Option<String> {
    let is_of_same_model = |asked: &AttributeRequest, own: &AttributeRequest| {
        asked.model == own.model && asked.generation == own.generation
    };
    let is_same = match (&shown.asked.as_ref()?.work, work) {
        (Work::Attribute(asked), Work::Attribute(own)) => {
            asked.generated_text.is_none()
                && asked.input_text == own.input_text
                && is_of_same_model(asked, own)
        }
        (Work::AttributeContext(asked), Work::AttributeContext(own)) => {
            let explained_alike = ContextRequest {
                settings: own.settings.clone(),
                ..ContextRequest::clone(asked)
            };
            is_of_same_model(&asked.settings, &own.settings) && explained_alike == **own
        }
        _ => false,
    };
    is_same
        .then(|| shown.output_text())
        .filter(|text| !text.trim().is_empty())
}

fn in_words(failure: Failure) -> String {
    let message = said(&failure.message);
    match failure.hint {
        Some(hint) => format!("{message}; {}", said(&hint)),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{run_request::RunRequest, texts::Texts};
    use protocol::MethodDescription;

    fn description(ids: &[&str]) -> Description {
        let method = |id: &&str| MethodDescription {
            id: (*id).to_owned(),
            title: id.to_uppercase(),
            sentence: String::new(),
            paper: String::new(),
            paper_url: String::new(),
            options: Vec::new(),
        };
        Description {
            methods: ids.iter().map(method).collect(),
            step_functions: Vec::new(),
        }
    }

    fn begun(draft: &Draft) -> (AllMethods, Work) {
        let methods = description(&["saliency", "occlusion", "lime"]);
        AllMethods::begin(&methods, draft, &Shown::stored_example()).unwrap()
    }

    fn asked(work: &Work) -> (&str, Option<&str>) {
        match work {
            Work::Attribute(asked) => (&asked.method, asked.generated_text.as_deref()),
            Work::AttributeContext(asked) => {
                let output = asked.output_current_text.as_deref();
                (&asked.settings.method, output)
            }
            _ => panic!("another question"),
        }
    }

    fn failure() -> Failure {
        Failure {
            kind: FailureKind::Input,
            message: "no".to_owned(),
            hint: Some("try".to_owned()),
        }
    }

    /// A draft of the stored example's sentence, whose output is known.
    fn known() -> Draft {
        let mut draft = Draft::default();
        draft.ask_again(&Shown::stored_example().asked.unwrap());
        draft
    }

    #[test]
    fn the_output_is_written_first_and_then_given_to_all() {
        let (mut all, work) = begun(&Draft::default());
        assert_eq!(asked(&work), ("saliency", None));
        assert!(all.progress().unwrap().contains("output"));
        let output = Shown::stored_example().output_text();
        for (index, method) in ["saliency", "occlusion", "lime"].into_iter().enumerate() {
            let work = all.take(Ok(Shown::stored_example())).unwrap().unwrap();
            assert_eq!(asked(&work), (method, Some(output.as_str())));
            let progress = format!("Method {} of 3: {}", index + 1, method.to_uppercase());
            assert_eq!(all.progress(), Some(progress));
        }
        assert_eq!(all.take(Ok(Shown::stored_example())), Ok(None));
        assert!(all.phase == Phase::Over);
        assert!(
            all.panels
                .iter()
                .all(|panel| matches!(panel.came, Came::Result(_)))
        );
        assert_eq!(all.take(Ok(Shown::stored_example())), Ok(None));
    }

    #[test]
    fn a_known_output_is_not_written_again() {
        let mut draft = known();
        draft.max_new_tokens = None;
        let mut example = Shown::stored_example();
        if let Some(Work::Attribute(asked)) = example.asked.as_mut().map(|run| &mut run.work) {
            asked.generation = Default::default();
        }
        let methods = description(&["saliency"]);
        let (_, work) = AllMethods::begin(&methods, &draft, &example).unwrap();
        let output = example.output_text();
        assert!(output.contains("docteure"), "{output}");
        assert_eq!(asked(&work), ("saliency", Some(output.as_str())));
        draft.model = "demo-mt-tr-en".to_owned();
        let (_, work) = AllMethods::begin(&methods, &draft, &example).unwrap();
        assert_eq!(asked(&work).1, None);
    }

    /// What saliency finds to hang on a context, and the form that asks it.
    fn of_context() -> (Draft, Shown) {
        let mut draft = Draft::default();
        draft.set_texts(Texts {
            context: "George was sick.".to_owned(),
            ..Texts::of_input("He went to the")
        });
        let asked = RunRequest {
            work: draft.work(&[]).unwrap(),
            device: draft.device,
            is_encoder_decoder: false,
        };
        let json = r#"{
            "input_context": "George was sick.", "output_context": null,
            "input_context_tokens": ["George", "Ġwas", "Ġsick", "."], "output_context_tokens": null,
            "output_current": "hospital.", "output_current_tokens": ["Ġhospital", "."],
            "cti_scores": [1.0, 0.0],
            "cci_scores": [{
                "cti_idx": 0, "cti_token": "Ġhospital", "cti_score": 1.0,
                "contextual_output": "He went to the hospital",
                "contrast_token": null, "contextless_output": null,
                "input_context_scores": [0.1, 0.1, 0.7, 0.1], "output_context_scores": null
            }]
        }"#;
        let shown = Shown::computed_context(Some(asked), json.to_owned(), 1.0).unwrap();
        (draft, shown)
    }

    #[test]
    fn with_a_context_all_say_what_hangs_on_it() {
        let (draft, shown) = of_context();
        let (mut all, work) = begun(&draft);
        assert!(matches!(work, Work::AttributeContext(_)));
        assert_eq!(asked(&work), ("saliency", None));
        let work = all.take(Ok(shown.clone())).unwrap().unwrap();
        assert_eq!(asked(&work), ("saliency", Some("hospital.")));
        let work = all.take(Ok(shown.clone())).unwrap().unwrap();
        assert!(matches!(work, Work::AttributeContext(_)));
        assert_eq!(asked(&work), ("occlusion", Some("hospital.")));

        // On screen it is known, but to another context it says nothing.
        let methods = description(&["occlusion"]);
        let (_, work) = AllMethods::begin(&methods, &draft, &shown).unwrap();
        assert_eq!(asked(&work), ("occlusion", Some("hospital.")));
        let mut other = draft;
        other.set_texts(Texts {
            context: "George was tired.".to_owned(),
            ..other.texts()
        });
        let (_, work) = AllMethods::begin(&methods, &other, &shown).unwrap();
        assert_eq!(asked(&work), ("occlusion", None));
    }

    #[test]
    fn a_method_that_fails_says_why_and_the_others_go_on() {
        let (mut all, _) = begun(&Draft::default());
        all.take(Ok(Shown::stored_example())).unwrap();
        let next = all.take(Err(failure())).unwrap().unwrap();
        assert_eq!(asked(&next).0, "occlusion");
        assert!(matches!(&all.panels[0].came, Came::Failure(words) if words == "no; try"));
        assert!(matches!(all.panels[1].came, Came::Running));
    }

    #[test]
    fn what_was_given_up_keeps_what_is_there() {
        let (mut all, _) = begun(&Draft::default());
        all.take(Ok(Shown::stored_example())).unwrap();
        all.take(Ok(Shown::stored_example())).unwrap();
        all.give_up();
        assert!(matches!(all.panels[0].came, Came::Result(_)));
        assert!(matches!(all.panels[1].came, Came::LeftOut));
        assert!(matches!(all.panels[2].came, Came::LeftOut));
        assert!(all.phase == Phase::Over && all.progress().is_none());
    }

    #[test]
    fn without_an_output_nothing_is_explained() {
        let (mut all, _) = begun(&Draft::default());
        assert_eq!(all.take(Err(failure())), Err(failure()));
        assert!(matches!(all.panels[0].came, Came::LeftOut));
        let draft = Draft {
            texts: [("demo-gpt2".to_owned(), Texts::of_input(" "))].into(),
            ..Draft::default()
        };
        let methods = description(&["saliency"]);
        assert!(AllMethods::begin(&methods, &draft, &Shown::stored_example()).is_err());
        let none = description(&[]);
        assert!(AllMethods::begin(&none, &Draft::default(), &Shown::stored_example()).is_err());
    }
}
