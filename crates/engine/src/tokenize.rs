use protocol::{Event, TextToken};

use crate::failure::failure_from_models;
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
        let tokens = ids
            .into_iter()
            .map(|id| TextToken {
                id,
                token: tokenizer.token(id).unwrap_or_default().to_owned(),
                display: tokenizer.display(id),
                is_special: tokenizer.is_special(id),
            })
            .collect();
        Ok(Event::Tokenized { tokens })
    }
}
