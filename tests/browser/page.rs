//! One page in one browser: open it, wait, click, type, look.
//!
//! Everything here panics with what the page showed and complained about, since
//! a test can do nothing better with an error.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use headless_chrome::browser::tab::point::Point;
use headless_chrome::protocol::cdp::{Emulation, Page as PageDomain, Runtime, Storage};
use headless_chrome::{Browser, LaunchOptions, Tab};
use serde_json::Value;

use crate::console::Console;
use crate::site::Site;
use crate::view::{LAPTOP, View};

/// Flags that make Chromium quiet, and blind to every host but the one under test:
/// what works here needs no other. More flags are given by the library.
const FLAGS: [&str; 4] = [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--disable-component-update",
    "--mute-audio",
];
const WEBGPU_FLAGS: [&str; 2] = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
/// How long a page may take to show what is awaited, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL_EVERY: Duration = Duration::from_millis(25);
/// The library gives up on a browser that is silent for so long.
const LONGEST_SILENCE: Duration = Duration::from_secs(600);

/// A page in a browser of its own, with empty storage.
pub(crate) struct Page {
    tab: Arc<Tab>,
    console: Console,
    screenshots: PathBuf,
    /// Ends the browser when the test does.
    _browser: Browser,
}

impl Page {
    /// Starts a browser and opens an address in it.
    pub(crate) fn open(site: &Site, address: &str, view: View) -> Self {
        Self::open_with(site, address, view, &[])
    }

    /// The same in a browser that lets pages use WebGPU, which a program computes.
    pub(crate) fn open_with_webgpu(site: &Site, address: &str) -> Self {
        Self::open_with(site, address, LAPTOP, &WEBGPU_FLAGS)
    }

    fn open_with(site: &Site, address: &str, view: View, more_flags: &[&str]) -> Self {
        let options = LaunchOptions::default_builder()
            .path(Some(site.chromium.clone()))
            // Root, as in a container, cannot have the sandbox; the page is ours.
            .sandbox(false)
            // Any free port: two tests start at once.
            .port(Some(0))
            .window_size(Some((view.width, view.height)))
            .enable_gpu(!more_flags.is_empty())
            .args(FLAGS.iter().chain(more_flags).map(OsStr::new).collect())
            .idle_browser_timeout(LONGEST_SILENCE)
            .build()
            .unwrap();
        let browser = Browser::new(options).expect("Chromium starts");
        let tab = browser.new_tab().expect("Chromium opens a tab");
        let page = Self {
            console: Console::of(&tab),
            tab,
            screenshots: site.screenshots.clone(),
            _browser: browser,
        };
        page.set_view(view);
        page.go_to(address);
        page
    }

    /// Goes to an address; returns before anything is loaded.
    pub(crate) fn go_to(&self, address: &str) {
        self.tab
            .navigate_to(address)
            .unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// Runs a script in every document from now on, before the page's own.
    pub(crate) fn run_before_every_document(&self, source: &str) {
        self.tab
            .call_method(PageDomain::AddScriptToEvaluateOnNewDocument {
                source: source.to_owned(),
                world_name: None,
                include_command_line_api: None,
                run_immediately: None,
            })
            .unwrap();
    }

    /// Lets the page's origin store so many bytes, or as many as it usually may.
    pub(crate) fn limit_storage(&self, quota: Option<u32>) {
        let origin = self.evaluate("location.origin");
        self.tab
            .call_method(Storage::OverrideQuotaForOrigin {
                origin: origin.as_str().unwrap().to_owned(),
                quota_size: quota.map(f64::from),
            })
            .unwrap();
    }

    /// Loads the page again and returns when its document is new.
    pub(crate) fn reload(&self) {
        self.evaluate("window.isOldDocument = true");
        self.tab.reload(false, None).unwrap();
        self.wait_for(
            "the reloaded document",
            "!window.isOldDocument && document.body",
        );
    }

    /// Changes size and color scheme.
    pub(crate) fn set_view(&self, view: View) {
        let is_phone = view.width < 600;
        self.tab
            .call_method(Emulation::SetDeviceMetricsOverride {
                width: view.width,
                height: view.height,
                device_scale_factor: 1.0,
                mobile: is_phone,
                scale: None,
                screen_width: None,
                screen_height: None,
                position_x: None,
                position_y: None,
                dont_set_visible_size: None,
                screen_orientation: None,
                viewport: None,
                display_feature: None,
                device_posture: None,
            })
            .unwrap();
        let scheme = if view.is_dark { "dark" } else { "light" };
        let feature = Emulation::MediaFeature {
            name: "prefers-color-scheme".to_owned(),
            value: scheme.to_owned(),
        };
        self.tab
            .call_method(Emulation::SetEmulatedMedia {
                media: None,
                features: Some(vec![feature]),
            })
            .unwrap();
    }

    /// The value of a JavaScript expression, awaited if it is a promise.
    pub(crate) fn evaluate(&self, expression: &str) -> Value {
        self.try_evaluate(expression)
            .unwrap_or_else(|error| panic!("{expression}: {error}\n{}", self.state()))
    }

    /// As `evaluate`, in the page's first frame, whatever origin it has.
    pub(crate) fn evaluate_in_frame(&self, expression: &str) -> Value {
        let tree = self
            .tab
            .call_method(PageDomain::GetFrameTree(None))
            .unwrap();
        let frames = tree.frame_tree.child_frames.unwrap_or_default();
        let world = PageDomain::CreateIsolatedWorld {
            frame_id: frames[0].frame.id.clone(),
            world_name: None,
            grant_univeral_access: None,
        };
        let context = self.tab.call_method(world).unwrap().execution_context_id;
        self.evaluate_in(Some(context), expression)
            .unwrap_or_else(|error| panic!("{expression}: {error}\n{}", self.state()))
    }

    /// Waits until a JavaScript expression is truthy in the page's first frame.
    pub(crate) fn wait_in_frame_for(&self, what: &str, expression: &str) {
        let start = Instant::now();
        while self.evaluate_in_frame(&format!("Boolean({expression})")) != true {
            assert!(
                start.elapsed() < PATIENCE,
                "waited {PATIENCE:?} for {what} in the frame\n{}",
                self.state()
            );
            thread::sleep(POLL_EVERY);
        }
    }

    fn try_evaluate(&self, expression: &str) -> Result<Value, String> {
        self.evaluate_in(None, expression)
    }

    fn evaluate_in(&self, context: Option<u32>, expression: &str) -> Result<Value, String> {
        let call = Runtime::Evaluate {
            expression: expression.to_owned(),
            return_by_value: Some(true),
            await_promise: Some(true),
            user_gesture: Some(true),
            object_group: None,
            include_command_line_api: None,
            silent: None,
            context_id: context,
            generate_preview: None,
            throw_on_side_effect: None,
            timeout: None,
            disable_breaks: None,
            repl_mode: None,
            allow_unsafe_eval_blocked_by_csp: None,
            unique_context_id: None,
            serialization_options: None,
        };
        let answer = self
            .tab
            .call_method(call)
            .map_err(|error| error.to_string())?;
        if let Some(details) = answer.exception_details {
            let description = details
                .exception
                .and_then(|exception| exception.description);
            return Err(description.unwrap_or(details.text));
        }
        Ok(answer.result.value.unwrap_or(Value::Null))
    }

    /// Waits until a JavaScript expression is truthy; `what` names it in a failure.
    pub(crate) fn wait_for(&self, what: &str, expression: &str) {
        self.wait_for_within(PATIENCE, what, expression);
    }

    /// As `wait_for`, for what takes longer or must take less.
    pub(crate) fn wait_for_within(&self, patience: Duration, what: &str, expression: &str) {
        let start = Instant::now();
        let condition = format!("Boolean({expression})");
        loop {
            // While a document is replaced by the next, there is nothing to ask.
            let outcome = self.try_evaluate(&condition);
            if outcome == Ok(Value::Bool(true)) {
                return;
            }
            if start.elapsed() > patience {
                panic!(
                    "waited {patience:?} for {what}: {outcome:?}\n{}",
                    self.state()
                );
            }
            thread::sleep(POLL_EVERY);
        }
    }

    /// Waits until an element is there and visible.
    pub(crate) fn wait_for_selector(&self, selector: &str) {
        let element = element(selector);
        self.wait_for(selector, &format!("{element}?.checkVisibility()"));
    }

    /// Waits until the page shows a text.
    pub(crate) fn wait_for_text(&self, text: &str) {
        let text = Value::from(text).to_string();
        self.wait_for(&text, &format!("document.body?.innerText.includes({text})"));
    }

    /// The visible text of an element, which must be there.
    pub(crate) fn text_of(&self, selector: &str) -> String {
        let text = self.evaluate(&format!("{}.innerText", element(selector)));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks in the middle of an element with the mouse, once it is visible.
    pub(crate) fn click(&self, selector: &str) {
        let (x, y) = self.middle_of(selector);
        self.tab.click_point(Point { x, y }).unwrap();
    }

    /// Moves the mouse over an element, once it is visible.
    pub(crate) fn hover(&self, selector: &str) {
        let (x, y) = self.middle_of(selector);
        self.tab.move_mouse_to_point(Point { x, y }).unwrap();
    }

    /// Replaces what is written in a field.
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        self.wait_for_selector(selector);
        self.evaluate(&format!("({0}.focus(), {0}.select?.())", element(selector)));
        if text.is_empty() {
            self.press("Delete");
        } else {
            self.tab.send_character(text).unwrap();
        }
    }

    /// Presses a key, named as in `KeyboardEvent.key`.
    pub(crate) fn press(&self, key: &str) {
        self.tab.press_key(key).unwrap();
    }

    /// Saves what is visible as `target/screenshots/NAME.png`.
    pub(crate) fn screenshot(&self, name: &str) -> PathBuf {
        let format = PageDomain::CaptureScreenshotFormatOption::Png;
        let image = self
            .tab
            .capture_screenshot(format, None, None, true)
            .unwrap();
        fs::create_dir_all(&self.screenshots).unwrap();
        let path = self.screenshots.join(format!("{name}.png"));
        fs::write(&path, image).unwrap();
        path
    }

    /// As `screenshot`, of the whole page, however long it is.
    pub(crate) fn screenshot_of_all(&self, name: &str) -> PathBuf {
        let size = self.evaluate(
            "[innerWidth, document.documentElement.scrollHeight, innerHeight, \
              matchMedia('(prefers-color-scheme: dark)').matches]",
        );
        let number = |index: usize| size[index].as_u64().unwrap_or_default() as u32;
        let view = View {
            width: number(0),
            height: number(1),
            is_dark: size[3] == true,
        };
        self.set_view(view);
        let path = self.screenshot(name);
        let height = number(2);
        self.set_view(View { height, ..view });
        path
    }

    /// What the page complained about.
    pub(crate) fn console(&self) -> &Console {
        &self.console
    }

    /// Fails if the page complained.
    pub(crate) fn assert_no_console_errors(&self) {
        let errors = self.console.errors();
        assert!(
            errors.is_empty(),
            "the page complained:\n{}",
            errors.join("\n")
        );
    }

    fn middle_of(&self, selector: &str) -> (f64, f64) {
        self.wait_for_selector(selector);
        // What a failure or a result moves on its way is waited for, as a person would.
        let middle = self.evaluate(&format!(
            "(async () => {{
               const it = () => {};
               const frame = () => new Promise(requestAnimationFrame);
               const place = () => {{
                 it().scrollIntoView({{ block: 'center', inline: 'center', behavior: 'instant' }});
                 const box = it().getBoundingClientRect();
                 return [box.x + box.width / 2, box.y + box.height / 2];
               }};
               for (let old = place(); ; ) {{
                 await frame();
                 await frame();
                 const now = place();
                 if (String(now) === String(old)) return now;
                 old = now;
               }}
             }})()",
            element(selector)
        ));
        let number = |index: usize| middle[index].as_f64().expect("a box has coordinates");
        (number(0), number(1))
    }

    /// For a failure: what a person would look at.
    fn state(&self) -> String {
        let ask = |expression: &str| match self.try_evaluate(expression) {
            Ok(Value::String(text)) => text,
            Ok(other) => other.to_string(),
            Err(error) => error,
        };
        let test = thread::current()
            .name()
            .unwrap_or("test")
            .replace("::", "-");
        format!(
            "page: {}\nconsole errors: {:#?}\ntext:\n{}\nscreenshot: {}",
            ask("location.href"),
            self.console.errors(),
            ask("document.body?.innerText"),
            self.screenshot(&format!("failed-{test}")).display(),
        )
    }
}

/// JavaScript for the first element that a selector names.
fn element(selector: &str) -> String {
    format!("document.querySelector({})", Value::from(selector))
}
