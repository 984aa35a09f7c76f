use fastrand::Rng;

use crate::{Error, Result};

use super::Generated;
use super::continuation::Continuation;
use super::sampling::{draw, largest};
use super::settings::Settings;

/// Writes the likeliest token, or a drawn one, again and again.
pub(super) async fn generate(
    mut text: Continuation<'_>,
    prefix: &[u32],
    settings: &Settings,
    on_token: &mut dyn FnMut(usize, usize),
) -> Result<Generated> {
    let mut generator = Rng::with_seed(settings.seed);
    let mut ids = prefix.to_vec();
    let mut n_read = 0;
    loop {
        let mut scores = text.read(&ids[n_read..]).await?;
        n_read = ids.len();
        settings.rules.apply(&ids, &mut scores);
        let chosen = match settings.sampling {
            Some(_) => draw(&scores, 1, &mut generator).first().copied(),
            None => likeliest(&scores),
        };
        let chosen = chosen.ok_or(Error::NoContinuation {
            n_tokens: ids.len(),
        })?;
        ids.push(u32::try_from(chosen).expect("token ids have 32 bits"));
        on_token(ids.len() - prefix.len(), settings.max_length - prefix.len());
        if settings.is_finished(&ids) {
            return Ok(Generated { ids, score: None });
        }
    }
}

/// The first index of the largest score, unless all are forbidden.
fn likeliest(scores: &[f32]) -> Option<usize> {
    let best = largest(scores, 1).first().copied();
    best.filter(|index| scores[*index] > f32::NEG_INFINITY)
}
