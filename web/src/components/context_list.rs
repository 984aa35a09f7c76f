use attribution_output::{ContextAttribution, ContextCues};
use leptos::prelude::*;

use crate::shown::Shown;

/// The words that hang on a context, what would stand there without it, and how much all
/// words hang on it. A chosen one tints the context below.
#[component]
pub(crate) fn ContextList(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// Which of them is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    let context = Memo::new(move |_| shown.with(|shown| shown.context.clone()));
    view! {
        {move || {
            context
                .get()
                .map(|context| {
                    let sentence = sentence(&context);
                    let entries = context
                        .cci_scores
                        .iter()
                        .enumerate()
                        .map(|(number, cues)| {
                            let words = in_words(cues);
                            view! {
                                <li>
                                    <button
                                        type="button"
                                        class="chip"
                                        data-testid="context-cue"
                                        aria-pressed=move || (column.get() == number).to_string()
                                        on:click=move |_| column.set(number)
                                    >
                                        {words}
                                    </button>
                                </li>
                            }
                        })
                        .collect_view();
                    view! {
                        <div class="context-list" data-testid="context-list">
                            <p class="help">{sentence}</p>
                            <ul>{entries}</ul>
                        </div>
                    }
                })
        }}
    }
}

/// The output, and how much each of its words hangs on the context.
fn sentence(context: &ContextAttribution) -> String {
    let scores = context
        .output_current_tokens
        .iter()
        .zip(&context.cti_scores);
    let scores: Vec<String> = scores
        .map(|(token, score)| format!("{} {score:.3}", token.trim()))
        .collect();
    format!(
        "The model wrote “{}”. How much each token hangs on the context: {}. Those that hang on it \
         most are chosen; choose one to see on which words of the context.",
        context.output_current,
        scores.join(", ")
    )
}

fn in_words(cues: &ContextCues) -> String {
    let token = cues.cti_token.trim();
    match &cues.contrast_token {
        Some(other) if other.trim() == token => format!("“{token}”, without context the same"),
        Some(other) => format!("“{token}”, without context “{}”", other.trim()),
        None => format!("“{token}”"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_stand_there_without_context_is_said() {
        let mut cues = ContextCues {
            cti_idx: 0,
            cti_token: "·hospital".to_owned(),
            cti_score: 1.0,
            contextual_output: String::new(),
            contrast_token: Some(" market".to_owned()),
            contextless_output: None,
            input_context_scores: None,
            output_context_scores: None,
        };
        assert_eq!(in_words(&cues), "“·hospital”, without context “market”");
        cues.contrast_token = None;
        assert_eq!(in_words(&cues), "“·hospital”");
    }
}
