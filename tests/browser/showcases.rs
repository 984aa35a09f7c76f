//! The showcases: readable by everyone, and their links lead to the results they show.

use serde_json::Value;

use crate::page::Page;
use crate::site::Site;
use crate::view::{LAPTOP, PHONE};
use crate::visit::{Visit, by_id};

const PAGES: [&str; 6] = [
    "gender",
    "contrast",
    "facts",
    "context",
    "attention",
    "steps",
];
const LANGUAGES: [&str; 2] = ["en", "de"];

/// What is wrong with a document, in words: nothing, for a good one.
const COMPLAINTS: &str = "(async () => {
    const complaints = [];
    const all = selector => [...document.querySelectorAll(selector)];
    const levels = all('h1, h2, h3').map(it => Number(it.localName[1]));
    if (levels.filter(level => level === 1).length !== 1) complaints.push('not one h1');
    levels.forEach((level, index) => {
      if (level > (levels[index - 1] ?? 0) + 1) complaints.push('a heading skips a level');
    });
    if (document.documentElement.scrollWidth > innerWidth) {
      complaints.push(`as wide as ${document.documentElement.scrollWidth} of ${innerWidth}`);
    }
    for (const table of all('table')) {
      const caption = document.getElementById(table.getAttribute('aria-labelledby'));
      if (!caption?.innerText) complaints.push('a table without a caption');
      if (!table.querySelector('th[scope=row]')) complaints.push('a table without heads');
    }
    const ids = all('[id]').map(it => it.id);
    if (new Set(ids).size !== ids.length) complaints.push('two elements of one name');
    if (all('[style], style, script:not([src])').length > 0) complaints.push('style or script inside');
    if (/[{}]/.test(document.querySelector('main').innerText.replace(/'\\{.*?\\}'/gs, ''))) {
      complaints.push('a text that was not filled in');
    }
    const links = all('a[href]').map(it => it.href.split('#')[0]);
    const ours = new Set(links.filter(it => it.startsWith(location.origin)));
    for (const link of ours) {
      if (!(await fetch(link)).ok) complaints.push(`${link} leads nowhere`);
    }
    return complaints;
  })()";

/// The lightest contrast of text with what is behind it, in the page and the player, as
/// the Web Content Accessibility Guidelines compute it.
const WORST_CONTRAST: &str = "(() => {
    const parse = color => color.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
      const part = it => (it /= 255) <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4;
      return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const behind = node => {
      for (let it = node; it; it = it.parentElement ?? it.getRootNode().host) {
        const color = parse(getComputedStyle(it).backgroundColor);
        if (color[3] !== 0) return color;
      }
      return [255, 255, 255];
    };
    let worst = [21, ''];
    const look = root => {
      for (const it of root.querySelectorAll('*')) {
        if (it.shadowRoot) look(it.shadowRoot);
        const own = [...it.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!own || !it.checkVisibility() || it.matches('.space, style, script')) continue;
        const [a, b] = [parse(getComputedStyle(it).color), behind(it)].map(light);
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < worst[0]) worst = [contrast, it.outerHTML.slice(0, 80)];
      }
    };
    look(document.body);
    return worst;
  })()";

fn address(site: &Site, language: &str, page: &str) -> String {
    format!("{}showcases/{language}/{page}.html", site.root)
}

fn opened(site: &Site, language: &str, name: &str) -> Page {
    let page = Page::open(site, &address(site, language, name), LAPTOP);
    page.wait_for_selector("h1");
    page
}

#[test]
fn every_page_can_be_read_in_every_window() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    for language in LANGUAGES {
        let page = opened(&site, language, "index");
        for name in PAGES.into_iter().chain(["index"]) {
            page.go_to(&address(&site, language, name));
            let is_there = format!(
                "location.href.endsWith('{language}/{name}.html') && document.querySelector('footer')"
            );
            page.wait_for(name, &is_there);
            page.wait_for(
                "what the player draws",
                "[...document.querySelectorAll('inseq-heatmap')].every(it => {
                   it.scrollIntoView();
                   return it.shadowRoot?.querySelector('table');
                 })",
            );
            page.evaluate("scrollTo(0, 0)");
            assert_eq!(page.evaluate("document.documentElement.lang"), language);
            for (view, picture) in [(LAPTOP, "laptop"), (PHONE, "phone")] {
                page.set_view(view);
                let complaints = page.evaluate(COMPLAINTS);
                assert_eq!(complaints, serde_json::json!([]), "{language} {name}");
                let worst = page.evaluate(WORST_CONTRAST);
                assert!(
                    worst[0].as_f64().unwrap() >= 4.5,
                    "{language} {name}: {worst}"
                );
                page.screenshot_of_all(&format!("showcase-{name}-{language}-{picture}"));
            }
            page.set_view(LAPTOP);
        }
        page.assert_no_console_errors();
    }
}

#[test]
fn pages_lead_to_each_other_and_to_the_other_language() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = opened(&site, "en", "index");
    page.click("main li a");
    for (index, name) in PAGES.into_iter().enumerate() {
        page.wait_for(name, &format!("location.href.endsWith('en/{name}.html')"));
        page.wait_for_selector("footer");
        if index + 1 < PAGES.len() {
            page.click("a[rel=next]");
        }
    }
    page.click("header a[lang=de]");
    page.wait_for("German", "document.documentElement.lang === 'de'");
    page.wait_for_text("Für den Unterricht");
    page.assert_no_console_errors();
}

#[test]
fn without_scripts_every_picture_is_there() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = opened(&site, "en", "contrast");
    // What stands inside the element is what is seen where it is no element.
    let inside = "document.querySelector('inseq-heatmap table td[data-level=\"10\"]').innerText";
    assert!(
        page.evaluate(inside)
            .as_str()
            .is_some_and(|text| text.contains("0."))
    );
}

#[test]
fn every_live_link_shows_the_stored_result_and_computes_the_same() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    for name in PAGES {
        let page = opened(&site, "en", name);
        let links = page.evaluate(
            "[...document.querySelectorAll('.runs:not(.real) a')].map(it => it.getAttribute('href'))",
        );
        let links = links.as_array().unwrap();
        assert!(!links.is_empty(), "{name}");
        for link in links {
            let link = link.as_str().unwrap().strip_prefix("../../").unwrap();
            let visit = Visit {
                page: Page::open(&site, &format!("{}{link}", site.root), LAPTOP),
            };
            visit.page.wait_for_selector(&by_id("origin"));
            visit.page.wait_for_text("Stored result");
            let (tokens, cause) = (visit.output_tokens(), visit.main_cause_of(0));
            visit.click("compute-anew");
            visit.page.wait_for_text("Your result");
            assert_eq!(visit.output_tokens(), tokens, "{name}");
            let computed = visit.main_cause_of(0);
            assert_eq!(computed.0, cause.0, "{name}");
            assert!(
                (computed.1 - cause.1).abs() < 2e-3,
                "{name}: {computed:?}, {cause:?}"
            );
            visit.page.assert_no_console_errors();
        }
    }
}

/// The numbers in the rows of a table.
fn numbers(page: &Page, rows: &str) -> Vec<Vec<f64>> {
    let numbers = page.evaluate(&format!(
        "[...document.querySelectorAll({})].map(row =>
           [...row.querySelectorAll('td')].map(cell => Number(cell.innerText)))",
        Value::from(rows)
    ));
    serde_json::from_value(numbers).unwrap()
}

fn assert_is_on_screen(map: &[Vec<f64>], visit: &Visit) {
    let view = "document.querySelector('[role=tab][aria-selected=true]').innerText";
    assert_eq!(visit.page.evaluate(view), "Layers × tokens");
    let shown = numbers(&visit.page, "[data-testid=heatmap] tbody tr:not(.group)");
    assert_eq!(shown.len(), map.len());
    for (shown, expected) in shown.iter().zip(map) {
        assert_eq!(shown.len(), expected.len());
        let pairs = shown.iter().zip(expected);
        // Rounded to three digits there, to two in the showcase.
        let off = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 0.006, "{shown:?}, {expected:?}");
    }
}

#[test]
fn the_map_of_a_fact_is_opened_and_traced_live() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = opened(&site, "en", "facts");
    let map = numbers(&page, ".picture tbody tr");
    assert_eq!(map.len(), 4, "the model has four layers");
    let link = page.evaluate("document.querySelector('.runs:not(.real) a').href");
    let page = Page::open(&site, link.as_str().unwrap(), LAPTOP);
    let visit = Visit { page };
    visit.page.wait_for_text("Stored result");
    assert_is_on_screen(&map, &visit);
    visit.click("compute-anew");
    visit.page.wait_for_text("Your result");
    assert_is_on_screen(&map, &visit);
    visit.page.assert_no_console_errors();
}

#[test]
fn the_tables_state_kendalls_tau_of_what_they_show() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let page = opened(&site, "en", "gender");
    let column = |index: usize| -> Vec<f64> {
        let cells = page.evaluate(&format!(
            "[...document.querySelectorAll('.picture tbody tr')].map(row => \
               Number(row.cells[{index}].innerText))"
        ));
        let cells = cells.as_array().unwrap().iter();
        cells.map(|cell| cell.as_f64().unwrap()).collect()
    };
    let (measured, planted) = (column(3), column(4));
    assert_eq!(measured.len(), 32);
    let tau = attribution_output::kendall_tau(&measured, &planted).unwrap();
    let said = page.text_of(".answer em:nth-of-type(2)");
    // Of numbers that were rounded for the table, some are tied.
    assert!(
        (said.parse::<f64>().unwrap() - tau).abs() < 0.02,
        "{said}, {tau}"
    );
}
