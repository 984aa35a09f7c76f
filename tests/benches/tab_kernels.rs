//! What the processor's kernels reach in a browser: starts the program that measures them,
//! and prints its table. `cargo xtask bench --kernels` builds it.

use std::env;
use std::time::Duration;

use headless_chrome::{Browser, LaunchOptions};

/// The table, once everything is measured; a message if the program failed.
const REPORT: &str = "import('./kernels.js')
    .then((program) => program.default())
    .then(() => globalThis.report)";

fn main() {
    let variables = (env::var("INSEQ_KERNELS"), env::var_os("INSEQ_CHROMIUM"));
    let (Ok(site), Some(chromium)) = variables else {
        println!("SKIPPED: kernels in a browser: run it through cargo xtask bench --kernels");
        return;
    };
    let options = LaunchOptions::default_builder()
        .path(Some(chromium.into()))
        // Root, as in a container, cannot have the sandbox; the page is ours.
        .sandbox(false)
        .port(Some(0))
        .idle_browser_timeout(Duration::from_secs(1800))
        .build()
        .unwrap();
    let browser = Browser::new(options).expect("Chromium starts");
    let tab = browser.new_tab().expect("Chromium opens a tab");
    tab.set_default_timeout(Duration::from_secs(1800));
    // A document of the site's host that does nothing itself.
    tab.navigate_to(&format!("{site}kernels.js"))
        .and_then(|tab| tab.wait_until_navigated())
        .expect("the site is served");
    let report = tab.evaluate(REPORT, true).expect("the kernels run");
    let report = report.value.expect("the program leaves a text");
    println!("{}", report.as_str().unwrap());
}
