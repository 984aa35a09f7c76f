//! The page, its worker and its files in a real browser.
//!
//! `cargo xtask test` builds and serves the site, finds Chromium and tells these
//! tests about both; without it each of them says that it was skipped. A test
//! asks [`site::Site`] for the addresses, opens a [`page::Page`], and speaks to it
//! in selectors and JavaScript; a [`visit::Visit`] does what a person would.

mod accessibility;
mod all_methods;
mod asked_worker;
mod boot;
mod compare;
mod console;
mod contexts;
mod export;
mod faithfulness;
mod framed;
mod golden;
mod harness;
mod history;
mod hostile_results;
mod hub;
mod keyboard;
mod languages;
mod large_results;
mod looks;
mod mishaps;
mod other_host;
mod other_models;
mod package;
mod package_bundled;
mod package_pages;
mod package_types;
mod page;
mod player;
mod playground;
mod processor;
mod proxy;
mod publishing;
mod results;
mod share;
mod showcases;
mod site;
mod speed;
mod static_host;
mod token_lists;
mod tokens;
mod view;
mod viewer;
mod views;
mod visit;
mod ways;
mod webgpu;
