//! How long a visitor waits for the first heatmap, with nothing cached. Figures are
//! printed, not judged: they depend on the machine and on what else it does.

use serde_json::Value;

use crate::page::Page;
use crate::site::Site;
use crate::view::LAPTOP;

/// Clicks Run as soon as it can be clicked, and notes when things happened, in
/// milliseconds from the start of the navigation.
const CLICK_AT_ONCE: &str = "window.times = {};
    const note = name => times[name] ??= Math.round(performance.now());
    new MutationObserver(() => {
      const run = document.querySelector('[data-testid=run]');
      if (!run) return;
      note('form');
      if (!times.clicked && !run.disabled) { note('clicked'); run.click(); }
      const origin = document.querySelector('[data-testid=origin]')?.innerText;
      if (origin === 'Your result') requestAnimationFrame(() => note('heatmap'));
    }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });";

#[test]
fn the_first_heatmap_of_a_bundled_gpt2_is_timed() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = Page::open(&site, "about:blank", LAPTOP);
    page.run_before_every_document(CLICK_AT_ONCE);
    page.go_to(&site.root);
    page.wait_for("the first heatmap", "window.times?.heatmap");
    let times = page.evaluate("times");
    let millis = |name: &str| times[name].as_u64().unwrap();
    println!(
        "from navigation: form after {} ms, first computed heatmap after {} ms",
        millis("form"),
        millis("heatmap")
    );
    let downloads = page.evaluate(
        "performance.getEntriesByType('resource').map(entry =>
           [entry.name.split('/').slice(3).join('/'), Math.round(entry.startTime),
            Math.round(entry.responseEnd)])",
    );
    for download in downloads.as_array().into_iter().flatten() {
        let [name, start, end] = [0, 1, 2].map(|index| download[index].clone());
        let name = name.as_str().unwrap_or_default().to_owned();
        println!("    {start:>6} to {end:>6} ms  {name}");
    }
    assert!(times.get("heatmap").is_some_and(Value::is_number));
    page.assert_no_console_errors();
}
