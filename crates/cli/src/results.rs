use std::fs::{self, OpenOptions};
use std::path::Path;

use attribution_output::{Attribution, AttributionOutput, Token, merge, to_inseq_json};
use heatmap::{Heatmap, html_document, latex_table, terminal_text};
use protocol::{Failure, FailureKind};

use crate::arguments::ResultArguments;
use crate::{Complaint, Terminal};

/// Prints the heatmaps of a result.
pub(crate) fn show(
    output: &AttributionOutput,
    terminal: &mut Terminal<'_>,
) -> Result<(), Complaint> {
    let text = text(output, terminal)?;
    terminal.print(&text);
    Ok(())
}

/// The heatmaps of a result as they are printed.
pub(crate) fn text(
    output: &AttributionOutput,
    terminal: &Terminal<'_>,
) -> Result<String, Complaint> {
    let mut text = String::new();
    for heatmap in heatmaps(output)? {
        text.push_str(&terminal_text(&heatmap, terminal.table_settings()));
        text.push('\n');
    }
    Ok(text)
}

/// Finds out whether the files that are asked for could be written.
pub(crate) fn check_paths(arguments: &ResultArguments) -> Result<(), Complaint> {
    let paths = [
        ("--save_path", &arguments.save_path),
        ("--viz_path", &arguments.viz_path),
    ];
    for (option, path) in paths {
        if let Some(path) = path {
            check_path(path).map_err(|complaint| complaint.about(option))?;
        }
    }
    if arguments.save_path.is_some() && arguments.save_path == arguments.viz_path {
        let message = "--save_path and --viz_path name the same file".to_owned();
        return Err(Complaint::usage(message, None));
    }
    Ok(())
}

pub(crate) fn check_path(path: &Path) -> Result<(), Complaint> {
    let refuse = |reason: &str| {
        let message = format!("{reason}: {}", path.display());
        let hint = "name a file in a folder that exists, where you may write".to_owned();
        Err(Complaint::failure(message, Some(hint)))
    };
    if path.is_dir() {
        return refuse("this is a folder");
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return refuse("there is no folder for this file");
    }
    // What is there already must be open to change.
    if path.exists()
        && let Err(error) = OpenOptions::new().append(true).open(path)
    {
        return refuse(&format!("this file cannot be written, {error}"));
    }
    Ok(())
}

/// Writes the files that were asked for. What cannot be written is printed, even
/// where no heatmap is wanted, so that no work is lost.
pub(crate) fn write(
    outputs: Vec<AttributionOutput>,
    arguments: &ResultArguments,
    terminal: &mut Terminal<'_>,
) -> Vec<Complaint> {
    let merged = match merge(outputs) {
        Ok(merged) => merged,
        Err(error) => return vec![Complaint::failure(error.to_string(), None)],
    };
    let mut complaints = Vec::new();
    if let Some(path) = &arguments.save_path {
        let written = write_file(path, &to_inseq_json(&merged), "attributions", terminal);
        complaints.extend(written.err());
    }
    if let Some(path) = &arguments.viz_path {
        let written = heatmaps(&merged)
            .and_then(|heatmaps| write_picture(path, &heatmaps, html_document, terminal));
        complaints.extend(written.err());
    }
    if !complaints.is_empty() && arguments.hide_attributions {
        complaints.extend(show(&merged, terminal).err());
    }
    complaints
}

pub(crate) fn heatmaps(output: &AttributionOutput) -> Result<Vec<Heatmap>, Complaint> {
    Heatmap::from_output(output)
        .map_err(|error| Complaint::failure(format!("the result cannot be shown: {error}"), None))
}

/// Writes heatmaps as LaTeX tables where the file's name ends so, else as a page.
pub(crate) fn write_picture(
    path: &Path,
    heatmaps: &[Heatmap],
    page: impl FnOnce(&[Heatmap]) -> String,
    terminal: &mut Terminal<'_>,
) -> Result<(), Complaint> {
    let text = match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("tex") => {
            let tables = heatmaps.iter().map(latex_table);
            tables.collect::<Vec<_>>().join("\n\\bigskip\n\n")
        }
        _ => page(heatmaps),
    };
    write_file(path, &text, "heatmap", terminal)
}

pub(crate) fn write_file(
    path: &Path,
    text: &str,
    what: &str,
    terminal: &mut Terminal<'_>,
) -> Result<(), Complaint> {
    fs::write(path, text).map_err(|error| {
        let message = format!("the {what} cannot be written: {error}: {}", path.display());
        let hint = "the result above is complete; name a file in a folder you may write to";
        Complaint::failure(message, Some(hint.to_owned()))
    })?;
    terminal.tell(&format!("{what} written to {}", path.display()));
    Ok(())
}

/// Why a request was not carried out, with what a user of the command line can do.
pub(crate) fn complaint(failure: Failure) -> Complaint {
    let is_source = failure.kind == FailureKind::Source;
    let mut complaint = Complaint::from(failure);
    if is_source {
        complaint.hint = Some(WHERE_MODELS_ARE.to_owned());
    }
    complaint
}

const WHERE_MODELS_ARE: &str = "give the name of a GPT-2 or Marian model on the Hugging Face Hub \
                                (owner/name, or owner/name@revision), or the path of a folder \
                                with config.json, tokenizer and weights";

/// Shows the tokens with their ids.
pub(crate) fn tell_tokens(sequence: &Attribution, terminal: &mut Terminal<'_>) {
    let words = |tokens: &[Token]| {
        let word = |token: &Token| format!("{:?} {}", token.token, token.id);
        tokens.iter().map(word).collect::<Vec<_>>().join(", ")
    };
    if !sequence.is_decoder_only() {
        terminal.tell(&format!("source tokens: {}", words(&sequence.source)));
    }
    terminal.tell(&format!("output tokens: {}", words(&sequence.target)));
}
