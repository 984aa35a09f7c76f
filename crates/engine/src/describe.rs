use protocol::{Description, FunctionDescription, MethodDescription, OptionDescription};

/// Methods and step functions with their options, in the order to show them.
pub fn description() -> Description {
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
        step_functions: attribution::function_descriptions()
            .into_iter()
            .map(|function| FunctionDescription {
                id: function.id.to_owned(),
                title: function.title.to_owned(),
                sentence: function.sentence.to_owned(),
                options: options(&function.options),
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
        attribution::OptionDomain::Structure { form, example } => {
            protocol::OptionDomain::Structure {
                form: (*form).to_owned(),
                example: (*example).to_owned(),
            }
        }
    }
}

/// The protocol's option values in the words of `attribution`.
pub(crate) fn option_values(
    values: &std::collections::BTreeMap<String, protocol::OptionValue>,
) -> attribution::OptionValues {
    values
        .iter()
        .map(|(name, value)| (name.clone(), option_value(value)))
        .collect()
}

fn option_value(value: &protocol::OptionValue) -> attribution::OptionValue {
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
