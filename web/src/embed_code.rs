//! What to paste into another page to show a result there.

use heatmap::{Heatmap, html_document};
use protocol::AttributeRequest;

/// A script tag and an element with the result inside. `player` is the address of
/// `inseq-heatmap.js`.
pub(crate) fn player_code(player: &str, inseq_json: &str) -> String {
    format!(
        "<script type=\"module\" src=\"{}\"></script>\n<inseq-heatmap><script \
         type=\"application/json\">{}</script></inseq-heatmap>\n",
        attribute(player),
        json_in_script(inseq_json.trim())
    )
}

/// The same picture without any script, in a frame so that the page's own style stays
/// outside of it.
pub(crate) fn frame_code(heatmap: &Heatmap) -> String {
    let document = html_document(std::slice::from_ref(heatmap));
    format!(
        "<iframe sandbox title=\"{}: {}\" srcdoc=\"{}\" width=\"100%\" height=\"640\" \
         style=\"border:0\"></iframe>\n",
        attribute(&heatmap.title),
        attribute(&heatmap.summary()),
        attribute(&document)
    )
}

/// This page in a frame, with a script that gives the frame the height that it asks for.
/// `address` is that of the page in its form for frames.
pub(crate) fn page_code(address: &str, title: &str) -> String {
    format!(
        "<iframe src=\"{}\" title=\"{}\" width=\"100%\" height=\"640\" \
         style=\"border:0\"></iframe>\n<script>addEventListener(\"message\", (event) => {{ for \
         (const frame of document.querySelectorAll(\"iframe\")) if (event.source === \
         frame.contentWindow && event.data?.type === \"inseq-web:height\") frame.height = \
         event.data.height; }});</script>\n",
        attribute(address),
        attribute(title)
    )
}

/// An element whose text can be changed and attributed again, in the reader's tab.
/// `playground` is the address of `inseq-playground.js`.
pub(crate) fn live_code(playground: &str, asked: &AttributeRequest) -> String {
    let fields = [
        ("model", Some(asked.model.as_str())),
        ("prompt", Some(asked.input_text.as_str())),
        ("output", asked.generated_text.as_deref()),
        ("method", Some(asked.method.as_str())),
    ];
    let fields: String = fields
        .into_iter()
        .filter_map(|(name, value)| Some(format!(" {name}=\"{}\"", attribute(value?))))
        .collect();
    format!(
        "<script type=\"module\" src=\"{}\"></script>\n\
         <inseq-playground{fields}></inseq-playground>\n",
        attribute(playground)
    )
}

/// JSON that ends neither the script around it nor begins a comment there. Outside of
/// texts there is no `<`, and inside it may be written in this way.
fn json_in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// Text inside an attribute in double quotes.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::Shown;
    use serde_json::Value;

    #[test]
    fn a_frame_of_the_page_keeps_to_its_attributes() {
        let code = page_code("https://a.org/?embed=1#x\"><script>", "A \"b\"");
        assert!(
            code.starts_with(
                "<iframe src=\"https://a.org/?embed=1#x&quot;&gt;&lt;script&gt;\" title"
            )
        );
        assert!(code.contains("title=\"A &quot;b&quot;\""));
    }

    #[test]
    fn a_live_element_has_what_was_asked() {
        let asked = AttributeRequest::new("demo-gpt2", "\"><script>");
        assert_eq!(
            live_code("https://a.org/p.js", &asked),
            "<script type=\"module\" src=\"https://a.org/p.js\"></script>\n\
             <inseq-playground model=\"demo-gpt2\" prompt=\"&quot;&gt;&lt;script&gt;\" \
             method=\"saliency\"></inseq-playground>\n"
        );
    }

    #[test]
    fn nothing_in_the_json_ends_its_script() {
        let json = r#"{"token": "</script><!-- <script>"}"#;
        let code = player_code("https://example.org/inseq-heatmap.js", json);
        assert_eq!(code.matches("</script>").count(), 2);
        assert_eq!(code.matches("<script").count(), 2);
        assert!(!code.contains("<!--"));
        let start = code.find("json\">").unwrap() + "json\">".len();
        let end = code.rfind("</script>").unwrap();
        let read: Value = serde_json::from_str(&code[start..end]).unwrap();
        assert_eq!(read, serde_json::from_str::<Value>(json).unwrap());
    }

    #[test]
    fn an_address_stays_an_attribute() {
        let code = player_code("a\"><script>&", "{}");
        assert!(code.starts_with(
            "<script type=\"module\" src=\"a&quot;&gt;&lt;script&gt;&amp;\"></script>"
        ));
    }

    #[test]
    fn the_frame_holds_the_whole_picture_and_no_script() {
        let shown = Shown::stored_example();
        let code = frame_code(&shown.heatmap);
        assert_eq!(code.matches('<').count(), 2, "the frame begins and ends");
        assert!(code.contains("sandbox"));
        assert!(code.contains("&lt;table&gt;") && !code.contains("script"));
        assert!(code.contains("then: "));
    }
}
