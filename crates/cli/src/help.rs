//! The parser with what only the engine knows: methods, step functions, options.

use std::ffi::OsString;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _};
use protocol::Description;

use crate::arguments::{Arguments, Command};
use crate::{Outcome, Terminal};

/// Widest text of a help page.
const MAX_WIDTH: usize = 100;

/// Options of Inseq that are not here, with the reason.
const ABSENT: [(&str, &str); 9] = [
    (
        "--output_step_attributions",
        "the saved attributions hold all steps",
    ),
    (
        "--model_kwargs",
        "a model is what the files in its folder say",
    ),
    (
        "--tokenizer_kwargs",
        "a tokenizer is what the files in the model's folder say",
    ),
    ("--dataset_config", FROM_FILES),
    ("--dataset_revision", FROM_FILES),
    ("--dataset_auth_token", FROM_FILES),
    ("--dataset_kwargs", FROM_FILES),
    ("--framework", "there is one"),
    (
        "--prompt_user_for_contextless_output_next_tokens",
        "they are given as --contextless_output_next_tokens",
    ),
];

const FROM_FILES: &str = "data sets are read from files, they are not fetched from the Hub";

/// Reads a command line. Help and complaints are shown here; then the outcome is
/// the error.
pub(crate) fn parse(
    arguments: impl Iterator<Item = OsString>,
    terminal: &mut Terminal<'_>,
) -> Result<Command, Outcome> {
    let arguments: Vec<OsString> = arguments.collect();
    let parsed = parser(&description_for(&arguments), terminal.width)
        .try_get_matches_from(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    match parsed {
        Ok(arguments) => Ok(arguments.command),
        Err(error) => Err(show(error, terminal)),
    }
}

/// What can be named on a command line: what the engine offers, and the user's own step
/// functions. Those that cannot be read are complained of later, with their place.
fn description_for(arguments: &[OsString]) -> Description {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    let mut formulas = None;
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        if name.replace('-', "_") == "__custom_step_functions" {
            formulas = value.or_else(|| words.next());
        }
    }
    formulas
        .and_then(|json| serde_json::from_str(json).ok())
        .and_then(|formulas| engine::description_with_formulas(&formulas).ok())
        .unwrap_or_else(engine::description)
}

fn parser(description: &Description, width: usize) -> clap::Command {
    let methods = values(
        description
            .methods
            .iter()
            .map(|method| (&method.id, &method.sentence)),
    );
    let functions = || {
        values(
            description
                .step_functions
                .iter()
                .map(|function| (&function.id, &function.sentence)),
        )
    };
    let described = |command: clap::Command| {
        command
            .mut_arg("attribution_method", |arg| {
                arg.value_parser(methods.clone())
            })
            .mut_arg("attributed_fn", |arg| arg.value_parser(functions()))
            .mut_arg("step_scores", |arg| arg.value_parser(functions()))
            .mut_args(with_hyphens)
            .after_help(
                "`inseq methods` lists the options of methods and step functions.\n\
                 `--help` says more than `-h`.",
            )
    };
    let compared = |command: clap::Command| {
        command
            .mut_arg("attribution_methods", |arg| {
                arg.value_parser(methods.clone())
            })
            .mut_arg("attributed_fn", |arg| arg.value_parser(functions()))
            .mut_args(with_hyphens)
    };
    let with_stages = |command: clap::Command| {
        described(command.mut_arg("attribution_aggregators", with_aggregators))
    };
    Arguments::command()
        .term_width(width.min(MAX_WIDTH))
        .mut_subcommand("attribute", with_stages)
        .mut_subcommand("attribute-dataset", with_stages)
        .mut_subcommand("attribute-context", described)
        .mut_subcommand("faithfulness", compared)
}

/// Not checked here: a stage with options may be given as JSON.
fn with_aggregators(arg: clap::Arg) -> clap::Arg {
    let known = attribution_output::aggregator_ids().join(", ");
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    arg.help(format!("{help}: {known}"))
}

fn values<'a>(described: impl Iterator<Item = (&'a String, &'a String)>) -> PossibleValuesParser {
    let value = |(id, sentence): (&String, &String)| PossibleValue::new(id).help(sentence);
    PossibleValuesParser::new(described.map(value).collect::<Vec<_>>())
}

/// Inseq takes `--save-path` for `--save_path`.
fn with_hyphens(arg: clap::Arg) -> clap::Arg {
    match arg.get_long().map(|long| long.replace('_', "-")) {
        Some(long) if Some(long.as_str()) != arg.get_long() => arg.alias(long),
        _ => arg,
    }
}

fn show(mut error: clap::Error, terminal: &mut Terminal<'_>) -> Outcome {
    let absent = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) if error.kind() == ErrorKind::UnknownArgument => {
            ABSENT.iter().find(|(absent, _)| absent == name)
        }
        _ => None,
    };
    if let Some((name, reason)) = absent {
        // The parser would suggest something that is only spelled like it.
        error.remove(ContextKind::SuggestedArg);
        let tip = format!("Inseq's {name} is not here: {reason}");
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
    let has_suggestion = error.get(ContextKind::SuggestedArg).is_some()
        || error.get(ContextKind::Suggested).is_some();
    if error.kind() == ErrorKind::UnknownArgument && !has_suggestion {
        let tip = "a text that begins with a hyphen is given as --input_texts='-5 degrees'";
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![tip.into()]),
        );
    }
    let text = error.render();
    if error.use_stderr() {
        let text = if terminal.has_colored_errors {
            text.ansi().to_string()
        } else {
            text.to_string()
        };
        terminal.tell(text.trim_end());
        return Outcome::Usage;
    }
    let text = if terminal.colors.is_some() {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    terminal.print(text.trim_end());
    terminal.print("\n");
    Outcome::Success
}
