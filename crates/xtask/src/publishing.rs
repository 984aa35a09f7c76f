//! Makes of the site's folder what two hosts publish as it is: a static Space of the
//! Hugging Face Hub, and GitHub Pages.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::chromium;
use crate::process::{project_root, run};

const FOLDER: &str = "web/publishing";
/// What the Space's settings name as its picture.
const THUMBNAIL: &str = "thumbnail.png";
/// A screen of the size, in pixels, that social sites show, and a window that fills it.
const THUMBNAIL_SIZE: [&str; 3] = [
    "--screen-info={1200x630}",
    "--window-size=1200,630",
    "--kiosk",
];

/// What `build` can be told.
#[derive(Args, Default)]
pub(crate) struct BuildArguments {
    /// The Space that the site is for: its picture is then named by a whole address, which
    /// social sites want.
    #[arg(long, value_name = "OWNER/NAME")]
    space: Option<String>,
}

/// Writes into the site what only hosts read. It comes after the service worker's list:
/// a host need not show these files to visitors.
pub(crate) fn write(dist: &Path, arguments: &BuildArguments) -> Result<()> {
    let folder = project_root().join(FOLDER);
    let card = fs::read_to_string(folder.join("README.md")).context("cannot read the card")?;
    let card = with_thumbnail(&card, arguments.space.as_deref())?;
    fs::write(dist.join("README.md"), card).context("cannot write the card")?;
    for file in ["404.html", THUMBNAIL] {
        fs::copy(folder.join(file), dist.join(file))
            .with_context(|| format!("cannot copy {FOLDER}/{file}"))?;
    }
    // GitHub would otherwise leave out files that begin with an underscore.
    fs::write(dist.join(".nojekyll"), "").context("cannot write .nojekyll")
}

/// The card with the picture's whole address, where it is known whose it is.
fn with_thumbnail(card: &str, space: Option<&str>) -> Result<String> {
    let Some(space) = space else {
        return Ok(card.to_owned());
    };
    let is_name = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    let parts: Vec<&str> = space.split('/').collect();
    ensure!(
        parts.len() == 2 && parts.iter().all(|part| is_name(part)),
        "--space {space:?} is not the name of a Space, such as owner/name"
    );
    let line = format!("thumbnail: {THUMBNAIL}\n");
    ensure!(
        card.contains(&line),
        "{FOLDER}/README.md has no line {line:?}"
    );
    let whole =
        format!("thumbnail: https://huggingface.co/spaces/{space}/resolve/main/{THUMBNAIL}\n");
    Ok(card.replacen(&line, &whole, 1))
}

/// Photographs `web/publishing/thumbnail.html`.
pub(crate) fn make_thumbnail() -> Result<()> {
    let folder = project_root().join(FOLDER);
    let picture = folder.join(THUMBNAIL);
    let profile = project_root().join("target/thumbnail-profile");
    run(Command::new(chromium::ensure()?)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-quic",
            "--no-first-run",
        ])
        .args(["--hide-scrollbars", "--force-device-scale-factor=1"])
        .args(THUMBNAIL_SIZE)
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!(
            "file://{}",
            folder.join("thumbnail.html").display()
        )))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that the Hub knows, and how they are spelled.
    const HEADERS: [&str; 3] = [
        "cross-origin-embedder-policy: require-corp",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: cross-origin",
    ];

    fn card() -> String {
        fs::read_to_string(project_root().join(FOLDER).join("README.md")).unwrap()
    }

    #[test]
    fn the_card_begins_with_what_a_static_space_needs() {
        let card = card();
        let (settings, _) = card
            .strip_prefix("---\n")
            .unwrap()
            .split_once("\n---\n")
            .unwrap();
        let value = |key: &str| {
            let line = settings
                .lines()
                .find_map(|line| line.strip_prefix(&format!("{key}:")));
            line.unwrap_or_else(|| panic!("no {key}")).trim().to_owned()
        };
        assert_eq!(
            (value("sdk"), value("app_file")),
            ("static".into(), "index.html".into())
        );
        let colors = [
            "red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray",
        ];
        for key in ["colorFrom", "colorTo"] {
            assert!(colors.contains(&value(key).as_str()), "{key}");
        }
        assert!(value("short_description").chars().count() <= 60);
        for key in ["title", "emoji", "thumbnail", "license", "models", "tags"] {
            value(key);
        }
        let headers = settings.split_once("custom_headers:\n").unwrap().1;
        assert_eq!(headers.lines().map(str::trim).collect::<Vec<_>>(), HEADERS);
    }

    #[test]
    fn a_space_has_its_pictures_address() {
        let card = with_thumbnail(&card(), Some("some-one/inseq.web")).unwrap();
        let whole = "https://huggingface.co/spaces/some-one/inseq.web/resolve/main/thumbnail.png";
        assert!(card.contains(whole));
        for odd in ["inseq", "a/b/c", "a/", "a/b c", "a/b\nc: d"] {
            assert!(with_thumbnail(&card, Some(odd)).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_thumbnail_is_a_picture_of_the_usual_size() {
        let picture = fs::read(project_root().join(FOLDER).join(THUMBNAIL)).unwrap();
        assert_eq!(&picture[1..4], b"PNG");
        let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
        assert_eq!((number(16), number(20)), (1200, 630));
        assert!(picture.len() < 300_000, "{}", picture.len());
    }
}
