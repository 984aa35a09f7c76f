use std::fmt::Display;

use leptos::prelude::*;
use protocol::{DeviceChosen, Fact};
use web_sys::Element;

use crate::{
    clipboard,
    words::{said, t, tf},
};

/// Says what computes and why, what happened on the way, and more for those who want
/// to know.
#[component]
pub(crate) fn DeviceLine(
    /// The device of the latest request.
    device: RwSignal<Option<DeviceChosen>>,
    /// What the engine had to say during the latest run.
    notices: RwSignal<Vec<String>>,
    /// The latest diagnosis.
    diagnosis: RwSignal<Vec<Fact>>,
    /// Asks for a diagnosis.
    #[prop(into)]
    on_diagnose: Callback<()>,
) -> impl IntoView {
    let is_copied = RwSignal::new(false);
    let copies = move || match is_copied.get() {
        true => t("Copied"),
        false => t("Copy diagnostics"),
    };
    let copy = move |_| {
        let text = diagnosis.with(|facts| as_text(facts));
        leptos::task::spawn_local(async move {
            is_copied.set(clipboard::is_copied(&text).await);
        });
    };
    view! {
        <div class="device">
            <p class="help" data-testid="device-chosen" role="status">
                {move || device.get().map(|chosen| sentence(&chosen))}
            </p>
            <ul class="notices" data-testid="notices" role="status">
                {move || {
                    notices.get().into_iter().map(|notice| view! { <li>{said(&notice)}</li> }).collect_view()
                }}
            </ul>
            <details
                class="diagnostics"
                data-testid="diagnostics"
                on:toggle=move |event| {
                    is_copied.set(false);
                    if event_target::<Element>(&event).has_attribute("open") {
                        on_diagnose.run(());
                    }
                }
            >
                <summary>{t("Diagnostics")}</summary>
                <dl class="settings" data-testid="diagnosis">
                    {move || {
                        diagnosis
                            .get()
                            .into_iter()
                            .map(|fact| {
                                view! { <div><dt>{fact.name}</dt><dd>{fact.value}</dd></div> }
                            })
                            .collect_view()
                    }}
                </dl>
                // A closed element's text is no name for those who look for one.
                <button
                    type="button"
                    data-testid="copy-diagnostics"
                    aria-label=copies
                    on:click=copy
                >
                    {copies}
                </button>
            </details>
        </div>
    }
}

fn sentence(chosen: &DeviceChosen) -> String {
    let why = said(&chosen.why);
    let values: [(&str, &dyn Display); 1] = [("why", &why)];
    match chosen.device.as_str() {
        "webgpu" => tf(
            "Computes on the graphics processor (WebGPU): {why}.",
            &values,
        ),
        _ => tf("Computes on the processor: {why}.", &values),
    }
}

/// A line for each fact, as mails and issues have them.
fn as_text(facts: &[Fact]) -> String {
    let lines = facts
        .iter()
        .map(|fact| format!("{}: {}\n", fact.name, fact.value));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_copied_line_by_line() {
        let fact = |name: &str, value: &str| Fact {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let facts = [fact("device", "cpu"), fact("memory in use", "3 MB")];
        assert_eq!(as_text(&facts), "device: cpu\nmemory in use: 3 MB\n");
    }
}
