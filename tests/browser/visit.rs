//! A visit to the page: what a person does there, in the page's own terms.

use std::time::Duration;

use serde_json::Value;

use crate::page::Page;
use crate::site::Site;
use crate::view::{LAPTOP, View};

/// How long a run may take on a slow machine.
const RUN_PATIENCE: Duration = Duration::from_secs(180);
/// Nothing runs, and something can be run.
const IS_READY: &str = "!document.querySelector('[data-testid=run]').disabled";
/// Each result has an address of its own for its file.
const RESULT: &str = "document.querySelector('[data-testid=download-json]').href";

/// The page, open and ready to be asked.
pub(crate) struct Visit {
    pub(crate) page: Page,
}

impl Visit {
    /// Opens the page and waits until its engine has said what it offers. `None` after
    /// saying that the calling test is skipped.
    pub(crate) fn begin() -> Option<Self> {
        Self::begin_with(LAPTOP)
    }

    /// As `begin`, in a window of this size.
    pub(crate) fn begin_with(view: View) -> Option<Self> {
        let site = Site::from_environment()?;
        Some(Self::of(Page::open(&site, &site.root, view)))
    }

    /// As `begin`, with a script that runs before those of every document.
    pub(crate) fn begin_with_script(script: &str) -> Option<Self> {
        let site = Site::from_environment()?;
        let page = Page::open(&site, "about:blank", LAPTOP);
        page.run_before_every_document(script);
        page.go_to(&site.root);
        Some(Self::of(page))
    }

    /// As `begin`, in a browser that lets pages use WebGPU.
    pub(crate) fn begin_with_webgpu() -> Option<Self> {
        let site = Site::from_environment()?;
        Some(Self::of(Page::open_with_webgpu(&site, &site.root)))
    }

    /// As `begin`, at another address that leads to the site.
    pub(crate) fn begin_at(site: &Site, address: &str) -> Self {
        Self::of(Page::open(site, address, LAPTOP))
    }

    fn of(page: Page) -> Self {
        let visit = Self { page };
        visit.wait_for_engine();
        visit
    }

    /// Opens what can be folded open. Not by a click: what comes in above while the engine
    /// starts moves it away.
    pub(crate) fn unfold(&self, test_id: &str) {
        let open = format!("document.querySelector('{}').open = true", by_id(test_id));
        self.page.evaluate(&open);
    }

    /// Waits until the form has its methods and the engine takes requests.
    pub(crate) fn wait_for_engine(&self) {
        self.page.wait_for(
            "the methods in the form",
            "document.querySelector('[data-testid=method]')?.disabled === false",
        );
        self.page.wait_for("the engine", IS_READY);
    }

    /// Chooses an entry of a list with the keyboard, as closed lists allow.
    pub(crate) fn choose(&self, test_id: &str, value: &str) {
        let selector = by_id(test_id);
        self.page.wait_for_selector(&selector);
        let list = format!("document.querySelector({})", Value::from(selector.as_str()));
        self.page.evaluate(&format!("{list}.focus()"));
        let entries = self.values_of(test_id);
        assert!(
            entries.iter().any(|entry| entry == value),
            "{test_id} offers {entries:?}, not {value}"
        );
        self.page.press("Home");
        for _ in &entries {
            if self.page.evaluate(&format!("{list}.value")) == value {
                return;
            }
            self.page.press("ArrowDown");
        }
        panic!("{test_id} does not become {value}");
    }

    /// The values of a list's entries.
    pub(crate) fn values_of(&self, test_id: &str) -> Vec<String> {
        let values = self.page.evaluate(&format!(
            "[...document.querySelector({}).options].map(option => option.value)",
            Value::from(by_id(test_id))
        ));
        strings(&values)
    }

    /// Types a prompt or a source sentence.
    pub(crate) fn type_input(&self, text: &str) {
        self.page.type_into(&by_id("input-text"), text);
    }

    /// Types the output to explain.
    pub(crate) fn type_output(&self, text: &str) {
        self.page.type_into(&by_id("generated-text"), text);
    }

    /// Types into a field of a number and leaves it, as its value counts from then.
    pub(crate) fn type_number(&self, test_id: &str, number: &str) {
        self.page.type_into(&by_id(test_id), number);
        self.page.press("Tab");
    }

    /// Clicks on what has this test id.
    pub(crate) fn click(&self, test_id: &str) {
        self.page.click(&by_id(test_id));
    }

    /// Opens the part of the form that is folded at first.
    pub(crate) fn open_advanced(&self) {
        self.unfold("advanced");
    }

    /// Clicks Run and waits for the result.
    pub(crate) fn run(&self) {
        if let Err(words) = self.try_run() {
            panic!("the run failed: {words}");
        }
    }

    /// As `run`, but returns the words about why there is no result.
    pub(crate) fn try_run(&self) -> Result<(), String> {
        self.mark_result();
        self.click("run");
        self.page
            .wait_for_within(RUN_PATIENCE, "the end of the run", &is_over());
        let is_failed = self.page.evaluate(&format!("Boolean({})", shown("error")));
        if is_failed == true {
            return Err(self.text("error"));
        }
        assert_eq!(self.text("origin"), "Your result");
        Ok(())
    }

    /// Clicks Run and waits for the words about why there is no result.
    pub(crate) fn run_in_vain(&self) -> String {
        self.click("run");
        self.wait_for_words()
    }

    /// Waits for the words about why there is no result.
    pub(crate) fn wait_for_words(&self) -> String {
        self.page
            .wait_for_within(RUN_PATIENCE, "a failure", &shown("error"));
        self.page.text_of(&by_id("error"))
    }

    /// Remembers which result is on screen.
    fn mark_result(&self) {
        self.page.evaluate(&format!("window.oldResult = {RESULT}"));
    }

    /// The visible text of what has this test id.
    pub(crate) fn text(&self, test_id: &str) -> String {
        self.page.text_of(&by_id(test_id)).trim().to_owned()
    }

    /// The output's explained tokens, in their order.
    pub(crate) fn output_tokens(&self) -> Vec<String> {
        let tokens = self.page.evaluate(
            "[...document.querySelectorAll('[data-testid=output-token]')].map(it => it.innerText)",
        );
        strings(&tokens)
    }

    /// The token that gave most to an explained one, and its value.
    pub(crate) fn main_cause_of(&self, column: usize) -> (String, f64) {
        let cause = self.page.evaluate(&format!(
            "(() => {{
               const cells = [...document.querySelectorAll(
                 '[data-testid=heatmap] td[data-level][data-column=\"{column}\"]')];
               const number = cell => Number(cell.innerText.replace('−', '-'));
               const most = cells.reduce((a, b) => number(b) > number(a) ? b : a);
               const label = most.parentElement.querySelector('th').cloneNode(true);
               label.querySelector('.position')?.remove();
               return [label.textContent.trim(), number(most)];
             }})()"
        ));
        let label = cause[0].as_str().unwrap_or_default().to_owned();
        (label, cause[1].as_f64().expect("a cell holds a number"))
    }
}

/// One option's field, and what to do there.
#[derive(Debug)]
pub(crate) enum OptionSetting {
    /// Leave all as they are.
    Defaults,
    /// Click on a box.
    Click { field: String },
    /// Choose an entry of a list.
    Choose {
        field: String,
        value: String,
        default: String,
    },
    /// Type a value.
    Type { field: String, value: String },
}

impl Visit {
    /// What can be set in the fields whose ids start so: defaults first, then each
    /// option by itself, each entry of a list, a number near its smallest.
    pub(crate) fn option_settings(&self, id_start: &str) -> Vec<OptionSetting> {
        let fields = self.page.evaluate(&format!(
            "[...document.querySelectorAll('[data-testid^=\"{id_start}-\"]')].map(field => ({{
               id: field.dataset.testid, kind: field.type, value: field.value,
               values: [...(field.options ?? [])].map(option => option.value),
               number: String(Math.max(Number(field.min), Math.min(Number(field.max), 3))),
               example: field.placeholder }}))"
        ));
        let mut settings = vec![OptionSetting::Defaults];
        for field in fields.as_array().into_iter().flatten() {
            let text = |key: &str| field[key].as_str().unwrap_or_default().to_owned();
            match text("kind").as_str() {
                "checkbox" => settings.push(OptionSetting::Click { field: text("id") }),
                "number" => settings.push(OptionSetting::Type {
                    field: text("id"),
                    value: text("number"),
                }),
                "text" => settings.push(OptionSetting::Type {
                    field: text("id"),
                    value: text("example"),
                }),
                _ => {
                    let others = strings(&field["values"]).into_iter();
                    let default = text("value");
                    let choose = |value| OptionSetting::Choose {
                        field: text("id"),
                        value,
                        default: default.clone(),
                    };
                    settings.extend(others.filter(|value| *value != default).map(choose));
                }
            }
        }
        settings
    }

    /// Makes a setting, runs, unmakes it; returns the words about why there is no
    /// result. All by one script in the page, where a few hundred runs would wait most
    /// of the time for what the mouse does.
    pub(crate) fn run_with(&self, setting: &OptionSetting) -> Option<String> {
        let (field, value, default) = match setting {
            OptionSetting::Defaults => (Value::Null, Value::Null, Value::Null),
            OptionSetting::Click { field } => (field.as_str().into(), Value::Null, Value::Null),
            OptionSetting::Choose {
                field,
                value,
                default,
            } => (
                field.as_str().into(),
                value.as_str().into(),
                default.as_str().into(),
            ),
            OptionSetting::Type { field, value } => {
                (field.as_str().into(), value.as_str().into(), "".into())
            }
        };
        let words = self.page.evaluate(&format!(
            "(async () => {{
               const find = id => document.querySelector(`[data-testid=\"${{id}}\"]`);
               const error = () => {{
                 const it = find('error');
                 return it?.checkVisibility() ? it : null;
               }};
               const set = value => {{
                 const field = find({field});
                 if (!field) return;
                 if (field.type === 'checkbox') return field.click();
                 field.value = value;
                 field.dispatchEvent(new Event('input', {{ bubbles: true }}));
                 field.dispatchEvent(new Event('change', {{ bubbles: true }}));
               }};
               set({value});
               const old = {{ result: find('download-json').href, error: error() }};
               find('run').click();
               const isOver = () => !find('run').disabled &&
                 (find('download-json').href !== old.result || (error() ?? old.error) !== old.error);
               while (!isOver()) await new Promise(go => setTimeout(go, 5));
               const words = error()?.innerText;
               set({default});
               return words;
             }})()"
        ));
        words.as_str().map(str::to_owned)
    }
}

impl OptionSetting {
    /// The test id of the field that is set, if one is.
    pub(crate) fn field(&self) -> Option<&str> {
        match self {
            Self::Defaults => None,
            Self::Click { field } | Self::Choose { field, .. } | Self::Type { field, .. } => {
                Some(field)
            }
        }
    }
}

/// The selector of a test id.
pub(crate) fn by_id(test_id: &str) -> String {
    format!("[data-testid={test_id}]")
}

/// JavaScript: the run is over, with another result than the marked one or with words.
fn is_over() -> String {
    format!(
        "{IS_READY} && ({RESULT} !== window.oldResult || {})",
        shown("error")
    )
}

/// JavaScript: something with this test id is on screen.
fn shown(test_id: &str) -> String {
    format!("document.querySelector('[data-testid={test_id}]')?.checkVisibility()")
}

fn strings(values: &Value) -> Vec<String> {
    let values = values.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    values.iter().map(text).collect()
}
