//! What the processor may use: threads where the page is isolated, and memory.

use std::path::Path;

use crate::site::Site;
use crate::static_host::StaticHost;
use crate::visit::Visit;

/// A line of the diagnostics.
fn fact(visit: &Visit, name: &str) -> String {
    visit.unfold("diagnostics");
    let line = format!(
        "[...document.querySelectorAll('[data-testid=diagnosis] div')]
           .find(line => line.querySelector('dt').textContent === '{name}')
           ?.querySelector('dd').textContent"
    );
    visit.page.wait_for(name, &line);
    let value = visit.page.evaluate(&line);
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_page_that_keeps_to_itself_has_a_thread_for_each_core() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    if !site.has_threads() {
        return;
    }
    let visit = Visit::begin_at(&site, &site.isolated);
    let notices = visit.text("notices");
    visit.run();
    let n_cores = visit
        .page
        .evaluate("Math.min(navigator.hardwareConcurrency, 8)");
    assert_eq!(fact(&visit, "threads"), n_cores.to_string(), "{notices}");
    visit.page.assert_no_console_errors();
}

#[test]
fn other_pages_have_one_thread() {
    let Some(visit) = Visit::begin() else {
        return;
    };
    visit.run();
    assert_eq!(fact(&visit, "threads"), "1");
}

#[test]
fn threads_that_cannot_start_are_done_without() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let host = StaticHost {
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist"),
        prefix: "/".to_owned(),
        headers: vec![
            header("Cross-Origin-Opener-Policy", "same-origin"),
            header("Cross-Origin-Embedder-Policy", "require-corp"),
        ],
        missing: Some("worker_thread.js"),
        ..StaticHost::default()
    };
    let visit = Visit::begin_at(&site, &host.serve());
    let notice = "Threads cannot be used (a thread’s program cannot be loaded)";
    visit.page.wait_for_text(notice);
    visit.run();
    assert_eq!(fact(&visit, "threads"), "1");
}

#[test]
fn a_memory_budget_is_kept_and_changes_no_number() {
    let Some(visit) = Visit::begin() else {
        return;
    };
    visit.choose("method", "integrated_gradients");
    visit.run();
    let (cause, value) = visit.main_cause_of(0);
    visit.open_advanced();
    visit.type_number("memory-budget", "2");
    visit.run();
    let (same_cause, same_value) = visit.main_cause_of(0);
    assert_eq!(same_cause, cause);
    assert!(
        (same_value - value).abs() < 1e-3,
        "{same_value}, not {value}"
    );
    assert_eq!(fact(&visit, "budget of intermediate values"), "2 MB");
    visit.page.assert_no_console_errors();
}
