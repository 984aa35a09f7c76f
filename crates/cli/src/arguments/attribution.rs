use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};

use super::{ModelArguments, PositionArguments};
use crate::keyword_arguments::{JsonObject, json_object};

/// Model and method: what is attributed to what, and how.
#[derive(Args, Debug)]
#[command(rename_all = "snake_case")]
pub(crate) struct AttributionArguments {
    #[command(flatten)]
    pub(crate) model: ModelArguments,
    /// Continue the generated texts that are given, instead of explaining them as they
    /// are. Marian models only
    #[arg(long, num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Model")]
    pub(crate) generate_from_target_prefix: bool,

    /// Attribution method
    #[arg(
        long,
        short = 'a',
        value_name = "METHOD",
        default_value = "saliency",
        help_heading = "Attribution"
    )]
    pub(crate) attribution_method: String,
    /// Step function whose value is attributed [short: -fn]
    #[arg(
        long,
        value_name = "FUNCTION",
        default_value = "probability",
        help_heading = "Attribution"
    )]
    pub(crate) attributed_fn: String,
    /// Options of the method and the step functions, as JSON, such as
    /// '{"n_steps": 20}'
    #[arg(long, value_name = "JSON", value_parser = json_object, default_value = "{}", help_heading = "Attribution")]
    pub(crate) attribution_kwargs: JsonObject,
    /// Step functions of your own, as JSON: names with formulas over lp, p, logit,
    /// entropy, kl, and with _c behind them those of the contrast, such as
    /// '{"surprise": "lp_c - lp"}'
    #[arg(long, value_name = "JSON", value_parser = json_object, default_value = "{}", help_heading = "Attribution")]
    pub(crate) custom_step_functions: JsonObject,
    /// Layer that a layer method looks at, such as transformer.h.1.mlp
    #[arg(long, value_name = "PATH", help_heading = "Attribution")]
    pub(crate) target_layer: Option<String>,
    /// Step functions to report for each output token
    #[arg(long, value_name = "FUNCTION", num_args = 1.., help_heading = "Attribution")]
    pub(crate) step_scores: Vec<String>,
    /// Attribute to earlier output tokens too. GPT-2 models always do
    #[arg(long, num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Attribution")]
    pub(crate) attribute_target: bool,
    /// Replace the end-of-sequence token in baselines, like any other
    #[arg(long, visible_alias = "eos", num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Attribution")]
    pub(crate) include_eos_baseline: bool,
    #[command(flatten)]
    pub(crate) positions: PositionArguments,
    /// Accepted because Inseq has it; results do not depend on it [short: -bs]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Attribution")]
    pub(crate) batch_size: Option<u32>,
    /// What to do where Inseq 0.7.1 makes a mistake
    #[arg(long, value_enum, default_value_t, help_heading = "Attribution")]
    pub(crate) compatibility: Compatibility,
}

/// Whose choice is taken where Inseq 0.7.1 makes a mistake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compatibility {
    /// What is right
    #[default]
    Corrected,
    /// What Inseq does, so that its numbers come out
    Inseq,
}
