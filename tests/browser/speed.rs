//! How long a visitor waits for the first heatmap, with nothing cached, how much is
//! downloaded until then, and whether the page answers while the engine computes. Times
//! are printed, not judged: they depend on the machine and on what else it does.

use serde_json::Value;

use crate::page::Page;
use crate::site::Site;
use crate::view::LAPTOP;
use crate::visit::Visit;

/// In kilobytes, before compression.
const MOST_BEFORE_PAINT: f64 = 100.0;
/// The page's and the engine's program are most of it, which compress to less than a third.
const MOST_BEFORE_HEATMAP: f64 = 14_000.0;

/// Clicks Run as soon as it can be clicked, and notes when things happened, in
/// milliseconds from the start of the navigation.
const CLICK_AT_ONCE: &str = "window.times = {};
    window.longTasks = [];
    new PerformanceObserver(list => longTasks.push(...list.getEntries().map(task =>
      ({ start: task.startTime, duration: task.duration }))))
      .observe({ type: 'longtask', buffered: true });
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
    // What the browser waits for before it draws anything; then that, what starts the page,
    // the engine's program and the model, which the worker fetches.
    let before_paint = page.evaluate(
        "performance.getEntriesByType('navigation')
           .concat(performance.getEntriesByType('resource')
             .filter(entry => entry.renderBlockingStatus === 'blocking'))
           .reduce((sum, entry) => sum + entry.decodedBodySize, 0) / 1000",
    );
    let before_heatmap = page.evaluate(
        "Promise.all(['worker_loader.js', 'programs.js', 'worker_relaxed_simd.js',
             'worker_relaxed_simd_bg.wasm', ...['config.json', 'model.safetensors',
             'tokenizer.json'].map(name => `models/demo-gpt2/${name}`)]
           .map(name => fetch(name).then(file => file.arrayBuffer())))
           .then(files => files.reduce((sum, file) => sum + file.byteLength,
             performance.getEntriesByType('navigation')
               .concat(performance.getEntriesByType('resource')
                 .filter(entry => entry.startTime < times.heatmap))
               .reduce((sum, entry) => sum + entry.decodedBodySize, 0)) / 1000)",
    );
    println!(
        "not compressed: {before_paint} kB before anything is seen, {before_heatmap} kB before \
         the first computed heatmap"
    );
    assert!(before_paint.as_f64().unwrap() < MOST_BEFORE_PAINT);
    assert!(before_heatmap.as_f64().unwrap() < MOST_BEFORE_HEATMAP);
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

    // A run that takes a while.
    let visit = Visit { page };
    visit.choose("method", "integrated_gradients");
    visit.type_number("method-option-n_steps", "400");
    let start = visit.page.evaluate(
        "new MutationObserver(() => { window.drawnAt ??= performance.now(); })
           .observe(document.querySelector('[data-testid=download-json]'), { attributes: true });
         performance.now()",
    );
    visit.run();
    let tasks = visit.page.evaluate(&format!(
        "new Promise(resolve => setTimeout(resolve, 200)).then(() => {{
           const longest = tasks => tasks.reduce((most, task) => Math.max(most, task.duration), 0);
           const all = longTasks.filter(task => task.start >= {start});
           const isBefore = task => task.start + task.duration < drawnAt;
           return {{ taken: drawnAt - {start}, before: longest(all.filter(isBefore)),
             drawing: longest(all.filter(task => !isBefore(task))) }}; }})"
    ));
    println!(
        "while integrated gradients with 400 points ran for {:.1} s, the page's longest task: \
         {} ms; while the result was drawn: {} ms (0: none of 50 ms or more)",
        tasks["taken"].as_f64().unwrap() / 1e3,
        tasks["before"],
        tasks["drawing"]
    );
    visit.page.assert_no_console_errors();
}
