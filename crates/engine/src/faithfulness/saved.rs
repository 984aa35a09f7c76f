use std::collections::BTreeMap;

use attribution::Request;
use attribution_output::{Attribution, Token};
use models::{SequenceModel, Side};
use protocol::{AttributeRequest, Compatibility, Failure, FailureKind, OptionValue};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Answer;
use crate::attribute::request;
use crate::token_options::put_tokens;

/// How Inseq labels a target that stands against another token: that token first.
const AGAINST: &str = " → ";

/// What a saved attribution says of the request that it answers, as far as its scores
/// hang on it.
pub(super) struct SavedRequest {
    asked: AttributeRequest,
}

impl SavedRequest {
    /// Reads the settings of a saved attribution.
    pub(super) fn read(info: &Map<String, Value>) -> Answer<Self> {
        let defaults = AttributeRequest::new(String::new(), String::new());
        let function: Option<String> = setting(info, "attributed_fn")?;
        // Inseq writes the name of its Python function.
        let function = function.map(|name| match name.strip_suffix("_fn") {
            Some(id) => id.to_owned(),
            None => name,
        });
        let arguments: Option<Map<String, Value>> = setting(info, "attributed_fn_args")?;
        let arguments = arguments.unwrap_or_default().into_iter();
        let arguments = arguments.filter(|(_, value)| !value.is_null());
        let arguments = Value::Object(arguments.collect());
        let arguments: Result<BTreeMap<String, OptionValue>, _> = serde_json::from_value(arguments);
        let formulas = setting(info, "custom_step_functions")?;
        let compatibility: Option<Compatibility> = setting(info, "compatibility")?;
        Ok(Self {
            asked: AttributeRequest {
                attributed_fn: function.unwrap_or_else(|| defaults.attributed_fn.clone()),
                attributed_fn_args: arguments
                    .map_err(|error| unreadable("attributed_fn_args", &error))?,
                custom_step_functions: formulas.unwrap_or_default(),
                include_eos_baseline: setting(info, "include_eos_baseline")?.unwrap_or(false),
                compatibility: compatibility.unwrap_or_default(),
                ..defaults
            },
        })
    }

    /// The request for one of its sequences.
    pub(super) fn for_sequence(
        &self,
        model: &dyn SequenceModel,
        sequence: &Attribution,
    ) -> Answer<Request> {
        let mut asked = self.asked.clone();
        asked.attribute_target = sequence.target_attributions.is_some();
        asked.attr_pos_end = i64::try_from(sequence.attr_pos_end).ok();
        let source = match model.summary().is_encoder_decoder {
            true => Some(ids(model, Side::Source, &sequence.source)?),
            false if sequence.source_attributions.is_some() => {
                return Err(of_another_model(
                    "it is attributed to a source text, which the model does not read".to_owned(),
                ));
            }
            false => None,
        };
        let target = ids(model, Side::Target, &sequence.target)?;
        let mut request = request(&asked, source, target, sequence.attr_pos_start)?;
        put_tokens(&mut request, model)?;
        Ok(request)
    }
}

fn setting<T: DeserializeOwned>(info: &Map<String, Value>, key: &'static str) -> Answer<Option<T>> {
    let value = info.get(key).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|error| unreadable(key, &error))
}

fn unreadable(key: &str, error: &serde_json::Error) -> Failure {
    Failure {
        kind: FailureKind::Input,
        message: format!("the attribution's {key} cannot be read: {error}"),
        hint: Some("make the attribution again".to_owned()),
    }
}

/// The ids of an attribution's tokens, if the model spells them so.
fn ids(model: &dyn SequenceModel, side: Side, tokens: &[Token]) -> Answer<Vec<u32>> {
    let tokenizer = model.tokenizer();
    let id = |(position, token): (usize, &Token)| {
        let spelled = |id: u32| tokenizer.token_of_side(id, side);
        let own = u32::try_from(token.id)
            .ok()
            .filter(|id| spelled(*id) == Some(token.token.as_str()));
        let against = || {
            let (_, own) = token.token.rsplit_once(AGAINST)?;
            tokenizer.id(own).filter(|_| side == Side::Target)
        };
        own.or_else(against).ok_or_else(|| {
            let side = match side {
                Side::Source => "source",
                Side::Target => "output",
            };
            let model_token = u32::try_from(token.id).ok().and_then(spelled);
            let found = model_token.map_or_else(
                || "the model has no such token".to_owned(),
                |spelled| format!("the model spells it {spelled:?}"),
            );
            of_another_model(format!(
                "{side} token {position} is {:?} with the id {}, {found}",
                token.token, token.id
            ))
        })
    };
    tokens.iter().enumerate().map(id).collect()
}

fn of_another_model(why: String) -> Failure {
    Failure {
        kind: FailureKind::Input,
        message: format!("the attribution is not of this model's tokens: {why}"),
        hint: Some(
            "name the model that it was made with, and give it as it was made, without merged \
             tokens"
                .to_owned(),
        ),
    }
}
