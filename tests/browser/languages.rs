//! The page in German: all of it, on a phone too, and back to English.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::looks::assert_fits;
use crate::site::Site;
use crate::view::{LAPTOP, PHONE, View};
use crate::visit::{Visit, by_id};

const CATALOGUE: &str = include_str!("../../web/words/de.json");
/// How long a run may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A visitor whose browser speaks German.
const GERMAN_BROWSER: &str =
    "Object.defineProperty(navigator, 'language', { get: () => 'de-AT' });";
/// A network in which no catalogue arrives.
const NO_CATALOGUE: &str = "const old = window.fetch;
    window.fetch = (what, ...more) => String(what.url ?? what).includes('words/')
      ? Promise.reject(new TypeError('no network')) : old(what, ...more);";

/// Everything that the page says, but for tokens, examples, code and what is meant for
/// reports.
const SAID: &str = "(() => {
    document.querySelectorAll('details').forEach(it => { it.open = true; });
    const isText = it => !it.closest('td, bdi, code, .token, .switch, [data-testid=example], [data-testid=diagnosis]');
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const said = [];
    while (walker.nextNode()) {
      if (isText(walker.currentNode.parentElement)) said.push(walker.currentNode.data.trim());
    }
    for (const name of ['aria-label', 'title', 'placeholder', 'label']) {
      document.querySelectorAll(`[${name}]`).forEach(it => {
        if (isText(it)) said.push(it.getAttribute(name).trim());
      });
    }
    return said;
  })()";

/// English texts that have another German one, and are German for nothing else.
fn english_texts() -> BTreeSet<String> {
    let catalogue: BTreeMap<String, String> = serde_json::from_str(CATALOGUE).unwrap();
    let german: BTreeSet<&String> = catalogue.values().collect();
    let english = catalogue.keys().filter(|text| !german.contains(text));
    english.cloned().collect()
}

/// What the page says in English.
fn said_in_english(visit: &Visit) -> Vec<String> {
    let said: Vec<String> = serde_json::from_value(visit.page.evaluate(SAID)).unwrap();
    assert!(said.len() > 100, "the page says only {said:?}");
    let english = english_texts();
    said.into_iter()
        .filter(|text| english.contains(text))
        .collect()
}

fn wait_for_language(visit: &Visit, code: &str) {
    let is_there = format!(
        "document.documentElement.lang === '{code}' && document.querySelector('{}')",
        by_id("run")
    );
    visit
        .page
        .wait_for("the page in the other language", &is_there);
    visit.wait_for_engine();
}

fn choose_language(visit: &Visit, code: &str) {
    visit.page.evaluate(&format!(
        "document.querySelector('{} input[value={code}]').click()",
        by_id("language")
    ));
    wait_for_language(visit, code);
}

#[test]
fn the_page_is_german_where_its_address_says_so() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = Visit::begin_at(&site, &format!("{}?lang=de", site.root));
    assert_eq!(visit.page.evaluate("document.documentElement.lang"), "de");
    assert_eq!(visit.text("run"), "Starten");
    assert_eq!(said_in_english(&visit), Vec::<String>::new());
    visit.choose("model", "demo-mt-en-fr");
    visit.type_input("The manager went home because she was sick.");
    visit.choose("method", "attention");
    visit.click("run");
    let origin = format!(
        "document.querySelector('{}')?.innerText === 'Eigenes Ergebnis'",
        by_id("origin")
    );
    visit
        .page
        .wait_for_within(PATIENCE, "the result of a run", &origin);
    for view in ["arcs", "layers", "ranking", "text", "table"] {
        visit.click(&format!("view-{view}"));
        assert_eq!(said_in_english(&visit), Vec::<String>::new(), "{view}");
    }
    let looks = [
        ("wide", LAPTOP),
        ("narrow", PHONE),
        (
            "narrow-light",
            View {
                is_dark: false,
                ..PHONE
            },
        ),
    ];
    for (name, view) in looks {
        let name = format!("german-{name}");
        visit.page.set_view(view);
        assert_fits(&visit, &name);
        visit.page.screenshot_of_all(&name);
    }
    visit.page.assert_no_console_errors();
}

#[test]
fn what_the_engine_says_is_german_too() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = Visit::begin_at(&site, &format!("{}?lang=de", site.root));
    visit.type_input(&"The capital of France is ".repeat(40));
    let words = visit.run_in_vain();
    for said in [
        "Zu lang: Text mit 201 Token, 73 mehr als die 128 des Modells.",
        "Um 73 Token kürzen: Text.",
    ] {
        assert!(words.contains(said), "{words}");
    }
    visit.page.assert_no_console_errors();
}

#[test]
fn the_switch_changes_the_language_and_what_was_typed_stays() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let visit = Visit::begin_at(&site, &format!("{}?lang=de&kept=1", site.root));
    visit.type_input("The capital of Spain is");
    choose_language(&visit, "en");
    assert_eq!(visit.text("run"), "Run");
    assert_eq!(visit.page.evaluate("location.search"), "?kept=1");
    let typed = format!("document.querySelector('{}').value", by_id("input-text"));
    assert_eq!(visit.page.evaluate(&typed), "The capital of Spain is");
    choose_language(&visit, "de");
    assert_eq!(visit.text("run"), "Starten");
    let showcases = visit
        .page
        .evaluate("document.querySelector('.tagline a').getAttribute('href')");
    assert_eq!(showcases, "showcases/de/index.html");
    // It is remembered, though the browser speaks English.
    visit.page.reload();
    wait_for_language(&visit, "de");
    assert_eq!(visit.page.evaluate(&typed), "The capital of Spain is");
}

#[test]
fn the_browsers_language_is_spoken_if_it_can_be_had() {
    let Some(visit) = Visit::begin_with_script(GERMAN_BROWSER) else {
        return;
    };
    assert_eq!(visit.page.evaluate("document.documentElement.lang"), "de");
    assert_eq!(visit.text("run"), "Starten");

    let script = format!("{GERMAN_BROWSER} {NO_CATALOGUE}");
    let Some(visit) = Visit::begin_with_script(&script) else {
        return;
    };
    assert_eq!(visit.page.evaluate("document.documentElement.lang"), "en");
    assert_eq!(visit.text("run"), "Run");
    visit.run();
}
