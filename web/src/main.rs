//! The page: a form, a result, and nothing that computes.
//!
//! It sends a `Request` to a worker and draws the Inseq JSON that comes back,
//! by pure functions of `attribution_output` and `heatmap`. Drafts and earlier runs are
//! kept in the browser's storage; links hold runs, too. Not here: models, tokenizers,
//! methods (the form is made from their descriptions), colors and HTML of saved results
//! (`heatmap`). What it says stands in English in the code; `words` has it in German.

#![allow(
    unreachable_pub,
    reason = "leptos makes every component's properties public"
)]

mod address;
mod app;
mod appearance;
mod arc_layout;
mod arcs;
mod bundled_models;
mod canvas_drawing;
mod canvas_geometry;
mod chosen_model;
mod clipboard;
mod comparing;
mod components;
mod draft;
mod embed_code;
mod fetched;
mod framed;
mod history;
mod laid_out;
mod level_style;
mod link;
mod measured;
mod next_task;
mod opened_result;
mod pixels;
mod place;
mod preparation;
mod ranking;
mod reading;
mod run_request;
mod same_run;
mod shown;
mod state;
mod storage;
mod texts;
mod tokenized;
mod views;
mod watched_element;
mod ways_to_look;
mod words;
mod worker;

fn main() {
    console_error_panic_hook::set_once();
    words::speak_then(app::mount);
}
