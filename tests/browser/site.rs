//! Where the site under test is.

use std::env;
use std::path::{Path, PathBuf};
use std::thread;

/// What `cargo xtask test` prepared.
pub(crate) struct Site {
    /// The page's address at the root of a host.
    pub(crate) root: String,
    /// The page's address under `/a/b/` of another host.
    pub(crate) under_prefix: String,
    /// The same at the root of a host that lets pages use threads.
    pub(crate) isolated: String,
    /// The address of a server with the Hub's layout, without a slash at its end.
    pub(crate) hub: String,
    /// The browser's program.
    pub(crate) chromium: PathBuf,
    /// The folder of the npm package.
    pub(crate) package: PathBuf,
    /// A folder for pictures, for people to look at.
    pub(crate) screenshots: PathBuf,
}

impl Site {
    /// The site, or `None` after saying that the calling test is skipped.
    pub(crate) fn from_environment() -> Option<Self> {
        let site = Self::read();
        if site.is_none() {
            let test = thread::current();
            let name = test.name().unwrap_or("browser tests");
            println!("SKIPPED: {name}: needs the built site; run it through cargo xtask test");
        }
        site
    }

    /// Whether the site has the program with threads; if not, says that the calling test is
    /// skipped.
    pub(crate) fn has_threads(&self) -> bool {
        let program = "../dist/worker_threads_bg.wasm";
        let is_there = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(program)
            .is_file();
        if !is_there {
            let test = thread::current();
            let name = test.name().unwrap_or("browser tests");
            println!("SKIPPED: {name}: the compiler here cannot make the program with threads");
        }
        is_there
    }

    fn read() -> Option<Self> {
        Some(Self {
            root: env::var("INSEQ_SITE").ok()?,
            under_prefix: env::var("INSEQ_SITE_UNDER_PREFIX").ok()?,
            isolated: env::var("INSEQ_SITE_ISOLATED").ok()?,
            hub: env::var("INSEQ_HUB").ok()?,
            chromium: env::var_os("INSEQ_CHROMIUM")?.into(),
            package: env::var_os("INSEQ_PACKAGE")?.into(),
            screenshots: env::var_os("INSEQ_SCREENSHOTS")?.into(),
        })
    }
}
