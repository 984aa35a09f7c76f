//! What the showcases compute: requests as data (`web/showcases/runs.json`), as command
//! lines, and as links into the page.

use std::{fs, io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, write::DeflateEncoder};
use serde_json::{Map, Value, json};

use crate::process::project_root;

/// Where everything of the showcases lies.
pub(super) fn folder() -> PathBuf {
    project_root().join("web/showcases")
}

/// Reads a JSON file of the showcases.
pub(super) fn read_json(name: &str) -> Result<Value> {
    let path = folder().join(name);
    let text = fs::read_to_string(&path).with_context(|| {
        format!("cannot read web/showcases/{name}; cargo xtask showcases makes what is computed")
    })?;
    serde_json::from_str(&text).with_context(|| format!("web/showcases/{name} is no JSON"))
}

/// All that is computed.
pub(super) struct Runs {
    value: Value,
}

/// One request and what it is called.
pub(super) struct Run {
    /// Its file in `results/`, without the ending.
    pub(super) name: String,
    /// Codes of the languages of its source and its output.
    pub(super) languages: [String; 2],
    /// As the protocol has it, whole.
    pub(super) work: Value,
    /// The page's view in which the result is looked at; its usual one if `None`.
    pub(super) view: Option<String>,
    /// The same of real models.
    pub(super) real: Vec<Value>,
}

impl Runs {
    pub(super) fn read() -> Result<Self> {
        let value = read_json("runs.json")?;
        Ok(Self { value })
    }

    pub(super) fn all(&self) -> Result<Vec<Run>> {
        let runs = self.value["runs"].as_array().context("no runs")?;
        runs.iter().map(|run| self.run(run)).collect()
    }

    pub(super) fn named(&self, name: &str) -> Result<Run> {
        let runs = self.value["runs"].as_array().context("no runs")?;
        let run = runs.iter().find(|run| run["name"] == name);
        self.run(run.with_context(|| format!("web/showcases/runs.json has no run {name:?}"))?)
    }

    fn run(&self, run: &Value) -> Result<Run> {
        let name = text(&run["name"])?;
        let languages = run["languages"].as_array().context("no languages")?;
        let [source, output] = languages.as_slice() else {
            bail!("the run {name:?} needs two languages");
        };
        let reals = run["real"].as_array().into_iter().flatten();
        let real = reals.map(|real| {
            let context = merged(&run["context"], &real["context"]);
            self.work(&merged(&run["request"], real), &context)
        });
        Ok(Run {
            languages: [text(source)?, text(output)?],
            work: self.work(&run["request"], &run["context"]),
            view: run["view"].as_str().map(str::to_owned),
            real: real.collect(),
            name,
        })
    }

    /// A request with everything that is not said in it.
    fn work(&self, request: &Value, context: &Value) -> Value {
        let defaults = &self.value["defaults"];
        let mut asked = merged(&defaults["attribute"], request);
        if context.as_object().is_none_or(Map::is_empty) {
            return asked;
        }
        if let Some(fields) = asked.as_object_mut() {
            fields.remove("kind");
            fields.remove("context");
        }
        let mut work = merged(&defaults["context"], context);
        work["settings"] = asked;
        work
    }

    /// The model whose shares are measured, and where they are kept.
    pub(super) fn shares(&self) -> &Value {
        &self.value["shares"]
    }

    /// One text of the shares, by one method.
    pub(super) fn share_work(&self, method: &str, input: &str, output: &str) -> Value {
        let shares = self.shares();
        let one = json!({
            "model": shares["model"], "method": method,
            "input_text": input, "generated_text": output,
        });
        self.work(&merged(&shares["request"], &one), &Value::Null)
    }
}

/// The fields of both; the second's where both have one.
fn merged(first: &Value, second: &Value) -> Value {
    let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut merged = fields(first);
    merged.extend(fields(second));
    Value::Object(merged)
}

pub(super) fn text(value: &Value) -> Result<String> {
    Ok(value.as_str().context("a text is missing")?.to_owned())
}

/// What `inseq` is called with for a request, without where the result goes.
pub(super) fn arguments(work: &Value) -> Result<Vec<String>> {
    let is_context = work["kind"] == "attribute_context";
    let asked = if is_context { &work["settings"] } else { work };
    let mut arguments = Arguments(Vec::new());
    let words = &mut arguments;
    words.word(if is_context {
        "attribute-context"
    } else {
        "attribute"
    });
    words.option("-m", &asked["model"]);
    if is_context {
        for name in [
            "input_context_text",
            "input_current_text",
            "output_current_text",
        ] {
            words.option(&format!("--{name}"), &work[name]);
        }
    } else {
        words.option("-i", &asked["input_text"]);
        words.option("-g", &asked["generated_text"]);
    }
    words.option("-a", &asked["method"]);
    if asked["attributed_fn"] != "probability" {
        words.option("--attributed_fn", &asked["attributed_fn"]);
    }
    let options = merged(&asked["method_options"], &asked["attributed_fn_args"]);
    let options = merged(&options, &asked["step_scores_args"]);
    if options
        .as_object()
        .is_some_and(|options| !options.is_empty())
    {
        words.option("--attribution_kwargs", &Value::String(options.to_string()));
    }
    let scores = asked["step_scores"].as_array().into_iter().flatten();
    for (index, score) in scores.enumerate() {
        if index == 0 {
            words.word("--step_scores");
        }
        words.word(&text(score)?);
    }
    for (name, field) in [
        ("--start_pos", "attr_pos_start"),
        ("--end_pos", "attr_pos_end"),
    ] {
        words.option(name, &asked[field]);
    }
    for name in ["attribute_target", "include_eos_baseline"] {
        if asked[name] == true {
            words.word(&format!("--{name}"));
        }
    }
    Ok(arguments.0)
}

struct Arguments(Vec<String>);

impl Arguments {
    fn word(&mut self, word: &str) {
        self.0.push(word.to_owned());
    }

    /// Nothing where there is no value.
    fn option(&mut self, name: &str, value: &Value) {
        let value = match value {
            Value::Null => return,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.0.extend([name.to_owned(), value]);
    }
}

/// A command as it is typed into a shell.
pub(super) fn command_line(arguments: &[String]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let quoted = arguments.iter().map(|argument| {
        if argument.chars().all(is_plain) && !argument.is_empty() {
            argument.clone()
        } else {
            format!("'{}'", argument.replace('\'', r"'\''"))
        }
    });
    let words: Vec<String> = std::iter::once("inseq".to_owned()).chain(quoted).collect();
    words.join(" ")
}

/// What follows the `#` of an address of the page that asks for this; `web/src/link.rs`
/// says what it is. With a result, that is on screen at once, in the view.
pub(super) fn link(work: &Value, view: Option<&str>, result: Option<&str>) -> Result<String> {
    let asked = match work["kind"] == "attribute_context" {
        true => &work["settings"],
        false => work,
    };
    let model = text(&asked["model"])?;
    let is_encoder_decoder = ["demo-mt", "opus-mt"]
        .iter()
        .any(|name| model.contains(name));
    let shared = json!({
        "asked": {"work": work, "is_encoder_decoder": is_encoder_decoder},
        "ways": {"view": view},
        "result": result,
    });
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(shared.to_string().as_bytes())?;
    Ok(format!(
        "inseq1={}",
        URL_SAFE_NO_PAD.encode(packed.finish()?)
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::DeflateDecoder;

    use super::*;

    #[test]
    fn a_request_becomes_a_command() {
        let runs = Runs::read().unwrap();
        let run = runs.named("steps-05").unwrap();
        let words = arguments(&run.work).unwrap();
        assert_eq!(words[..3], ["attribute", "-m", "demo-mt-en-fr"]);
        assert!(
            words.windows(2).any(|pair| pair == ["--end_pos", "2"]),
            "{words:?}"
        );
        let line = command_line(&["-i".to_owned(), "qu'elle".to_owned()]);
        assert_eq!(line, r"inseq -i 'qu'\''elle'");
        let context = runs.named("context-story").unwrap();
        let words = arguments(&context.work).unwrap();
        assert_eq!(words[0], "attribute-context");
        assert!(!words.contains(&"-i".to_owned()), "{words:?}");
    }

    #[test]
    fn a_link_holds_request_and_result() {
        let run = Runs::read().unwrap().named("gender-nurse").unwrap();
        let link = link(&run.work, Some("layers"), Some("{}")).unwrap();
        let packed = URL_SAFE_NO_PAD.decode(link.strip_prefix("inseq1=").unwrap());
        let mut unpacked = String::new();
        let packed = packed.unwrap();
        DeflateDecoder::new(packed.as_slice())
            .read_to_string(&mut unpacked)
            .unwrap();
        let shared: Value = serde_json::from_str(&unpacked).unwrap();
        assert_eq!(shared["asked"]["work"], run.work);
        assert_eq!(shared["asked"]["is_encoder_decoder"], true);
        assert_eq!(shared["ways"]["view"], "layers");
        assert_eq!(shared["result"], "{}");
        assert_eq!(run.real[0]["model"], "Helsinki-NLP/opus-mt-tr-en");
        assert_eq!(run.real[0]["input_text"], run.work["input_text"]);
    }
}
