use leptos::prelude::*;
use protocol::DeviceChoice;

use crate::{
    draft::Draft,
    words::{key, t},
};

/// Choices, as they are written in the form's state and in words.
const CHOICES: [(DeviceChoice, &str, &str); 4] = [
    (DeviceChoice::Auto, "auto", key("Automatic")),
    (
        DeviceChoice::Webgpu,
        "webgpu",
        key("Graphics processor (WebGPU)"),
    ),
    (
        DeviceChoice::WebgpuF16,
        "webgpu_f16",
        key("Graphics processor, weights in 16 bits"),
    ),
    (DeviceChoice::Cpu, "cpu", key("Processor")),
];

/// Chooses what computes.
#[component]
pub(crate) fn DeviceField(
    /// What is in the form.
    draft: RwSignal<Draft>,
) -> impl IntoView {
    let chosen = move || draft.with(|draft| draft.device);
    let options = CHOICES
        .into_iter()
        .map(|(choice, value, words)| {
            view! { <option value=value selected=move || chosen() == choice>{t(words)}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for="device">{t("Compute on")}</label>
            <select
                id="device"
                data-testid="device"
                aria-describedby="device-help"
                on:change:target=move |event| {
                    let value = event.target().value();
                    let choice = CHOICES.iter().find(|(_, known, _)| *known == value);
                    if let Some((choice, _, _)) = choice {
                        draft.update(|draft| draft.device = *choice);
                    }
                }
            >
                {options}
            </select>
            <p class="help" id="device-help">
                {t("Automatic takes the graphics processor if a small attribution on it gives the processor’s numbers. Weights in 16 bits take half its memory, and make numbers less exact.")}
            </p>
        </div>
    }
}
