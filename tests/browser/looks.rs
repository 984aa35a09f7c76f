//! Pictures of the page for people to look at, and what a machine can see of a layout:
//! nothing sticks out, nothing is cut off.

use crate::view::{PHONE, View};
use crate::visit::Visit;

const VIEWS: [(&str, View); 4] = [
    (
        "wide-light",
        View {
            width: 1280,
            height: 800,
            is_dark: false,
        },
    ),
    (
        "wide-dark",
        View {
            width: 1280,
            height: 800,
            is_dark: true,
        },
    ),
    (
        "narrow-light",
        View {
            width: 360,
            height: 740,
            is_dark: false,
        },
    ),
    ("narrow-dark", PHONE),
];

/// Elements that reach beyond the window, though nothing around them scrolls.
const STICKING_OUT: &str = "[...document.querySelectorAll('body *')]
    .filter(it => it.checkVisibility() && !it.closest('.scroll, .visually-hidden, .skip')
      && it.getBoundingClientRect().right > innerWidth + 1)
    .map(it => it.outerHTML.slice(0, 120))";
/// Controls whose text needs more room than they have.
const CUT_OFF: &str = "[...document.querySelectorAll('button, .button, label, legend, .token, td')]
    .filter(it => it.checkVisibility() && !it.closest('.visually-hidden') && it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0)
    .map(it => it.outerHTML.slice(0, 120))";

#[test]
fn the_page_fits_wide_and_narrow_windows_in_light_and_dark() {
    let Some(visit) = Visit::begin() else { return };
    for (name, view) in VIEWS {
        visit.page.set_view(view);
        assert_fits(&visit, name);
        visit.page.screenshot_of_all(&format!("example-{name}"));
    }
    visit.choose("model", "demo-mt-en-fr");
    visit.type_input("The manager went home because she was sick.");
    visit.choose("method", "integrated_gradients");
    visit.click("step-score-entropy");
    visit.open_advanced();
    visit.run();
    for (name, view) in VIEWS {
        visit.page.set_view(view);
        assert_fits(&visit, name);
        visit.page.screenshot_of_all(&format!("result-{name}"));
    }
    visit.page.assert_no_console_errors();
}

/// Fails if anything sticks out of the window or is cut off.
pub(crate) fn assert_fits(visit: &Visit, name: &str) {
    let none = serde_json::json!([]);
    assert_eq!(visit.page.evaluate(STICKING_OUT), none, "{name}");
    assert_eq!(visit.page.evaluate(CUT_OFF), none, "{name}");
    let width = visit
        .page
        .evaluate("document.documentElement.scrollWidth <= innerWidth");
    assert_eq!(width, true, "{name}: the page scrolls sideways");
}
