use crate::Result;
use crate::ridge::ridge;
use crate::run::{Run, TextIds};
use crate::sides::Sides;

/// Texts in which random tokens are masked.
pub(super) struct Samples {
    pub(super) texts: Vec<TextIds>,
    /// Which attributed tokens each text keeps.
    kept: Vec<Sides<Vec<bool>>>,
}

impl Samples {
    /// Asks `is_masked` once for each attributed token of each text, source before
    /// prefix. A token that `masked` has too is kept.
    pub(super) fn draw(
        run: &Run<'_>,
        masked: &TextIds,
        n_samples: usize,
        mut is_masked: impl FnMut() -> Result<bool>,
    ) -> Result<Self> {
        let own = Sides {
            source: run.source_ids(),
            prefix: run.is_prefix_attributed().then(|| run.prefix_ids()),
        };
        let masked = Sides {
            source: masked.source.as_deref(),
            prefix: Some(masked.prefix.as_slice()),
        };
        let mut samples = Self {
            texts: Vec::with_capacity(n_samples),
            kept: Vec::with_capacity(n_samples),
        };
        for _ in 0..n_samples {
            let kept = own.try_zip(&masked, |own, masked| -> Result<Vec<bool>> {
                let tokens = own.iter().zip(*masked);
                tokens
                    .map(|(own, masked)| Ok(!is_masked()? || own == masked))
                    .collect()
            })?;
            let chosen = own.try_zip(&masked, |own, masked| {
                Ok::<_, crate::Error>((own.to_vec(), masked.to_vec()))
            })?;
            let text = kept.try_zip(&chosen, |kept, (own, masked)| {
                let choices = kept.iter().zip(own).zip(masked);
                let ids = choices.map(|((kept, own), masked)| if *kept { *own } else { *masked });
                Ok::<_, crate::Error>(ids.collect::<Vec<u32>>())
            })?;
            samples.texts.push(TextIds {
                source: text.source,
                prefix: text.prefix.unwrap_or_else(|| run.prefix_ids().to_vec()),
            });
            samples.kept.push(kept);
        }
        Ok(samples)
    }

    /// What the presence of each token adds to the scores of a target before which
    /// `n_read` prefix tokens are read.
    pub(super) fn coefficients(
        &self,
        n_read: usize,
        scores: &[f64],
        alpha: f64,
    ) -> Sides<Vec<f32>> {
        let mut features = Vec::new();
        let mut weights = Vec::with_capacity(scores.len());
        let mut n_features = 0;
        for kept in &self.kept {
            let start = features.len();
            let prefix = kept.prefix.as_ref().map(|prefix| &prefix[..n_read]);
            let tokens = kept
                .source
                .iter()
                .flatten()
                .chain(prefix.into_iter().flatten());
            features.extend(tokens.map(|kept| f64::from(u8::from(*kept))));
            n_features = features.len() - start;
            weights.push(features[start..].iter().sum());
        }
        let coefficients = ridge(&features, n_features, scores, &weights, alpha);
        let mut coefficients = coefficients.into_iter().map(|value| value as f32);
        let kept = &self.kept[0];
        let source = kept.source.as_ref();
        let source = source.map(|source| coefficients.by_ref().take(source.len()).collect());
        let prefix = kept.prefix.as_ref().map(|_| coefficients.collect());
        Sides { source, prefix }
    }
}
