//! Pages that use the npm package, and what it must give them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use attribution_output::from_inseq_json;
use heatmap::Heatmap;
use inseq_tests::command_line::inseq;
use inseq_tests::tolerance::{GOLDEN, within};
use serde_json::Value;

use crate::other_host::OtherHost;
use crate::page::Page;
use crate::site::Site;
use crate::view::View;

/// Runs before the page: counts the workers that it starts, and keeps what a policy refuses.
pub(crate) const WATCH: &str = "window.nWorkers = 0;
    window.heard = [];
    addEventListener('securitypolicyviolation', event => heard.push(event.violatedDirective));
    window.Worker = class extends Worker {
      constructor(...given) { super(...given); window.nWorkers += 1; }
    };";
/// A page of the unbundled package, with some elements.
pub(crate) fn page_with(elements: &str) -> String {
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content='width=device-width'><title>A post</title>\
         <link rel=stylesheet href=page.css>{elements}<script type=module src=page.js></script>"
    )
}

/// All files of a folder and of those in it, by their paths in it.
pub(crate) fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}")) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let inside = files_in(&path).into_iter();
            files.extend(inside.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

/// Opens a page of a host with these files, and waits for what its script leaves.
pub(crate) fn open(
    site: &Site,
    view: View,
    files: BTreeMap<String, Vec<u8>>,
    headers: &'static str,
    until: &str,
) -> Page {
    let host = OtherHost::serve_with(files, headers);
    let page = Page::open(site, "about:blank", view);
    page.run_before_every_document(WATCH);
    page.go_to(&format!("{}index.html", host.address));
    page.wait_for("the page's script", until);
    page
}

/// What `tests/browser/package/app.js` tells of its run must be what the engine computes
/// natively.
pub(crate) fn assert_as_native(told: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("native.json");
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/models/demo-gpt2");
    let (json, model) = (json.display().to_string(), model.display().to_string());
    let method = ["-a", "integrated_gradients", "--step_scores", "probability"];
    let options = ["--attribution_kwargs", r#"{"n_steps": 20}"#, "-o", &json];
    let text = ["attribute", "-m", &model, "-i", "The capital of France is"];
    let said = inseq([&text[..], &method, &options].concat());
    assert!(Path::new(&json).is_file(), "{said:?}");
    let output = from_inseq_json(fs::read(&json).unwrap()).unwrap();
    let native = Heatmap::from_output(&output).unwrap().remove(0);

    assert_eq!(told["info"]["model_name"], "demo-gpt2");
    assert_eq!(told["info"]["attribution_args"]["n_steps"], 20);
    let table = &told["table"];
    assert_eq!(table["title"], native.title);
    let texts = |labels: &Value| -> Vec<String> {
        let labels = labels.as_array().unwrap().iter();
        labels
            .map(|label| label["text"].as_str().unwrap().to_owned())
            .collect()
    };
    let columns: Vec<String> = native.columns.iter().map(|it| it.text.clone()).collect();
    assert_eq!(texts(&table["columns"]), columns);
    let rows = table["parts"][0]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), native.parts[0].rows.len());
    let number = |value: &Value| value.as_f64().map_or(f32::NAN, |value| value as f32);
    let mut n_cells = 0;
    for (row, expected) in rows.iter().zip(&native.parts[0].rows) {
        assert_eq!(row["label"]["text"], expected.label.text);
        let values = row["values"].as_array().unwrap().iter().map(number);
        let cells = expected.cells.iter();
        let (found, expected): (Vec<f32>, Vec<f32>) = values
            .zip(cells.map(|cell| cell.value.unwrap_or(f32::NAN)))
            .filter(|(found, expected)| !(found.is_nan() && expected.is_nan()))
            .unzip();
        n_cells += expected.len();
        // Kernels of the browser and of this machine: what the project promises.
        within(GOLDEN, &expected, &found).unwrap();
    }
    assert_eq!(told["cells"], n_cells, "the player drew something else");
    assert!(n_cells > 10, "{n_cells} cells compare nothing");
    let scores = table["stepScores"]["probability"].as_array().unwrap();
    assert_eq!(scores.len(), columns.len());
    let stages = told["stages"].as_array().unwrap();
    for stage in ["download", "load", "generate", "attribute"] {
        assert!(stages.iter().any(|told| told == stage), "{stages:?}");
    }
}
