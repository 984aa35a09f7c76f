use tensor::BackAxis;

use crate::{Cache, Error, Inputs, NoProbe, Result, SequenceModel, Side};

/// Tokens added when neither the caller nor the model sets a limit: the default of
/// Hugging Face's `generate`.
const DEFAULT_NEW_TOKENS: usize = 20;

/// Writes the most likely token, again and again, each with one pass over the
/// weights.
///
/// `source` is read by encoder-decoder models only; `prefix` is what is already
/// written (prompt, or decoder start). Returns the prefix and what was added, with
/// the token that ended it, if any. Stops at the model's end token, its length
/// limits, or `max_new_tokens`; `on_token` is told how many of how many tokens there
/// are.
///
/// # Errors
/// If the prefix is empty or leaves no room, or the device fails.
pub async fn generate_greedily(
    model: &dyn SequenceModel,
    source: Option<&[u32]>,
    prefix: &[u32],
    max_new_tokens: Option<usize>,
    on_token: &mut dyn FnMut(usize, usize),
) -> Result<Vec<u32>> {
    let summary = model.summary();
    let config = model.generation_config();
    summary.check_length(prefix.len())?;
    let end = match (max_new_tokens, config.max_new_tokens, config.max_length) {
        (Some(n), _, _) | (None, Some(n), _) => prefix.len().saturating_add(n),
        (None, None, Some(max_length)) => max_length,
        (None, None, None) => prefix.len() + DEFAULT_NEW_TOKENS,
    }
    .min(summary.n_positions);
    if end <= prefix.len() {
        return Err(Error::NoRoom {
            n_tokens: prefix.len(),
            limit: end,
        });
    }
    let source = match source {
        Some(ids) => Some(model.embed(Side::Source, ids)?),
        None => None,
    };
    let mut cache = Cache::default();
    let mut written = prefix.to_vec();
    let mut new = prefix.to_vec();
    while written.len() < end {
        let inputs = Inputs {
            source: source.clone(),
            prefix: model.embed(Side::Target, &new)?,
        };
        let last = u32::try_from(new.len() - 1).expect("texts have at most n_positions tokens");
        let hidden = model.forward(&inputs, &[last], Some(&mut cache), &mut NoProbe)?;
        let logits = model.unembed(&hidden)?;
        debug_assert_eq!(logits.shape().length(BackAxis(1)), 1);
        let logits = logits.read().await?;
        let next = match config.forced_eos_token_id {
            Some(id) if written.len() + 1 == end && max_new_tokens.is_none() => id,
            _ => most_likely(&logits, &written, config.bad_words_ids.as_deref()),
        };
        written.push(next);
        new = vec![next];
        on_token(written.len() - prefix.len(), end - prefix.len());
        if config.eos_token_ids().contains(&next) {
            break;
        }
    }
    Ok(written)
}

/// The token with the largest logit that completes no bad word; the first of equals.
fn most_likely(logits: &[f32], written: &[u32], bad_words: Option<&[Vec<u32>]>) -> u32 {
    let completes_bad_word = |id: u32| {
        bad_words.unwrap_or_default().iter().any(|word| {
            word.split_last()
                .is_some_and(|(last, before)| *last == id && written.ends_with(before))
        })
    };
    let mut best = (0, f32::NEG_INFINITY);
    for (id, logit) in (0_u32..).zip(logits) {
        if *logit > best.1 && !completes_bad_word(id) {
            best = (id, *logit);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_word_is_not_completed() {
        let bad = vec![vec![1, 2], vec![0]];
        assert_eq!(most_likely(&[5.0, 1.0, 3.0], &[1], Some(&bad)), 1);
        assert_eq!(most_likely(&[5.0, 1.0, 3.0], &[2], Some(&bad)), 2);
    }
}
