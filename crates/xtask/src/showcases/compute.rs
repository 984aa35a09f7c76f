//! Computes what the showcases show, by the command line and the bundled models.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::results::{Stored, display};
use super::runs::{Runs, arguments, folder, text};
use crate::process::{cargo, project_root, run};
use crate::step::step;

/// What `showcases` can be told.
#[derive(Args)]
pub(crate) struct ShowcasesArguments {
    /// A built `inseq` to compute with, instead of building one.
    #[arg(long, value_name = "PROGRAM")]
    inseq: Option<PathBuf>,
    /// Compute nothing, but write the pages into this site, after a text was changed.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["inseq", "only"])]
    write: Option<PathBuf>,
    /// Only results whose names begin so.
    only: Option<String>,
}

/// Writes `web/showcases/results/`, or else pages of what is there.
pub(crate) fn showcases(asked: &ShowcasesArguments) -> Result<()> {
    match &asked.write {
        Some(site) => super::write(site),
        None => compute(asked),
    }
}

fn compute(asked: &ShowcasesArguments) -> Result<()> {
    let runs = Runs::read()?;
    let results = folder().join("results");
    fs::create_dir_all(&results)?;
    let is_wanted = |name: &str| {
        asked
            .only
            .as_ref()
            .is_none_or(|only| name.starts_with(only))
    };
    for one in runs.all()? {
        if !is_wanted(&one.name) {
            continue;
        }
        let path = results.join(format!("{}.json", one.name));
        step(&one.name, || {
            let mut words = arguments(&one.work)?;
            words.extend(["-o".to_owned(), path.display().to_string()]);
            words.extend(aggregation(&one.work).iter().map(|word| (*word).to_owned()));
            run(inseq(asked).args(words))?;
            let file = fs::read_to_string(&path)?;
            fs::write(&path, without_time(&file)?).context("cannot write a result")
        })?;
    }
    let file = text(&runs.shares()["file"])?;
    if is_wanted(&file) {
        let shares = step(&file, || shares(asked, &runs))?;
        fs::write(
            results.join(format!("{file}.json")),
            format!("{shares:#}\n"),
        )?;
    }
    Ok(())
}

/// The command line in the folder of the bundled models, where their names are paths.
fn inseq(asked: &ShowcasesArguments) -> Command {
    let mut command = match &asked.inseq {
        Some(program) => Command::new(program),
        None => {
            let mut command = cargo();
            command.args(["run", "--quiet", "--release", "--package", "cli", "--"]);
            command
        }
    };
    command.current_dir(project_root().join("web/models"));
    command
}

/// One number for each pair of tokens, or for each pair and layer, is what is stored.
fn aggregation(work: &Value) -> &'static [&'static str] {
    if work["kind"] == "attribute_context" {
        &["--no_show_viz"]
    } else if work["method"]
        .as_str()
        .is_some_and(|method| method.starts_with("layer_"))
    {
        // What the engine reads back: the page looks at it in its own ways.
        &["--hide_attributions", "--attribution_aggregators", "vnorm"]
    } else {
        &["--hide_attributions", "--aggregate_output"]
    }
}

/// A result without what differs between two runs of the same, on one line.
fn without_time(file: &str) -> Result<String> {
    let mut result: Value = serde_json::from_str(file).context("inseq wrote no JSON")?;
    let info = match result.get("attributes") {
        Some(_) => &mut result["attributes"]["info"],
        None => &mut result["info"],
    };
    let info = info.as_object_mut().context("the result has no settings")?;
    info.remove("exec_time");
    Ok(format!("{result}\n"))
}

/// For each occupation: how likely both pronouns are, and what they were attributed to.
fn shares(asked: &ShowcasesArguments, runs: &Runs) -> Result<Value> {
    let shares = runs.shares();
    let model = text(&shares["model"])?;
    let probes = project_root().join(format!("web/models/{model}/held-out.json"));
    let probes: Value = serde_json::from_str(&fs::read_to_string(probes)?)?;
    let probes = probes["shares"]
        .as_array()
        .context("the model has no shares")?;
    let column = |name: &str| {
        probes
            .iter()
            .map(|probe| text(&probe[name]))
            .collect::<Result<Vec<_>>>()
    };
    let sources = column("source")?;
    let probe = |probe: &Value| {
        json!({
            "turkish": probe["cause"], "english": probe["occupation"],
            "source": probe["source"], "planted": probe["share"],
        })
    };
    let mut found: Vec<Value> = probes.iter().map(probe).collect();
    for method in shares["methods"].as_array().context("no methods")? {
        let method = text(method)?;
        for pronoun in ["she", "he"] {
            let outputs = column(&format!("{pronoun}_target"))?;
            let stored = attributed(asked, runs, &method, &sources, &outputs)?;
            ensure!(stored.len() == found.len(), "a text is missing");
            for (probe, one) in found.iter_mut().zip(&stored) {
                probe[pronoun]["probability"] = json!(one.score("probability", 0)?);
                probe[pronoun][&method] = json!(parts(one)?);
            }
        }
    }
    Ok(Value::Array(found))
}

fn attributed(
    asked: &ShowcasesArguments,
    runs: &Runs,
    method: &str,
    sources: &[String],
    outputs: &[String],
) -> Result<Vec<Stored>> {
    let work = runs.share_work(method, &sources[0], &outputs[0]);
    let mut words = arguments(&work)?;
    for (option, texts) in [("-i", sources), ("-g", outputs)] {
        let place = words.iter().position(|word| word == option);
        let place = place.context("the command has no texts")? + 1;
        words.splice(place..=place, texts.iter().cloned());
    }
    let path = project_root().join("target/showcases.json");
    fs::create_dir_all(project_root().join("target"))?;
    words.extend(["-o".to_owned(), path.display().to_string()]);
    words.extend(["--hide_attributions", "--aggregate_output"].map(str::to_owned));
    run(inseq(asked).args(words))?;
    Stored::all(&fs::read_to_string(path)?)
}

/// What the pronoun was given by the source's pronoun, by the words of the occupation,
/// and by the rest.
fn parts(one: &Stored) -> Result<BTreeMap<&'static str, f32>> {
    let mut parts = BTreeMap::from([("pronoun", 0.0), ("occupation", 0.0), ("rest", 0.0)]);
    for ((token, _), value) in one.rows().iter().zip(one.column(0)) {
        let part = match display(token).as_str() {
            "O" | "o" => "pronoun",
            "bir" | "." | "</s>" | "" => "rest",
            _ => "occupation",
        };
        *parts.get_mut(part).context("a part is missing")? += value.context("no number")?;
    }
    Ok(parts)
}
