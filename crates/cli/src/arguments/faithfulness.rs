use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};

use super::{AttributionArguments, Compatibility, ModelArguments, PositionArguments};
use crate::keyword_arguments::{JsonObject, json_object};

/// Options of `inseq faithfulness`: attributions to compare, and how.
#[derive(Args, Debug)]
#[command(
    rename_all = "snake_case",
    infer_long_args = true,
    arg_required_else_help = true
)]
pub(crate) struct FaithfulnessArguments {
    /// Attributions saved by `inseq attribute -o`, to compare instead of making some
    #[arg(value_name = "FILE", conflicts_with_all = MAKING)]
    pub(crate) saved: Vec<PathBuf>,

    /// Prompt to continue or sentence to translate
    #[arg(
        long,
        short = 'i',
        value_name = "TEXT",
        required_unless_present = "saved",
        help_heading = "Texts"
    )]
    pub(crate) input_text: Option<String>,
    /// Output to explain; generated if not given. That of a GPT-2 model begins with the
    /// prompt
    #[arg(long, short = 'g', value_name = "TEXT", help_heading = "Texts")]
    pub(crate) generated_text: Option<String>,

    #[command(flatten)]
    pub(crate) model: ModelArguments,

    /// Attribution methods to compare
    #[arg(long, short = 'a', visible_alias = "attribution_method", value_name = "METHOD", num_args = 1.., default_value = "saliency", help_heading = "Attribution")]
    pub(crate) attribution_methods: Vec<String>,
    /// Step function whose value is attributed, and falls when tokens are removed
    /// [short: -fn]
    #[arg(
        long,
        value_name = "FUNCTION",
        default_value = "probability",
        help_heading = "Attribution"
    )]
    pub(crate) attributed_fn: String,
    /// Options of the methods and the step function, as JSON, such as
    /// '{"n_steps": 20}'; each goes to those that have it
    #[arg(long, value_name = "JSON", value_parser = json_object, default_value = "{}", help_heading = "Attribution")]
    pub(crate) attribution_kwargs: JsonObject,
    /// Step functions of your own, as JSON, as in `inseq attribute`
    #[arg(long, value_name = "JSON", value_parser = json_object, default_value = "{}", help_heading = "Attribution")]
    pub(crate) custom_step_functions: JsonObject,
    /// Attribute to earlier output tokens too. GPT-2 models always do
    #[arg(long, num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Attribution")]
    pub(crate) attribute_target: bool,
    /// Replace the end-of-sequence token in baselines, and remove it, like any other
    #[arg(long, visible_alias = "eos", num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Attribution")]
    pub(crate) include_eos_baseline: bool,
    #[command(flatten)]
    pub(crate) positions: PositionArguments,
    /// What to do where Inseq 0.7.1 makes a mistake
    #[arg(long, value_enum, default_value_t, help_heading = "Attribution")]
    pub(crate) compatibility: Compatibility,

    /// Shares of the tokens that are removed, from 0 to 1, rising
    #[arg(long, value_name = "NUMBER", num_args = 1.., default_values_t = [0.01, 0.05, 0.1, 0.2, 0.5], allow_negative_numbers = true, help_heading = "Measuring")]
    pub(crate) fractions: Vec<f64>,
    /// What stands for a removed token
    #[arg(long, value_enum, default_value_t, help_heading = "Measuring")]
    pub(crate) removal: Removal,
    /// How many random texts the soft measures are the mean of, and all of them with
    /// `--removal same_kind`
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 20,
        help_heading = "Measuring"
    )]
    pub(crate) n_samples: usize,
    /// Equal seeds draw equal texts
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        help_heading = "Measuring"
    )]
    pub(crate) seed: u32,

    /// Write all measures, target by target, as JSON; an existing file is replaced
    #[arg(long, short = 'o', value_name = "FILE", help_heading = "Results")]
    pub(crate) save_path: Option<PathBuf>,
}

/// What a saved attribution says itself.
const MAKING: [&str; 11] = [
    "input_text",
    "generated_text",
    "generation_kwargs",
    "attribution_methods",
    "attributed_fn",
    "attribution_kwargs",
    "custom_step_functions",
    "attribute_target",
    "include_eos_baseline",
    "start_pos",
    "end_pos",
];

/// What stands for a removed token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Removal {
    /// The unknown token, as in occlusion; for GPT-2 the end of text
    #[default]
    Unknown,
    /// Random tokens that are spelled alike, as in ReAGent
    SameKind,
}

impl FaithfulnessArguments {
    /// What is asked of one method, as `inseq attribute` would be asked. `kwargs` are
    /// those of the options that it or the step function has.
    pub(crate) fn of_method(&self, method: &str, kwargs: JsonObject) -> AttributionArguments {
        AttributionArguments {
            model: self.model.clone(),
            generate_from_target_prefix: false,
            attribution_method: method.to_owned(),
            attributed_fn: self.attributed_fn.clone(),
            attribution_kwargs: kwargs,
            custom_step_functions: self.custom_step_functions.clone(),
            target_layer: None,
            step_scores: Vec::new(),
            attribute_target: self.attribute_target,
            include_eos_baseline: self.include_eos_baseline,
            positions: self.positions,
            batch_size: None,
            compatibility: self.compatibility,
        }
    }
}
