use crate::{Error, Place, Result, Site};

/// How much of what is dropped in training, each with the field of `config.json` that
/// says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DropoutRates {
    /// Of embeddings with positions.
    pub(crate) embeddings: (&'static str, f32),
    /// Of attention weights.
    pub(crate) attention: (&'static str, f32),
    /// Of the wide values of feed-forward blocks.
    pub(crate) activation: (&'static str, f32),
    /// Of what attention and feed-forward blocks add.
    pub(crate) added: (&'static str, f32),
}

impl DropoutRates {
    pub(crate) fn check(&self) -> Result<()> {
        for (field, rate) in [self.embeddings, self.attention, self.activation, self.added] {
            if !(0.0..1.0).contains(&rate) {
                return Err(Error::UnsupportedConfig {
                    field,
                    value: rate.to_string(),
                });
            }
        }
        Ok(())
    }

    pub(crate) fn at(&self, site: Site) -> f32 {
        let (_, rate) = match site.place {
            Place::Embeddings => self.embeddings,
            Place::AttentionWeights(_) | Place::CrossAttentionWeights(_) => self.attention,
            Place::FeedForwardActivated(_) => self.activation,
            Place::AttentionOutput(_)
            | Place::CrossAttentionOutput(_)
            | Place::FeedForwardOutput(_) => self.added,
            _ => return 0.0,
        };
        rate
    }
}
