use tensor::{BackAxis, Tensor};

use crate::sequence_model::KeysAndValues;
use crate::{Cache, Inputs, NoProbe, Result, SequenceModel, Side};

/// One text, or several of one length, that a model reads on, each token with one
/// pass over the weights.
pub(super) struct Continuation<'a> {
    model: &'a dyn SequenceModel,
    source: Option<Tensor>,
    cache: Cache,
}

impl<'a> Continuation<'a> {
    pub(super) fn new(model: &'a dyn SequenceModel, source: Option<&[u32]>) -> Result<Self> {
        let source = match source {
            Some(ids) => Some(model.embed(Side::Source, ids)?),
            None => None,
        };
        Ok(Self {
            model,
            source,
            cache: Cache::default(),
        })
    }

    /// Reads some tokens, and returns the logits of the next, `[vocabulary]`.
    pub(super) async fn read(&mut self, ids: &[u32]) -> Result<Vec<f32>> {
        let embedded = self.model.embed(Side::Target, ids)?;
        self.logits_after(embedded, ids.len()).await
    }

    /// Reads one token for each of several texts, of which each continues one that
    /// was read before, and returns the logits of their next, `[texts, vocabulary]`.
    pub(super) async fn read_each(&mut self, ids: &[u32], continued: &[u32]) -> Result<Vec<f32>> {
        for layer in &mut self.cache.layers {
            // What is looked up in the source is the same for all.
            if let Some(own) = layer.own.take() {
                layer.own = Some(KeysAndValues {
                    keys: picked(&own.keys, continued)?,
                    values: picked(&own.values, continued)?,
                });
            }
        }
        let embedded = self.model.embed(Side::Target, ids)?; // [texts, hidden]
        let hidden = embedded.shape().length(BackAxis(0));
        let embedded = embedded.reshape(2, &[ids.len(), 1, hidden])?;
        self.logits_after(embedded, 1).await
    }

    async fn logits_after(&mut self, prefix: Tensor, n_tokens: usize) -> Result<Vec<f32>> {
        let inputs = Inputs {
            source: self.source.clone(),
            prefix,
        };
        let last = u32::try_from(n_tokens - 1).expect("texts have at most n_positions tokens");
        let cache = Some(&mut self.cache);
        let hidden = self.model.forward(&inputs, &[last], cache, &mut NoProbe)?;
        Ok(self.model.unembed(&hidden)?.read().await?)
    }
}

/// Some texts of `[texts, heads, positions, head]`; of one text without that axis,
/// copies.
fn picked(values: &Tensor, texts: &[u32]) -> Result<Tensor> {
    let one = values.shape().trailing(3).to_vec();
    let n_texts = values.shape().leading(3).iter().product();
    let rank = values.shape().rank();
    let rows = values.reshape(rank, &[n_texts, one.iter().product()])?;
    let back = [vec![texts.len()], one].concat();
    Ok(rows.pick_rows(texts)?.reshape(2, &back)?)
}
