use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;
use protocol::OutputContextStrategy;

use super::{AggregationArguments, AttributionArguments};

/// Options of `inseq attribute-context`. Names, aliases and defaults are Inseq's.
#[derive(Args, Debug)]
#[command(
    rename_all = "snake_case",
    infer_long_args = true,
    arg_required_else_help = true
)]
pub(crate) struct ContextArguments {
    /// Prompt or source sentence whose output is looked at
    #[arg(long, value_name = "TEXT", help_heading = "Texts")]
    pub(crate) input_current_text: String,
    /// What comes before it
    #[arg(long, value_name = "TEXT", help_heading = "Texts")]
    pub(crate) input_context_text: Option<String>,
    /// How both become an input [default: "{context} {current}"]
    #[arg(long, value_name = "TEMPLATE", help_heading = "Texts")]
    pub(crate) input_template: Option<String>,
    /// Output that is looked at; generated if not given
    #[arg(long, value_name = "TEXT", help_heading = "Texts")]
    pub(crate) output_current_text: Option<String>,
    /// What comes before it
    #[arg(long, value_name = "TEXT", help_heading = "Texts")]
    pub(crate) output_context_text: Option<String>,
    /// How both become an output [default: "{context} {current}"]
    #[arg(long, value_name = "TEMPLATE", help_heading = "Texts")]
    pub(crate) output_template: Option<String>,
    /// Where a context comes from that the output's template has and nobody gives: auto
    /// (found in what the model writes) or pre (it must be given)
    #[arg(
        long,
        value_name = "auto|pre",
        default_value = "pre",
        value_parser = output_context_strategy,
        help_heading = "Texts"
    )]
    pub(crate) handle_output_context_strategy: OutputContextStrategy,
    /// Special tokens that stay in what the model writes; in given texts all stay
    #[arg(long, value_name = "TOKEN", num_args = 1.., help_heading = "Texts")]
    pub(crate) special_tokens_to_keep: Vec<String>,
    /// The input without context
    #[arg(
        long,
        value_name = "TEMPLATE",
        default_value = "{current}",
        help_heading = "Texts"
    )]
    pub(crate) contextless_input_current_text: String,
    /// The output without context
    #[arg(
        long,
        value_name = "TEMPLATE",
        default_value = "{current}",
        help_heading = "Texts"
    )]
    pub(crate) contextless_output_current_text: String,
    /// What the model is made to write without context, a text for each chosen token;
    /// generated if not given
    #[arg(long, value_name = "TEXT", num_args = 1.., help_heading = "Texts")]
    pub(crate) contextless_output_next_tokens: Vec<String>,
    /// What stands between prompt and output of a GPT-2 model
    #[arg(
        long,
        value_name = "TEXT",
        default_value = " ",
        hide_default_value = true,
        help_heading = "Texts"
    )]
    pub(crate) decoder_input_output_separator: String,

    /// Step function that compares the output with and without context
    #[arg(
        long,
        value_name = "FUNCTION",
        default_value = "kl_divergence",
        help_heading = "Choice of output tokens"
    )]
    pub(crate) context_sensitivity_metric: String,
    /// Choose those whose score is so many standard deviations above the mean
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1.0,
        allow_negative_numbers = true,
        help_heading = "Choice of output tokens"
    )]
    pub(crate) context_sensitivity_std_threshold: f32,
    /// Choose at most so many
    #[arg(long, value_name = "NUMBER", help_heading = "Choice of output tokens")]
    pub(crate) context_sensitivity_topk: Option<usize>,

    /// Highlight those whose score is so many standard deviations above the mean
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 1.0,
        allow_negative_numbers = true,
        help_heading = "Highlighted context tokens"
    )]
    pub(crate) attribution_std_threshold: f32,
    /// Highlight at most so many of each context
    #[arg(
        long,
        value_name = "NUMBER",
        help_heading = "Highlighted context tokens"
    )]
    pub(crate) attribution_topk: Option<usize>,

    #[command(flatten)]
    pub(crate) attribution: AttributionArguments,
    #[command(flatten)]
    pub(crate) aggregation: AggregationArguments,

    /// Write the result as the JSON that Inseq writes; an existing file is replaced
    #[arg(long, short = 'o', value_name = "FILE", help_heading = "Results")]
    pub(crate) save_path: Option<PathBuf>,
    /// Write the heatmap as a page of HTML without scripts, or as a LaTeX table if the
    /// name ends in .tex
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub(crate) viz_path: Option<PathBuf>,
    /// Print the texts and the heatmap
    #[arg(long, num_args = 0..=1, default_value = "true", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, overrides_with = "no_show_viz", help_heading = "Results")]
    show_viz: bool,
    #[arg(long, hide = true, overrides_with = "show_viz")]
    no_show_viz: bool,
    /// Print the score of every output token, too
    #[arg(long, num_args = 0..=1, default_value = "false", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, help_heading = "Results")]
    pub(crate) show_intermediate_outputs: bool,
    /// Write the settings into the result
    #[arg(long, num_args = 0..=1, default_value = "true", default_missing_value = "true", value_name = "YES|NO", value_parser = BoolishValueParser::new(), hide_default_value = true, hide_possible_values = true, overrides_with = "no_add_output_info", help_heading = "Results")]
    add_output_info: bool,
    #[arg(long, hide = true, overrides_with = "add_output_info")]
    no_add_output_info: bool,
}

impl ContextArguments {
    /// Whether anything is printed.
    pub(crate) fn is_shown(&self) -> bool {
        self.show_viz && !self.no_show_viz
    }

    /// Whether the saved file has its settings.
    pub(crate) fn has_output_info(&self) -> bool {
        self.add_output_info && !self.no_add_output_info
    }
}

fn output_context_strategy(name: &str) -> Result<OutputContextStrategy, String> {
    match name {
        "auto" => Ok(OutputContextStrategy::Auto),
        "pre" => Ok(OutputContextStrategy::Pre),
        "manual" => Err(
            "this program asks nobody; give --output_context_text, or let it be auto".to_owned(),
        ),
        _ => Err(
            "it is auto, or pre, where the context is given as --output_context_text".to_owned(),
        ),
    }
}
