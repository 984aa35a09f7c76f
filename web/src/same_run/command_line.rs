use protocol::{AttributeRequest, Compatibility, ContextRequest, DeviceChoice, Work};
use serde_json::{Map, Value, json};

use super::{Place, context_texts, is_hidden};
use crate::run_request::RunRequest;

/// So far below the mean is no score of fewer than a million tokens: all are above.
const BELOW_ALL: f32 = -1000.0;

/// The run as a command for a POSIX shell.
pub(crate) fn command_line(run: &RunRequest) -> String {
    let command = match &run.work {
        Work::Attribute(asked) => {
            let mut command = CommandLine::new("attribute");
            command.add("input_texts", &asked.input_text);
            if let Some(generated) = &asked.generated_text {
                command.add("generated_texts", generated);
            }
            settings(&mut command, asked, run.device);
            for score in &asked.step_scores {
                command.add("step_scores", score);
            }
            if run.is_encoder_decoder && asked.attribute_target {
                command.add("attribute_target", "true");
            }
            if asked.generate_from_target_prefix {
                command.add("generate_from_target_prefix", "true");
            }
            for (name, position) in [
                ("start_pos", asked.attr_pos_start),
                ("end_pos", asked.attr_pos_end),
            ] {
                if let Some(position) = position {
                    command.add(name, &position.to_string());
                }
            }
            if asked.generated_text.is_none() || asked.generate_from_target_prefix {
                generation(&mut command, asked);
            }
            command
        }
        Work::AttributeContext(asked) => {
            let mut command = CommandLine::new("attribute-context");
            context(&mut command, asked);
            settings(&mut command, &asked.settings, run.device);
            if asked.output_current_text.is_none() {
                generation(&mut command, &asked.settings);
            }
            command
        }
        _ => return String::new(),
    };
    command.text
}

fn settings(command: &mut CommandLine, asked: &AttributeRequest, device: DeviceChoice) {
    let place = Place::of(&asked.model);
    let name = match &place.revision {
        Some(revision) => format!("{}@{revision}", place.name),
        None => place.name,
    };
    command.add("model_name_or_path", &name);
    command.add("attribution_method", &asked.method);
    command.add("attributed_fn", &asked.attributed_fn);
    let groups = [
        ("attribution_args", json!(asked.method_options)),
        ("attributed_fn_args", json!(asked.attributed_fn_args)),
        ("step_scores_args", json!(asked.step_scores_args)),
    ];
    let groups = groups.into_iter();
    let given = groups.filter(|(_, values)| values.as_object().is_some_and(|it| !it.is_empty()));
    let given: Map<String, Value> = given
        .map(|(name, values)| (name.to_owned(), values))
        .collect();
    command.add_json("attribution_kwargs", given);
    if let Value::Object(formulas) = json!(asked.custom_step_functions) {
        command.add_json("custom_step_functions", formulas);
    }
    if asked.include_eos_baseline {
        command.add("include_eos_baseline", "true");
    }
    if asked.compatibility == Compatibility::Inseq {
        command.add("compatibility", "inseq");
    }
    // The command line's own default is the processor.
    match device {
        DeviceChoice::Auto => command.add("device", "auto"),
        DeviceChoice::Webgpu => command.add("device", "webgpu"),
        DeviceChoice::WebgpuF16 => command.add("device", "webgpu_f16"),
        DeviceChoice::Cpu => {}
    }
}

fn generation(command: &mut CommandLine, asked: &AttributeRequest) {
    if let Value::Object(settings) = json!(asked.generation) {
        let given = settings.into_iter().filter(|(_, value)| !value.is_null());
        command.add_json("generation_kwargs", given.collect());
    }
}

fn context(command: &mut CommandLine, asked: &ContextRequest) {
    for (name, value) in context_texts(asked) {
        command.add(name, value);
    }
    let metric = &asked.context_sensitivity_metric;
    if *metric != ContextRequest::new(asked.settings.clone(), "").context_sensitivity_metric {
        command.add("context_sensitivity_metric", metric);
    }
    for (name, texts) in [
        (
            "contextless_output_next_tokens",
            &asked.contextless_output_next_tokens,
        ),
        ("special_tokens_to_keep", &asked.special_tokens_to_keep),
    ] {
        for text in texts {
            command.add(name, text);
        }
    }
    for (name, factor) in [
        (
            "context_sensitivity_std_threshold",
            asked.context_sensitivity_std_threshold,
        ),
        ("attribution_std_threshold", asked.attribution_std_threshold),
    ] {
        command.add(name, &factor.unwrap_or(BELOW_ALL).to_string());
    }
    for (name, most) in [
        ("context_sensitivity_topk", asked.context_sensitivity_topk),
        ("attribution_topk", asked.attribution_topk),
    ] {
        if let Some(most) = most {
            command.add(name, &most.to_string());
        }
    }
    for stage in &asked.attribution_aggregators {
        command.add("attribution_aggregators", &json!(stage).to_string());
    }
    if asked.normalize_attributions {
        command.add("normalize_attributions", "true");
    }
}

/// A command with one option a line.
struct CommandLine {
    text: String,
}

impl CommandLine {
    fn new(command: &str) -> Self {
        Self {
            text: format!("inseq {command}"),
        }
    }

    /// `=` holds a value to its option, even if it looks like one.
    fn add(&mut self, option: &str, value: &str) {
        self.text
            .push_str(&format!(" \\\n  --{option}={}", quoted(value)));
    }

    fn add_json(&mut self, option: &str, values: Map<String, Value>) {
        if !values.is_empty() {
            self.add(option, &Value::Object(values).to_string());
        }
    }
}

/// A word of a POSIX shell that stands for the text as it is, with nothing hidden in it:
/// a terminal would obey some characters before the shell sees the quotes. A shell has no
/// word with U+0000 in it; the replacement character stands there.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@,+%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut word = String::from("'");
    for character in text.chars() {
        match character {
            '\'' => word.push_str("'\\''"),
            '\0' => word.push(char::REPLACEMENT_CHARACTER),
            '\n' => word.push('\n'),
            _ if is_hidden(character) => {
                let mut bytes = [0; 4];
                let bytes = character.encode_utf8(&mut bytes).bytes();
                let codes: String = bytes.map(|byte| format!("\\{byte:03o}")).collect();
                word.push_str(&format!("'\"$(printf '{codes}')\"'"));
            }
            _ => word.push(character),
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use super::super::HOSTILE;
    use super::*;
    use protocol::OptionValue;
    use std::process::Command;

    /// The words that a shell makes of a command; `None` where there is no shell.
    fn words(command: &str) -> Option<Vec<String>> {
        let script = format!("inseq() {{ printf '%s\\0' \"$@\"; }}\n{command}");
        let output = Command::new("sh").args(["-c", &script]).output().ok()?;
        assert!(output.status.success(), "{command}: {output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        Some(text.split_terminator('\0').map(str::to_owned).collect())
    }

    #[test]
    fn words_are_quoted_where_they_must_be() {
        assert_eq!(quoted("owner/name@main"), "owner/name@main");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted("a\u{1B}b"), "'a'\"$(printf '\\033')\"'b'");
    }

    #[test]
    fn a_shell_reads_what_was_asked() {
        for hostile in HOSTILE {
            let mut asked = AttributeRequest::new(hostile, hostile);
            asked.generated_text = Some(hostile.to_owned());
            asked.step_scores = vec![hostile.to_owned()];
            let option = (hostile.to_owned(), OptionValue::Text(hostile.to_owned()));
            asked.method_options.extend([option]);
            let run = RunRequest {
                work: Work::Attribute(asked),
                device: DeviceChoice::Cpu,
                is_encoder_decoder: true,
            };
            let command = command_line(&run);
            let hidden = |c: char| is_hidden(c) && c != '\n';
            assert!(!command.contains(hidden), "{command:?}");
            let Some(words) = words(&command) else { return };
            let whole = hostile.replace('\0', "\u{FFFD}");
            assert_eq!(words[0], "attribute");
            for (option, word) in [("input_texts", 1), ("generated_texts", 2)] {
                assert_eq!(words[word], format!("--{option}={whole}"));
            }
            let (name, kwargs) = words[6].split_once('=').unwrap();
            assert_eq!(name, "--attribution_kwargs");
            let kwargs: Value = serde_json::from_str(kwargs).unwrap();
            assert_eq!(kwargs["attribution_args"][hostile], hostile);
            assert_eq!(words[7], format!("--step_scores={whole}"));
            assert_eq!(words.len(), 8);
        }
    }

    #[test]
    fn a_question_about_a_context_chooses_among_all_tokens() {
        let mut asked = ContextRequest::new(AttributeRequest::new("demo-gpt2", ""), "He went to");
        asked.input_context_text = Some("George was sick.".to_owned());
        asked.context_sensitivity_std_threshold = None;
        asked.context_sensitivity_topk = Some(3);
        let run = RunRequest {
            work: Work::AttributeContext(Box::new(asked)),
            device: DeviceChoice::Cpu,
            is_encoder_decoder: false,
        };
        assert_eq!(
            command_line(&run),
            "inseq attribute-context \\\n  --input_current_text='He went to' \\\n  \
             --input_context_text='George was sick.' \\\n  \
             --context_sensitivity_std_threshold=-1000 \\\n  \
             --attribution_std_threshold=1 \\\n  --context_sensitivity_topk=3 \\\n  \
             --model_name_or_path=web/models/demo-gpt2 \\\n  --attribution_method=saliency \\\n  \
             --attributed_fn=probability"
        );
    }
}
