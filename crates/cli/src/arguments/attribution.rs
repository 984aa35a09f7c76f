use clap::builder::BoolishValueParser;
use clap::{Args, ValueEnum};
use protocol::DeviceChoice;

use crate::keyword_arguments::{JsonObject, json_object};

/// Model and method: what is attributed to what, and how.
#[derive(Args, Debug)]
#[command(rename_all = "snake_case")]
pub(crate) struct AttributionArguments {
    /// Folder of a GPT-2 or Marian model, as the Hugging Face Hub lays it out
    #[arg(long, short = 'm', value_name = "FOLDER", help_heading = "Model")]
    pub(crate) model_name_or_path: String,
    /// What computes
    #[arg(
        long,
        visible_alias = "dev",
        value_enum,
        default_value_t,
        help_heading = "Model"
    )]
    pub(crate) device: Device,
    /// How to generate, as JSON, such as '{"max_new_tokens": 5, "num_beams": 4}'
    #[arg(long, value_name = "JSON", value_parser = json_object, default_value = "{}", help_heading = "Model")]
    pub(crate) generation_kwargs: JsonObject,
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
    /// First output token to attribute, counted from 0 with prompt or start token;
    /// negative counts from the end
    #[arg(
        long,
        short = 's',
        value_name = "POSITION",
        allow_negative_numbers = true,
        help_heading = "Attribution"
    )]
    pub(crate) start_pos: Option<i64>,
    /// Output token to stop before; negative counts from the end
    #[arg(
        long,
        short = 'e',
        value_name = "POSITION",
        allow_negative_numbers = true,
        help_heading = "Attribution"
    )]
    pub(crate) end_pos: Option<i64>,
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

/// What can compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Device {
    /// The graphics processor, if it is there and agrees with the processor
    Auto,
    /// The graphics processor, by Vulkan, Metal or Direct3D 12
    Webgpu,
    /// The processor
    #[default]
    Cpu,
}

impl From<Device> for DeviceChoice {
    fn from(device: Device) -> Self {
        match device {
            Device::Auto => Self::Auto,
            Device::Webgpu => Self::Webgpu,
            Device::Cpu => Self::Cpu,
        }
    }
}
