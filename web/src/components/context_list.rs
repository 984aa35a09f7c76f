use attribution_output::{ContextAttribution, ContextCues, Spelling, Token};
use leptos::prelude::*;

use crate::{shown::Shown, words::tf};

/// The words that hang on a context, what would stand there without it, and how much all
/// words hang on it. A chosen one tints the context below.
#[component]
pub(crate) fn ContextList(
    /// The result on screen.
    shown: RwSignal<Shown>,
    /// Which of them is looked at.
    column: RwSignal<usize>,
) -> impl IntoView {
    let context = Memo::new(move |_| {
        shown.with(|shown| Some((shown.context.clone()?, shown.attribution.spelling)))
    });
    view! {
        {move || {
            context
                .get()
                .map(|(context, spelling)| {
                    let sentence = sentence(&context, spelling);
                    let entries = context
                        .cci_scores
                        .iter()
                        .enumerate()
                        .map(|(number, cues)| {
                            let words = in_words(cues, spelling);
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
                            <p class="help" data-testid="context-highlights">
                                {move || highlights(&context, column.get(), spelling)}
                            </p>
                        </div>
                    }
                })
        }}
    }
}

/// The output, and how much each of its words hangs on the context.
fn sentence(context: &ContextAttribution, spelling: Spelling) -> String {
    let scores = context
        .output_current_tokens
        .iter()
        .zip(&context.cti_scores);
    let scores: Vec<String> = scores
        .map(|(token, score)| format!("{} {score:.3}", read(token, spelling)))
        .collect();
    tf(
        "The model wrote “{output}”. How much each token hangs on the context: {scores}. Those \
         that hang on it most are chosen; choose one to see on which words of the context.",
        &[
            ("output", &context.output_current),
            ("scores", &scores.join(", ")),
        ],
    )
}

/// The words of the context that stand out for one of the chosen tokens.
fn highlights(context: &ContextAttribution, chosen: usize, spelling: Spelling) -> String {
    let Some(cues) = context.cci_scores.get(chosen) else {
        return String::new();
    };
    let found = context.highlighted(cues);
    let contexts = [
        (
            found.input_context,
            &context.input_context_tokens,
            &cues.input_context_scores,
        ),
        (
            found.output_context,
            &context.output_context_tokens,
            &cues.output_context_scores,
        ),
    ];
    let words: Vec<String> = contexts
        .into_iter()
        .flat_map(|(positions, tokens, scores)| {
            positions.into_iter().filter_map(move |position| {
                let token = tokens.as_ref()?.get(position)?;
                let score = scores.as_ref()?.get(position).copied().flatten()?;
                Some(tf(
                    "“{token}” {value}",
                    &[
                        ("token", &read(token, spelling)),
                        ("value", &format!("{score:.3}")),
                    ],
                ))
            })
        })
        .collect();
    let token = read(&cues.cti_token, spelling);
    match words.as_slice() {
        [] => tf(
            "No word of the context stands out for “{token}”.",
            &[("token", &token)],
        ),
        words => tf(
            "Of the context, these stand out for “{token}”: {words}.",
            &[("token", &token), ("words", &words.join(", "))],
        ),
    }
}

fn in_words(cues: &ContextCues, spelling: Spelling) -> String {
    let token = read(&cues.cti_token, spelling);
    let other = cues.contrast_token.as_ref();
    match other.map(|other| read(other, spelling)) {
        Some(other) if other == token => {
            tf("“{token}”, without context the same", &[("token", &token)])
        }
        Some(other) => tf(
            "“{token}”, without context “{other}”",
            &[("token", &token), ("other", &other)],
        ),
        None => tf("“{token}”", &[("token", &token)]),
    }
}

/// A token as people read it, without the space before it.
fn read(token: &str, spelling: Spelling) -> String {
    let displayed = Token::new(-1, token).display(spelling);
    displayed.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hospital() -> ContextCues {
        ContextCues {
            cti_idx: 0,
            cti_token: "Ġhospital".to_owned(),
            cti_score: 1.0,
            contextual_output: String::new(),
            contrast_token: Some("Ġmarket".to_owned()),
            contextless_output: None,
            input_context_scores: Some(vec![Some(0.1), Some(0.1), Some(0.8)]),
            output_context_scores: None,
        }
    }

    #[test]
    fn words_of_the_context_that_stand_out_are_named() {
        let mut context = ContextAttribution {
            input_context: Some("He is sick".to_owned()),
            input_context_tokens: Some(["He", "Ġis", "Ġsick"].map(str::to_owned).into()),
            output_context: None,
            output_context_tokens: None,
            output_current: "hospital".to_owned(),
            output_current_tokens: vec!["Ġhospital".to_owned()],
            cti_scores: vec![1.0],
            cci_scores: vec![hospital()],
            info: serde_json::Map::new(),
        };
        let said = |context: &ContextAttribution| highlights(context, 0, Spelling::ByteLevel);
        let expected = "Of the context, these stand out for “hospital”: “sick” 0.800.";
        assert_eq!(said(&context), expected);
        context
            .info
            .insert("attribution_std_threshold".to_owned(), 9.into());
        let expected = "No word of the context stands out for “hospital”.";
        assert_eq!(said(&context), expected);
    }

    #[test]
    fn what_would_stand_there_without_context_is_said() {
        let mut cues = hospital();
        assert_eq!(
            in_words(&cues, Spelling::ByteLevel),
            "“hospital”, without context “market”"
        );
        cues.contrast_token = None;
        assert_eq!(in_words(&cues, Spelling::ByteLevel), "“hospital”");
    }
}
