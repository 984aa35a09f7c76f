use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::keyword_arguments::{JsonObject, json_object};

/// Shows which input tokens made a language model write each output token.
#[derive(Debug, Parser)]
#[command(
    name = "inseq",
    version,
    infer_long_args = true,
    arg_required_else_help = true,
    subcommand_required = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
#[expect(
    clippy::large_enum_variant,
    reason = "one command exists at a time, and a box would only be in the way"
)]
pub(crate) enum Command {
    /// Attribute the output of a model to its input, and show the result as a heatmap
    Attribute(AttributeArguments),
    /// List attribution methods and step functions, with options and papers
    Methods(MethodsArguments),
}

/// Options of `inseq attribute`. Names, aliases and defaults are Inseq's.
#[derive(Args, Debug)]
#[command(
    rename_all = "snake_case",
    infer_long_args = true,
    arg_required_else_help = true
)]
pub(crate) struct AttributeArguments {
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

    /// Prompts to continue or sentences to translate
    #[arg(long, short = 'i', value_name = "TEXT", required = true, num_args = 1.., help_heading = "Texts")]
    pub(crate) input_texts: Vec<String>,
    /// Outputs to explain, one for each input; generated if not given. Those of a
    /// GPT-2 model begin with their prompt
    #[arg(long, short = 'g', value_name = "TEXT", num_args = 1.., help_heading = "Texts")]
    pub(crate) generated_texts: Vec<String>,
    /// Take --generated_texts for the beginnings of outputs, and generate the rest
    #[arg(long, help_heading = "Texts")]
    pub(crate) generate_from_target_prefix: bool,
    /// How to generate, as JSON, such as '{"max_new_tokens": 5, "num_beams": 4}'
    #[arg(long, value_name = "JSON", value_parser = json_object, default_value = "{}", help_heading = "Texts")]
    pub(crate) generation_kwargs: JsonObject,

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

    /// Write the raw attributions as JSON that Inseq loads; an existing file is
    /// replaced
    #[arg(long, short = 'o', value_name = "FILE", help_heading = "Results")]
    pub(crate) save_path: Option<PathBuf>,
    /// Write the heatmap as a page of HTML without scripts
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub(crate) viz_path: Option<PathBuf>,
    /// Print no heatmap
    #[arg(long, visible_alias = "hide", num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Results")]
    pub(crate) hide_attributions: bool,
    /// Say what is done and how long it takes
    #[arg(long, short = 'v', num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Results")]
    pub(crate) verbose: bool,
    /// Show the tokens and their ids too [short: -vv]
    #[arg(long, num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Results")]
    pub(crate) very_verbose: bool,
}

/// What can compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Device {
    /// The processor
    #[default]
    Cpu,
    /// The graphics card; not built yet
    Webgpu,
}

/// Options of `inseq methods`.
#[derive(Args, Debug)]
pub(crate) struct MethodsArguments {
    /// Show only these
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
}
