//! What a visitor has typed and chosen, before it is asked of the engine.

mod ask_again;

use std::collections::BTreeMap;

use protocol::{
    AttributeRequest, Compatibility, ContextRequest, DeviceChoice, Failure, FailureKind,
    FunctionDescription, OptionValue, Work,
};
use serde::{Deserialize, Serialize};

use crate::{
    bundled_models::BUNDLED_MODELS,
    chosen_model::{CHOSEN_FILES, ChosenModel, OtherModel},
    storage,
    texts::Texts,
    words::t,
};

const KEY: &str = "inseq-web.draft";

/// Of at most so many words is shown on what they hang.
const N_CONTEXT_WORDS: usize = 3;

/// Option values by Inseq name; absent where the default holds.
pub(crate) type OptionValues = BTreeMap<String, OptionValue>;

/// What is in the form. Kept whole, so that switching the model or the method and
/// back loses nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Draft {
    /// Name of the chosen model.
    pub(crate) model: String,
    /// Models that were chosen and are not bundled, by name.
    pub(crate) other_models: BTreeMap<String, OtherModel>,
    /// What was typed, by model.
    pub(crate) texts: BTreeMap<String, Texts>,
    /// Id of the chosen method.
    pub(crate) method: String,
    /// Options by method.
    pub(crate) method_options: BTreeMap<String, OptionValues>,
    /// Id of the attributed function.
    pub(crate) attributed_fn: String,
    /// Options of the attributed function, by function.
    pub(crate) function_options: BTreeMap<String, OptionValues>,
    /// Options of the step scores.
    pub(crate) step_options: OptionValues,
    /// The step scores to report.
    pub(crate) step_scores: Vec<String>,
    /// Attribute the output's own prefix too, for models that have a source.
    pub(crate) attribute_target: bool,
    /// First attributed position.
    pub(crate) attr_pos_start: Option<i64>,
    /// End of the attributed positions.
    pub(crate) attr_pos_end: Option<i64>,
    /// At most this many tokens are generated.
    pub(crate) max_new_tokens: Option<i64>,
    /// Whose choice is taken where Inseq makes a mistake.
    pub(crate) compatibility: Compatibility,
    /// What computes.
    pub(crate) device: DeviceChoice,
    /// What intermediate values may take, in megabytes, if anything is said.
    pub(crate) memory_budget_mb: Option<u32>,
    /// Whether special tokens are left out where the form shows tokens.
    pub(crate) hides_special_tokens: bool,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            model: BUNDLED_MODELS[0].name.to_owned(),
            other_models: BTreeMap::new(),
            texts: BTreeMap::new(),
            method: "saliency".to_owned(),
            method_options: BTreeMap::new(),
            attributed_fn: "probability".to_owned(),
            function_options: BTreeMap::new(),
            step_options: BTreeMap::new(),
            step_scores: vec!["probability".to_owned()],
            attribute_target: true,
            attr_pos_start: None,
            attr_pos_end: None,
            max_new_tokens: None,
            compatibility: Compatibility::default(),
            device: DeviceChoice::default(),
            memory_budget_mb: None,
            hides_special_tokens: false,
        }
    }
}

impl Draft {
    /// As it was left at the last visit. Files chosen then are out of reach.
    pub(crate) fn restore() -> Self {
        let mut draft: Self = storage::restore(KEY).unwrap_or_default();
        draft
            .other_models
            .retain(|name, _| !name.starts_with(CHOSEN_FILES));
        draft
    }

    /// Keeps it for the next visit.
    pub(crate) fn keep(&self) {
        storage::keep(KEY, self);
    }

    /// The chosen model.
    pub(crate) fn chosen_model(&self) -> ChosenModel {
        ChosenModel::named(&self.model, &self.other_models)
    }

    /// The chosen model's name.
    pub(crate) fn model_name(&self) -> String {
        self.chosen_model().name
    }

    /// Chooses a model that does not ship with the page.
    pub(crate) fn choose_other(&mut self, name: &str, is_encoder_decoder: bool) {
        let other = OtherModel { is_encoder_decoder };
        self.other_models.insert(name.to_owned(), other);
        self.model = name.to_owned();
    }

    /// What was typed for the chosen model; its first preset before anything was.
    pub(crate) fn texts(&self) -> Texts {
        let model = self.chosen_model();
        self.texts
            .get(&model.name)
            .cloned()
            .or_else(|| model.presets.first().map(|input| Texts::of_input(input)))
            .unwrap_or_default()
    }

    /// Replaces the chosen model's texts.
    pub(crate) fn set_texts(&mut self, texts: Texts) {
        self.texts.insert(self.model_name(), texts);
    }

    /// An option of the chosen method; `None` where the default holds.
    pub(crate) fn method_option(&self, id: &str) -> Option<OptionValue> {
        self.method_options.get(&self.method)?.get(id).cloned()
    }

    /// Sets an option of the chosen method, or with `None` gives it its default.
    pub(crate) fn set_method_option(&mut self, id: &str, value: Option<OptionValue>) {
        let options = self.method_options.entry(self.method.clone()).or_default();
        put(options, id, value);
    }

    /// An option of the attributed function; `None` where the default holds.
    pub(crate) fn function_option(&self, id: &str) -> Option<OptionValue> {
        self.function_options
            .get(&self.attributed_fn)?
            .get(id)
            .cloned()
    }

    /// Sets an option of the attributed function, or with `None` gives it its default.
    pub(crate) fn set_function_option(&mut self, id: &str, value: Option<OptionValue>) {
        let options = self
            .function_options
            .entry(self.attributed_fn.clone())
            .or_default();
        put(options, id, value);
    }

    /// An option of the step scores; `None` where the default holds.
    pub(crate) fn step_option(&self, id: &str) -> Option<OptionValue> {
        self.step_options.get(id).cloned()
    }

    /// Sets an option of the step scores, or with `None` gives it its default.
    pub(crate) fn set_step_option(&mut self, id: &str, value: Option<OptionValue>) {
        put(&mut self.step_options, id, value);
    }

    /// Asks for a step score, or no longer.
    pub(crate) fn set_step_score(&mut self, id: &str, is_wanted: bool) {
        self.step_scores.retain(|score| score != id);
        if is_wanted {
            self.step_scores.push(id.to_owned());
        }
    }

    /// What is asked: why these words, or, with a context, what hangs on it.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub(crate) fn work(&self, functions: &[FunctionDescription]) -> Result<Work, Failure> {
        let request = self.request(functions)?;
        let texts = self.texts();
        if !texts.has_context() {
            return Ok(Work::Attribute(request));
        }
        let is_encoder_decoder = self.chosen_model().is_encoder_decoder;
        let mut asked = ContextRequest::new(request, texts.input.clone());
        asked.input_context_text = Some(texts.context);
        // Short outputs seldom have a word that stands out by Inseq's measure; those
        // above the mean are worth a look.
        asked.context_sensitivity_std_threshold = Some(0.0);
        asked.context_sensitivity_topk = Some(N_CONTEXT_WORDS);
        // A prompt's output is given with the prompt; this question has them apart.
        let output = match is_encoder_decoder {
            true => texts.generated.as_str(),
            false => texts
                .generated
                .strip_prefix(&texts.input)
                .unwrap_or(&texts.generated),
        };
        let output = output.trim();
        asked.output_current_text = (!output.is_empty()).then(|| output.to_owned());
        Ok(Work::AttributeContext(Box::new(asked)))
    }

    /// The request that this draft stands for.
    ///
    /// Only an empty input is found here; all else is the engine's to judge, which
    /// knows the tokens, the methods and the ranges. Options of step scores that are no
    /// longer asked for stay in the form, and are left out of the request.
    pub(crate) fn request(
        &self,
        functions: &[FunctionDescription],
    ) -> Result<AttributeRequest, Failure> {
        let model = self.chosen_model();
        let texts = self.texts();
        if texts.input.trim().is_empty() {
            return Err(Failure {
                kind: FailureKind::Input,
                message: match model.is_encoder_decoder {
                    true => t("the source sentence is empty").to_owned(),
                    false => t("the prompt is empty").to_owned(),
                },
                hint: Some(t("type a sentence, or choose one of the examples").to_owned()),
            });
        }
        let mut request = AttributeRequest::new(&model.name, texts.input);
        request.generated_text = Some(texts.generated).filter(|text| !text.trim().is_empty());
        request.method = self.method.clone();
        request.method_options = self
            .method_options
            .get(&self.method)
            .cloned()
            .unwrap_or_default();
        request.attributed_fn = self.attributed_fn.clone();
        request.attributed_fn_args = self
            .function_options
            .get(&self.attributed_fn)
            .cloned()
            .unwrap_or_default();
        request.step_scores = self.step_scores.clone();
        let reported = functions
            .iter()
            .filter(|function| self.step_scores.contains(&function.id));
        for option in reported.flat_map(|function| &function.options) {
            if let Some(value) = self.step_options.get(&option.id) {
                let values = &mut request.step_scores_args;
                values.insert(option.id.clone(), value.clone());
            }
        }
        request.attribute_target = model.is_encoder_decoder && self.attribute_target;
        request.attr_pos_start = self.attr_pos_start;
        request.attr_pos_end = self.attr_pos_end;
        request.compatibility = self.compatibility;
        request.generation.max_new_tokens =
            self.max_new_tokens.and_then(|n| usize::try_from(n).ok());
        Ok(request)
    }
}

fn put(options: &mut OptionValues, id: &str, value: Option<OptionValue>) {
    match value {
        Some(value) => options.insert(id.to_owned(), value),
        None => options.remove(id),
    };
}

#[cfg(test)]
mod tests {
    use super::Draft;
    use crate::texts::Texts;
    use protocol::{
        FailureKind, FunctionDescription, OptionDescription, OptionDomain, OptionValue, Work,
    };

    fn texts(input: &str, generated: &str) -> Texts {
        Texts {
            input: input.to_owned(),
            generated: generated.to_owned(),
            ..Texts::default()
        }
    }

    #[test]
    fn an_untouched_draft_runs_the_first_preset() {
        let request = Draft::default().request(&[]).unwrap();
        assert_eq!(request.input_text, "The capital of France is");
        assert_eq!(request.generated_text, None);
        assert!(
            !request.attribute_target,
            "a decoder-only model has no source part"
        );
    }

    #[test]
    fn an_input_of_spaces_is_empty() {
        let mut draft = Draft::default();
        draft.set_texts(texts(" \n", ""));
        let failure = draft.request(&[]).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Input);
        assert_eq!(failure.message, "the prompt is empty");
    }

    #[test]
    fn switching_models_and_back_keeps_both_texts() {
        let mut draft = Draft::default();
        draft.set_texts(texts("mine", "mine too"));
        draft.model = "demo-mt-tr-en".to_owned();
        assert_eq!(draft.texts().input, "O bir doktor.");
        draft.set_texts(texts("O bir öğretmen.", ""));
        draft.model = "demo-gpt2".to_owned();
        assert_eq!(draft.texts(), texts("mine", "mine too"));
    }

    #[test]
    fn with_a_context_what_hangs_on_it_is_asked() {
        let mut draft = Draft::default();
        draft.set_texts(Texts {
            context: "George was sick.".to_owned(),
            ..texts("He went to the", "He went to the hospital.")
        });
        let Ok(Work::AttributeContext(asked)) = draft.work(&[]) else {
            panic!("another question");
        };
        assert_eq!(
            asked.input_context_text.as_deref(),
            Some("George was sick.")
        );
        assert_eq!(asked.input_current_text, "He went to the");
        assert_eq!(asked.output_current_text.as_deref(), Some("hospital."));
    }

    #[test]
    fn a_model_from_elsewhere_is_asked_for_by_its_name() {
        let mut draft = Draft::default();
        draft.choose_other("Helsinki-NLP/opus-mt-en-fr", true);
        assert_eq!(draft.texts().input, "");
        draft.set_texts(texts("Hello.", ""));
        let request = draft.request(&[]).unwrap();
        assert_eq!(request.model, "Helsinki-NLP/opus-mt-en-fr");
        assert!(request.attribute_target);
        draft.model = "gone/model".to_owned();
        assert_eq!(draft.request(&[]).unwrap().model, "demo-gpt2");
    }

    #[test]
    fn options_belong_to_their_method() {
        let mut draft = Draft {
            method: "integrated_gradients".to_owned(),
            ..Draft::default()
        };
        draft.set_method_option("n_steps", Some(OptionValue::Integer(7)));
        draft.method = "saliency".to_owned();
        assert!(draft.request(&[]).unwrap().method_options.is_empty());
        draft.method = "integrated_gradients".to_owned();
        let options = draft.request(&[]).unwrap().method_options;
        assert_eq!(options.get("n_steps"), Some(&OptionValue::Integer(7)));
    }

    #[test]
    fn options_of_scores_no_longer_asked_for_are_kept_and_not_sent() {
        let functions = [FunctionDescription {
            id: "probability".to_owned(),
            title: String::new(),
            sentence: String::new(),
            options: vec![OptionDescription {
                id: "logprob".to_owned(),
                title: String::new(),
                sentence: String::new(),
                domain: OptionDomain::Flag { default: false },
            }],
        }];
        let mut draft = Draft::default();
        draft.set_step_score("probability", true);
        draft.set_step_option("logprob", Some(OptionValue::Flag(true)));
        let sent = |draft: &Draft| draft.request(&functions).unwrap().step_scores_args.len();
        assert_eq!(sent(&draft), 1);
        draft.set_step_score("probability", false);
        assert_eq!(sent(&draft), 0);
        draft.set_step_score("probability", true);
        assert_eq!(sent(&draft), 1);
    }

    #[test]
    fn a_draft_of_an_earlier_version_is_still_read() {
        let draft: Draft = serde_json::from_str(r#"{"method": "saliency", "gone": 1}"#).unwrap();
        assert_eq!(draft, Draft::default());
    }
}
