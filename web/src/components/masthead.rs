use leptos::prelude::*;

use crate::appearance::Appearance;

/// The name of the page, what it is for, and the switch between light and dark.
#[component]
pub(crate) fn Masthead(
    /// Which colors the page wears.
    appearance: RwSignal<Appearance>,
) -> impl IntoView {
    let choices = Appearance::ALL.map(|choice| {
        view! {
            <label class="switch-choice">
                <input
                    type="radio"
                    name="appearance"
                    class="visually-hidden"
                    prop:checked=move || appearance.get() == choice
                    on:change=move |_| appearance.set(choice)
                />
                <span>{choice.title()}</span>
            </label>
        }
    });
    view! {
        <header class="masthead">
            <div>
                <h1>"Inseq Web"</h1>
                <p class="tagline">
                    "Which words made the model say that? "
                    <a href="showcases/en/index.html">"Showcases"</a>
                </p>
            </div>
            <fieldset class="switch" data-testid="appearance">
                <legend class="visually-hidden">"Colors"</legend>
                {choices.collect_view()}
            </fieldset>
        </header>
    }
}
