use leptos::prelude::*;

use super::copy_button::CopyButton;
use crate::{
    same_run::{command_line, python},
    shown::Shown,
    words::t,
};

/// The run on screen as calls of Inseq, and as a command.
#[component]
pub(crate) fn SameRunPanel(
    /// The result on screen.
    shown: RwSignal<Shown>,
) -> impl IntoView {
    let asked = Memo::new(move |_| shown.with(|shown| shown.asked.clone()));
    let written = move |write: fn(&crate::run_request::RunRequest) -> String| {
        Signal::derive(move || asked.with(|asked| asked.as_ref().map(write).unwrap_or_default()))
    };
    let (in_python, in_shell) = (written(python), written(command_line));
    view! {
        <Show when=move || asked.with(Option::is_some)>
            <details class="same-run" data-testid="same-run">
                <summary>{t("The same in Python and on the command line")}</summary>
                <div class="same-run-title">
                    <h3 id="same-python">{t("In Python, with Inseq")}</h3>
                    <CopyButton title=t("Copy Python") test_id="copy-python" text=in_python />
                </div>
                <pre class="code" tabindex="0" role="region" aria-labelledby="same-python" data-testid="python"><code>{in_python}</code></pre>
                <div class="same-run-title">
                    <h3 id="same-shell">{t("On the command line")}</h3>
                    <CopyButton title=t("Copy command") test_id="copy-command" text=in_shell />
                </div>
                <pre class="code" tabindex="0" role="region" aria-labelledby="same-shell" data-testid="command"><code>{in_shell}</code></pre>
            </details>
        </Show>
    }
}
