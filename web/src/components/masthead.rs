use leptos::prelude::*;

use crate::{
    appearance::Appearance,
    words::{Language, t},
};

/// The name of the page, what it is for, and the switches of colors and language.
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
    let languages = Language::ALL.map(|language| {
        view! {
            <label class="switch-choice">
                <input
                    type="radio"
                    name="language"
                    value=language.code()
                    class="visually-hidden"
                    prop:checked=language == Language::spoken()
                    on:change=move |_| language.choose()
                />
                <span lang=language.code()>{language.title()}</span>
            </label>
        }
    });
    let showcases = format!("showcases/{}/index.html", Language::spoken().code());
    view! {
        <header class="masthead">
            <div>
                <h1>"Inseq Web"</h1>
                <p class="tagline">
                    {t("Which words made the model say that?")}
                    " "
                    <a href=showcases>{t("Showcases")}</a>
                </p>
            </div>
            <div class="switches">
                <fieldset class="switch" data-testid="language">
                    <legend class="visually-hidden">{t("Language")}</legend>
                    {languages.collect_view()}
                </fieldset>
                <fieldset class="switch" data-testid="appearance">
                    <legend class="visually-hidden">{t("Colors")}</legend>
                    {choices.collect_view()}
                </fieldset>
            </div>
        </header>
    }
}
