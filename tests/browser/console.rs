//! What a page complained about.

use std::sync::{Arc, Mutex};

use headless_chrome::Tab;
use headless_chrome::protocol::cdp::{Log, Runtime, types::Event};

/// Errors that the browser reported: thrown and not caught, logged by a script,
/// or its own (a file not found, a breach of the content security policy).
#[derive(Clone, Default)]
pub(crate) struct Console {
    errors: Arc<Mutex<Vec<String>>>,
}

impl Console {
    /// Listens to a tab from now on.
    pub(crate) fn of(tab: &Tab) -> Self {
        let console = Self::default();
        let heard = console.clone();
        tab.add_event_listener(Arc::new(move |event: &Event| {
            if let Some(error) = error_in(event) {
                heard.errors.lock().unwrap().push(error);
            }
        }))
        .unwrap();
        tab.enable_runtime().unwrap();
        tab.enable_log().unwrap();
        console
    }

    /// All errors so far.
    pub(crate) fn errors(&self) -> Vec<String> {
        self.errors.lock().unwrap().clone()
    }

    /// Forgets what a test expected.
    pub(crate) fn clear(&self) {
        self.errors.lock().unwrap().clear();
    }
}

fn error_in(event: &Event) -> Option<String> {
    match event {
        Event::RuntimeExceptionThrown(thrown) => {
            let details = &thrown.params.exception_details;
            let exception = details.exception.as_ref();
            let description = exception.and_then(|it| it.description.clone());
            Some(description.unwrap_or_else(|| details.text.clone()))
        }
        Event::RuntimeConsoleAPICalled(call) => {
            let level = &call.params.Type;
            if !matches!(level, Runtime::ConsoleAPICalledEventTypeOption::Error) {
                return None;
            }
            let words: Vec<String> = call.params.args.iter().map(shown).collect();
            Some(words.join(" "))
        }
        Event::LogEntryAdded(added) => {
            let entry = &added.params.entry;
            if !matches!(entry.level, Log::LogEntryLevel::Error) {
                return None;
            }
            let address = entry.url.as_deref().unwrap_or("no address");
            // Chromium asks for it beside any document that is not a page; ours
            // names its icon.
            if address.ends_with("/favicon.ico") {
                return None;
            }
            Some(format!("{} ({address})", entry.text))
        }
        _ => None,
    }
}

fn shown(value: &Runtime::RemoteObject) -> String {
    match (&value.value, &value.description) {
        (Some(serde_json::Value::String(text)), _) => text.clone(),
        (Some(value), _) => value.to_string(),
        (None, Some(description)) => description.clone(),
        (None, None) => "undefined".to_owned(),
    }
}
