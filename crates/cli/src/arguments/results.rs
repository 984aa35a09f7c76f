use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;

/// Where results go.
#[derive(Args, Debug)]
#[command(rename_all = "snake_case")]
pub(crate) struct ResultArguments {
    /// Write the attributions as JSON that Inseq loads, raw unless aggregators are
    /// given; an existing file is replaced
    #[arg(long, short = 'o', value_name = "FILE", help_heading = "Results")]
    pub(crate) save_path: Option<PathBuf>,
    /// Write the heatmap as a page of HTML without scripts, or as a LaTeX table if the
    /// name ends in .tex
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
