use attribution_output::{AGGREGATION, Kind, aggregation_in_words};
use serde_json::{Map, Value};

/// One line of how a result was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What was set.
    pub name: String,
    /// To what.
    pub value: String,
}

/// The settings that a reader needs beside the numbers, from Inseq's `info`: method,
/// attributed function and step scores, their arguments, model, output, and how the
/// numbers were aggregated: as the settings say, or as is the default for that kind.
pub fn settings_from_info(info: &Map<String, Value>, kind: Kind) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            settings.push(Setting {
                name: name.to_owned(),
                value,
            });
        }
    };
    let text = |key: &str| info.get(key).and_then(Value::as_str).map(str::to_owned);
    add("method", text("attribution_method"));
    add("method settings", arguments(info.get("attribution_args")));
    add(
        "attributed function",
        // Inseq writes the name of its Python function.
        text("attributed_fn").map(|name| name.trim_end_matches("_fn").to_owned()),
    );
    add(
        "function settings",
        arguments(info.get("attributed_fn_args")),
    );
    add(
        "step score settings",
        arguments(info.get("step_scores_args")),
    );
    if let Some(metric) = text("context_sensitivity_metric") {
        let factor = info.get("context_sensitivity_std_threshold");
        let above = match factor.and_then(Value::as_f64) {
            Some(factor) => format!("at least {factor} standard deviations above the mean"),
            None => "any".to_owned(),
        };
        let most = info
            .get("context_sensitivity_topk")
            .and_then(Value::as_u64)
            .map_or_else(String::new, |n| format!(", at most {n}"));
        add(
            "chosen by context",
            Some(format!("{metric}, {above}{most}")),
        );
    }
    add("formulas", arguments(info.get("custom_step_functions")));
    if info.get("include_eos_baseline") == Some(&Value::Bool(true)) {
        add("baseline", Some("end of sentence replaced, too".to_owned()));
    }
    // Of what is right nothing needs to be said.
    let followed = text("compatibility").filter(|whose| whose == "inseq");
    add("mistakes", followed.map(|_| "as in Inseq 0.7.1".to_owned()));
    add("model", text("model_name"));
    add(
        "output",
        match info.get("constrained_decoding") {
            Some(Value::Bool(true)) => Some("given".to_owned()),
            Some(Value::Bool(false)) => Some("generated".to_owned()),
            _ => None,
        },
    );
    add(
        "generation settings",
        arguments(info.get("generation_args")),
    );
    // What was aggregated already says how; else it is in the way of its kind.
    let by_default = || aggregation_in_words(kind).to_owned();
    add(
        "aggregation",
        Some(
            text(AGGREGATION)
                .filter(|words| !words.is_empty())
                .unwrap_or_else(by_default),
        ),
    );
    settings
}

/// As `n_steps 50, method gausslegendre`.
fn arguments(value: Option<&Value>) -> Option<String> {
    let arguments = value?.as_object()?.iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    });
    Some(arguments.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_say_how_a_number_was_made() {
        let info = json!({
            "attribution_method": "integrated_gradients",
            "attribution_args": {"n_steps": 50, "method": "gausslegendre"},
            "attributed_fn": "probability_fn",
            "attributed_fn_args": {},
            "step_scores_args": {"top_p": 0.7},
            "custom_step_functions": {"mine": "-lp"},
            "include_eos_baseline": true,
            "compatibility": "inseq",
            "model_name": null,
            "constrained_decoding": true,
        });
        let settings = settings_from_info(info.as_object().unwrap(), Kind::Granular);
        let lines: Vec<String> = settings
            .iter()
            .map(|setting| format!("{}: {}", setting.name, setting.value))
            .collect();
        assert_eq!(
            lines,
            [
                "method: integrated_gradients",
                "method settings: method gausslegendre, n_steps 50",
                "attributed function: probability",
                "step score settings: top_p 0.7",
                "formulas: mine -lp",
                "baseline: end of sentence replaced, too",
                "mistakes: as in Inseq 0.7.1",
                "output: given",
                "aggregation: vector norm over hidden coordinates, columns sum to 1",
            ]
        );
        let info = json!({"aggregation": "max; then mean, columns sum to 1"});
        let settings = settings_from_info(info.as_object().unwrap(), Kind::Coarse);
        assert_eq!(settings[0].value, "max; then mean, columns sum to 1");
    }
}
