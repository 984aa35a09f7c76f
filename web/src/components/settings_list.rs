use leptos::prelude::*;

use crate::shown::Shown;

/// How a result was made: no number without its settings.
#[component]
pub(crate) fn SettingsList(
    /// The result on screen.
    shown: RwSignal<Shown>,
) -> impl IntoView {
    let pairs = move || {
        shown
            .with(Shown::settings)
            .into_iter()
            .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
            .collect_view()
    };
    view! { <dl class="settings" data-testid="settings">{pairs}</dl> }
}
