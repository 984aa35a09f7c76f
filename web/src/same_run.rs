//! A run in other languages: Inseq's Python, and our command line.
//!
//! Texts and names in a run may be anyone's, and what is written here is pasted where it
//! is carried out: every one of them is quoted, whatever it is.

mod command_line;
mod python;

pub(crate) use command_line::command_line;
pub(crate) use python::python;

use protocol::{ContextRequest, OutputContextStrategy};

use crate::{bundled_models::is_bundled, chosen_model::CHOSEN_FILES};

/// Where a model is, away from the page.
struct Place {
    /// Folder, or name on the Hub.
    name: String,
    /// Its version there.
    revision: Option<String>,
    /// What has to be done first.
    note: Option<&'static str>,
}

impl Place {
    fn of(model: &str) -> Self {
        let here = |name: String, note| Self {
            name,
            revision: None,
            note: Some(note),
        };
        if is_bundled(model) {
            return here(
                format!("web/models/{model}"),
                "The model is a folder of Inseq Web's sources; start there.",
            );
        }
        if let Some(files) = model.strip_prefix(CHOSEN_FILES) {
            return here(
                files.to_owned(),
                "The model came from files on disk: name their folder.",
            );
        }
        if model.contains("://") {
            return here(
                model.to_owned(),
                "Inseq takes no address of a model: get its files, and name their folder.",
            );
        }
        match model.split_once('@') {
            Some((name, revision)) => Self {
                name: name.to_owned(),
                revision: Some(revision.to_owned()),
                note: None,
            },
            None => Self {
                name: model.to_owned(),
                revision: None,
                note: None,
            },
        }
    }
}

/// The texts and templates of a run that are not what they are when left out, under the
/// names that both languages have for them.
fn context_texts(asked: &ContextRequest) -> Vec<(&'static str, &str)> {
    let defaults = ContextRequest::new(asked.settings.clone(), "");
    let mut texts = vec![("input_current_text", asked.input_current_text.as_str())];
    for (name, value) in [
        ("input_context_text", &asked.input_context_text),
        ("input_template", &asked.input_template),
        ("output_current_text", &asked.output_current_text),
        ("output_context_text", &asked.output_context_text),
        ("output_template", &asked.output_template),
    ] {
        texts.extend(value.as_deref().map(|value| (name, value)));
    }
    for (name, value, default) in [
        (
            "contextless_input_current_text",
            &asked.contextless_input_current_text,
            &defaults.contextless_input_current_text,
        ),
        (
            "contextless_output_current_text",
            &asked.contextless_output_current_text,
            &defaults.contextless_output_current_text,
        ),
        (
            "decoder_input_output_separator",
            &asked.decoder_input_output_separator,
            &defaults.decoder_input_output_separator,
        ),
    ] {
        if value != default {
            texts.push((name, value));
        }
    }
    if asked.handle_output_context_strategy == OutputContextStrategy::Auto {
        texts.push(("handle_output_context_strategy", "auto"));
    }
    texts
}

/// Characters that are not seen, or that turn the direction of what follows: what is
/// pasted must look like what it is.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Texts that someone may have meant to be obeyed.
#[cfg(test)]
const HOSTILE: [&str; 8] = [
    "'; rm -rf ~; echo '",
    "\"); import os; os.system('true') #",
    "$(reboot) `reboot` ${HOME} !!",
    "\\",
    "--model_name_or_path=x",
    "two\nlines\r\n\ttab",
    "\u{1B}[201~reboot\n\u{7}\u{9B}",
    "\u{202E}txet\u{2066} \u{0} 漢 🙂",
];
