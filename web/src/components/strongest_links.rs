use heatmap::{Heatmap, Label, Side, Strongest};
use leptos::prelude::*;

use crate::{
    laid_out::LaidOut,
    words::{t, tf},
};

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
            {move || heatmap.with(|heatmap| sentence(heatmap))}
        </p>
    }
}

fn sentence(heatmap: &Heatmap) -> String {
    let links = heatmap.strongest_links(N_LINKS);
    let said: Vec<String> = links.iter().map(in_words).collect();
    match said.is_empty() {
        false => tf("Strongest: {links}.", &[("links", &said.join("; "))]),
        true if heatmap.parts.is_empty() && heatmap.scores.is_empty() => {
            t("No attributions.").to_owned()
        }
        true if heatmap.parts.is_empty() => t("No attributions, step scores only.").to_owned(),
        true => t("All attributions are zero.").to_owned(),
    }
}

/// As `“cat” (3) gave 0.210 to “chat” (2)`.
fn in_words(link: &Strongest<'_>) -> String {
    let token = |label: &Label| {
        let text = label.text.trim();
        tf(
            "“{token}” ({position})",
            &[("token", &text), ("position", &label.position)],
        )
    };
    let (target, value) = (token(link.column), link.cell.text());
    match link.side {
        Side::Layers => tf(
            "{token} gave {value} at layer {n}",
            &[
                ("token", &target),
                ("value", &value),
                ("n", &link.row.label.position),
            ],
        ),
        Side::Source | Side::Target => tf(
            "{token} gave {value} to {target}",
            &[
                ("token", &token(&link.row.label)),
                ("value", &value),
                ("target", &target),
            ],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;
    use crate::shown::Shown;

    #[test]
    fn the_sentence_is_that_of_the_other_formats() {
        let heatmap = Shown::stored_example().heatmap;
        let theirs = heatmap.summary_of(super::N_LINKS);
        let rest = theirs.strip_prefix("strongest: ").unwrap();
        assert_eq!(sentence(&heatmap), format!("Strongest: {rest}."));
    }
}
