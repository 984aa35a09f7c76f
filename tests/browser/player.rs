//! The player in somebody's page: it draws what `heatmap` draws, under a strict policy,
//! and nothing in a file makes it do anything else.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use attribution_output::from_inseq_json;
use heatmap::{Heatmap, Theme, background, html_fragment, ink};
use serde_json::{Value, json};

use crate::other_host::OtherHost;
use crate::page::Page;
use crate::site::Site;
use crate::view::{LAPTOP, View};

/// Runs before the page: what a policy refuses and what asks for attention is kept.
const WATCH: &str = "window.heard = [];
    addEventListener('securitypolicyviolation', event => heard.push(event.violatedDirective));
    window.alert = window.confirm = window.prompt = () => heard.push('dialog');";
/// `show(attributes, data)` puts one element into the page and waits for its end.
const SHOW: &str = "window.show = (attributes, data) => new Promise(done => {
      const it = document.createElement('inseq-heatmap');
      for (const [key, value] of Object.entries(attributes)) it.setAttribute(key, value);
      if (data !== undefined) it.data = data;
      it.addEventListener('load', () => done(it));
      it.addEventListener('error', () => done(it));
      document.querySelector('main').replaceChildren(it);
    });
    window.failure = it => it.shadowRoot.querySelector('[role=alert]')?.textContent ?? null;";
const PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>A post</title>
    <link rel=stylesheet href=page.css><script type=module src=inseq-heatmap.js></script>
    <main></main>";

fn golden(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every stored result: names by which they are served, and what is in them.
fn stored_results() -> BTreeMap<String, Vec<u8>> {
    let mut results = BTreeMap::new();
    for folder in ["golden/files", "golden/cases"] {
        for entry in fs::read_dir(golden(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if folder.ends_with("files") || name.ends_with(".inseq.json") {
                results.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let example = fs::read(golden("../web/assets/example.inseq.json")).unwrap();
    results.insert("example.inseq.json".to_owned(), example);
    results
}

/// A page on a host of its own, with the player, every stored result and more files.
fn open(site: &Site, view: View, more: &[(&str, &str)]) -> Page {
    let mut files = stored_results();
    let player = fs::read(golden("../dist/inseq-heatmap.js")).expect("the site is built");
    files.insert("inseq-heatmap.js".to_owned(), player);
    files.insert("page.html".to_owned(), PAGE.into());
    files.insert("page.css".to_owned(), Vec::new());
    for (name, text) in more {
        files.insert((*name).to_owned(), text.as_bytes().to_vec());
    }
    let host = OtherHost::serve(files);
    let page = Page::open(site, "about:blank", view);
    page.run_before_every_document(WATCH);
    page.run_before_every_document(SHOW);
    page.go_to(&format!("{}page.html", host.address));
    page.wait_for("the player", "customElements.get('inseq-heatmap')");
    page
}

fn color(color: heatmap::Color) -> String {
    format!("rgb({}, {}, {})", color.red, color.green, color.blue)
}

/// Background and ink of every cell, row by row, as a browser says them.
fn colors(heatmap: &Heatmap, theme: Theme) -> Value {
    let cells = heatmap.parts.iter().flat_map(|part| &part.rows);
    let cells = cells.flat_map(|row| &row.cells);
    cells
        .filter(|cell| cell.value.is_some())
        .map(|cell| {
            let (paper, ink) = (background(cell.level, theme), ink(cell.level, theme));
            json!([color(paper), color(ink)])
        })
        .collect()
}

const COLORS: &str = "[...it.shadowRoot.querySelectorAll('td[data-level]')].map(cell => {
    const style = getComputedStyle(cell);
    return [style.backgroundColor, style.color]; })";

#[test]
fn the_player_draws_what_heatmap_draws() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = open(&site, LAPTOP, &[]);
    let mut n_compared = 0;
    for (name, bytes) in stored_results() {
        let heatmaps = Heatmap::from_output(&from_inseq_json(&bytes).unwrap()).unwrap();
        for (index, heatmap) in heatmaps.iter().enumerate() {
            let native = Value::from(html_fragment(heatmap));
            let seen = page.evaluate(&format!(
                "show({{ src: {name:?}, sequence: '{index}' }}).then(it => {{
                   const plain = html => html.replace(/>\\s+</g, '><').trim();
                   const numbers = root => root.querySelectorAll('dd').forEach(value =>
                     value.textContent = value.textContent.replace(/(\\d)\\.0\\b/g, '$1'));
                   const native = new DOMParser().parseFromString({native}, 'text/html').body;
                   numbers(native); numbers(it.shadowRoot);
                   return [failure(it), plain(it.shadowRoot.innerHTML), plain(native.innerHTML),
                     {COLORS}];
                 }})"
            ));
            let what = format!("{name}, sequence {index}");
            assert_eq!(seen[0], Value::Null, "{what}");
            assert_eq!(seen[1], seen[2], "{what}");
            assert_eq!(seen[3], colors(heatmap, Theme::Light), "{what}");
            n_compared += 1;
        }
    }
    println!("{n_compared} sequences are drawn as by heatmap");
    assert!(n_compared >= 20, "files went missing");
    assert_eq!(page.evaluate("heard"), json!([]));
    page.assert_no_console_errors();
}

/// Several elements, one of them inside another's shadow root; `page.js` gives it data.
const SEVERAL: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>A post</title>
    <link rel=stylesheet href=page.css>
    <inseq-heatmap id=one src=example.inseq.json label='Who caused the e'></inseq-heatmap>
    <inseq-heatmap id=two theme=dark><script type=application/json>RESULT</script></inseq-heatmap>
    <inseq-heatmap id=three view=text src=compressed.json.gz></inseq-heatmap>
    <div id=outer></div>
    <script type=module src=inseq-heatmap.js></script><script type=module src=page.js></script>";
const PAGE_SCRIPT: &str =
    "const root = document.getElementById('outer').attachShadow({ mode: 'open' });
    const four = document.createElement('inseq-heatmap');
    const answer = await fetch('example.inseq.json');
    four.data = await answer.json();
    root.append(four);
    window.four = four;";
const PAGE_STYLE: &str =
    "#one { --paper: rgb(1, 2, 3); } inseq-heatmap { height: 150px; overflow: auto; }";

#[test]
fn several_players_live_on_one_page() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let example = fs::read_to_string(golden("../web/assets/example.inseq.json")).unwrap();
    let several = SEVERAL.replace("RESULT", &example);
    let files = [
        ("page.html", several.as_str()),
        ("page.js", PAGE_SCRIPT),
        ("page.css", PAGE_STYLE),
    ];
    let page = open(&site, LAPTOP, &files);
    page.wait_for(
        "four drawings",
        "[one, two, three, window.four].every(it => it?.shadowRoot.querySelector('article'))",
    );
    assert_eq!(
        page.evaluate("one.shadowRoot.querySelector('article').ariaLabel"),
        "Who caused the e"
    );
    assert_eq!(
        page.evaluate("getComputedStyle(one.shadowRoot.querySelector('thead td')).backgroundColor"),
        "rgb(1, 2, 3)"
    );
    let heatmaps = Heatmap::from_output(&from_inseq_json(&example).unwrap()).unwrap();
    for (element, theme) in [("one", Theme::Light), ("two", Theme::Dark)] {
        let seen = page.evaluate(&COLORS.replace("it.", &format!("{element}.")));
        assert_eq!(seen, colors(&heatmaps[0], theme), "{element}");
    }
    let words = page.evaluate("one.shadowRoot.querySelector('.summary').textContent");
    let words = words.as_str().unwrap();
    assert_eq!(words.matches(" gave ").count(), 3, "{words}");

    page.set_view(View {
        is_dark: true,
        ..LAPTOP
    });
    let dark = page.evaluate(&COLORS.replace("it.", "one."));
    assert_eq!(dark, colors(&heatmaps[0], Theme::Dark));
    page.screenshot("player");
    assert_eq!(page.evaluate("heard"), json!([]));
    page.assert_no_console_errors();
}

#[test]
fn output_tokens_are_chosen_with_keys() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = open(&site, LAPTOP, &[]);
    page.evaluate(
        "show({ src: 'example.inseq.json', view: 'text' }).then(it => { window.it = it; })",
    );
    let heatmaps = fs::read(golden("../web/assets/example.inseq.json")).unwrap();
    let heatmap = Heatmap::from_output(&from_inseq_json(heatmaps).unwrap())
        .unwrap()
        .remove(0);
    let tinted = |column: usize| -> Value {
        let rows = heatmap.parts.iter().flat_map(|part| &part.rows);
        let level = |row: &heatmap::Row| {
            let cell = &row.cells[column];
            cell.value
                .map_or(Value::Null, |_| cell.level.to_string().into())
        };
        rows.map(level).collect()
    };
    let seen = "[...it.shadowRoot.querySelectorAll('.tinted')].map(it => it.dataset.level ?? null)";
    assert_eq!(page.evaluate(seen), tinted(0));
    let readout = || page.evaluate("it.shadowRoot.querySelector('[role=status]').textContent");
    let first = readout();
    page.press("Tab");
    let last = heatmap.columns.len() - 1;
    for (key, column) in [
        ("ArrowRight", 1),
        ("End", last),
        ("ArrowRight", 0),
        ("ArrowLeft", last),
    ] {
        page.press(key);
        assert_eq!(page.evaluate(seen), tinted(column), "{key}");
        let checked = "[...it.shadowRoot.querySelectorAll('[role=radio]')].findIndex(it =>
            it.ariaChecked === 'true' && it === it.getRootNode().activeElement)";
        assert_eq!(page.evaluate(checked), column, "{key}");
    }
    assert_ne!(readout(), first);
    // The table can be scrolled with keys, too.
    page.evaluate("it.setAttribute('view', 'heatmap')");
    page.wait_for(
        "the table",
        "it.shadowRoot.querySelector('.scroll[tabindex=\"0\"]')",
    );
    page.assert_no_console_errors();
}

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
