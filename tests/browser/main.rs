//! The page, its worker and its files in a real browser.
//!
//! `cargo xtask test` builds and serves the site, finds Chromium and tells these
//! tests about both; without it each of them says that it was skipped. A test
//! asks [`site::Site`] for the addresses, opens a [`page::Page`], and speaks to it
//! in selectors and JavaScript; a [`visit::Visit`] does what a person would.

mod asked_worker;
mod boot;
mod console;
mod contexts;
mod export;
mod faithfulness;
mod golden;
mod harness;
mod history;
mod hostile_results;
mod hub;
mod large_results;
mod keyboard;
mod looks;
mod mishaps;
mod other_host;
mod other_models;
mod page;
mod player;
mod proxy;
mod results;
mod share;
mod site;
mod speed;
mod view;
mod viewer;
mod views;
mod visit;
mod ways;
mod webgpu;
