use std::collections::BTreeMap;
use std::ops::Range;

use attribution_output::{Attribution, Axis, Scores, Spelling, Token};
use models::{SequenceModel, Side, Tokenizer};

use crate::contrast::Contrast;
use crate::run::{Collected, Run};
use crate::step_functions::Named;
use crate::{Choices, Request, Result, methods};

/// Attributes each target of a text to the tokens before it, and to the source.
///
/// Returns scores `[source, targets]` and `[prefix, targets]`, with a hidden axis
/// behind if the request keeps it. `progress` is told how many of how many units of
/// work are done.
///
/// # Errors
/// If a name, an option or a position does not fit, the text is too long for the
/// model, or the device fails. The request is checked before anything is computed.
pub async fn attribute(
    model: &dyn SequenceModel,
    request: &Request,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Attribution> {
    let method = methods::method(&request.method, &request.method_options)?;
    let functions = &request.step_functions;
    let function = functions.attributed(&request.attributed_fn, &request.attributed_fn_args)?;
    let reported = functions.step_scores(&request.step_scores, &request.step_scores_args)?;
    let range = request.range()?;
    let given = &request.step_scores_args;
    let contrast = Contrast::read("step scores", given, model, request, &range)?;

    let run = Run::new(model, request, &range, function, progress)?;
    let mut step_scores = scores_by_step(&run, &reported, contrast.as_ref()).await?;
    let mut collected = method.attribute(&run).await?;
    if let Some(deltas) = collected.deltas.take() {
        step_scores.insert("deltas".to_owned(), deltas);
    }
    let labels = run.contrast.as_ref().or(contrast.as_ref());
    let target = labeled_tokens(model, request, &range, labels);
    Ok(assemble(
        model,
        request,
        target,
        &range,
        collected,
        step_scores,
    ))
}

/// The request's step scores alone, without an attribution.
///
/// # Errors
/// As [`attribute`].
pub async fn step_scores(
    model: &dyn SequenceModel,
    request: &Request,
) -> Result<BTreeMap<String, Vec<f32>>> {
    let functions = &request.step_functions;
    let function = functions.attributed(&request.attributed_fn, &request.attributed_fn_args)?;
    let reported = functions.step_scores(&request.step_scores, &request.step_scores_args)?;
    let range = request.range()?;
    let given = &request.step_scores_args;
    let contrast = Contrast::read("step scores", given, model, request, &range)?;
    let mut progress = |_, _| {};
    let run = Run::new(model, request, &range, function, &mut progress)?;
    scores_by_step(&run, &reported, contrast.as_ref()).await
}

/// Each reported function's value for each target. A contrast always has a run of its
/// own here.
async fn scores_by_step(
    run: &Run<'_>,
    reported: &[Named],
    contrast: Option<&Contrast>,
) -> Result<BTreeMap<String, Vec<f32>>> {
    let mut step_scores = BTreeMap::new();
    if reported.is_empty() {
        return Ok(step_scores);
    }
    let hidden = run.clean_pass()?.states.hidden.detached();
    let mut choices = Choices::new(run.model, hidden.clone(), run.target_ids);
    if let Some(contrast) = contrast {
        let own = run.attributed(&run.embeddings()?);
        let targets = 0..run.target_ids.len();
        let states = run.contrast_states(contrast, &hidden, targets, &own)?;
        choices = choices.with_contrast(states, &contrast.ids);
    }
    for (id, function) in reported {
        if let Some(runs) = function.dropout() {
            let own = run.attributed(&run.embeddings()?);
            let dropped = run.dropped_states(runs, 0..run.target_ids.len(), &own)?;
            choices = choices.with_dropped(dropped);
        }
        step_scores.insert(id.clone(), function.score(&choices)?.read().await?);
    }
    Ok(step_scores)
}

/// The output's tokens. A target that stands against another token is labeled with
/// both, contrast first, and the id −1.
fn labeled_tokens(
    model: &dyn SequenceModel,
    request: &Request,
    range: &Range<usize>,
    contrast: Option<&Contrast>,
) -> Vec<Token> {
    let tokenizer = model.tokenizer();
    let mut target = tokens(tokenizer, Side::Target, &request.target);
    let Some(contrast) = contrast else {
        return target;
    };
    let counterparts = tokens(tokenizer, Side::Target, &contrast.ids);
    for (own, other) in target[range.clone()].iter_mut().zip(counterparts) {
        if own.token != other.token {
            *own = Token::new(-1, format!("{} → {}", other.token, own.token));
        }
    }
    target
}

fn assemble(
    model: &dyn SequenceModel,
    request: &Request,
    target: Vec<Token>,
    range: &Range<usize>,
    collected: Collected,
    step_scores: BTreeMap<String, Vec<f32>>,
) -> Attribution {
    let summary = model.summary();
    let n_source = request.source.as_ref().map_or(0, Vec::len);
    let source_attributions = (!collected.source.is_empty())
        .then(|| input_by_target(&collected.source, n_source, range.len(), &collected.axes));
    let target_attributions = (!collected.prefix.is_empty()).then(|| {
        // The last target is a row too, though nothing in this run comes after it.
        let n_prefix = range.end - 1;
        let axes = &collected.prefix_axes;
        let mut scores = input_by_target(&collected.prefix, n_prefix, range.len(), axes);
        let row: usize = scores.shape[1..].iter().product();
        scores.shape[0] += 1;
        scores.values.resize(scores.values.len() + row, f32::NAN);
        mark_later_tokens(&mut scores, range);
        scores
    });
    let tokenizer = model.tokenizer();
    Attribution {
        kind: collected.kind,
        spelling: Spelling::from_class_names(tokenizer.class_name(), summary.class_name),
        source: match &request.source {
            Some(source) => tokens(tokenizer, Side::Source, source),
            None => target[..range.start].to_vec(),
        },
        target,
        source_attributions,
        target_attributions,
        step_scores,
        sequence_scores: collected.sequence_scores,
        attr_pos_start: range.start,
        attr_pos_end: range.end,
    }
}

/// `[targets, inputs, ..]` → `[inputs, targets, ..]`
fn input_by_target(
    values: &[f32],
    n_inputs: usize,
    n_targets: usize,
    more_axes: &[(Axis, usize)],
) -> Scores {
    let width: usize = more_axes.iter().map(|(_, length)| length).product();
    let mut swapped = Vec::with_capacity(values.len());
    for input in 0..n_inputs {
        for target in 0..n_targets {
            let start = (target * n_inputs + input) * width;
            swapped.extend_from_slice(&values[start..start + width]);
        }
    }
    let mut axes = vec![Axis::Inputs, Axis::Targets];
    let mut shape = vec![n_inputs, n_targets];
    for (axis, length) in more_axes {
        axes.push(*axis);
        shape.push(*length);
    }
    Scores {
        axes,
        shape,
        values: swapped,
    }
}

/// A token says nothing of itself and of tokens before it: NaN.
fn mark_later_tokens(scores: &mut Scores, range: &Range<usize>) {
    let width: usize = scores.shape[2..].iter().product();
    let n_targets = scores.shape[1];
    for (index, cell) in scores.values.chunks_exact_mut(width).enumerate() {
        let (row, target) = (index / n_targets, range.start + index % n_targets);
        if row >= target {
            cell.fill(f32::NAN);
        }
    }
}

fn tokens(tokenizer: &Tokenizer, side: Side, ids: &[u32]) -> Vec<Token> {
    ids.iter()
        .map(|id| Token {
            id: i64::from(*id),
            token: tokenizer
                .token_of_side(*id, side)
                .unwrap_or_default()
                .to_owned(),
        })
        .collect()
}
