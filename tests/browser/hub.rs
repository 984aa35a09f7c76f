//! Models from a server with the Hub's layout, through every fault, in the worker.

use protocol::{AttributeRequest, Work};
use serde_json::{Value, json};

use crate::asked_worker::START_WORKER;
use crate::page::Page;
use crate::site::Site;
use crate::view::LAPTOP;

/// A document of the site, and a worker in it.
struct Asker {
    page: Page,
    hub: String,
    /// Whose models are asked for: the server counts for each owner, and tests run beside
    /// each other.
    owner: &'static str,
}

impl Asker {
    fn begin(owner: &'static str) -> Option<Self> {
        let site = Site::from_environment()?;
        let page = Page::open(&site, &format!("{}worker_loader.js", site.root), LAPTOP);
        page.wait_for("a document", "document.body");
        page.evaluate(START_WORKER);
        Some(Self {
            page,
            hub: site.hub,
            owner,
        })
    }

    /// A model of the server, with a fault if one is named.
    fn model(&self, fault: &str, name: &str) -> String {
        match fault {
            "" => format!("{}/{}/{name}", self.hub, self.owner),
            fault => format!("{}/fault/{fault}/{}/{name}", self.hub, self.owner),
        }
    }

    fn ask(&self, work: &Value) -> Vec<Value> {
        let answer = self.page.evaluate(&format!("ask({work})"));
        answer.as_array().expect("events are a list").clone()
    }

    fn load(&self, model: &str) -> Vec<Value> {
        self.ask(&json!({"kind": "load", "model": model}))
    }

    /// As after a reload: what was in memory is gone.
    fn new_worker(&self) {
        self.page.evaluate("newWorker()");
    }

    /// What the server was asked for since it was last asked this.
    fn requests(&self) -> Vec<String> {
        let script = format!(
            "fetch('{}/requests/{}').then(answer => answer.json())",
            self.hub, self.owner
        );
        let requests = self.page.evaluate(&script);
        let requests = requests.as_array().expect("requests are a list").clone();
        requests
            .iter()
            .map(|request| request.as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

fn last(events: &[Value]) -> &Value {
    events.last().expect("there is an answer")
}

fn assert_loaded(events: &[Value]) {
    assert_eq!(last(events)["type"], "loaded", "{}", last(events));
}

/// The words of a request that must fail.
fn refused(events: &[Value]) -> String {
    assert_eq!(last(events)["type"], "failed", "{}", last(events));
    last(events)["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn notices(events: &[Value]) -> Vec<&str> {
    let notices = events.iter().filter(|event| event["type"] == "notice");
    notices
        .filter_map(|event| event["message"].as_str())
        .collect()
}

#[test]
fn every_format_gives_the_same_numbers() {
    let Some(asker) = Asker::begin("formats") else {
        return;
    };
    let numbers: Vec<Value> = ["marian", "marian-zip", "marian-pickle"]
        .map(|name| {
            let model = asker.model("", name);
            let request = AttributeRequest {
                generated_text: Some("Bonjour le monde".to_owned()),
                ..AttributeRequest::new(model, "Hello world")
            };
            let request = serde_json::to_value(Work::Attribute(request)).unwrap();
            let events = asker.ask(&request);
            assert_eq!(last(&events)["type"], "attributed", "{}", last(&events));
            let text = last(&events)["inseq_json"].as_str().unwrap();
            let json: Value = serde_json::from_str(text).unwrap();
            json["attributes"]["sequence_attributions"].clone()
        })
        .into();
    assert!(numbers[0].to_string().len() > 500);
    assert_eq!(numbers[0], numbers[1]);
    assert_eq!(numbers[0], numbers[2]);
}

#[test]
fn what_was_fetched_is_not_fetched_again() {
    let Some(asker) = Asker::begin("once") else {
        return;
    };
    let model = asker.model("", "gpt2");
    asker.requests();
    let events = asker.load(&model);
    assert_loaded(&events);
    assert!(notices(&events).is_empty(), "{:?}", notices(&events));
    let requests = asker.requests();
    let n = |name: &str| requests.iter().filter(|it| it.contains(name)).count();
    // The address that the Hub answers with, and the one that it leads to.
    assert_eq!(n("model.safetensors"), 2, "{requests:#?}");
    assert_eq!(n("config.json"), 3, "{requests:#?}");
    assert_eq!(n("pytorch_model.bin"), 0, "{requests:#?}");
    assert!(
        requests.iter().all(|it| it.starts_with("GET ")),
        "{requests:#?}"
    );
    // One bar over all files: it never goes back, and ends at the end.
    let told: Vec<(u64, u64)> = events
        .iter()
        .filter(|event| event["stage"] == "download" && !event["total"].is_null())
        .map(|event| {
            (
                event["done"].as_u64().unwrap(),
                event["total"].as_u64().unwrap(),
            )
        })
        .skip_while(|(_, total)| *total < 100_000)
        .collect();
    assert!(told.len() > 3, "{told:?}");
    assert!(told.windows(2).all(|two| two[0].0 <= two[1].0), "{told:?}");
    assert_eq!(told.last().unwrap().0, told.last().unwrap().1, "{told:?}");

    asker.new_worker();
    assert_loaded(&asker.load(&model));
    let requests = asker.requests();
    assert_eq!(requests.len(), 1, "only the list of files: {requests:#?}");

    let name = model.clone();
    let kept = asker.ask(&json!({"kind": "list_kept"}));
    let models = last(&kept)["models"].as_array().unwrap().clone();
    let ours = models
        .iter()
        .find(|kept| kept["model"] == name)
        .expect("it is kept");
    assert!(ours["n_bytes"].as_u64().unwrap() > 500_000, "{ours}");
    let kept = asker.ask(&json!({"kind": "forget", "model": name}));
    let models = last(&kept)["models"].as_array().unwrap().clone();
    assert!(
        models.iter().all(|kept| kept["model"] != name),
        "{models:?}"
    );
    asker.new_worker();
    assert_loaded(&asker.load(&model));
    assert!(asker.requests().len() > 4);
}

#[test]
fn revisions_are_models_of_their_own() {
    let Some(asker) = Asker::begin("revisions") else {
        return;
    };
    let model = asker.model("", "gpt2");
    assert_loaded(&asker.load(&model));
    asker.requests();
    assert_loaded(&asker.load(&format!("{model}@refs/pr/7")));
    let requests = asker.requests();
    assert!(requests[0].contains("refs%2Fpr%2F7"), "{requests:#?}");
    assert!(requests.len() > 4, "{requests:#?}");
}

#[test]
fn a_broken_download_goes_on_where_it_ended() {
    let Some(asker) = Asker::begin("broken") else {
        return;
    };
    asker.requests();
    let events = asker.load(&asker.model("cut", "marian-zip"));
    assert_loaded(&events);
    assert!(
        notices(&events)
            .iter()
            .any(|notice| notice.contains("interrupted")),
        "{:?}",
        notices(&events)
    );
    let requests = asker.requests();
    let rest = requests
        .iter()
        .filter(|it| it.contains("/storage/") && it.contains("(265"));
    assert_eq!(rest.count(), 1, "{requests:#?}");
}

#[test]
fn masks_that_every_gpt2_has_are_not_downloaded() {
    let Some(asker) = Asker::begin("masks") else {
        return;
    };
    // Each layer's mask is a megabyte between weights; what is left out is proven by the
    // hash of the whole file. From a fast server it may have come before it can be refused.
    asker.requests();
    assert_loaded(&asker.load(&asker.model("slow", "gpt2-masks")));
    let ranges = |requests: &[String]| {
        let of_weights = requests.iter().filter(|it| it.contains("/storage/"));
        of_weights
            .filter(|it| it.contains('('))
            .cloned()
            .collect::<Vec<_>>()
    };
    let found = ranges(&asker.requests());
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("Some("), "{found:#?}");
    assert!(found[1].contains("None"), "{found:#?}");
    asker.new_worker();
    assert_loaded(&asker.load(&asker.model("slow", "gpt2-masks")));
    assert_eq!(asker.requests().len(), 1, "it is kept");

    // A mask that is another than it should be is fetched after all.
    let odd = asker.load(&asker.model("slow", "gpt2-odd-masks"));
    assert_loaded(&odd);
    let requests = asker.requests();
    let whole = requests
        .iter()
        .filter(|it| it.contains("/storage/") && !it.contains('('));
    assert_eq!(whole.count(), 2, "{requests:#?}");

    // Without ranges everything comes.
    assert_loaded(&asker.load(&asker.model("no-ranges", "gpt2-masks")));
}

#[test]
fn servers_that_are_busy_or_without_ranges_are_borne_with() {
    let Some(asker) = Asker::begin("busy") else {
        return;
    };
    for fault in ["too-many", "server-error", "no-ranges", "slow"] {
        let events = asker.load(&asker.model(fault, "gpt2"));
        assert_loaded(&events);
        let has_waited = notices(&events).iter().any(|it| it.contains("interrupted"));
        assert_eq!(
            has_waited,
            matches!(fault, "too-many" | "server-error"),
            "{fault}"
        );
        asker.new_worker();
    }
}

#[test]
fn what_is_not_the_file_never_enters_the_cache() {
    let Some(asker) = Asker::begin("damaged") else {
        return;
    };
    for (fault, words) in [
        (
            "wrong-length",
            "is damaged: it should have 483184 bytes and has 482184",
        ),
        ("corrupt", "is damaged: its SHA-256 should be"),
        ("html", "the server sent a page instead of it"),
        ("not-found", "config.json"),
    ] {
        let model = asker.model(fault, "gpt2");
        for _ in 0..2 {
            let found = refused(&asker.load(&model));
            assert!(found.contains(words), "{fault}: {found}");
            asker.new_worker();
        }
    }
    // Without leave to read, a server is one that cannot be reached.
    let found = refused(&asker.load(&asker.model("no-cors", "gpt2")));
    assert!(
        found.contains("cannot be read") || found.contains("no file"),
        "{found}"
    );
}

#[test]
fn a_model_that_is_not_there_is_named_with_its_server() {
    let Some(asker) = Asker::begin("absent") else {
        return;
    };
    let found = refused(&asker.load(&asker.model("", "absent")));
    assert!(found.contains("absent"), "{found}");
}

#[test]
fn a_full_disk_leaves_the_model_usable() {
    let Some(asker) = Asker::begin("full") else {
        return;
    };
    asker.page.limit_storage(Some(200_000));
    let events = asker.load(&asker.model("", "marian-zip"));
    asker.page.limit_storage(None);
    assert_loaded(&events);
    let told = notices(&events);
    assert!(
        told.iter().any(|it| it.contains("cannot be kept")),
        "{told:?}"
    );
}

/// The worker's program in a browser that gives it no storage, as some private windows
/// and frames of other sites do.
const WITHOUT_STORAGE: &str = "void (window.workerAddress = URL.createObjectURL(new Blob([
    `import init from '${new URL('worker.js', location.href)}';
     StorageManager.prototype.getDirectory =
       () => Promise.reject(new DOMException('storage is denied', 'SecurityError'));
     await init();`], { type: 'text/javascript' })))";

#[test]
fn forbidden_storage_leaves_the_model_usable() {
    let Some(asker) = Asker::begin("forbidden") else {
        return;
    };
    asker.page.evaluate(WITHOUT_STORAGE);
    asker.new_worker();
    for name in ["marian-zip", "gpt2-masks"] {
        let events = asker.load(&asker.model("", name));
        assert_loaded(&events);
        let told = notices(&events);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("cannot be kept") && told[0].contains("storage is denied"),
            "{told:?}"
        );
    }
    let found = refused(&asker.ask(&json!({"kind": "list_kept"})));
    assert!(found.contains("storage is denied"), "{found}");
    // What is cut off goes on all the same, in memory.
    let events = asker.load(&asker.model("cut", "gpt2"));
    assert_loaded(&events);
}

#[test]
fn what_a_method_would_cost_is_said_before_the_download() {
    let Some(asker) = Asker::begin("cost") else {
        return;
    };
    let model = asker.model("", "gpt2");
    let inspect = |method: &str, options: Value| {
        let estimated = json!({"method": method, "method_options": options});
        let work = json!({"kind": "inspect", "model": model, "estimated": estimated});
        last(&asker.ask(&work)).clone()
    };
    let facts = inspect("saliency", json!({}));
    let estimate = &facts["estimate"];
    assert_eq!(estimate["method"], "saliency", "{facts}");
    assert_eq!(estimate["device"], "cpu", "{facts}");
    let least = facts["weights_bytes"].as_u64().unwrap();
    assert!(
        estimate["memory_bytes"].as_u64().unwrap() > least,
        "{facts}"
    );
    let secs = |facts: &Value| facts["estimate"]["secs"].as_f64().unwrap();
    let many = inspect("integrated_gradients", json!({"n_steps": 200}));
    // The device is measured once, so that this is a matter of counting.
    assert!(
        (secs(&many) / secs(&facts) - 200.0).abs() < 1e-6,
        "{many} {facts}"
    );
    // What cannot be run has no cost, and is no reason to say nothing of the model.
    let nothing = inspect("integrated_gradients", json!({"n_steps": -1}));
    assert_eq!(nothing["type"], "inspected", "{nothing}");
    assert!(nothing["estimate"].is_null(), "{nothing}");
    let requests = asker.requests();
    assert!(
        !requests.iter().any(|it| it.contains("model.safetensors")),
        "{requests:#?}"
    );
}
