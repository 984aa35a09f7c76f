//! Nothing in a file makes the player do anything but draw it or say why not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::player::open;
use crate::site::Site;
use crate::view::LAPTOP;

/// A result of one source token and two target tokens, with one thing changed.
fn result(change: impl FnOnce(&mut Value)) -> String {
    let mut value = json!({
        "info": { "attribution_method": "saliency" },
        "sequence_attributions": [{
            "source": [{ "id": 1, "token": "a" }],
            "target": [{ "id": 2, "token": "b" }, { "id": 3, "token": "c" }],
            "source_attributions": [[0.5]],
            "target_attributions": null,
            "step_scores": {},
            "attr_pos_start": 1,
            "attr_pos_end": 2,
        }],
    });
    change(&mut value);
    value.to_string()
}

const MARKUP: &str =
    "<img src=x onerror=\"heard.push('ran')\"></script><script>heard.push('ran')</script>";

#[test]
fn a_hostile_result_runs_nothing_and_freezes_nothing() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = open(&site, LAPTOP, &[]);
    let with = |path: &str, new: Value| {
        result(|value| {
            let path = format!("/sequence_attributions/0{path}");
            *value.pointer_mut(&path).unwrap() = new;
        })
    };
    let safetensors = |header: &str| {
        use std::fmt::Write as _;
        let mut bytes = String::new();
        for byte in (header.len() as u64).to_le_bytes() {
            write!(bytes, "\\x{byte:02x}").unwrap();
        }
        format!("btoa('{bytes}' + {} + '\\0\\0\\0\\0')", Value::from(header))
    };
    let huge = safetensors(
        r#"{"attribution":{"dtype":"F32","shape":[5000,5000],"data_offsets":[0,100000000]}}"#,
    );
    let overflowing = safetensors(
        r#"{"attribution":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
    );
    let many: Vec<Value> = vec![json!({ "id": 1, "token": "a" }); 200];
    let text = |text: &str| Value::from(text).to_string();
    let base64 = |tensor: &str| {
        let small = text(&result(|_| {}));
        format!("{small}.replace('[[0.5]]', JSON.stringify({tensor}))")
    };
    let cases = [
        ("no JSON", text("{"), "This is not JSON"),
        ("a list", text("[]"), "The file is not an object."),
        (
            "nothing in it",
            text("{}"),
            "The file has no sequence_attributions.",
        ),
        (
            "deep lists",
            "'['.repeat(5e6)".to_owned(),
            "The file is nested too deeply",
        ),
        (
            "closed lists",
            "']'.repeat(5e6)".to_owned(),
            "This is not JSON",
        ),
        (
            "many lists",
            "'[' + '[],'.repeat(4e6) + '[]]'".to_owned(),
            "The file has too many lists",
        ),
        (
            "a large file",
            "' '.repeat(2e7)".to_owned(),
            "The result is larger than the 16 MB",
        ),
        (
            "an object that holds itself",
            "(() => { const it = {}; it.info = it; return it; })()".to_owned(),
            "The data cannot be written as JSON.",
        ),
        (
            "a shape of 100 MB",
            base64(&huge),
            "sequence_attributions[0].source_attributions is not a tensor.",
        ),
        (
            "a shape beyond numbers",
            base64(&overflowing),
            "sequence_attributions[0].source_attributions says",
        ),
        (
            "no base64",
            text(&with("/source_attributions", json!("?"))),
            "sequence_attributions[0].source_attributions is not base64.",
        ),
        (
            "other lengths",
            text(&with("/source_attributions", json!([[0.5, 0.5]]))),
            "sequence_attributions[0].source_attributions has 1 rows and 2 columns; its tokens need 1 rows and 1 columns.",
        ),
        (
            "uneven lists",
            text(&with("/source_attributions", json!([[0.5], [1, 2]]))),
            "sequence_attributions[0].source_attributions says that its shape",
        ),
        (
            "five axes",
            text(&with("/source_attributions", json!([[[[[0.5]]]]]))),
            "sequence_attributions[0].source_attributions has more than 4 axes.",
        ),
        (
            "text among numbers",
            text(&with("/source_attributions", json!([[MARKUP]]))),
            "sequence_attributions[0].source_attributions holds something else than numbers.",
        ),
        (
            "a position outside",
            text(&with("/attr_pos_end", json!(9e15))),
            "sequence_attributions[0] explains tokens outside of its 2 target tokens.",
        ),
        (
            "a token without text",
            text(&with("/target/1/token", json!(7))),
            "sequence_attributions[0].target[1] is not a token with its id.",
        ),
        (
            "a huge table",
            text(&result(|value| {
                let sequence = &mut value["sequence_attributions"][0];
                sequence["source"] = many.clone().into();
                sequence["target"] = many.clone().into();
                sequence["attr_pos_end"] = 200.into();
                sequence["source_attributions"] = vec![vec![0.5; 199]; 200].into();
            })),
            "200 rows and 199 columns are too many to draw here",
        ),
    ];
    for (what, data, expected) in cases {
        let started = Instant::now();
        let words = page.evaluate(&format!("show({{}}, {data}).then(failure)"));
        let words = words.as_str().unwrap_or("nothing was refused");
        assert!(words.starts_with(expected), "{what}: {words}");
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{what} froze the page"
        );
    }
    for (attributes, expected) in [
        (
            json!({ "src": "no-such-file" }),
            "The result no-such-file cannot be read: status 404.",
        ),
        (
            json!({ "src": "javascript:heard.push('ran')" }),
            "The result javascript:heard.push('ran') cannot be reached.",
        ),
        (
            json!({ "src": "plain.json", "sequence": "7" }),
            "There is no sequence 7",
        ),
        (
            json!({ "src": "plain.json", "sequence": MARKUP }),
            "There is no sequence “<img",
        ),
    ] {
        let words = page.evaluate(&format!("show({attributes}).then(failure)"));
        let words = words.as_str().unwrap_or("nothing was refused");
        assert!(words.starts_with(expected), "{attributes}: {words}");
    }
    assert_eq!(page.evaluate("heard"), json!([]));
}

#[test]
fn text_stays_text_and_what_is_no_number_stays_empty() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = open(&site, LAPTOP, &[]);
    let hostile = result(|value| {
        value["info"] = json!({ "attribution_method": MARKUP, "model_name": MARKUP,
            "attribution_args": { MARKUP: MARKUP }, "__proto__": { "model_name": MARKUP } });
        let sequence = &mut value["sequence_attributions"][0];
        sequence["source"][0]["token"] = MARKUP.into();
        sequence["target"][1]["token"] = format!("{MARKUP}\u{202E}\u{0}").into();
        sequence["step_scores"] = json!({ MARKUP: [0.25] });
    });
    let hostile = hostile.replace("[[0.5]]", "[[NaN]]");
    for view in ["heatmap", "text"] {
        let seen = page.evaluate(&format!(
            "show({{ view: '{view}', label: {label} }}, {data}).then(it => [failure(it),
               it.shadowRoot.querySelectorAll('img, script').length,
               it.shadowRoot.textContent.includes({markup}),
               it.shadowRoot.textContent.includes('\\u202E'),
               it.shadowRoot.querySelectorAll('td[data-level]').length])",
            label = Value::from(MARKUP),
            data = Value::from(hostile.as_str()),
            markup = Value::from(&MARKUP[..20]),
        ));
        assert_eq!(seen, json!([null, 0, true, false, 0]), "{view}");
    }
    assert_eq!(page.evaluate("heard"), json!([]));
    page.assert_no_console_errors();
}
