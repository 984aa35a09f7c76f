//! Serves the site on this machine, for a person to look at.

use anyhow::Result;
use clap::Args;

use crate::process::project_root;
use crate::site;
use crate::static_site::StaticSite;

/// What `serve` can be told.
#[derive(Args)]
pub(crate) struct ServeArguments {
    /// The port to serve on; 0 takes any free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The path to serve under, as on a host that gives each site a folder.
    #[arg(long, default_value = "/", value_name = "/A/B/")]
    prefix: String,
    /// Send the headers with which a page may use threads.
    #[arg(long)]
    isolated: bool,
    /// Serve `dist/` as it is.
    #[arg(long)]
    no_build: bool,
}

/// Builds the site and serves it until interrupted.
pub(crate) fn serve(arguments: &ServeArguments) -> Result<()> {
    // A taken port should be known before minutes of building.
    let site = StaticSite::bind(
        project_root().join("dist"),
        arguments.port,
        &arguments.prefix,
    )?
    .isolated(arguments.isolated);
    if !arguments.no_build {
        site::build()?;
    }
    println!("==> {} (Ctrl-C ends it)", site.address());
    site.serve_forever();
    Ok(())
}
