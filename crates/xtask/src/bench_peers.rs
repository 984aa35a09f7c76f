//! Measures the same work in this engine, in Inseq and in onnxruntime-web, in one run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::bench::{SHAPES, bench_in_browser};
use crate::chromium;
use crate::make_model::{MakeModelArguments, made_model, make_model};
use crate::process::{find_program, project_root, run};
use crate::step::step;

/// Where the scripts of the others are.
const SCRIPTS: &str = "tests/benches/peers";
/// What is made for them and by them.
const MADE: &str = "target/peers";

/// Prints one table of all; or, with `is_growth`, draws how times grow.
pub(crate) fn bench_peers(is_growth: bool, filter: Option<&str>) -> Result<()> {
    for shape in SHAPES {
        make_model(&MakeModelArguments::of(shape))?;
    }
    let root = project_root();
    let made = root.join(MADE);
    fs::create_dir_all(&made).with_context(|| format!("cannot make {MADE}"))?;
    let python = step("find Inseq", || ensure_python(&made))?;
    let ours = made.join("ours.jsonl");
    let mut command = bench_in_browser()?;
    command.env("INSEQ_FIGURES", &ours).args(filter);
    if is_growth {
        command.env("INSEQ_GROWTH", "1");
    }
    let mut lines = step("this engine", || {
        run(&mut command)?;
        fs::read_to_string(&ours).context("the bench wrote no figures")
    })?;
    for shape in SHAPES {
        let model = made_model(shape);
        lines += &step(&format!("Inseq, {}", shape.name()), || {
            let mut command = Command::new(&python);
            command.arg(root.join(SCRIPTS).join("inseq_times.py"));
            command.arg(&model);
            if is_growth {
                command.arg("--growth");
            }
            if let Some(filter) = filter {
                command.args(["--only", filter]);
            }
            printed(&mut command)
        })?;
        if is_growth {
            // The pictures are of the first model.
            break;
        }
        if filter.is_none_or(|filter| "forward".contains(filter)) {
            lines += &step(&format!("onnxruntime-web, {}", shape.name()), || {
                onnx_forward(&python, &model, &made.join(shape.name()))
            })?;
        }
    }
    fs::write(made.join("figures.jsonl"), &lines).context("cannot keep the figures")?;
    if is_growth {
        return step("draw", || draw(&python, &made));
    }
    let figures: Result<Vec<Figure>> = lines.lines().map(Figure::read).collect();
    println!("{}", table(&figures?));
    Ok(())
}

/// The Python that has Inseq, installed once.
fn ensure_python(made: &Path) -> Result<std::path::PathBuf> {
    let environment = made.join("venv");
    let python = environment.join("bin/python");
    let is_there = environment.join("installed");
    if !is_there.exists() {
        // What Inseq's own dependencies run on.
        let Some(base) = ["python3.11", "python3"].into_iter().find_map(find_program) else {
            bail!("no python3.11: Inseq needs it");
        };
        run(Command::new(base).args(["-m", "venv"]).arg(&environment))?;
        let requirements = project_root().join(SCRIPTS).join("requirements.txt");
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(requirements))?;
        fs::write(&is_there, "").context("cannot note that Inseq is installed")?;
    }
    Ok(python)
}

fn onnx_forward(python: &Path, model: &Path, exported: &Path) -> Result<String> {
    let scripts = project_root().join(SCRIPTS);
    if !scripts.join("node_modules").is_dir() {
        run(Command::new("npm")
            .args(["ci", "--ignore-scripts", "--prefix"])
            .arg(&scripts))?;
    }
    run(Command::new(python)
        .arg(scripts.join("onnx/export.py"))
        .arg(model)
        .current_dir(project_root()))?;
    printed(
        Command::new("node")
            .arg(scripts.join("onnx/forward.mjs"))
            .arg(exported)
            .env("INSEQ_CHROMIUM", chromium::ensure()?),
    )
}

fn draw(python: &Path, made: &Path) -> Result<()> {
    let figures = fs::File::open(made.join("figures.jsonl")).context("there are no figures")?;
    let status = Command::new(python)
        .arg(project_root().join(SCRIPTS).join("growth.py"))
        .arg(made)
        .stdin(figures)
        .status()
        .context("cannot start Python")?;
    if !status.success() {
        bail!("growth.py ended with {status}");
    }
    println!("    {MADE}/growth_tokens.svg, {MADE}/growth_targets.svg");
    Ok(())
}

/// What a program prints; what it says besides goes to the terminal.
fn printed(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    if !output.status.success() {
        bail!(
            "{} ended with {}",
            command.get_program().display(),
            output.status
        );
    }
    String::from_utf8(output.stdout).context("figures are text")
}

/// What one program took for one work.
struct Figure {
    who: String,
    row: (String, String),
    /// `None` if it failed.
    seconds: Option<f64>,
}

impl Figure {
    fn read(line: &str) -> Result<Self> {
        let figure: Value = serde_json::from_str(line).context("a figure is no JSON")?;
        let text = |key: &str| {
            let text = figure[key].as_str().map(str::to_owned);
            text.with_context(|| format!("a figure has no {key}: {line}"))
        };
        let mut who = text("who")?;
        if let Some(n_threads) = figure["threads"].as_u64() {
            let _ = write!(who, ", {n_threads} threads");
        }
        Ok(Self {
            who,
            row: (text("model")?, text("work")?),
            seconds: figure["seconds"].as_f64(),
        })
    }
}

/// A row for each work, a column for each program; the shortest time where one has several.
fn table(figures: &[Figure]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    let mut cells: BTreeMap<(&(String, String), &str), Option<f64>> = BTreeMap::new();
    let mut rows: Vec<&(String, String)> = Vec::new();
    for figure in figures {
        if !columns.contains(&figure.who.as_str()) {
            columns.push(&figure.who);
        }
        if !rows.contains(&&figure.row) {
            rows.push(&figure.row);
        }
        let cell = cells.entry((&figure.row, &figure.who)).or_insert(None);
        let both = [*cell, figure.seconds];
        *cell = both.into_iter().flatten().min_by(f64::total_cmp);
    }
    let mut table = format!("| Model | Work | {} |\n", columns.join(" | "));
    let _ = writeln!(table, "|---|---|{}", "---|".repeat(columns.len()));
    for row in rows {
        let times = columns.iter().map(|who| match cells.get(&(row, *who)) {
            Some(Some(seconds)) if *seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
            Some(Some(seconds)) => format!("{seconds:.2} s"),
            Some(None) => "fails".to_owned(),
            None => "–".to_owned(),
        });
        let times: Vec<String> = times.collect();
        let _ = writeln!(table, "| {} | {} | {} |", row.0, row.1, times.join(" | "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_become_one_table() {
        let lines = r#"{"who": "Inseq", "model": "gpt2", "work": "forward", "seconds": 0.07}
{"who": "onnx", "threads": 2, "model": "gpt2", "work": "forward", "seconds": 0.132}
{"who": "onnx", "threads": 2, "model": "gpt2", "work": "forward", "seconds": 0.14}
{"who": "Inseq", "model": "gpt2", "work": "value zeroing", "seconds": null, "error": "no"}
{"who": "ours", "model": "gpt2", "work": "value zeroing", "seconds": 1.234}"#;
        let figures: Vec<Figure> = lines
            .lines()
            .map(|line| Figure::read(line).unwrap())
            .collect();
        assert_eq!(
            table(&figures),
            "| Model | Work | Inseq | onnx, 2 threads | ours |\n\
             |---|---|---|---|---|\n\
             | gpt2 | forward | 70 ms | 132 ms | – |\n\
             | gpt2 | value zeroing | fails | – | 1.23 s |\n"
        );
        assert!(Figure::read("{}").is_err());
        assert!(Figure::read("a warning").is_err());
    }
}
