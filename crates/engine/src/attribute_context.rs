//! PECoRe: which output tokens hang on a context, and on which of its tokens.
//!
//! The output is read twice, with context and without. Where a step function finds the
//! two apart (context-sensitive token identification), a token is chosen and
//! attributed (contextual cues imputation).

use attribution_output::{
    Attribution, Compatibility, ContextAttribution, ContextCues, Scores, Stage, aggregate_with,
    default_stages,
};
use models::{SequenceModel, Side, Tokenizer};
use protocol::{AttributeRequest, ContextRequest, Event, Failure, FailureKind, Fold, OptionValue};
use serde_json::{Value, json};

use crate::attribute::{Tokens, forced, generated, request};
use crate::context_template::Template;
use crate::describe::description_with_formulas;
use crate::failure::{failure_from_attribution, failure_from_models};
use crate::generation::generation_changes;
use crate::token_options::put_tokens;
use crate::{Answer, Engine, check_options};

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
        let started_secs = (self.world.clock_secs)();
        let model = self.model(&asked.settings.model, emit).await?;
        let mut work = Work {
            asked,
            plan,
            model: model.as_ref(),
        };
        let mut made = work.carry_out(emit).await?;
        let exec_time = json!((self.world.clock_secs)() - started_secs);
        made.info.insert("exec_time".to_owned(), exec_time);
        made.info
            .insert("device".to_owned(), json!(self.world.device.name()));
        Ok(Event::ContextAttributed {
            json: made.to_json(),
        })
    }
}

/// What can be checked before a model is there.
struct Plan {
    input: Template,
    output: Template,
    bare_input: Template,
    bare_output: Template,
    /// Whether the attributed function compares with another text.
    is_contrastive: bool,
}

impl Plan {
    fn new(asked: &ContextRequest) -> Answer<Self> {
        let refused = |message: String, hint: &str| Failure {
            kind: FailureKind::Input,
            message,
            hint: Some(hint.to_owned()),
        };
        if asked.input_current_text.trim().is_empty() {
            return Err(refused(
                "input_current_text is empty".to_owned(),
                "give the text whose output is looked at",
            ));
        }
        let has_input_context = asked.input_context_text.is_some();
        let has_output_context = asked.output_context_text.is_some();
        if !has_input_context && !has_output_context {
            return Err(refused(
                "there is no context".to_owned(),
                "give input_context_text or output_context_text",
            ));
        }
        let description = description_with_formulas(&asked.settings.custom_step_functions)?;
        let compares = |id: &str| {
            let mut functions = description.step_functions.iter();
            let known = functions.find(|function| function.id == id);
            known.is_some_and(|function| {
                let mut options = function.options.iter();
                options.any(|option| option.id == CONTRAST_TARGETS)
            })
        };
        let metric = &asked.context_sensitivity_metric;
        if !compares(metric) {
            let known = description.step_functions.iter().map(|it| it.id.as_str());
            let known: Vec<&str> = known.filter(|id| compares(id)).collect();
            return Err(refused(
                format!("context_sensitivity_metric {metric:?} compares nothing"),
                &format!("choose one of {}", known.join(", ")),
            ));
        }
        let mut settings = asked.settings.clone();
        settings.step_scores = vec![metric.clone()];
        check_options(&settings)?;
        let (input, output) = (
            asked.input_template.as_deref(),
            asked.output_template.as_deref(),
        );
        let bare_input = Some(asked.contextless_input_current_text.as_str());
        let bare_output = Some(asked.contextless_output_current_text.as_str());
        Ok(Self {
            input: Template::new("input_template", input, has_input_context)?,
            output: Template::of_output("output_template", output, has_output_context)?,
            bare_input: Template::new("contextless_input_current_text", bare_input, false)?,
            bare_output: Template::of_output(
                "contextless_output_current_text",
                bare_output,
                false,
            )?,
            is_contrastive: compares(&asked.settings.attributed_fn),
        })
    }
}

struct Work<'a> {
    asked: &'a ContextRequest,
    plan: Plan,
    model: &'a dyn SequenceModel,
}

/// The output, with context and without.
struct Readings {
    input: String,
    bare_input: String,
    output_current: String,
    /// All of it without context, as tokens.
    bare: Tokens,
    /// Which of its tokens are the output that is looked at.
    current: std::ops::Range<usize>,
    /// Tokens with context: prompt and output, or the output alone, without the
    /// decoder's start and the end of sequence.
    whole: Vec<u32>,
    /// Where among them the output that is looked at begins.
    offset: usize,
}

impl Work<'_> {
    async fn carry_out(&mut self, emit: &mut dyn FnMut(Event)) -> Answer<ContextAttribution> {
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
        let asked = self.asked;
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

    fn is_inseq(&self) -> bool {
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

    async fn readings(&self, emit: &mut dyn FnMut(Event)) -> Answer<Readings> {
        let asked = self.asked;
        let input = self.plan.input.filled(
            asked.input_context_text.as_deref(),
            &asked.input_current_text,
        );
        let bare_input = self.plan.bare_input.filled(None, &asked.input_current_text);
        let output_current = match &asked.output_current_text {
            Some(text) => text.clone(),
            None => self.written(&input, emit).await?,
        };
        if output_current.trim().is_empty() {
            return Err(Failure {
                kind: FailureKind::Input,
                message: "the output that is looked at is empty".to_owned(),
                hint: Some("give output_current_text".to_owned()),
            });
        }
        let output = self
            .plan
            .output
            .filled(asked.output_context_text.as_deref(), &output_current);
        let bare_output = self.plan.bare_output.filled(None, &output_current);

        // Without context.
        let is_decoder_only = self.decoder_start().is_none();
        let bare_text = match is_decoder_only {
            true => self.joined(&bare_input, &bare_output),
            false => bare_output,
        };
        let mut settings = asked.settings.clone();
        settings.input_text = match is_decoder_only {
            true => bare_input.trim_end().to_owned(),
            false => bare_input.clone(),
        };
        let bare = forced(self.model, &settings, &bare_text)?;
        let n_before = self
            .split(&self.plan.bare_output.before_current(None), Side::Target)?
            .len();
        let is_end = |id: &u32| !is_decoder_only && Some(*id) == self.tokenizer().end_id();
        let end = bare.target.len() - usize::from(bare.target.last().is_some_and(is_end));
        let current = (bare.n_given + n_before).min(end)..end;

        // With context.
        let whole = match is_decoder_only {
            true => self.split(&self.joined(&input, &output), Side::Target)?,
            false => self.split(&output, Side::Target)?,
        };
        // Inseq splits the current text by itself, where its first word has no space.
        let n_current = match self.is_inseq() {
            true => self.split(&output_current, Side::Target)?.len(),
            false => current.len(),
        };
        Ok(Readings {
            offset: whole.len().saturating_sub(n_current),
            input,
            bare_input,
            output_current,
            bare,
            current,
            whole,
        })
    }

    /// What the model writes in context.
    async fn written(&self, input: &str, emit: &mut dyn FnMut(Event)) -> Answer<String> {
        let context = self.asked.output_context_text.as_deref();
        let before = self.plan.output.before_current(context);
        let mut settings = self.asked.settings.clone();
        settings.generated_text = None;
        settings.generate_from_target_prefix = false;
        if self.decoder_start().is_none() {
            let prompt = match before.is_empty() {
                true => input.to_owned(),
                false => self.joined(input, &before),
            };
            settings.input_text = prompt.trim_end().to_owned();
        } else {
            settings.input_text = input.to_owned();
            if !before.is_empty() {
                settings.generated_text = Some(before.trim_end().to_owned());
                settings.generate_from_target_prefix = true;
            }
        }
        let changes = generation_changes(&settings)?;
        let tokens = generated(self.model, &settings, &changes, emit).await?;
        let n_given = match &settings.generated_text {
            Some(before) => tokens.n_given + self.split(before, Side::Target)?.len(),
            None => tokens.n_given,
        };
        let text = self.tokenizer().decode(&tokens.target[n_given..], true);
        emit(Event::Generated { text: text.clone() });
        Ok(text.trim().to_owned())
    }

    /// How much each token of the output hangs on the context.
    async fn sensitivities(&self, readings: &Readings) -> Answer<Vec<f32>> {
        let metric = &self.asked.context_sensitivity_metric;
        let mut settings = self.asked.settings.clone();
        settings.attributed_fn = "probability".to_owned();
        settings.attributed_fn_args.clear();
        settings.step_scores = vec![metric.clone()];
        settings.attr_pos_start = None;
        settings.attr_pos_end = None;
        settings.attribute_target = self.decoder_start().is_some();
        let args = &mut settings.step_scores_args;
        let with_context = self.whole_as_target(&readings.whole);
        args.insert(CONTRAST_TARGETS.to_owned(), as_ids(&with_context));
        if self.decoder_start().is_some() {
            let text = OptionValue::Text(readings.input.clone());
            args.insert(CONTRAST_SOURCES.to_owned(), text);
        }
        let bare = &readings.bare;
        let (source, target) = (bare.source.clone(), bare.target.clone());
        let target = match self.decoder_start() {
            // Aligned from the ends, of which neither has an end of sequence.
            Some(_) => target[..readings.current.end].to_vec(),
            None => target,
        };
        let mut request = request(&settings, source, target, bare.n_given)?;
        put_tokens(&mut request, self.model)?;
        let mut scores = attribution::step_scores(self.model, &request)
            .await
            .map_err(|error| failure_from_attribution(&error))?;
        let scores = scores.remove(metric).unwrap_or_default();
        let first = readings.current.start - bare.n_given;
        Ok(scores[first..first + readings.current.len()].to_vec())
    }

    /// Tokens as the decoder reads them.
    fn whole_as_target(&self, tokens: &[u32]) -> Vec<u32> {
        let start = self.decoder_start().into_iter();
        start.chain(tokens.iter().copied()).collect()
    }

    /// Which tokens hang on the context, those that do most first.
    fn chosen(&self, scores: &[f32]) -> Answer<Vec<usize>> {
        let threshold = match self.asked.context_sensitivity_std_threshold {
            None => 0.0,
            Some(factor) => {
                let n = scores.len() as f32;
                let mean = scores.iter().sum::<f32>() / n;
                let squares = scores.iter().map(|score| (score - mean).powi(2));
                match scores.len() > 1 && factor != 0.0 {
                    true => mean + factor * (squares.sum::<f32>() / (n - 1.0)).sqrt(),
                    false => mean,
                }
            }
        };
        let mut chosen: Vec<usize> = (0..scores.len())
            .filter(|index| scores[*index].abs() >= threshold)
            .collect();
        chosen.sort_by(|left, right| scores[*right].abs().total_cmp(&scores[*left].abs()));
        if let Some(n) = self.asked.context_sensitivity_topk {
            chosen.truncate(n);
        }
        let given = &self.asked.contextless_output_next_tokens;
        if !given.is_empty() && given.len() != chosen.len() {
            return Err(Failure {
                kind: FailureKind::Input,
                message: format!(
                    "contextless_output_next_tokens has {} texts, {} tokens were chosen",
                    given.len(),
                    chosen.len()
                ),
                hint: Some("give a text for each, or none".to_owned()),
            });
        }
        Ok(chosen)
    }

    /// What one of the chosen tokens depends on.
    async fn cues(
        &self,
        readings: &Readings,
        index: usize,
        number: usize,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<ContextCues> {
        let place = readings.offset + index;
        let contextual = &readings.whole[..=place.min(readings.whole.len() - 1)];
        let contextual_output = self.tokenizer().decode(contextual, true);
        let mut settings = self.asked.settings.clone();
        settings.fold = Fold::Norm;
        settings.step_scores.clear();
        settings.step_scores_args.clear();
        settings.attribute_target =
            self.decoder_start().is_some() && self.asked.output_context_text.is_some();
        let start = place + usize::from(self.decoder_start().is_some());
        settings.attr_pos_start = i64::try_from(start).ok();
        settings.attr_pos_end = None;
        let (source, target) = match self.is_inseq() {
            // Inseq reads the text again.
            true => self.read_again(&readings.input, &contextual_output)?,
            false => {
                settings.attr_pos_end = i64::try_from(start + 1).ok();
                let source = match self.decoder_start() {
                    Some(_) => Some(self.encoded(&readings.input)?),
                    None => None,
                };
                (source, self.whole_as_target(contextual))
            }
        };
        let contrast = match self.plan.is_contrastive {
            true => Some(self.contrast(readings, index, number).await?),
            false => None,
        };
        if let Some(contrast) = &contrast {
            let own = self.asked.settings.attributed_fn == "kl_divergence"
                || Some(&contrast.token)
                    == readings.bare.target.get(readings.current.start + index);
            let args = &mut settings.attributed_fn_args;
            let targets = match self.is_inseq() {
                true => OptionValue::Text(contrast.text.clone()),
                false => as_ids(&contrast.target),
            };
            args.insert(CONTRAST_TARGETS.to_owned(), targets);
            if self.decoder_start().is_some() {
                let text = OptionValue::Text(readings.bare_input.clone());
                args.insert(CONTRAST_SOURCES.to_owned(), text);
            }
            let forced = args.entry(CONTRAST_FORCE_INPUTS.to_owned());
            forced.or_insert(OptionValue::Flag(own));
        }
        let mut request = request(&settings, source, target, start)?;
        put_tokens(&mut request, self.model)?;
        let mut progress = |done: u64, total: u64| {
            emit(Event::Progress {
                stage: protocol::Stage::Attribute,
                done,
                total: Some(total),
            });
        };
        let found = attribution::attribute(self.model, &request, &mut progress)
            .await
            .map_err(|error| failure_from_attribution(&error))?;
        let found = without_normalizing(&found)?;
        let scores = |place: Option<Place>| {
            place.map(|place| {
                let matrix = match place.is_source {
                    true => &found.source_attributions,
                    false => &found.target_attributions,
                };
                first_column(matrix.as_ref(), place.start, place.tokens.len())
            })
        };
        Ok(ContextCues {
            cti_idx: index,
            cti_token: String::new(),
            cti_score: 0.0,
            contextual_output,
            contrast_token: contrast.as_ref().map(|contrast| {
                let spelled = spelled(self.tokenizer(), &[contrast.token], Side::Target);
                spelled.concat()
            }),
            contextless_output: contrast.map(|contrast| contrast.text),
            input_context_scores: scores(self.input_context(readings)?),
            output_context_scores: scores(self.output_context(readings)?),
        })
    }

    fn encoded(&self, text: &str) -> Answer<Vec<u32>> {
        let ids = self.tokenizer().encode(text);
        ids.map_err(|error| failure_from_models(&error))
    }

    /// Input and output as their texts are read.
    fn read_again(&self, input: &str, output: &str) -> Answer<(Option<Vec<u32>>, Vec<u32>)> {
        let settings = AttributeRequest {
            input_text: input.to_owned(),
            ..self.asked.settings.clone()
        };
        let tokens = match self.decoder_start() {
            Some(_) => forced(self.model, &settings, output)?,
            None => return Ok((None, self.encoded(output)?)),
        };
        Ok((tokens.source, tokens.target))
    }

    /// What the model writes at a chosen token without context.
    async fn contrast(
        &self,
        readings: &Readings,
        index: usize,
        number: usize,
    ) -> Answer<Continuation> {
        let prefix = match self.is_inseq() {
            false => readings.bare.target[..readings.current.start + index].to_vec(),
            true => {
                let alone = self.split(&readings.output_current, Side::Target)?;
                let begun = &alone[..index.min(alone.len())];
                match self.decoder_start() {
                    Some(start) => [&[start], begun].concat(),
                    None => {
                        let begun = self.tokenizer().decode(begun, true);
                        self.encoded(&self.joined(&readings.bare_input, &begun))?
                    }
                }
            }
        };
        let token = match self.asked.contextless_output_next_tokens.get(number) {
            Some(text) => self.split(text, Side::Target)?.first().copied(),
            None => {
                let mut settings = self.asked.settings.clone();
                settings.generate_from_target_prefix = false;
                // Marian's last token is always the end of sequence.
                let n_new = 1 + usize::from(self.decoder_start().is_some());
                settings.generation.max_new_tokens = Some(n_new);
                settings.generation.max_length = None;
                let changes = generation_changes(&settings)?;
                let source = readings.bare.source.as_deref();
                let made =
                    models::generate(self.model, source, &prefix, &changes, &mut |_, _| {}).await;
                let made = made.map_err(|error| failure_from_models(&error))?;
                made.ids.get(prefix.len()).copied()
            }
        };
        let token = token.ok_or_else(|| Failure {
            kind: FailureKind::Input,
            message: "there is nothing to stand against a chosen token".to_owned(),
            hint: Some("give contextless_output_next_tokens".to_owned()),
        })?;
        let target = [prefix, vec![token]].concat();
        Ok(Continuation {
            text: self.tokenizer().decode(&target, true),
            target,
            token,
        })
    }

    /// Where the input's context is among what was attributed to.
    fn input_context(&self, readings: &Readings) -> Answer<Option<Place>> {
        let Some(context) = &self.asked.input_context_text else {
            return Ok(None);
        };
        let is_source = self.decoder_start().is_some();
        let side = if is_source {
            Side::Source
        } else {
            Side::Target
        };
        let before = self.plan.input.before_context();
        let start = self.split(before, side)?.len();
        let end = self.split(&format!("{before}{context}"), side)?.len();
        let ids = match is_source {
            true => self.split(&readings.input, side)?,
            false => readings.whole.clone(),
        };
        self.place(
            is_source,
            start,
            ids[start.min(end)..end.min(ids.len())].to_vec(),
        )
    }

    /// Where the output's context is among what was attributed to.
    fn output_context(&self, readings: &Readings) -> Answer<Option<Place>> {
        let Some(context) = &self.asked.output_context_text else {
            return Ok(None);
        };
        let before = self.plan.output.before_context();
        let (before, decoder_start) = match self.decoder_start() {
            // In Inseq the first row is the decoder's start.
            Some(_) => (before.to_owned(), usize::from(!self.is_inseq())),
            None => (self.joined(&readings.input, before), 0),
        };
        let start = self.split(before.trim_end(), Side::Target)?.len();
        let end = self
            .split(&self.followed(&before, context), Side::Target)?
            .len();
        let ids = readings.whole[start.min(end)..end.min(readings.whole.len())].to_vec();
        let place = self.place(false, start + decoder_start, ids)?;
        // Inseq spells the context's tokens as of a text of its own.
        if let (true, Some(place)) = (self.is_inseq(), place.as_ref()) {
            let alone = self.split(context, Side::Target)?;
            return Ok(Some(Place {
                tokens: spelled(self.tokenizer(), &alone, Side::Target),
                ..*place
            }));
        }
        Ok(place)
    }

    fn followed(&self, before: &str, context: &str) -> String {
        format!("{before}{context}")
    }

    fn place(&self, is_source: bool, start: usize, ids: Vec<u32>) -> Answer<Option<Place>> {
        let side = if is_source {
            Side::Source
        } else {
            Side::Target
        };
        Ok(Some(Place {
            is_source,
            start,
            tokens: spelled(self.tokenizer(), &ids, side),
        }))
    }

    /// Every setting that a number depends on.
    fn info(&self) -> serde_json::Map<String, Value> {
        let mut info = match serde_json::to_value(self.asked) {
            Ok(Value::Object(info)) => info,
            _ => serde_json::Map::new(),
        };
        if let Some(Value::Object(settings)) = info.remove("settings") {
            info.extend(settings);
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

/// A text that goes on otherwise.
struct Continuation {
    /// As the decoder reads it, the token at its end.
    target: Vec<u32>,
    token: u32,
    text: String,
}

/// Tokens among what was attributed to.
struct Place {
    is_source: bool,
    start: usize,
    tokens: Vec<String>,
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

/// Matrices in the default way for their kind, but that columns keep their sums.
fn without_normalizing(found: &Attribution) -> Answer<Attribution> {
    let stages: Vec<Stage> = default_stages(found)
        .into_iter()
        .map(|stage| match stage {
            Stage::Scores(mut scores) => {
                scores.normalize = Some(false);
                Stage::Scores(scores)
            }
            other => other,
        })
        .collect();
    aggregate_with(found, &stages, Compatibility::Corrected).map_err(|error| Failure {
        kind: FailureKind::Input,
        message: error.to_string(),
        hint: None,
    })
}

/// The first target's scores of some rows; `None` where a row says nothing.
fn first_column(matrix: Option<&Scores>, start: usize, n: usize) -> Vec<Option<f32>> {
    let value = |row: usize| {
        let matrix = matrix?;
        let value = *matrix.values.get(row * matrix.shape[1])?;
        (!value.is_nan()).then_some(value)
    };
    (start..start + n).map(value).collect()
}
