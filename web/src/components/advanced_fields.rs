use leptos::prelude::*;
use protocol::Compatibility;

use super::{device_field::DeviceField, position_field::PositionField};
use crate::{draft::Draft, words::t};

/// More than a browser's program can address.
const MOST_MEGABYTES: i64 = 4096;

/// What most visitors leave alone.
#[component]
pub(crate) fn AdvancedFields(
    /// What is in the form.
    draft: RwSignal<Draft>,
) -> impl IntoView {
    let has_source =
        Memo::new(move |_| draft.with(|draft| draft.chosen_model().is_encoder_decoder));
    let choose_budget = move |megabytes: Option<i64>| {
        let megabytes = megabytes.map(|megabytes| megabytes.clamp(1, MOST_MEGABYTES) as u32);
        draft.update(|draft| draft.memory_budget_mb = megabytes);
    };
    view! {
        <details class="advanced" data-testid="advanced">
            <summary>{t("Advanced")}</summary>
            <Show when=move || has_source.get()>
                <div class="field field-check">
                    <input
                        type="checkbox"
                        id="attribute-target"
                        data-testid="attribute-target"
                        aria-describedby="attribute-target-help"
                        prop:checked=move || draft.with(|draft| draft.attribute_target)
                        on:change:target=move |event| {
                            draft.update(|draft| draft.attribute_target = event.target().checked());
                        }
                    />
                    <label for="attribute-target">{t("Attribute the output’s own beginning too")}</label>
                    <p class="help" id="attribute-target-help">
                        {t("A translation depends on the source and on what was already written.")}
                    </p>
                </div>
            </Show>
            <PositionField
                id="attr-pos-start"
                title=t("First explained token")
                placeholder=t("first")
                value=Signal::derive(move || draft.with(|draft| draft.attr_pos_start))
                on_choose=move |value| draft.update(|draft| draft.attr_pos_start = value)
            />
            <PositionField
                id="attr-pos-end"
                title=t("Explained up to, not including")
                placeholder=t("end")
                value=Signal::derive(move || draft.with(|draft| draft.attr_pos_end))
                on_choose=move |value| draft.update(|draft| draft.attr_pos_end = value)
            />
            <PositionField
                id="max-new-tokens"
                title=t("Generate at most (tokens)")
                placeholder=t("model’s limit")
                minimum=1
                value=Signal::derive(move || draft.with(|draft| draft.max_new_tokens))
                on_choose=move |value| draft.update(|draft| draft.max_new_tokens = value)
            />
            <p class="help">
                {t("Positions count the tokens of the whole output from zero; negative ones count from its end.")}
            </p>
            <DeviceField draft />
            <PositionField
                id="memory-budget"
                title=t("Memory for intermediate values (MB)")
                placeholder=t("automatic")
                minimum=1
                value=Signal::derive(move || {
                    draft.with(|draft| draft.memory_budget_mb.map(i64::from))
                })
                on_choose=choose_budget
            />
            <p class="help">
                {t("Beside the model itself. With less, fewer tokens are explained at once: it takes longer, and the numbers stay the same.")}
            </p>
            <div class="field field-check">
                <input
                    type="checkbox"
                    id="compatibility"
                    data-testid="compatibility"
                    aria-describedby="compatibility-help"
                    prop:checked=move || {
                        draft.with(|draft| draft.compatibility == Compatibility::Inseq)
                    }
                    on:change:target=move |event| {
                        let compatibility = match event.target().checked() {
                            true => Compatibility::Inseq,
                            false => Compatibility::Corrected,
                        };
                        draft.update(|draft| draft.compatibility = compatibility);
                    }
                />
                <label for="compatibility">{t("Follow Inseq where it errs")}</label>
                <p class="help" id="compatibility-help">
                    {t("Inseq 0.7.1 scales what a Marian decoder reads twice, for example. Its numbers come out only with its mistakes.")}
                </p>
            </div>
        </details>
    }
}
