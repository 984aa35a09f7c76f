//! The page: a form, a result, and nothing that computes.
//!
//! It sends a `Request` to a worker and draws the Inseq JSON that comes back,
//! by pure functions of `attribution_output` and `heatmap`. Drafts and earlier runs are
//! kept in the browser's storage; links hold runs, too. Not here: models, tokenizers,
//! methods (the form is made from their descriptions), colors and HTML of saved results
//! (`heatmap`).

#![allow(
    unreachable_pub,
    reason = "leptos makes every component's properties public"
)]

mod address;
mod app;
mod appearance;
mod bundled_models;
mod chosen_model;
mod clipboard;
mod comparing;
mod components;
mod draft;
mod embed_code;
mod fetched;
mod history;
mod link;
mod measured;
mod opened_result;
mod pixels;
mod preparation;
mod reading;
mod run_request;
mod same_run;
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
