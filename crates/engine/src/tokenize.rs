use models::{SequenceModel, Side, Tokenizer};
use protocol::{AlignRequest, AlignedTokens, Event, TextToken};

use crate::attribute::output_compatibility;
use crate::describe::option_value;
use crate::failure::{failure_from_attribution, failure_from_models};
use crate::token_options::token_ids;
use crate::{Answer, Engine};

impl Engine {
    pub(crate) async fn tokenize(
        &mut self,
        model: &str,
        text: &str,
        as_target: bool,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<Event> {
        let model = self.model(model, emit).await?;
        let tokenizer = model.tokenizer();
        let ids = if as_target {
            tokenizer.encode_target(text)
        } else {
            tokenizer.encode(text)
        }
        .map_err(|error| failure_from_models(&error))?;
        let tokens = text_tokens(tokenizer, &ids);
        Ok(Event::Tokenized { tokens })
    }

    pub(crate) async fn align(
        &mut self,
        asked: &AlignRequest,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<Event> {
        let model = self.model(&asked.model, emit).await?;
        let tokenizer = model.tokenizer();
        let output = output_ids(&asked.output, model.as_ref(), "the output")?;
        let contrast = output_ids(&asked.contrast, model.as_ref(), "the contrast text")?;
        let n_given = match model.summary().decoder_start_token_id {
            Some(_) => 1,
            None if asked.output.starts_with(&asked.input_text) => {
                let prompt = tokenizer.encode(&asked.input_text);
                prompt.map_err(|error| failure_from_models(&error))?.len()
            }
            None => 0,
        };
        let alignment = asked.alignment.as_ref().map(option_value);
        let compatibility = output_compatibility(asked.compatibility);
        let counterparts =
            attribution::counterparts(&output, &contrast, alignment.as_ref(), compatibility)
                .map_err(|error| failure_from_attribution(&error))?;
        Ok(Event::Aligned(AlignedTokens {
            n_given: n_given.min(output.len()),
            output: text_tokens(tokenizer, &output),
            contrast: text_tokens(tokenizer, &contrast),
            counterparts,
        }))
    }
}

/// An output's tokens as the model reads them, decoder start included.
fn output_ids(text: &str, model: &dyn SequenceModel, name: &str) -> Answer<Vec<u32>> {
    token_ids(text, Side::Target, false, model, name)
}

/// Tokens as their reader sees them.
pub(crate) fn text_tokens(tokenizer: &Tokenizer, ids: &[u32]) -> Vec<TextToken> {
    let token = |id: &u32| TextToken {
        id: *id,
        token: tokenizer.token(*id).unwrap_or_default().to_owned(),
        display: tokenizer.display(*id),
        is_special: tokenizer.is_special(*id),
    };
    ids.iter().map(token).collect()
}
