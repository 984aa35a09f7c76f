//! The site's folder works as it is on hosts like those that it is made for: a static
//! Space of the Hugging Face Hub, with headers and in a frame, and GitHub Pages, under a
//! path and without any.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::page::Page;
use crate::site::Site;
use crate::static_host::StaticHost;
use crate::view::LAPTOP;
use crate::visit::Visit;

const RUN: &str = "document.querySelector('[data-testid=run]')";
const IS_COMPUTED: &str =
    "document.querySelector('[data-testid=origin]').innerText === 'Your result'";

fn dist() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist")
}

/// The settings at the head of the Space's card.
fn settings() -> String {
    let card = fs::read_to_string(dist().join("README.md")).expect("the site has a card");
    let rest = card.strip_prefix("---\n").expect("it begins with settings");
    rest.split_once("\n---\n").expect("they end").0.to_owned()
}

/// The headers that the card asks the Hub to send.
fn headers() -> Vec<(String, String)> {
    let settings = settings();
    let (_, block) = settings.split_once("custom_headers:\n").unwrap();
    let lines = block.lines().take_while(|line| line.starts_with(' '));
    lines
        .map(|line| {
            let (name, value) = line.trim().split_once(": ").unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// A Space's own address.
fn space() -> String {
    let app_file = settings();
    let app_file = app_file
        .lines()
        .find_map(|line| line.strip_prefix("app_file: "));
    assert_eq!(app_file, Some("index.html"));
    let host = StaticHost {
        folder: dist(),
        prefix: "/".to_owned(),
        headers: headers(),
        ..StaticHost::default()
    };
    host.serve()
}

/// A project's pages, which lie under its name.
fn github_pages() -> String {
    let host = StaticHost {
        folder: dist(),
        prefix: "/project/".to_owned(),
        not_found: Some("404.html".to_owned()),
        ..StaticHost::default()
    };
    host.serve()
}

/// Somebody's page around the site.
fn page_around(address: &str) -> String {
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Around</title>
         <iframe src=\"{address}\" width=1200 height=700 title=Space></iframe>"
    );
    let folder = tempfile::tempdir().unwrap().keep();
    fs::write(folder.join("index.html"), page).unwrap();
    let host = StaticHost {
        folder,
        prefix: "/".to_owned(),
        ..StaticHost::default()
    };
    host.serve()
}

fn computes_in_a_frame_at(site: &Site, address: &str) -> Page {
    let page = Page::open(site, &page_around(address), LAPTOP);
    page.wait_for(
        "a frame that keeps to itself",
        "document.querySelector('iframe')?.contentDocument === null",
    );
    page.wait_in_frame_for("the engine", &format!("{RUN}?.disabled === false"));
    page.evaluate_in_frame(&format!("{RUN}.click()"));
    page.wait_in_frame_for("a result", IS_COMPUTED);
    page.assert_no_console_errors();
    page
}

#[test]
fn a_space_isolates_the_page_and_lets_models_of_the_hub_in() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    assert_eq!(headers().len(), 3);
    let visit = Visit::begin_at(&site, &space());
    assert_eq!(visit.page.evaluate("crossOriginIsolated"), true);
    visit.run();
    // What the Hub sends may be read by anyone; that is all that isolation asks for.
    let config = format!("{}/tests/gpt2/resolve/main/config.json", site.hub);
    let read = visit
        .page
        .evaluate(&format!("fetch('{config}').then(response => response.ok)"));
    assert_eq!(read, true);
    visit.page.assert_no_console_errors();
}

#[test]
fn a_space_works_in_the_frame_of_another_origin() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = computes_in_a_frame_at(&site, &space());
    page.screenshot("publishing-space-in-a-frame");
}

#[test]
fn pages_work_under_a_projects_name_without_headers() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    assert!(dist().join(".nojekyll").is_file());
    let address = github_pages();
    let visit = Visit::begin_at(&site, &address);
    assert_eq!(visit.page.evaluate("crossOriginIsolated"), false);
    visit.run();
    visit.page.go_to(&format!("{address}showcases/"));
    visit.page.wait_for_text("Deutsch");
    visit.page.assert_no_console_errors();
    computes_in_a_frame_at(&site, &address);
}

#[test]
fn an_unknown_address_leads_back() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let address = github_pages();
    let page = Page::open(&site, &format!("{address}no-such-page"), LAPTOP);
    page.wait_for_text("There is no such page here");
    // Its style is in force, though it names no file.
    let weight = "getComputedStyle(document.querySelector('h1')).fontWeight";
    assert_eq!(page.evaluate(weight), "400");
    page.screenshot("publishing-not-found");
    page.click("main a");
    page.wait_for("the page", "document.querySelector('[data-testid=run]')");
    assert_eq!(page.evaluate("location.href"), address.as_str());
    page.go_to(&format!("{address}showcases/fr/gender.html"));
    page.wait_for_text("There is no such page here");
    page.click("main li:last-child a");
    page.wait_for_text("Deutsch");
}

#[test]
fn nothing_in_the_folder_is_too_large_for_its_hosts() {
    if Site::from_environment().is_none() {
        return;
    }
    let mut sizes = BTreeMap::new();
    let mut folders = vec![dist()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let size = fs::metadata(&path).unwrap().len();
                sizes.insert(path, size);
            }
        }
    }
    // From 10 MB on the Hub wants files in its large storage.
    let large: Vec<_> = sizes
        .iter()
        .filter(|(_, size)| **size > 10_000_000)
        .collect();
    assert!(large.is_empty() && sizes.len() < 10_000, "{large:?}");
}
