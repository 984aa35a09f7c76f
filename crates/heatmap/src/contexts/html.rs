use crate::escape::markup;
use crate::html::document;
use crate::{ContextLine, ContextTexts, Heatmap, html_fragment};

const CONTEXT_STYLE: &str = include_str!("context.css");

/// A self-contained page with the running texts, and the heatmaps of the same below.
pub fn context_document(texts: &ContextTexts, heatmaps: &[Heatmap]) -> String {
    let title = heatmaps
        .first()
        .map_or("Context", |heatmap| heatmap.title.as_str());
    let mut body = "<section class=\"contexts\">\n".to_owned();
    body.push_str(&format!(
        "<p class=\"rules\">{}</p>\n<ol>\n",
        markup(&texts.rules.join("; "))
    ));
    for lines in &texts.chosen {
        body.push_str("<li><dl>\n");
        for line in lines {
            put_line(&mut body, line);
        }
        body.push_str("</dl></li>\n");
    }
    body.push_str("</ol>\n</section>\n");
    for heatmap in heatmaps {
        body.push_str(&html_fragment(heatmap));
    }
    document(title, CONTEXT_STYLE, &body)
}

fn put_line(html: &mut String, line: &ContextLine) {
    html.push_str(&format!(
        "<dt>{}</dt><dd dir=\"auto\">",
        markup(&line.title)
    ));
    for token in &line.tokens {
        let text = markup(&token.text);
        match &token.highlight {
            Some(cell) => html.push_str(&format!(
                "<mark data-level=\"{}\">{text} <small>{}</small></mark>",
                cell.level,
                cell.text()
            )),
            None => html.push_str(&text),
        }
    }
    html.push_str("</dd>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contexts::tests::found;

    #[test]
    fn highlights_are_marks_and_tokens_stay_text() {
        let html = context_document(&ContextTexts::new(&found()), &[]);
        assert!(
            html.contains("<mark data-level=\"10\"> &lt;sick&gt; <small>5.000</small></mark> man."),
            "{html}"
        );
        assert_eq!(html.matches("<mark").count(), 2);
        assert!(!html.contains("<sick>") && !html.contains("<script"));
    }
}
