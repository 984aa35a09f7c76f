use attribution_output::Stage;
use protocol::{ContextRequest, Failure, FailureKind, OutputContextStrategy};

use super::CONTRAST_TARGETS;
use super::template::{Template, has_context_place};
use crate::describe::description_with_formulas;
use crate::{Answer, check_options};

/// What can be checked before a model is there.
pub(super) struct Plan {
    pub(super) input: Template,
    pub(super) output: Template,
    pub(super) bare_input: Template,
    pub(super) bare_output: Template,
    /// Whether the output's context is to be found in what the model writes.
    pub(super) is_output_context_detected: bool,
    /// Whether the attributed function compares with another text.
    pub(super) is_contrastive: bool,
}

impl Plan {
    pub(super) fn new(asked: &ContextRequest) -> Answer<Self> {
        let refused = |message: String, hint: &str| Failure {
            kind: FailureKind::Input,
            message,
            hint: Some(hint.to_owned()),
        };
        if asked.input_current_text.trim().is_empty() {
            return Err(refused(
                "input_current_text is empty".to_owned(),
                "give the text whose output is looked at",
            ));
        }
        let has_input_context = asked.input_context_text.is_some();
        let is_output_context_missing = asked.output_context_text.is_none()
            && asked
                .output_template
                .as_deref()
                .is_some_and(has_context_place);
        let is_output_context_detected = is_output_context_missing
            && asked.handle_output_context_strategy == OutputContextStrategy::Auto;
        if is_output_context_missing && !is_output_context_detected {
            return Err(refused(
                "output_template has a place for a context, and there is none".to_owned(),
                "give output_context_text, leave {context} out, or let \
                 handle_output_context_strategy be auto, which looks for it in what the model \
                 writes",
            ));
        }
        let has_output_context = asked.output_context_text.is_some() || is_output_context_detected;
        if !has_input_context && !has_output_context {
            return Err(refused(
                "there is no context".to_owned(),
                "give input_context_text or output_context_text",
            ));
        }
        let mut stages = asked.attribution_aggregators.iter();
        if let Some(stage) =
            stages.find(|stage| !matches!(stage, Stage::Scores(_) | Stage::Rollout(_)))
        {
            return Err(refused(
                format!(
                    "aggregator {:?} changes which tokens there are, and each context token needs \
                     a number",
                    stage.id()
                ),
                "leave it out of attribution_aggregators; scores and rollout can be there",
            ));
        }
        let description = description_with_formulas(&asked.settings.custom_step_functions)?;
        let compares = |id: &str| {
            let mut functions = description.step_functions.iter();
            let known = functions.find(|function| function.id == id);
            known.is_some_and(|function| {
                let mut options = function.options.iter();
                options.any(|option| option.id == CONTRAST_TARGETS)
            })
        };
        let metric = &asked.context_sensitivity_metric;
        if !compares(metric) {
            let known = description.step_functions.iter().map(|it| it.id.as_str());
            let known: Vec<&str> = known.filter(|id| compares(id)).collect();
            return Err(refused(
                format!("context_sensitivity_metric {metric:?} compares nothing"),
                &format!("choose one of {}", known.join(", ")),
            ));
        }
        let mut settings = asked.settings.clone();
        settings.step_scores = vec![metric.clone()];
        check_options(&settings)?;
        let (input, output) = (
            asked.input_template.as_deref(),
            asked.output_template.as_deref(),
        );
        let bare_input = Some(asked.contextless_input_current_text.as_str());
        let bare_output = Some(asked.contextless_output_current_text.as_str());
        Ok(Self {
            input: Template::new("input_template", input, has_input_context)?,
            output: Template::of_output("output_template", output, has_output_context)?,
            bare_input: Template::new("contextless_input_current_text", bare_input, false)?,
            bare_output: Template::of_output(
                "contextless_output_current_text",
                bare_output,
                false,
            )?,
            is_output_context_detected,
            is_contrastive: compares(&asked.settings.attributed_fn),
        })
    }
}
