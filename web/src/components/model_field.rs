use leptos::prelude::*;
use protocol::ModelSummary;

use super::other_models::OtherModels;
use crate::{
    bundled_models::BUNDLED_MODELS,
    chosen_model::CHOSEN_FILES,
    draft::Draft,
    state::State,
    words::{key, t, tf},
    worker::Engine,
};

/// Chooses a model, and says what it is.
#[component]
pub(crate) fn ModelField(
    /// The page's store.
    state: State,
    /// Whom to ask about other models.
    engine: Engine,
) -> impl IntoView {
    let draft = state.draft;
    let chosen = Memo::new(move |_| draft.with(Draft::chosen_model));
    let name = Memo::new(move |_| draft.with(Draft::model_name));
    let sentence = move || {
        t(chosen.with(|chosen| chosen.sentence).unwrap_or(key(
            "Its files are fetched at the first run and kept in this browser.",
        )))
    };
    let figures = move || {
        let summary = state.model.get();
        summary
            .filter(|summary| summary.model == name.get())
            .map(|summary| figures_of(&summary))
    };
    let bundled = BUNDLED_MODELS.each_ref().map(|model| {
        view! {
            <option value=model.name selected=move || name.get() == model.name>
                {t(model.title)}
            </option>
        }
    });
    let others = Memo::new(move |_| {
        draft.with(|draft| draft.other_models.keys().cloned().collect::<Vec<_>>())
    });
    view! {
        <div class="field">
            <label for="model">{t("Model")}</label>
            <select
                id="model"
                data-testid="model"
                aria-describedby="model-help"
                prop:value=move || {
                    // The options must be there before one of them can be chosen.
                    others.track();
                    name.get()
                }
                on:change:target=move |event| {
                    draft.update(|draft| draft.model = event.target().value());
                }
            >
                {bundled.collect_view()}
                {move || {
                    others
                        .get()
                        .into_iter()
                        .map(|other| {
                            let title = other.strip_prefix(CHOSEN_FILES).unwrap_or(&other).to_owned();
                            let value = other.clone();
                            view! {
                                <option value=value selected=move || name.get() == other>
                                    {title}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
            <p class="help" id="model-help">{sentence} " " {figures}</p>
            <OtherModels state engine />
        </div>
    }
}

fn figures_of(summary: &ModelSummary) -> String {
    tf(
        "{weights} weights, {layers} layers of {heads} heads, texts of up to {tokens} tokens.",
        &[
            ("weights", &grouped(summary.n_parameters)),
            ("layers", &summary.n_layers),
            ("heads", &summary.n_heads),
            ("tokens", &summary.n_positions),
        ],
    )
}

/// A count with thin spaces between groups of three digits.
pub(super) fn grouped(count: u64) -> String {
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
