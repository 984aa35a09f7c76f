//! Models that do not ship with the page, as a visitor gets them: from a server, from
//! disk, and without a network.

use crate::proxy::Proxy;
use crate::site::Site;
use crate::visit::{Visit, by_id};

/// Takes the model that was found, a bundled one by another way, and runs it.
fn use_and_run(visit: &Visit) {
    visit.click("use-model");
    visit.type_input("The capital of France is");
    visit.run();
    assert!(
        visit.text("heatmap").contains("Paris"),
        "{}",
        visit.text("heatmap")
    );
}

#[test]
fn a_visitor_looks_a_model_up_uses_it_and_deletes_it() {
    let Some(visit) = Visit::begin() else { return };
    let site = Site::from_environment().unwrap();
    let model = format!("{}/local/demo-gpt2", site.hub);
    visit.unfold("other-models");
    visit.page.type_into(&by_id("model-name"), &model);
    visit.click("look-up");
    visit.page.wait_for_selector(&by_id("model-facts"));
    let facts = visit.text("model-facts");
    for words in ["gpt2", "Weights", "Files", "MB", "Commit"] {
        assert!(facts.contains(words), "{words}: {facts}");
    }
    visit.page.screenshot("hub-looked-up");
    use_and_run(&visit);
    visit.page.wait_for(
        "figures of the model",
        "document.getElementById('model-help').textContent.includes('layers')",
    );
    visit.page.screenshot("hub-run");
    // Closed and opened again, the list is current.
    let close = "document.querySelector('[data-testid=other-models]').open = false";
    visit.page.evaluate(close);
    visit.page.wait_for(
        "a frame",
        "new Promise(done => requestAnimationFrame(() => done(true)))",
    );
    visit.unfold("other-models");
    visit.page.wait_for_selector(&by_id("forget-model"));
    assert!(visit.text("kept-models").contains("demo-gpt2"));
    visit.page.screenshot_of_all("hub-kept");
    visit.click("forget-model");
    visit.page.wait_for(
        "an empty list",
        "!document.querySelector('[data-testid=forget-model]')",
    );
}

#[test]
fn a_model_of_another_family_is_refused_by_name() {
    let Some(visit) = Visit::begin() else { return };
    visit.unfold("other-models");
    let site = Site::from_environment().unwrap();
    visit
        .page
        .type_into(&by_id("model-name"), &format!("{}/local/absent", site.hub));
    visit.click("look-up");
    visit.page.wait_for_text("This model");
    assert!(visit.text("look-up-answer").contains("absent"));
    // Files from disk, as a visitor would choose them.
    visit.page.evaluate(
        "(() => {
           const transfer = new DataTransfer();
           transfer.items.add(new File(['{\"model_type\": \"llama\", \"architectures\": [\"LlamaForCausalLM\"]}'], 'config.json'));
           const input = document.querySelector('[data-testid=model-files]');
           input.files = transfer.files;
           input.dispatchEvent(new Event('change', { bubbles: true }));
         })()",
    );
    visit.page.wait_for_text("This model cannot be used");
    let words = visit.text("look-up-answer");
    for known in ["llama", "gpt2", "marian"] {
        assert!(words.contains(known), "{known}: {words}");
    }
    visit.page.screenshot("hub-refused");
}

#[test]
fn files_from_disk_are_a_model() {
    let Some(visit) = Visit::begin() else { return };
    let site = Site::from_environment().unwrap();
    visit.unfold("other-models");
    visit.page.evaluate(&format!(
        "(async () => {{
           const transfer = new DataTransfer();
           const base = '{}models/demo-gpt2/';
           for (const name of ['config.json', 'generation_config.json', 'tokenizer.json', 'model.safetensors']) {{
             const answer = await fetch(base + name);
             if (answer.ok) transfer.items.add(new File([await answer.blob()], name));
           }}
           const drop = new DragEvent('drop', {{ dataTransfer: transfer, bubbles: true, cancelable: true }});
           document.querySelector('[data-testid=drop-files]').dispatchEvent(drop);
         }})()",
        site.root
    ));
    visit.page.wait_for_selector(&by_id("use-model"));
    use_and_run(&visit);
    // A new worker is given them again.
    visit.choose("method", "integrated_gradients");
    visit.type_number("method-option-n_steps", "5000");
    visit.click("run");
    visit.page.wait_for_selector(&by_id("progress"));
    visit.click("cancel");
    visit.page.wait_for_text("Cancelled");
    visit.type_number("method-option-n_steps", "5");
    visit.run();
}

#[test]
fn after_the_first_load_all_works_without_a_network() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let way = Proxy::to(&site.root);
    let visit = Visit::begin_at(&site, way.address());
    visit.run();
    visit.page.wait_for(
        "a service worker that has all files",
        "navigator.serviceWorker.ready.then(ready => ready.active?.state === 'activated')",
    );
    // Bundled models are kept once they were used under its eyes.
    visit.page.reload();
    visit.wait_for_engine();
    visit.run();
    let online = visit.text("heatmap");

    way.cut();
    visit.page.reload();
    visit.wait_for_engine();
    visit.run();
    assert_eq!(visit.text("heatmap"), online);
    assert!(!visit.text("origin").contains("Stored example"));
    visit.page.screenshot("offline");
}
