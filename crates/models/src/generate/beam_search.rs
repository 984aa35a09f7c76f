//! Beam search as in transformers 4.56: its order of steps decides which of several
//! likely texts is found, and when the search ends.

use fastrand::Rng;

use crate::generation_config::EarlyStopping;
use crate::{Error, Result};

use super::Generated;
use super::continuation::Continuation;
use super::sampling::{draw, largest, log_softmax};
use super::settings::Settings;

/// A text and the logarithm of its probability; by its length once it is finished.
#[derive(Clone, Debug)]
struct Hypothesis {
    ids: Vec<u32>,
    score: f32,
}

/// A text one token longer than one that was read.
struct Candidate {
    hypothesis: Hypothesis,
    /// Number of the text it continues.
    continued: u32,
    is_finished: bool,
}

pub(super) async fn generate(
    mut texts: Continuation<'_>,
    prefix: &[u32],
    settings: &Settings,
    on_token: &mut dyn FnMut(usize, usize),
) -> Result<Generated> {
    let mut generator = Rng::with_seed(settings.seed);
    let mut running = vec![Hypothesis {
        ids: prefix.to_vec(),
        score: 0.0,
    }];
    let mut finished: Vec<Hypothesis> = Vec::new();
    let mut logits = texts.read(prefix).await?;
    loop {
        let scores = accumulated(&running, logits, settings);
        let candidates = candidates(&running, &scores, settings, &mut generator);
        let Some(first) = candidates.first() else {
            break;
        };
        let n_tokens = first.hypothesis.ids.len();
        on_token(n_tokens - prefix.len(), settings.max_length - prefix.len());

        add_finished(&mut finished, &candidates, settings);
        let mut open: Vec<Candidate> = candidates
            .into_iter()
            .filter(|candidate| !candidate.is_finished)
            .collect();
        open.sort_by(|left, right| by_score(&left.hypothesis, &right.hypothesis));
        open.truncate(settings.n_beams);
        let Some(best) = open.first() else {
            break;
        };
        if is_over(&finished, &best.hypothesis, settings) {
            break;
        }
        let last = |candidate: &Candidate| candidate.hypothesis.ids[n_tokens - 1];
        let ids: Vec<u32> = open.iter().map(last).collect();
        let continued: Vec<u32> = open.iter().map(|candidate| candidate.continued).collect();
        logits = texts.read_each(&ids, &continued).await?;
        running = open
            .into_iter()
            .map(|candidate| candidate.hypothesis)
            .collect();
    }
    match finished.into_iter().next() {
        Some(best) => Ok(Generated {
            ids: best.ids,
            score: Some(best.score),
        }),
        None => Err(Error::NoContinuation {
            n_tokens: running[0].ids.len(),
        }),
    }
}

/// The score of every text with every token after it, `[texts, vocabulary]`.
fn accumulated(running: &[Hypothesis], logits: Vec<f32>, settings: &Settings) -> Vec<f32> {
    let vocabulary_size = logits.len() / running.len();
    let mut scores = logits;
    for (text, scores) in running.iter().zip(scores.chunks_exact_mut(vocabulary_size)) {
        log_softmax(scores);
        settings.rules.apply(&text.ids, scores);
        scores.iter_mut().for_each(|score| *score += text.score);
    }
    scores
}

/// The best continuations, or drawn ones: so many that enough unfinished ones are
/// among them even if each beam ends in every way it can.
fn candidates(
    running: &[Hypothesis],
    scores: &[f32],
    settings: &Settings,
    generator: &mut Rng,
) -> Vec<Candidate> {
    let vocabulary_size = scores.len() / running.len();
    let n_wanted = settings.n_beams * (1 + settings.end_ids.len()).max(2);
    let chosen = match settings.sampling {
        Some(_) => draw(scores, n_wanted, generator),
        None => largest(scores, n_wanted),
    };
    chosen
        .into_iter()
        .filter(|index| scores[*index] > f32::NEG_INFINITY)
        .map(|index| {
            let (continued, id) = (index / vocabulary_size, index % vocabulary_size);
            let mut ids = running[continued].ids.clone();
            ids.push(u32::try_from(id).expect("token ids have 32 bits"));
            Candidate {
                is_finished: settings.is_finished(&ids),
                hypothesis: Hypothesis {
                    ids,
                    score: scores[index],
                },
                continued: u32::try_from(continued).expect("there are few beams"),
            }
        })
        .collect()
}

/// Finished candidates join the best of all finished texts; those after the first
/// `n_beams` candidates are only there to go on with.
fn add_finished(finished: &mut Vec<Hypothesis>, candidates: &[Candidate], settings: &Settings) {
    for candidate in candidates.iter().take(settings.n_beams) {
        if candidate.is_finished {
            let Hypothesis { ids, score } = &candidate.hypothesis;
            finished.push(Hypothesis {
                ids: ids.clone(),
                score: by_length(*score, ids.len(), settings),
            });
        }
    }
    // Stable: of equals, what was there first stays.
    finished.sort_by(by_score);
    finished.truncate(settings.n_beams);
}

fn by_score(left: &Hypothesis, right: &Hypothesis) -> std::cmp::Ordering {
    right.score.total_cmp(&left.score)
}

fn by_length(score: f32, n_tokens: usize, settings: &Settings) -> f32 {
    score / ((n_tokens - settings.n_given) as f32).powf(settings.length_penalty)
}

/// Whether no open text will be looked at any more; `best` is the likeliest of them.
fn is_over(finished: &[Hypothesis], best: &Hypothesis, settings: &Settings) -> bool {
    if finished.len() < settings.n_beams {
        return false;
    }
    let n_tokens = match settings.early_stopping {
        EarlyStopping::WhenFull => return true,
        // Probabilities only fall, but longer texts may be divided by more.
        EarlyStopping::WhenImpossible if settings.length_penalty > 0.0 => settings.max_length,
        _ => best.ids.len(),
    };
    let attainable = by_length(best.score, n_tokens, settings);
    let worst = finished
        .last()
        .map_or(f32::NEG_INFINITY, |worst| worst.score);
    attainable <= worst
}
