use attribution_output::AttributionOutput;
use leptos::prelude::*;

use crate::{state::State, words::tf};

/// Which text of an opened file is on screen, where it has several.
#[component]
pub(crate) fn TextChoice(
    /// The page's store.
    state: State,
) -> impl IntoView {
    let shown = state.shown;
    let titles = Memo::new(move |_| {
        shown.with(|shown| {
            let texts = shown.texts.iter().enumerate();
            texts
                .map(|(index, text)| title(index, text))
                .collect::<Vec<_>>()
        })
    });
    let chosen = Memo::new(move |_| shown.with(|shown| shown.chosen));
    view! {
        <Show when=move || titles.with(|titles| !titles.is_empty())>
            <div class="field">
                <label for="text-choice">
                    {move || tf("Text, of {n} in this file", &[("n", &titles.with(Vec::len))])}
                </label>
                <select
                    id="text-choice"
                    data-testid="text-choice"
                    prop:value=move || chosen.get().to_string()
                    on:change:target=move |event| {
                        if let Ok(index) = event.target().value().parse() {
                            state.choose_text(index);
                        }
                    }
                >
                    {move || {
                        titles
                            .get()
                            .into_iter()
                            .enumerate()
                            .map(|(index, title)| {
                                view! {
                                    <option value=index.to_string() selected=chosen.get_untracked() == index>
                                        {title}
                                    </option>
                                }
                            })
                            .collect_view()
                    }}
                </select>
            </div>
        </Show>
    }
}

/// Its number, from 1, and how its output begins.
fn title(index: usize, text: &AttributionOutput) -> String {
    const LONGEST: usize = 60;
    let tokens = text.sequences.iter().flat_map(|sequence| {
        let spelling = sequence.spelling;
        sequence
            .target
            .iter()
            .map(move |token| token.display(spelling))
    });
    let whole: String = tokens.take(LONGEST).collect();
    let mut beginning: String = whole.trim().chars().take(LONGEST).collect();
    if beginning.len() < whole.trim().len() {
        beginning.push('…');
    }
    format!("{}: {beginning}", index + 1)
}

#[cfg(test)]
mod tests {
    use super::title;
    use crate::shown::Shown;

    #[test]
    fn texts_are_told_apart_by_number_and_beginning() {
        let title = title(1, &Shown::stored_example().output);
        assert!(
            title.starts_with("2: ") && title.contains("docteure"),
            "{title}"
        );
    }
}
