use attribution::{OptionDescription, OptionDomain, OptionValue, OptionValues, Request};
use models::{SequenceModel, Side};
use protocol::{Failure, FailureKind};

use crate::Answer;
use crate::failure::failure_from_models;

/// Inseq's name for the option that leaves out end of sequence and the like.
const SKIP_SPECIAL_TOKENS: &str = "skip_special_tokens";

/// Puts token ids in the place of texts, for the options of step functions that look
/// at tokens; `attribution` reads ids only. Ids that are given stay as they are.
pub(crate) fn put_tokens(request: &mut Request, model: &dyn SequenceModel) -> Answer<()> {
    let functions = &request.step_functions;
    let of_attributed = functions.options(&request.attributed_fn);
    let ids = request.step_scores.iter();
    let of_reported: Vec<_> = ids.flat_map(|id| functions.options(id)).collect();
    put(&mut request.attributed_fn_args, &of_attributed, model)?;
    put(&mut request.step_scores_args, &of_reported, model)
}

fn put(
    values: &mut OptionValues,
    options: &[OptionDescription],
    model: &dyn SequenceModel,
) -> Answer<()> {
    let is_plain = values.get(SKIP_SPECIAL_TOKENS) == Some(&OptionValue::Flag(true));
    for option in options {
        let OptionDomain::Tokens { side, .. } = option.domain else {
            continue;
        };
        let Some(value) = values.get_mut(option.id) else {
            continue;
        };
        if let OptionValue::Text(text) = value {
            let ids = token_ids(text, side, is_plain, model, option.id)?;
            let ids = ids
                .into_iter()
                .map(|id| OptionValue::Integer(i64::from(id)));
            *value = OptionValue::List(ids.collect());
        }
    }
    Ok(())
}

/// A text's tokens as the model reads them, decoder start included.
pub(crate) fn token_ids(
    text: &str,
    side: Side,
    is_plain: bool,
    model: &dyn SequenceModel,
    name: &str,
) -> Answer<Vec<u32>> {
    if text.trim().is_empty() {
        return Err(Failure {
            kind: FailureKind::Input,
            message: format!("{name} is an empty text"),
            hint: Some("leave it out, or give a text".to_owned()),
        });
    }
    let tokenizer = model.tokenizer();
    let ids = match side {
        _ if is_plain => tokenizer.split(text, side),
        Side::Source => tokenizer.encode(text),
        Side::Target => tokenizer.encode_target(text),
    };
    let ids = ids.map_err(|error| failure_from_models(&error))?;
    let start = match side {
        Side::Source => None,
        Side::Target => model.summary().decoder_start_token_id,
    };
    Ok(start.into_iter().chain(ids).collect())
}
