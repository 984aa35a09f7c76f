use std::collections::BTreeMap;
use std::ops::Range;

use attribution_output::{Attribution, Axis, Scores, Spelling, Token};
use models::{SequenceModel, Side, Tokenizer};

use crate::run::{Collected, Run};
use crate::{Choices, Request, Result, methods, step_functions};

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
    let function =
        step_functions::attributed_function(&request.attributed_fn, &request.attributed_fn_args)?;
    let reported = step_functions::step_scores(&request.step_scores, &request.step_scores_args)?;
    let range = request.range()?;

    let run = Run::new(model, request, &range, function, progress)?;
    let mut step_scores = BTreeMap::new();
    if !reported.is_empty() {
        let hidden = run.clean_pass()?.hidden.detached();
        let choices = Choices::new(model, hidden, run.target_ids);
        for (id, function) in reported {
            step_scores.insert(id, function.score(&choices)?.read().await?);
        }
    }
    let mut collected = method.attribute(&run).await?;
    if let Some(deltas) = collected.deltas.take() {
        step_scores.insert("deltas".to_owned(), deltas);
    }
    Ok(assemble(model, request, &range, collected, step_scores))
}

fn assemble(
    model: &dyn SequenceModel,
    request: &Request,
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
    let target = tokens(tokenizer, Side::Target, &request.target);
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
