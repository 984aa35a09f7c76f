use leptos::prelude::*;
use protocol::ModelSummary;

use crate::{bundled_models::BUNDLED_MODELS, draft::Draft};

/// Chooses one of the bundled models, and says what it is.
#[component]
pub(crate) fn ModelField(
    /// What is in the form.
    draft: RwSignal<Draft>,
    /// The loaded model in figures.
    model: RwSignal<Option<ModelSummary>>,
) -> impl IntoView {
    let chosen = Memo::new(move |_| draft.with(Draft::bundled_model_name));
    let sentence = move || draft.with(|draft| draft.bundled_model().sentence);
    let figures = move || {
        let summary = model
            .get()
            .filter(|summary| summary.model == chosen.get())?;
        Some(format!(
            "{} weights, {} layers of {} heads, texts of up to {} tokens.",
            grouped(summary.n_parameters),
            summary.n_layers,
            summary.n_heads,
            summary.n_positions,
        ))
    };
    let options = BUNDLED_MODELS.each_ref().map(|model| {
        view! {
            <option value=model.name selected=move || chosen.get() == model.name>
                {model.title}
            </option>
        }
    });
    view! {
        <div class="field">
            <label for="model">"Model"</label>
            <select
                id="model"
                data-testid="model"
                aria-describedby="model-help"
                prop:value=move || chosen.get()
                on:change:target=move |event| {
                    draft.update(|draft| draft.model = event.target().value());
                }
            >
                {options.collect_view()}
            </select>
            <p class="help" id="model-help">{sentence} " " {figures}</p>
        </div>
    }
}

/// A count with thin spaces between groups of three digits.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_are_grouped_from_the_right() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(123), "123");
        assert_eq!(grouped(1_234_567), "1\u{2009}234\u{2009}567");
    }
}
