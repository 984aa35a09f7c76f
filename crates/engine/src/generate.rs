//! Outputs that a model writes, for themselves or to be attributed.

use models::{GenerationConfig, SequenceModel, Side};
use protocol::{Event, GenerateRequest, GeneratedOutput, Stage};

use crate::attribute::{Tokens, check_input};
use crate::failure::failure_from_models;
use crate::generation::generation_config;
use crate::tokenize::text_tokens;
use crate::{Answer, Engine};

impl Engine {
    pub(crate) async fn generate(
        &mut self,
        asked: &GenerateRequest,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<Event> {
        check_input(&asked.input_text)?;
        // Nothing is downloaded for a request that cannot be carried out.
        let changes = generation_config(&asked.generation)?;

        let model = self.model(&asked.model, emit).await?;
        let started_secs = (self.clock_secs)();
        let tokens = generated(model.as_ref(), &asked.input_text, None, &changes, emit).await?;
        self.spent.generating = Some((self.clock_secs)() - started_secs);
        // As in Inseq, where an encoder-decoder's output is all its own.
        let is_prompt_in_it = !model.summary().is_encoder_decoder;
        let n_left_out = match asked.output_generated_only && is_prompt_in_it {
            true => tokens.n_given,
            false => 0,
        };
        let tokenizer = model.tokenizer();
        let of_text = &tokens.target[n_left_out..];
        Ok(Event::Generated(GeneratedOutput {
            text: tokenizer.decode(of_text, asked.skip_special_tokens),
            tokens: text_tokens(tokenizer, &tokens.target),
            n_given: tokens.n_given,
        }))
    }
}

/// The tokens of an output that the model writes, after `target_prefix` if there is one.
/// They are attributed as they were written, not read again from their text.
pub(crate) async fn generated(
    model: &dyn SequenceModel,
    input_text: &str,
    target_prefix: Option<&str>,
    changes: &GenerationConfig,
    emit: &mut dyn FnMut(Event),
) -> Answer<Tokens> {
    let tokenizer = model.tokenizer();
    let input = tokenizer
        .encode(input_text)
        .map_err(|error| failure_from_models(&error))?;
    let (source, mut prefix) = match model.summary().decoder_start_token_id {
        Some(start) => (Some(input), vec![start]),
        None => (None, input),
    };
    // A target prefix is attributed like what follows it, as in Inseq.
    let n_given = prefix.len();
    if let Some(text) = target_prefix {
        let ids = tokenizer
            .split(text, Side::Target)
            .map_err(|error| failure_from_models(&error))?;
        prefix.extend(ids);
    }
    let mut on_token = |done: usize, total: usize| {
        emit(Event::Progress {
            stage: Stage::Generate,
            done: done as u64,
            total: Some(total as u64),
        });
    };
    let generated = models::generate(model, source.as_deref(), &prefix, changes, &mut on_token)
        .await
        .map_err(|error| failure_from_models(&error))?;
    Ok(Tokens {
        source,
        target: generated.ids,
        n_given,
        score: generated.score,
    })
}
