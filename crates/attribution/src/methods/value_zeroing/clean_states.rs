use models::{Place, Probe, Site, Stack};
use tensor::{BackAxis, Tensor};

use super::part::Attention;
use crate::Result;
use crate::run::Run;

/// What each layer reads and makes of the text as it is.
#[derive(Default)]
pub(super) struct CleanStates {
    pub(super) encoder: StackStates,
    pub(super) decoder: StackStates,
}

#[derive(Default)]
pub(super) struct StackStates {
    /// Embeddings with positions, then each layer's output, `[tokens, hidden]`. The
    /// decoder's last is what the model makes of it in the end.
    pub(super) states: Vec<Tensor>,
    n_own_heads: usize,
    n_cross_heads: usize,
}

impl CleanStates {
    pub(super) fn of(run: &Run<'_>) -> Result<Self> {
        let mut clean = Self::default();
        let positions: Vec<u32> = (0_u32..).take(run.n_prefix()).collect();
        let last = run
            .model
            .forward(&run.inputs()?, &positions, None, &mut clean)?;
        clean.decoder.states.pop();
        clean.decoder.states.push(last);
        Ok(clean)
    }

    pub(super) fn stack(&self, attention: Attention) -> &StackStates {
        match attention.stack() {
            Stack::Encoder => &self.encoder,
            Stack::Decoder => &self.decoder,
        }
    }
}

impl StackStates {
    pub(super) fn n_layers(&self) -> usize {
        self.states.len() - 1
    }

    pub(super) fn n_heads(&self, attention: Attention) -> usize {
        match attention {
            Attention::OfEncoder | Attention::OfDecoder => self.n_own_heads,
            Attention::ToSource => self.n_cross_heads,
        }
    }
}

impl Probe for CleanStates {
    fn visit(&mut self, site: Site, value: Tensor) -> models::Result<Tensor> {
        let stack = match site.stack {
            Stack::Encoder => &mut self.encoder,
            Stack::Decoder => &mut self.decoder,
        };
        let n_heads = value.shape().length(BackAxis(2));
        match site.place {
            Place::Embeddings | Place::LayerOutput(_) => stack.states.push(value.clone()),
            Place::AttentionWeights(_) => stack.n_own_heads = n_heads,
            Place::CrossAttentionWeights(_) => stack.n_cross_heads = n_heads,
            _ => {}
        }
        Ok(value)
    }
}
