//! The device switch of the page: what it takes, what it says, and what happens where
//! there is no graphics processor.

use crate::visit::Visit;

/// Opens what most visitors leave closed.
const OPEN_ADVANCED: &str = "document.querySelector('[data-testid=advanced]').open = true";
const CHOSEN: &str = "document.querySelector('[data-testid=device-chosen]').innerText";

fn wait_for_device(visit: &Visit, words: &str) {
    visit
        .page
        .wait_for(words, &format!("{CHOSEN}.includes({words:?})"));
}

#[test]
fn webgpu_is_used_when_it_is_asked_for_and_diagnosed() {
    let Some(visit) = Visit::begin_with_webgpu() else {
        return;
    };
    // Nobody wants a program in place of a processor, unless he says so.
    wait_for_device(&visit, "a program on the processor");
    visit.page.evaluate(OPEN_ADVANCED);
    visit.choose("device", "webgpu");
    wait_for_device(&visit, "the graphics processor (WebGPU): it was asked for");
    visit.run();
    assert!(visit.text("settings").contains("webgpu"));

    visit
        .page
        .evaluate("document.querySelector('[data-testid=diagnostics]').open = true");
    visit.page.wait_for(
        "a diagnosis",
        "document.querySelector('[data-testid=diagnosis]').innerText.includes('kernels run')",
    );
    let facts = visit.text("diagnosis").to_lowercase();
    for words in [
        "software adapter\nyes",
        "largest binding",
        "memory in use",
        "time attributing",
    ] {
        assert!(facts.contains(words), "no {words} in {facts}");
    }
    visit.page.screenshot_of_all("webgpu");
    visit.page.assert_no_console_errors();
}

#[test]
fn without_webgpu_automatic_takes_the_processor_and_a_wish_is_refused() {
    let Some(visit) = Visit::begin() else { return };
    wait_for_device(&visit, "Computes on the processor");
    visit.page.evaluate(OPEN_ADVANCED);
    visit.choose("device", "webgpu");
    let words = visit.run_in_vain();
    assert!(words.contains("webgpu is not available"), "{words}");
    assert!(words.contains("Choose cpu"), "no way out: {words}");
    visit.choose("device", "cpu");
    visit.run();
    assert!(visit.text("settings").contains("cpu"));
    visit.page.assert_no_console_errors();
}
