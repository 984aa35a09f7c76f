use attribution::{Fold, Request};
use attribution_output::{AttributionOutput, Compatibility, to_inseq_json};
use models::SequenceModel;
use protocol::{AttributeRequest, Event, Failure, FailureKind, Stage};

use crate::describe::{option_values, step_functions};
use crate::failure::{failure_from_attribution, failure_from_models};
use crate::generate::generated;
use crate::generation::{generation_args, generation_changes, target_prefix};
use crate::settings::{Made, info};
use crate::token_options::put_tokens;
use crate::{Answer, Engine};

/// A text and its output, as tokens.
pub(crate) struct Tokens {
    pub(crate) source: Option<Vec<u32>>,
    pub(crate) target: Vec<u32>,
    /// How many tokens of the target were given.
    pub(crate) n_given: usize,
    /// What beam search thinks of the target.
    pub(crate) score: Option<f32>,
}

impl Engine {
    pub(crate) async fn attribute(
        &mut self,
        asked: &AttributeRequest,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<Event> {
        check_input(&asked.input_text)?;
        // Nothing is downloaded for a request that cannot be carried out.
        check_options(asked)?;
        let changes = generation_changes(asked)?;

        let model = self.model(&asked.model, emit).await?;
        let started_secs = (self.clock_secs)();
        let is_generated = asked.generated_text.is_none() || asked.generate_from_target_prefix;
        let tokens = match &asked.generated_text {
            Some(text) if !is_generated => forced(model.as_ref(), asked, text)?,
            _ => {
                let prefix = target_prefix(model.as_ref(), asked)?;
                generated(model.as_ref(), &asked.input_text, prefix, &changes, emit).await?
            }
        };
        let generated_text = text_of(model.as_ref(), &tokens);
        if is_generated {
            emit(Event::Output {
                text: generated_text.clone(),
            });
        }

        let generation_score = tokens.score;
        let generated_secs = (self.clock_secs)();
        self.spent.generating = is_generated.then_some(generated_secs - started_secs);
        let mut request = request(asked, tokens.source, tokens.target, tokens.n_given)?;
        request.memory_budget_bytes = self.memory_budget_bytes(model.device());
        put_tokens(&mut request, model.as_ref())?;
        let mut progress = |done: u64, total: u64| {
            emit(Event::Progress {
                stage: Stage::Attribute,
                done,
                total: Some(total),
            });
        };
        let attribution = attribution::attribute(model.as_ref(), &request, &mut progress)
            .await
            .map_err(|error| failure_from_attribution(&error))?;
        self.spent.attributing = Some((self.clock_secs)() - generated_secs);
        let made = Made {
            exec_time_secs: (self.clock_secs)() - started_secs,
            device: model.device().name(),
            generated_text,
            generation_args: if is_generated {
                generation_args(model.as_ref(), &changes)
            } else {
                serde_json::Map::new()
            },
            generation_score,
        };
        let output = AttributionOutput {
            info: info(
                asked,
                &request.step_functions,
                model.as_ref(),
                &attribution,
                made,
            ),
            sequences: vec![attribution],
        };
        Ok(Event::Attributed {
            inseq_json: to_inseq_json(&output),
        })
    }
}

/// Refuses a text that gives a model nothing to go on from.
pub(crate) fn check_input(text: &str) -> Answer<()> {
    if text.trim().is_empty() {
        return Err(Failure {
            kind: FailureKind::Input,
            message: "the input text is empty".to_owned(),
            hint: Some("type a prompt to continue or a sentence to translate".to_owned()),
        });
    }
    Ok(())
}

/// Checks the names of method and functions, their options, and how to generate,
/// without loading anything.
///
/// # Errors
/// If a name is unknown, or an option or its value does not fit.
pub fn check_options(asked: &AttributeRequest) -> Result<(), Failure> {
    generation_changes(asked)?;
    request(asked, None, Vec::new(), 0)?
        .check_names()
        .map_err(|error| failure_from_attribution(&error))
}

/// The tokens of an output that the user gives.
pub(crate) fn forced(
    model: &dyn SequenceModel,
    asked: &AttributeRequest,
    text: &str,
) -> Answer<Tokens> {
    let tokenizer = model.tokenizer();
    let ids = |text: &str| {
        tokenizer
            .encode(text)
            .map_err(|error| failure_from_models(&error))
    };
    let Some(start) = model.summary().decoder_start_token_id else {
        if !text.starts_with(&asked.input_text) {
            return Err(does_not_continue(&asked.input_text, text));
        }
        return Ok(Tokens {
            source: None,
            target: ids(text)?,
            n_given: ids(&asked.input_text)?.len(),
            score: None,
        });
    };
    let mut target = vec![start];
    target.extend(
        tokenizer
            .encode_target(text)
            .map_err(|error| failure_from_models(&error))?,
    );
    Ok(Tokens {
        source: Some(ids(&asked.input_text)?),
        target,
        n_given: 1,
        score: None,
    })
}

fn text_of(model: &dyn SequenceModel, tokens: &Tokens) -> String {
    // Inseq's convention: an encoder-decoder's special tokens are not part of its
    // text, a decoder's are.
    let is_encoder_decoder = model.summary().is_encoder_decoder;
    model.tokenizer().decode(&tokens.target, is_encoder_decoder)
}

pub(crate) fn request(
    asked: &AttributeRequest,
    source: Option<Vec<u32>>,
    target: Vec<u32>,
    n_given: usize,
) -> Answer<Request> {
    Ok(Request {
        attr_pos_start: asked.attr_pos_start,
        attr_pos_end: asked.attr_pos_end,
        method: asked.method.clone(),
        method_options: option_values(&asked.method_options),
        step_functions: step_functions(&asked.custom_step_functions)?,
        attributed_fn: asked.attributed_fn.clone(),
        attributed_fn_args: option_values(&asked.attributed_fn_args),
        step_scores: asked.step_scores.clone(),
        step_scores_args: option_values(&asked.step_scores_args),
        attribute_target: asked.attribute_target,
        include_eos_baseline: asked.include_eos_baseline,
        compatibility: output_compatibility(asked.compatibility),
        fold: match asked.fold {
            protocol::Fold::Norm => Fold::Norm,
            protocol::Fold::Keep => Fold::Keep,
        },
        ..Request::new(source, target, n_given)
    })
}

pub(crate) fn output_compatibility(asked: protocol::Compatibility) -> Compatibility {
    match asked {
        protocol::Compatibility::Corrected => Compatibility::Corrected,
        protocol::Compatibility::Inseq => Compatibility::Inseq,
    }
}

/// Says where a forced output leaves its prompt.
fn does_not_continue(prompt: &str, text: &str) -> Failure {
    let n_shared = prompt
        .chars()
        .zip(text.chars())
        .take_while(|(left, right)| left == right)
        .count();
    Failure {
        kind: FailureKind::Input,
        message: format!(
            "the forced output does not continue the prompt: they differ from character {} on",
            n_shared + 1
        ),
        hint: Some("begin the output with the whole prompt, spaces included".to_owned()),
    }
}
