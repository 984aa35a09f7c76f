//! All methods on one sentence: how much each agrees with each other, and what hangs on a
//! context by each of them.

use serde_json::json;

use crate::accessibility::{axe, check};
use crate::compare::{assert_no_scroll_sideways, count, rows, run_all};
use crate::site::Site;
use crate::view::PHONE;
use crate::visit::{Visit, by_id};

/// The table of each method with each other.
const EACH: &str = "all-methods-each-table";

/// Fails unless each method agrees with each other as the table of one with all others
/// says, in the figure of this column there.
fn assert_same_as_with_one(visit: &Visit, figure: usize) {
    let each = rows(visit, EACH);
    for reference in [0, 1] {
        visit.choose("all-methods-reference", &reference.to_string());
        let with_one = rows(visit, "all-methods-agreement");
        assert_eq!(with_one.len(), each.len());
        for (index, (row, of_one)) in each.iter().zip(&with_one).enumerate() {
            assert_eq!(row[0], of_one[0]);
            if index != reference {
                assert_eq!(row[reference + 1], of_one[figure], "{row:?} {of_one:?}");
            }
        }
    }
}

#[test]
fn each_method_is_compared_with_each_other_as_their_results_come() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("The capital of France is");
    visit.run();
    // What has the focus keeps it while rows and columns come.
    let seen = visit.page.evaluate(
        "(async () => {
           const find = id => document.querySelector(`[data-testid=${id}]`);
           const rest = () => new Promise(go => setTimeout(go, 0));
           const size = () => find('all-methods-each-table')?.tBodies[0].rows.length ?? 0;
           find('run-all-methods').click();
           while (!find('all-methods-each')) await rest();
           find('all-methods-each').open = true;
           while (size() < 2) await rest();
           const before = size();
           const region = find('all-methods-each-table').parentElement;
           region.focus();
           while (find('run-all-methods').disabled) await rest();
           return [before < size(), document.activeElement === region, region.tabIndex,
             region.role, region.ariaLabel];
         })()",
    );
    let name = "Spearman of each method with each other, mean of all explained tokens";
    assert_eq!(seen, json!([true, true, 0, "group", name]));

    let each = rows(&visit, EACH);
    assert!(each.len() >= 15, "{each:?}");
    let head = visit.page.evaluate(&format!(
        "[...document.querySelectorAll('{} thead th[scope=col]')].map(it => it.innerText.trim())",
        by_id(EACH)
    ));
    let names = each.iter().map(|row| row[0].as_str());
    let expected: Vec<&str> = ["Method"].into_iter().chain(names).collect();
    assert_eq!(head, json!(expected));
    for (index, row) in each.iter().enumerate() {
        assert_eq!(row.len(), each.len() + 1);
        assert_eq!(row[index + 1], "itself");
        for (other, other_row) in each.iter().enumerate() {
            assert_eq!(row[other + 1], other_row[index + 1], "{index} {other}");
        }
    }
    // Colors say what numbers say.
    let is_colored_alike = visit.page.evaluate(&format!(
        "[...document.querySelectorAll('{} td[data-level]')].every(cell =>
           Math.abs(cell.innerText.replace('−', '-') * 10 - cell.dataset.level) < 0.56)",
        by_id(EACH)
    ));
    assert_eq!(is_colored_alike, true);
    assert_same_as_with_one(&visit, 1);

    visit.choose("all-methods-figure", "shared_top");
    visit.choose("all-methods-top", "1");
    visit.choose("all-methods-compared", "signed");
    let caption = visit.page.text_of(&format!("{} caption", by_id(EACH)));
    assert!(caption.starts_with("Shared of first 1 of"), "{caption}");
    assert!(visit.text(EACH).contains(" %"));
    assert_same_as_with_one(&visit, 3);

    visit.page.screenshot_of_all("all-methods-each");
    visit.page.set_view(PHONE);
    visit.page.screenshot_of_all("all-methods-each-phone");
    assert_no_scroll_sideways(&visit);
    let scrolls_by_itself = visit.page.evaluate(&format!(
        "(() => {{
           const region = document.querySelector('{}').parentElement;
           return region.scrollWidth > region.clientWidth;
         }})()",
        by_id(EACH)
    ));
    assert_eq!(scrolls_by_itself, true);
    if let Some(axe) = Site::from_environment().and_then(|site| axe(&site)) {
        check(&visit.page, &axe, "all methods");
    }
    visit.page.assert_no_console_errors();
}

#[test]
fn with_a_context_all_methods_say_what_hangs_on_it() {
    let Some(visit) = Visit::begin() else { return };
    let context = by_id("context-text");
    visit.type_input("His colleagues asked him to come to the");
    assert_eq!(count(&visit, "all-methods-context"), 0);
    visit.unfold("context");
    visit.page.type_into(&context, "George was sick yesterday.");
    visit.page.wait_for_selector(&by_id("all-methods-context"));
    visit.run();
    let n_cues = count(&visit, "context-cue") as usize;
    let n_methods = visit.values_of("method").len() as u64;
    run_all(&visit);
    let panels = visit.text("all-methods");
    assert_eq!(count(&visit, "method-strongest"), n_methods, "{panels}");
    // The same words of the output, and of the context instead of the prompt.
    assert_eq!(visit.values_of("all-methods-token").len(), n_cues);
    let first = visit.text("method-panel");
    assert!(first.contains("sick"), "{first}");
    assert!(!first.contains("colleagues"), "{first}");
    visit.unfold("all-methods-each");
    visit.page.wait_for_selector(&by_id(EACH));
    assert_eq!(rows(&visit, EACH).len() as u64, n_methods);

    // Without a context, the question is the old one.
    visit.page.type_into(&context, "");
    visit.page.wait_for(
        "no more words about the context",
        &format!(
            "!document.querySelector('{}')",
            by_id("all-methods-context")
        ),
    );
    visit.page.assert_no_console_errors();
}
