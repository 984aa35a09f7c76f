use leptos::prelude::*;

use crate::laid_out::LaidOut;

/// How many links are stated.
const N_LINKS: usize = 3;

/// The three strongest links in a sentence, for whoever cannot see the picture, and for
/// whoever wants to know where to look first.
#[component]
pub(crate) fn StrongestLinks(
    /// What is drawn.
    heatmap: Memo<LaidOut>,
) -> impl IntoView {
    view! {
        <p class="help" id="strongest-links" data-testid="strongest-links">
            {move || heatmap.with(|heatmap| sentence(&heatmap.summary_of(N_LINKS)))}
        </p>
    }
}

fn sentence(summary: &str) -> String {
    let mut characters = summary.chars();
    let first = characters.next().map(char::to_uppercase);
    let first: String = first.into_iter().flatten().collect();
    format!("{first}{}.", characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn a_sentence_begins_large_and_ends() {
        assert_eq!(sentence("no attributions"), "No attributions.");
    }
}
