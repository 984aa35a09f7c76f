//! The player in somebody's page: it draws what `heatmap` draws, under a strict policy.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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
pub(crate) fn open(site: &Site, view: View, more: &[(&str, &str)]) -> Page {
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
