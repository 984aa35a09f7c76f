//! Options given as JSON objects, sorted by who takes them.

use std::collections::BTreeMap;

use protocol::{Description, GenerationSettings, OptionDescription, OptionValue};
use serde::Deserialize as _;
use serde_json::{Map, Value};

use crate::arguments::AttributionArguments;
use crate::{Complaint, spelling};

/// A JSON object.
pub(crate) type JsonObject = Map<String, Value>;

/// Options by name.
pub(crate) type Values = BTreeMap<String, OptionValue>;

/// Reads a JSON object given as an argument.
pub(crate) fn json_object(text: &str) -> Result<JsonObject, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("{error}; write an object such as '{{\"name\": 1}}'"))
}

/// What method and step functions are told.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct KeywordArguments {
    pub(crate) method: Values,
    pub(crate) attributed_fn: Values,
    pub(crate) step_scores: Values,
}

impl KeywordArguments {
    /// Gives each of `--attribution_kwargs` to all that have an option of its name,
    /// as Inseq does. The names `attribution_args`, `attributed_fn_args` and
    /// `step_scores_args` hold objects for one of them alone.
    pub(crate) fn sorted(
        arguments: &AttributionArguments,
        description: &Description,
    ) -> Result<Self, Complaint> {
        let methods = description.methods.iter();
        let functions = || description.step_functions.iter();
        let mut takers = [
            Taker {
                object: "attribution_args",
                options: methods
                    .filter(|method| method.id == arguments.attribution_method)
                    .flat_map(|method| &method.options)
                    .collect(),
                values: Values::new(),
            },
            Taker {
                object: "attributed_fn_args",
                options: functions()
                    .filter(|function| function.id == arguments.attributed_fn)
                    .flat_map(|function| &function.options)
                    .collect(),
                values: Values::new(),
            },
            Taker {
                object: "step_scores_args",
                options: functions()
                    .filter(|function| arguments.step_scores.contains(&function.id))
                    .flat_map(|function| &function.options)
                    .collect(),
                values: Values::new(),
            },
        ];
        for (name, value) in &arguments.attribution_kwargs {
            give(&mut takers, name, value)?;
        }
        if let Some(layer) = &arguments.target_layer {
            give(&mut takers, "target_layer", &Value::from(layer.as_str()))?;
        }
        let [method, attributed_fn, step_scores] = takers.map(|taker| taker.values);
        Ok(Self {
            method,
            attributed_fn,
            step_scores,
        })
    }
}

/// One of the three that options are given to.
struct Taker<'a> {
    /// Name of the object for it alone.
    object: &'static str,
    options: Vec<&'a OptionDescription>,
    values: Values,
}

fn give(takers: &mut [Taker<'_>], name: &str, value: &Value) -> Result<(), Complaint> {
    if let Some(taker) = takers.iter_mut().find(|taker| taker.object == name) {
        let Value::Object(values) = value else {
            let message = format!("--attribution_kwargs: {name} is {value}, not an object");
            return Err(Complaint::usage(message, None));
        };
        for (name, value) in values {
            // Whether there is such an option, the engine says.
            if let Some(value) = option_value(name, value)? {
                taker.values.insert(name.clone(), value);
            }
        }
        return Ok(());
    }
    let has = |taker: &Taker<'_>| taker.options.iter().any(|option| option.id == name);
    if !takers.iter().any(has) {
        return Err(nobody_takes(takers, name));
    }
    let Some(value) = option_value(name, value)? else {
        return Ok(());
    };
    for taker in takers.iter_mut().filter(|taker| has(taker)) {
        taker.values.insert(name.to_owned(), value.clone());
    }
    Ok(())
}

/// `None` for null, with which Python says "not given".
fn option_value(name: &str, value: &Value) -> Result<Option<OptionValue>, Complaint> {
    if value.is_null() {
        return Ok(None);
    }
    OptionValue::deserialize(value).map(Some).map_err(|_| {
        let message = format!("--attribution_kwargs: {name} cannot be {value}");
        let hint = "`inseq methods` lists what each option may be".to_owned();
        Complaint::usage(message, Some(hint))
    })
}

fn nobody_takes(takers: &[Taker<'_>], name: &str) -> Complaint {
    let mut known: Vec<&str> = takers
        .iter()
        .flat_map(|taker| &taker.options)
        .map(|option| option.id.as_str())
        .collect();
    known.dedup();
    let option = match name {
        "target_layer" => "--target_layer",
        _ => "--attribution_kwargs",
    };
    let message = format!(
        "{option}: neither the method nor a step function in use has an option \
         {name:?}; {}",
        match known.as_slice() {
            [] => "they have none".to_owned(),
            known => format!("they have {}", known.join(", ")),
        }
    );
    let hint = spelling::closest(name, &known).map_or_else(
        || "`inseq methods` lists the options of all of them".to_owned(),
        |known| format!("did you mean {known:?}?"),
    );
    Complaint::usage(message, Some(hint))
}

/// How to generate: `--generation_kwargs`, under the names that transformers'
/// `generate` has for them.
pub(crate) fn generation_settings(given: &JsonObject) -> Result<GenerationSettings, Complaint> {
    GenerationSettings::deserialize(Value::Object(given.clone())).map_err(|error| {
        let message = format!("--generation_kwargs: {error}");
        let hint = "write an object such as '{\"num_beams\": 4, \"max_new_tokens\": 30}'";
        Complaint::usage(message, Some(hint.to_owned()))
    })
}
