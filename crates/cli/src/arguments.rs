use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

mod aggregation;
mod attribution;
mod context;
mod faithfulness;
mod model;
mod positions;
mod results;

pub(crate) use aggregation::AggregationArguments;
pub(crate) use attribution::{AttributionArguments, Compatibility};
pub(crate) use context::ContextArguments;
pub(crate) use faithfulness::{FaithfulnessArguments, Removal};
pub(crate) use model::{Device, ModelArguments};
pub(crate) use positions::PositionArguments;
pub(crate) use results::ResultArguments;

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
pub(crate) enum Command {
    /// Attribute the output of a model to its input, and show the result as a heatmap
    Attribute(AttributeArguments),
    /// Find which output tokens hang on a context, and on which of its tokens (PECoRe)
    AttributeContext(Box<ContextArguments>),
    /// Attribute all texts of a data set in files
    AttributeDataset(DatasetArguments),
    /// Compare how faithful attributions are: does the model need what they name?
    Faithfulness(Box<FaithfulnessArguments>),
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
    /// Prompts to continue or sentences to translate
    #[arg(long, short = 'i', value_name = "TEXT", required = true, num_args = 1.., help_heading = "Texts")]
    pub(crate) input_texts: Vec<String>,
    /// Outputs to explain, one for each input; generated if not given. Those of a
    /// GPT-2 model begin with their prompt
    #[arg(long, short = 'g', value_name = "TEXT", num_args = 1.., help_heading = "Texts")]
    pub(crate) generated_texts: Vec<String>,
    #[command(flatten)]
    pub(crate) attribution: AttributionArguments,
    #[command(flatten)]
    pub(crate) aggregation: AggregationArguments,
    #[command(flatten)]
    pub(crate) results: ResultArguments,
}

/// Options of `inseq attribute-dataset`. Names, aliases and defaults are Inseq's.
#[derive(Args, Debug)]
#[command(
    rename_all = "snake_case",
    infer_long_args = true,
    arg_required_else_help = true
)]
pub(crate) struct DatasetArguments {
    /// A file (.csv, .tsv, .json, .jsonl, .parquet), a folder of files named for their
    /// split, or the format of the files given with --dataset_files
    #[arg(
        long,
        short = 'd',
        visible_alias = "dataset",
        value_name = "NAME",
        help_heading = "Data set"
    )]
    pub(crate) dataset_name: String,
    /// Column of the prompts to continue or sentences to translate [short: -in]
    #[arg(
        long,
        visible_alias = "input",
        value_name = "COLUMN",
        help_heading = "Data set"
    )]
    pub(crate) input_text_field: String,
    /// Column of the outputs to explain; generated if not given [short: -gen]
    #[arg(
        long,
        visible_alias = "generated",
        value_name = "COLUMN",
        help_heading = "Data set"
    )]
    pub(crate) generated_text_field: Option<String>,
    /// Folder that names of files begin in
    #[arg(
        long,
        visible_alias = "dir",
        value_name = "FOLDER",
        help_heading = "Data set"
    )]
    pub(crate) dataset_dir: Option<PathBuf>,
    /// Files of the data set
    #[arg(long, visible_alias = "files", value_name = "FILE", num_args = 1.., help_heading = "Data set")]
    pub(crate) dataset_files: Vec<PathBuf>,
    /// Which files of a folder, by the beginning of their names
    #[arg(
        long,
        visible_alias = "split",
        value_name = "SPLIT",
        default_value = "train",
        help_heading = "Data set"
    )]
    pub(crate) dataset_split: String,
    /// How many rows are attributed at once, each with a copy of the model in memory;
    /// all cores if not given
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Data set")]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) attribution: AttributionArguments,
    #[command(flatten)]
    pub(crate) aggregation: AggregationArguments,
    #[command(flatten)]
    pub(crate) results: ResultArguments,
}

/// Options of `inseq methods`.
#[derive(Args, Debug)]
pub(crate) struct MethodsArguments {
    /// Show only these
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
}
