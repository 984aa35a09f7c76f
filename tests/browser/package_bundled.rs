//! The npm package as it is installed: bundled by Vite and by webpack, and seen by a
//! checker of types.
//!
//! Node and npm are not of this project: where they are missing, or npm reaches no
//! registry, these tests are skipped.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{fs, thread};

use serde_json::json;

use crate::other_host::CAREFUL_WITH_ENGINE;
use crate::package_pages::{assert_as_native, files_in, open};
use crate::site::Site;
use crate::view::LAPTOP;

const FILES: [(&str, &str); 8] = [
    ("app.js", include_str!("package/app.js")),
    ("example.ts", include_str!("package/example.ts")),
    ("index.html", include_str!("package/index.html")),
    ("package.json", include_str!("package/package.json")),
    ("tsconfig.json", include_str!("package/tsconfig.json")),
    ("vite.config.js", include_str!("package/vite.config.js")),
    ("webpack.html", include_str!("package/webpack.html")),
    ("webpack.mjs", include_str!("package/webpack.mjs")),
];

/// A project in which the package is installed, and what else tests take from npm; made
/// once. `None` after saying that the calling test is skipped.
pub(crate) fn project(site: &Site) -> Option<PathBuf> {
    static PROJECT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let project = PROJECT.get_or_init(|| make_project(&site.package));
    match project {
        Ok(folder) => Some(folder.clone()),
        Err(reason) => {
            let test = thread::current();
            let name = test.name().unwrap_or("package tests");
            println!("SKIPPED: {name}: {reason}");
            None
        }
    }
}

/// Fails for what is not there; what is there and does not work is a panic.
fn make_project(package: &Path) -> Result<PathBuf, String> {
    let folder = package.with_file_name("bundled");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in FILES {
        fs::write(folder.join(name), text).unwrap();
    }
    let quietly = ["--ignore-scripts", "--no-audit", "--no-fund"];
    let mut install = npm(&folder);
    said(install.arg("install").args(quietly))
        .map_err(|reason| format!("npm cannot install what bundles: {reason}"))?;
    let mut pack = npm(&folder);
    let name = said(pack.args(["pack", "--silent"]).arg(package)).unwrap();
    let mut install = npm(&folder);
    let install = install.args(["install", "--no-save", "--offline"]);
    said(install.args(quietly).arg(format!("./{}", name.trim()))).unwrap();
    // Bundlers copy no models.
    let models = folder.join("node_modules/inseq-web/models/demo-gpt2");
    let public = folder.join("public/models/demo-gpt2");
    fs::create_dir_all(&public).unwrap();
    for (name, bytes) in files_in(&models) {
        fs::write(public.join(name), bytes).unwrap();
    }
    Ok(folder)
}

fn npm(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(folder);
    command
}

fn node(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("node");
    command.current_dir(folder).args(arguments);
    said(&mut command).unwrap_or_else(|reason| panic!("{arguments:?}: {reason}"))
}

/// What a program prints; the error is why it did not do its work.
fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    Err(text + &String::from_utf8_lossy(&output.stderr))
}

/// What was bundled must do what the engine does, and start nothing by itself.
fn assert_bundle_works(site: &Site, folder: &Path) {
    let files = files_in(folder);
    let programs = files.keys().filter(|name| name.ends_with(".wasm"));
    // One runs everywhere, one where there is relaxed SIMD.
    assert_eq!(programs.count(), 2, "{:?}", files.keys());
    let page = open(site, LAPTOP, files, CAREFUL_WITH_ENGINE, "window.attribute");
    assert_eq!(page.evaluate("nWorkers"), 0);
    assert_as_native(&page.evaluate("attribute()"));
    assert_eq!(page.evaluate("nWorkers"), 1);
    assert_eq!(page.evaluate("heard"), json!([]));
    page.assert_no_console_errors();
}

#[test]
fn the_package_works_when_vite_has_bundled_it() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let Some(project) = project(&site) else {
        return;
    };
    node(&project, &["node_modules/vite/bin/vite.js", "build"]);
    assert_bundle_works(&site, &project.join("made-by-vite"));
}

#[test]
fn the_package_works_when_webpack_has_bundled_it() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let Some(project) = project(&site) else {
        return;
    };
    node(&project, &["webpack.mjs"]);
    let made = project.join("made-by-webpack");
    fs::copy(project.join("webpack.html"), made.join("index.html")).unwrap();
    let public = made.join("models/demo-gpt2");
    fs::create_dir_all(&public).unwrap();
    for (name, bytes) in files_in(&project.join("public/models/demo-gpt2")) {
        fs::write(public.join(name), bytes).unwrap();
    }
    assert_bundle_works(&site, &made);
}

#[test]
fn the_types_are_those_of_what_can_be_written() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let Some(project) = project(&site) else {
        return;
    };
    let checker = "node_modules/typescript/bin/tsc";
    node(&project, &[checker, "--project", "tsconfig.json"]);
    for resolution in ["node16", "nodenext"] {
        let as_node = ["--module", resolution, "--moduleResolution", resolution];
        let all = [&[checker, "--project", "tsconfig.json"], &as_node[..]].concat();
        node(&project, &all);
    }
}

#[test]
fn a_server_may_import_the_package_and_is_told_what_is_missing() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let Some(project) = project(&site) else {
        return;
    };
    let script = "import { loadModel } from 'inseq-web';
        import 'inseq-web/heatmap';
        import 'inseq-web/playground';
        const error = await loadModel('demo-gpt2').catch(error => error);
        console.log(error.kind, error.message);";
    let told = node(&project, &["--input-type=module", "--eval", script]);
    assert!(
        told.contains("worker") && told.contains("needs a browser"),
        "{told}"
    );
}
