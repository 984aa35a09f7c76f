//! PECoRe: which output tokens hang on a context, and on which of its tokens.
//!
//! The output is read twice, with context and without. Where a step function finds the
//! two apart (context-sensitive token identification), a token is chosen and
//! attributed (contextual cues imputation).

mod cues;
mod output_context;
mod places;
mod plan;
mod readings;
mod sensitivities;
mod template;

use attribution_output::ContextAttribution;
use models::{SequenceModel, Side, Tokenizer};
use protocol::{ContextRequest, Event, OptionValue};
use serde_json::{Value, json};

use self::places::Place;
use self::plan::Plan;
use crate::failure::failure_from_models;
use crate::{Answer, Engine};

const CONTRAST_TARGETS: &str = "contrast_targets";
const CONTRAST_SOURCES: &str = "contrast_sources";
const CONTRAST_FORCE_INPUTS: &str = "contrast_force_inputs";

impl Engine {
    pub(crate) async fn attribute_context(
        &mut self,
        asked: &ContextRequest,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<Event> {
        let plan = Plan::new(asked)?;
        let started_secs = (self.clock_secs)();
        let model = self.model(&asked.settings.model, emit).await?;
        let mut work = Pecore {
            asked: asked.clone(),
            is_generated: asked.output_current_text.is_none(),
            plan,
            model: model.as_ref(),
            memory_budget_bytes: self.memory_budget_bytes(model.device()),
        };
        work.check_special_tokens()?;
        work.detect_output_context(emit).await?;
        let mut made = work.carry_out(emit).await?;
        let exec_time = json!((self.clock_secs)() - started_secs);
        made.info.insert("exec_time".to_owned(), exec_time);
        made.info
            .insert("device".to_owned(), json!(model.device().name()));
        Ok(Event::ContextAttributed {
            json: made.to_json(),
        })
    }
}

/// One request, with what it needs.
struct Pecore<'a> {
    /// With the output's context that was detected, if any was.
    asked: ContextRequest,
    /// Whether the model writes the output that is looked at.
    is_generated: bool,
    plan: Plan,
    model: &'a dyn SequenceModel,
    memory_budget_bytes: usize,
}

impl Pecore<'_> {
    async fn carry_out(&self, emit: &mut dyn FnMut(Event)) -> Answer<ContextAttribution> {
        let readings = self.readings(emit).await?;
        let cti_scores = self.sensitivities(&readings).await?;
        let chosen = self.chosen(&cti_scores)?;
        let tokens = &readings.bare.target[readings.current.clone()];
        let output_current_tokens = spelled(self.tokenizer(), tokens, Side::Target);
        let mut cci_scores = Vec::new();
        for (number, index) in chosen.iter().enumerate() {
            let mut cues = self.cues(&readings, *index, number, emit).await?;
            cues.cti_token.clone_from(&output_current_tokens[*index]);
            cues.cti_score = cti_scores[*index];
            cci_scores.push(cues);
        }
        let asked = &self.asked;
        let context_tokens =
            |place: Option<Place>| -> Option<Vec<String>> { place.map(|place| place.tokens) };
        Ok(ContextAttribution {
            input_context: asked.input_context_text.clone(),
            input_context_tokens: context_tokens(self.input_context(&readings)?),
            output_context: asked.output_context_text.clone(),
            output_context_tokens: context_tokens(self.output_context(&readings)?),
            output_current: readings.output_current,
            output_current_tokens,
            cti_scores,
            cci_scores,
            info: self.info(),
        })
    }

    fn tokenizer(&self) -> &Tokenizer {
        self.model.tokenizer()
    }

    fn follows_inseq(&self) -> bool {
        self.asked.settings.compatibility == protocol::Compatibility::Inseq
    }

    fn decoder_start(&self) -> Option<u32> {
        self.model.summary().decoder_start_token_id
    }

    /// Prompt and output of a decoder-only model.
    fn joined(&self, input: &str, output: &str) -> String {
        let separator = &self.asked.decoder_input_output_separator;
        if input.ends_with(separator.as_str()) || output.starts_with(separator.as_str()) {
            format!("{input}{output}")
        } else {
            format!("{input}{separator}{output}")
        }
    }

    fn split(&self, text: &str, side: Side) -> Answer<Vec<u32>> {
        let ids = self.tokenizer().split(text, side);
        ids.map_err(|error| failure_from_models(&error))
    }

    /// Tokens as the decoder reads them.
    fn whole_as_target(&self, tokens: &[u32]) -> Vec<u32> {
        let start = self.decoder_start().into_iter();
        start.chain(tokens.iter().copied()).collect()
    }

    fn encoded(&self, text: &str) -> Answer<Vec<u32>> {
        let ids = self.tokenizer().encode(text);
        ids.map_err(|error| failure_from_models(&error))
    }

    /// What was set of generation, if the output was generated.
    fn generation_args(&self) -> Value {
        let settings = json!(self.asked.settings.generation);
        let set = settings.as_object().into_iter().flatten();
        set.filter(|(_, value)| self.is_generated && !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Every setting that a number depends on.
    fn info(&self) -> serde_json::Map<String, Value> {
        let mut info = match serde_json::to_value(&self.asked) {
            Ok(Value::Object(info)) => info,
            _ => serde_json::Map::new(),
        };
        // Under the keys that results of `attribute` have.
        info.remove("settings");
        let (settings, summary) = (&self.asked.settings, self.model.summary());
        let of_settings = json!({
            "attribution_method": settings.method,
            "attribution_args": settings.method_options,
            "attributed_fn": format!("{}_fn", settings.attributed_fn),
            "attributed_fn_args": settings.attributed_fn_args,
            "step_scores_args": settings.step_scores_args,
            "custom_step_functions": settings.custom_step_functions,
            "include_eos_baseline": settings.include_eos_baseline,
            "generation_args": self.generation_args(),
            "compatibility": settings.compatibility,
            "constrained_decoding": !self.is_generated,
            "model_name": settings.model,
            "model_class": summary.class_name,
            "tokenizer_class": self.tokenizer().class_name(),
        });
        if let Value::Object(of_settings) = of_settings {
            info.extend(of_settings);
        }
        let has = |text: &Option<String>| json!(text.is_some());
        info.insert(
            "has_input_context".to_owned(),
            has(&self.asked.input_context_text),
        );
        info.insert(
            "has_output_context".to_owned(),
            has(&self.asked.output_context_text),
        );
        info.insert(
            "engine".to_owned(),
            json!(concat!("inseq-web ", env!("CARGO_PKG_VERSION"))),
        );
        info
    }
}

fn as_ids(ids: &[u32]) -> OptionValue {
    let ids = ids.iter().map(|id| OptionValue::Integer(i64::from(*id)));
    OptionValue::List(ids.collect())
}

fn spelled(tokenizer: &Tokenizer, ids: &[u32], side: Side) -> Vec<String> {
    let spelling = |id: &u32| {
        tokenizer
            .token_of_side(*id, side)
            .unwrap_or_default()
            .to_owned()
    };
    ids.iter().map(spelling).collect()
}
