use std::cell::OnceCell;
use std::rc::Rc;

use models::SequenceModel;
use tensor::{BackAxis, Tensor};

use crate::Result;

/// What a step function looks at: the model's state just before each target, and
/// which token was then chosen. Beside it, the same of a contrast and of runs with
/// dropout, where there are any.
///
/// Logits are computed when first asked for, and once.
pub struct Choices<'a> {
    state: Rc<State<'a>>,
    ids: &'a [u32],
    contrast: Option<Box<Choices<'a>>>,
    dropped: Vec<Choices<'a>>,
}

/// Final hidden states, and what the model makes of them.
struct State<'a> {
    model: &'a dyn SequenceModel,
    hidden: Tensor,
    log_probabilities: OnceCell<Tensor>,
}

impl<'a> Choices<'a> {
    /// `hidden` is `[.., targets, hidden]`, with one id for each target.
    pub fn new(model: &'a dyn SequenceModel, hidden: Tensor, ids: &'a [u32]) -> Self {
        let state = State {
            model,
            hidden,
            log_probabilities: OnceCell::new(),
        };
        Self::of_state(Rc::new(state), ids)
    }

    fn of_state(state: Rc<State<'a>>, ids: &'a [u32]) -> Self {
        Self {
            state,
            ids,
            contrast: None,
            dropped: Vec::new(),
        }
    }

    /// Compares with other tokens, chosen in a run of their own.
    #[must_use]
    pub fn with_contrast(self, hidden: Tensor, ids: &'a [u32]) -> Self {
        let contrast = Self::new(self.state.model, hidden, ids);
        Self {
            contrast: Some(Box::new(contrast)),
            ..self
        }
    }

    /// Compares with other tokens in the same place.
    #[must_use]
    pub fn with_contrast_tokens(self, ids: &'a [u32]) -> Self {
        let contrast = Self::of_state(self.state.clone(), ids);
        Self {
            contrast: Some(Box::new(contrast)),
            ..self
        }
    }

    /// Adds the final hidden states of runs with dropout.
    #[must_use]
    pub fn with_dropped(self, hidden: impl IntoIterator<Item = Tensor>) -> Self {
        let (model, ids) = (self.state.model, self.ids);
        let dropped = hidden.into_iter();
        Self {
            dropped: dropped
                .map(|hidden| Self::new(model, hidden, ids))
                .collect(),
            ..self
        }
    }

    /// The chosen tokens, one for each target.
    pub fn ids(&self) -> &[u32] {
        self.ids
    }

    /// Final hidden states before the targets, `[.., targets, hidden]`.
    pub fn hidden(&self) -> &Tensor {
        &self.state.hidden
    }

    /// What is compared with: the contrast, or these choices themselves without one.
    pub fn contrast(&self) -> &Self {
        self.contrast.as_deref().unwrap_or(self)
    }

    /// The same targets in each of the runs with dropout.
    pub fn dropped(&self) -> &[Self] {
        &self.dropped
    }

    /// The logit of each chosen token, `[.., targets]`, without the others.
    ///
    /// # Errors
    /// If the device fails.
    pub fn chosen_logits(&self) -> Result<Tensor> {
        let state = &self.state;
        Ok(state.model.unembed_choices(&state.hidden, self.ids)?)
    }

    /// Log-probabilities of every token in nats, `[.., targets, vocabulary]`.
    ///
    /// # Errors
    /// If the device fails.
    pub fn log_probabilities(&self) -> Result<Tensor> {
        let state = &self.state;
        if let Some(known) = state.log_probabilities.get() {
            return Ok(known.clone());
        }
        let made = state.model.unembed(&state.hidden)?.log_softmax()?;
        Ok(state.log_probabilities.get_or_init(|| made).clone())
    }

    /// The log-probability of each chosen token in nats, `[.., targets]`.
    ///
    /// # Errors
    /// If the device fails.
    pub fn chosen_log_probabilities(&self) -> Result<Tensor> {
        Ok(self.log_probabilities()?.pick_columns(self.ids)?)
    }

    /// Sums `[.., targets, vocabulary]` over the vocabulary, to `[.., targets]`.
    ///
    /// # Errors
    /// If the device fails.
    pub fn total(&self, values: &Tensor) -> Result<Tensor> {
        let total = values.sum(BackAxis(0))?; // [.., targets, 1]
        Ok(total.reshape(2, &[self.ids.len()])?)
    }
}
