//! Every chore of the project: `cargo xtask serve | build | test | tidy | make-model |
//! make-example | showcases | bench | package`.
//!
//! A chore gets what it needs (toolchain, tools, browser), prints each step with
//! its time, and fails with what to do. Continuous integration calls the same
//! commands a developer calls. Not here: anything that ships, and any test; a
//! test is a test in `tests/` or beside its code.

// This is a terminal program; printing is its output.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod bench_kernels;
mod bench_peers;
mod chromium;
mod debian_packages;
mod engine_programs;
mod fuzz;
mod hub;
mod make_example;
mod make_model;
mod package;
mod player;
mod process;
mod publishing;
mod serve;
mod service_worker;
mod showcases;
mod site;
mod static_site;
mod step;
mod test;
mod test_report;
mod tidy;
mod tools;
mod vulkan;
mod wasm_names;
mod wasm_toolchain;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The chores of Inseq Web.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build the site and serve it on this machine.
    Serve(serve::ServeArguments),
    /// Build the static site into `dist/`; it works under any address, and is a static
    /// Space of the Hugging Face Hub as it is.
    Build(publishing::BuildArguments),
    /// Make the npm package in `target/package/inseq-web`.
    Package(package::PackageArguments),
    /// Run every test, the browser ones included.
    Test(test::TestArguments),
    /// Write a model with random weights, for benches.
    MakeModel(make_model::MakeModelArguments),
    /// Serve models in the Hub's layout, with faults that can be asked for.
    Hub(hub::HubArguments),
    /// Feed readers of foreign files with what nobody wrote.
    Fuzz(fuzz::FuzzArguments),
    /// Measure what a sentence costs, natively and in the browser.
    Bench(bench::BenchArguments),
    /// Compute the page's stored example and the README's picture of it anew.
    MakeExample,
    /// Compute what the showcases show anew.
    Showcases(showcases::ShowcasesArguments),
    /// Photograph what links to the site show.
    MakeThumbnail,
    /// Check formatting, lints and structure.
    Tidy(tidy::TidyArguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Serve(arguments) => serve::serve(&arguments),
        Chore::Build(arguments) => site::build_for(&arguments).map(|_| ()),
        Chore::Package(arguments) => package::package(&arguments),
        Chore::Test(arguments) => test::test(&arguments),
        Chore::MakeModel(arguments) => make_model::make_model(&arguments),
        Chore::Hub(arguments) => hub::hub(&arguments),
        Chore::Fuzz(arguments) => fuzz::fuzz(&arguments),
        Chore::Bench(arguments) => bench::bench(&arguments),
        Chore::MakeExample => make_example::make_example(),
        Chore::Showcases(arguments) => showcases::showcases(&arguments),
        Chore::MakeThumbnail => publishing::make_thumbnail(),
        Chore::Tidy(arguments) => tidy::tidy(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
