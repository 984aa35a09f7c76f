//! What axe-core finds on every page, in light and dark, wide and narrow: nothing.
//!
//! axe-core comes from npm (see `package_bundled.rs`); without it these tests are skipped.

use std::fs;

use serde_json::Value;

use crate::package_bundled::project;
use crate::page::Page;
use crate::site::Site;
use crate::view::{LAPTOP, PHONE, View};
use crate::visit::{Visit, by_id};

/// Everything that can be folded open is.
const UNFOLD: &str = "document.querySelectorAll('details').forEach(it => { it.open = true; })";
const CHECK: &str = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) =>
      `${id}: ${help}\\n  ${html.slice(0, 200)}\\n  ${failureSummary}`)))";

/// The checker's script; `None` after saying that the calling test is skipped.
pub(crate) fn axe(site: &Site) -> Option<String> {
    let path = project(site)?.join("node_modules/axe-core/axe.min.js");
    Some(fs::read_to_string(path).unwrap())
}

/// Checks a page as it is, wide and narrow, light and dark.
pub(crate) fn check(page: &Page, axe: &str, name: &str) {
    page.evaluate(&format!("{axe}; void 0"));
    let views = [LAPTOP, PHONE].into_iter();
    let views = views.flat_map(|view| [false, true].map(|is_dark| View { is_dark, ..view }));
    for view in views {
        page.set_view(view);
        let found = page.evaluate(CHECK);
        let Value::Array(found) = found else {
            panic!("{name}: axe said {found}");
        };
        let found: Vec<&str> = found.iter().filter_map(Value::as_str).collect();
        assert!(found.is_empty(), "{name}, {view:?}:\n{}", found.join("\n"));
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let Some(axe) = axe(&site) else { return };
    let page = Page::open(&site, &site.root, LAPTOP);
    page.wait_for_selector(&by_id("heatmap"));
    page.evaluate("document.body.append(document.createElement('button'))");
    page.evaluate(&format!("{axe}; void 0"));
    let found = page.evaluate(CHECK).to_string();
    assert!(found.contains("button-name"), "{found}");
}

#[test]
fn the_page_has_no_barriers_that_axe_knows() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let Some(axe) = axe(&site) else { return };
    let Some(visit) = Visit::begin() else { return };
    visit.page.evaluate(UNFOLD);
    check(&visit.page, &axe, "stored example");
    visit.choose("model", "demo-mt-tr-en");
    visit.type_input("O bir doktor.");
    visit.run();
    visit.page.evaluate(UNFOLD);
    check(&visit.page, &axe, "computed result");
}

#[test]
fn results_of_all_kinds_have_no_barriers_that_axe_knows() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let Some(axe) = axe(&site) else { return };
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("His colleagues asked him to come to the");
    visit.page.evaluate(UNFOLD);
    visit
        .page
        .type_into(&by_id("context-text"), "George was sick yesterday.");
    visit.run();
    visit.page.evaluate(UNFOLD);
    check(&visit.page, &axe, "context");
    let framed = Page::open(&site, &format!("{}?embed=1", site.root), LAPTOP);
    framed.wait_for_selector(&by_id("framed"));
    framed.evaluate(UNFOLD);
    check(&framed, &axe, "framed page");
}

#[test]
fn showcases_have_no_barriers_that_axe_knows() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let Some(axe) = axe(&site) else { return };
    for language in ["en", "de"] {
        let index = format!("{}showcases/{language}/index.html", site.root);
        let page = Page::open(&site, &index, LAPTOP);
        page.wait_for_selector("main a");
        let links = page.evaluate("[...document.querySelectorAll('main a')].map(it => it.href)");
        check(&page, &axe, &index);
        let links = links.as_array().unwrap().iter().filter_map(Value::as_str);
        let pages: Vec<&str> = links.filter(|link| link.contains("/showcases/")).collect();
        assert!(pages.len() >= 6, "{pages:?}");
        for address in pages {
            page.go_to(address);
            page.wait_for("the page", "document.readyState === 'complete'");
            page.evaluate(UNFOLD);
            check(&page, &axe, address);
        }
    }
}
