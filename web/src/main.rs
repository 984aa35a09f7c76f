//! The page: a form, a result, and nothing that computes.
//!
//! It sends a `Request` to a worker and draws the Inseq JSON that comes back,
//! by pure functions of `attribution_output` and `heatmap`. Drafts are kept in the
//! browser's storage. Not here: models, tokenizers, methods (the form is made
//! from their descriptions), colors and HTML of saved results (`heatmap`).

#![allow(
    unreachable_pub,
    reason = "leptos makes every component's properties public"
)]

mod app;
mod appearance;
mod bundled_models;
mod chosen_model;
mod components;
mod draft;
#[allow(dead_code, reason = "the export menu will use it")]
mod embed_code;
mod measured;
mod preparation;
mod reading;
mod shown;
mod state;
mod storage;
mod texts;
mod ways_to_look;
mod worker;

fn main() {
    console_error_panic_hook::set_once();
    app::mount();
}
