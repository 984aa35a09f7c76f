//! The page, its worker and its files in a real browser.
//!
//! `cargo xtask test` builds and serves the site, finds Chromium and tells these
//! tests about both; without it each of them says that it was skipped. A test
//! asks [`site::Site`] for the addresses, opens a [`page::Page`], and speaks to it
//! in selectors and JavaScript.

mod boot;
mod console;
mod harness;
mod page;
mod site;
