use std::cell::OnceCell;

use models::SequenceModel;
use tensor::Tensor;

use crate::Result;

/// What a step function looks at: the model's state just before each target, and
/// which token was then chosen.
///
/// Logits are computed when first asked for, and once.
pub struct Choices<'a> {
    model: &'a dyn SequenceModel,
    hidden: Tensor,
    ids: &'a [u32],
    log_probabilities: OnceCell<Tensor>,
}

impl<'a> Choices<'a> {
    /// `hidden` is `[.., targets, hidden]`, with one id for each target.
    pub fn new(model: &'a dyn SequenceModel, hidden: Tensor, ids: &'a [u32]) -> Self {
        Self {
            model,
            hidden,
            ids,
            log_probabilities: OnceCell::new(),
        }
    }

    /// The chosen tokens, one for each target.
    pub fn ids(&self) -> &[u32] {
        self.ids
    }

    /// The logit of each chosen token, `[.., targets]`, without the others.
    ///
    /// # Errors
    /// If the device fails.
    pub fn chosen_logits(&self) -> Result<Tensor> {
        Ok(self.model.unembed_choices(&self.hidden, self.ids)?)
    }

    /// Log-probabilities of every token in nats, `[.., targets, vocabulary]`.
    ///
    /// # Errors
    /// If the device fails.
    pub fn log_probabilities(&self) -> Result<Tensor> {
        if let Some(known) = self.log_probabilities.get() {
            return Ok(known.clone());
        }
        let made = self.model.unembed(&self.hidden)?.log_softmax()?;
        Ok(self.log_probabilities.get_or_init(|| made).clone())
    }

    /// The log-probability of each chosen token, `[.., targets]`.
    ///
    /// # Errors
    /// If the device fails.
    pub fn chosen_log_probabilities(&self) -> Result<Tensor> {
        Ok(self.log_probabilities()?.pick_columns(self.ids)?)
    }
}
