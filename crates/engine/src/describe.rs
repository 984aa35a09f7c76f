use std::collections::BTreeMap;

use attribution::StepFunctions;
use protocol::{Description, FunctionDescription, MethodDescription, OptionDescription};

use crate::Answer;
use crate::failure::failure_from_attribution;

/// Methods and step functions with their options, in the order to show them.
pub fn description() -> Description {
    description_with(&StepFunctions::default())
}

/// The same, with step functions of the asker's own: name → formula.
///
/// # Errors
/// If a name or a formula cannot be used.
pub fn description_with_formulas(formulas: &BTreeMap<String, String>) -> Answer<Description> {
    Ok(description_with(&step_functions(formulas)?))
}

/// Inseq's step functions, and those that a request defines as formulas.
///
/// # Errors
/// If a name or a formula cannot be used.
pub(crate) fn step_functions(formulas: &BTreeMap<String, String>) -> Answer<StepFunctions> {
    let mut functions = StepFunctions::default();
    for (name, formula) in formulas {
        functions
            .add_formula(name, formula)
            .map_err(|error| failure_from_attribution(&error))?;
    }
    Ok(functions)
}

pub(crate) fn description_with(functions: &StepFunctions) -> Description {
    Description {
        methods: attribution::method_descriptions()
            .into_iter()
            .map(|method| MethodDescription {
                id: method.id.to_owned(),
                title: method.title.to_owned(),
                sentence: method.sentence.to_owned(),
                paper: method.paper.to_owned(),
                paper_url: method.paper_url.to_owned(),
                options: options(&method.options),
            })
            .collect(),
        step_functions: functions
            .descriptions()
            .into_iter()
            .map(|function| FunctionDescription {
                options: options(&function.options),
                id: function.id,
                title: function.title,
                sentence: function.sentence,
            })
            .collect(),
    }
}

fn options(options: &[attribution::OptionDescription]) -> Vec<OptionDescription> {
    options
        .iter()
        .map(|option| OptionDescription {
            id: option.id.to_owned(),
            title: option.title.to_owned(),
            sentence: option.sentence.to_owned(),
            domain: domain(&option.domain),
        })
        .collect()
}

fn domain(domain: &attribution::OptionDomain) -> protocol::OptionDomain {
    match domain {
        attribution::OptionDomain::Flag { default } => {
            protocol::OptionDomain::Flag { default: *default }
        }
        attribution::OptionDomain::Integer {
            default,
            minimum,
            maximum,
        } => protocol::OptionDomain::Integer {
            default: *default,
            minimum: *minimum,
            maximum: *maximum,
        },
        attribution::OptionDomain::Number {
            default,
            minimum,
            maximum,
        } => protocol::OptionDomain::Number {
            default: *default,
            minimum: *minimum,
            maximum: *maximum,
        },
        attribution::OptionDomain::Choice { default, choices } => protocol::OptionDomain::Choice {
            default: (*default).to_owned(),
            choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        },
        attribution::OptionDomain::Text { default, example } => protocol::OptionDomain::Text {
            default: default.map(str::to_owned),
            example: (*example).to_owned(),
        },
        // The engine makes the tokens.
        attribution::OptionDomain::Tokens { example, .. } => protocol::OptionDomain::Text {
            default: None,
            example: (*example).to_owned(),
        },
        attribution::OptionDomain::Structure { form, example } => {
            protocol::OptionDomain::Structure {
                form: (*form).to_owned(),
                example: (*example).to_owned(),
            }
        }
        attribution::OptionDomain::Alignment { text_option } => protocol::OptionDomain::Alignment {
            text_option: (*text_option).to_owned(),
            form: attribution::ALIGNMENT_FORM.to_owned(),
            example: attribution::ALIGNMENT_EXAMPLE.to_owned(),
        },
    }
}

/// The protocol's option values in the words of `attribution`.
pub(crate) fn option_values(
    values: &BTreeMap<String, protocol::OptionValue>,
) -> attribution::OptionValues {
    values
        .iter()
        .map(|(name, value)| (name.clone(), option_value(value)))
        .collect()
}

pub(crate) fn option_value(value: &protocol::OptionValue) -> attribution::OptionValue {
    match value {
        protocol::OptionValue::Flag(value) => attribution::OptionValue::Flag(*value),
        protocol::OptionValue::Integer(value) => attribution::OptionValue::Integer(*value),
        protocol::OptionValue::Number(value) => attribution::OptionValue::Number(*value),
        protocol::OptionValue::Text(value) => attribution::OptionValue::Text(value.clone()),
        protocol::OptionValue::List(values) => {
            attribution::OptionValue::List(values.iter().map(option_value).collect())
        }
        protocol::OptionValue::Map(values) => attribution::OptionValue::Map(option_values(values)),
    }
}
