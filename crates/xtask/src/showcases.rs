//! The showcases: six pages that show a result and what to look for in it, without a
//! framework.
//!
//! `compute` makes their results by the command line, `write` their pages, for each
//! language from the same templates and a catalogue of texts. What they are made of lies
//! in `web/showcases`. No number on a page is written by hand, but those that others
//! published (`published.json`, each with where it stands).

mod compute;
mod figures;
mod gender;
mod kendall;
mod more_pages;
mod pages;
mod results;
mod runs;
mod site;
mod words;

pub(crate) use compute::{ShowcasesArguments, showcases};
pub(crate) use site::write;
