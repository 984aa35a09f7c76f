use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::Answer;
use super::lock;
use crate::static_site::{content_type, decode_percent};

/// Models in folders, each of which stands for all repositories of its name.
pub(super) struct Repositories {
    folders: Vec<PathBuf>,
    /// Of content, by path: files do not change while they are served.
    hashes: Mutex<HashMap<PathBuf, String>>,
}

/// From here on a file is in the Hub's other storage. The Hub itself has larger files
/// there; those of tests are small.
const LARGE_BYTES: u64 = 100_000;

impl Repositories {
    pub(super) fn new(folders: Vec<PathBuf>) -> Self {
        Self {
            folders,
            hashes: Mutex::default(),
        }
    }

    /// What stands at an address of the Hub's layout; `prefix` is what stands before it.
    pub(super) fn answer(&self, path: &str, prefix: &str) -> Answer {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let found = match parts.as_slice() {
            ["api", "models", owner, name, "revision", revision] => {
                self.listing(owner, name, revision)
            }
            [owner, name, "resolve", revision, file] => {
                self.file(owner, name, revision, file, prefix)
            }
            ["storage", _, name, file] => self.path(name, file).and_then(|path| read(&path)),
            _ => None,
        };
        found
            .unwrap_or_else(|| Answer::status(404).with("X-Error-Code", "EntryNotFound"))
            .with_leave()
    }

    fn listing(&self, owner: &str, name: &str, revision: &str) -> Option<Answer> {
        let folder = self.folder(name)?;
        let mut siblings = Vec::new();
        for entry in fs::read_dir(&folder).ok()?.flatten() {
            let path = entry.path();
            let Some(size) = path.metadata().ok().filter(|it| it.is_file()) else {
                continue;
            };
            let size = size.len();
            let mut sibling = json!({
                "rfilename": entry.file_name().to_string_lossy(),
                "size": size,
            });
            if size >= LARGE_BYTES {
                sibling["lfs"] = json!({"sha256": self.hash(&path)?, "size": size});
            }
            siblings.push(sibling);
        }
        siblings.sort_by_key(|sibling| sibling["rfilename"].as_str().map(str::to_owned));
        let listing = json!({
            "id": format!("{owner}/{name}"),
            "modelId": format!("{owner}/{name}"),
            "sha": commit(name, revision),
            "private": false,
            "cardData": card(&folder),
            "siblings": siblings,
        });
        Some(Answer::json(listing.to_string()))
    }

    fn file(
        &self,
        owner: &str,
        name: &str,
        revision: &str,
        file: &str,
        prefix: &str,
    ) -> Option<Answer> {
        let path = self.path(name, file)?;
        let size = path.metadata().ok()?.len();
        let hash = self.hash(&path)?;
        let answer = if size >= LARGE_BYTES {
            let storage = format!("{prefix}/storage/{owner}/{name}/{file}");
            Answer::status(302)
                .with("Location", storage)
                .with("X-Linked-Etag", format!("\"{hash}\""))
                .with("X-Linked-Size", size.to_string())
        } else {
            read(&path)?
        };
        let answer = answer.with("ETag", format!("\"{hash}\""));
        Some(answer.with("X-Repo-Commit", commit(name, revision)))
    }

    fn folder(&self, name: &str) -> Option<PathBuf> {
        let name = plain(name)?;
        let mut folders = self.folders.iter().map(|folder| folder.join(&name));
        folders.find(|folder| folder.is_dir())
    }

    fn path(&self, name: &str, file: &str) -> Option<PathBuf> {
        let path = self.folder(name)?.join(plain(file)?);
        path.is_file().then_some(path)
    }

    fn hash(&self, path: &Path) -> Option<String> {
        if let Some(known) = lock(&self.hashes).get(path) {
            return Some(known.clone());
        }
        let hash = hexadecimal(&Sha256::digest(fs::read(path).ok()?));
        lock(&self.hashes).insert(path.to_owned(), hash.clone());
        Some(hash)
    }
}

fn read(path: &Path) -> Option<Answer> {
    Some(Answer::file(content_type(path), fs::read(path).ok()?))
}

/// A name that cannot leave its folder.
fn plain(encoded: &str) -> Option<String> {
    let name = decode_percent(encoded)?;
    let is_plain = !name.starts_with('.') && !name.contains(['/', '\\', ':', '\0']);
    (is_plain && !name.is_empty()).then_some(name)
}

/// Made up, and the same for the same model and revision; a commit stands for itself.
fn commit(name: &str, revision: &str) -> String {
    if revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return revision.to_owned();
    }
    let revision = decode_percent(revision).unwrap_or_default();
    let mut hash = hexadecimal(&Sha256::digest(format!("{name}@{revision}")));
    hash.truncate(40);
    hash
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Licence and languages, as the front matter of a model's card has them.
fn card(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
    let mut parts = text.split("---\n");
    let front = match (parts.next(), parts.next()) {
        (Some(""), Some(front)) => front,
        _ => return Value::Null,
    };
    let (mut license, mut languages, mut is_list) = (None, Vec::new(), false);
    for line in front.lines() {
        match (line.split_once(':'), line.trim().strip_prefix("- ")) {
            (_, Some(language)) if is_list => languages.push(language.trim().to_owned()),
            (Some((key, value)), _) => {
                is_list = key == "language";
                match (key, value.trim()) {
                    ("license", value) => license = Some(value.to_owned()),
                    ("language", value) if !value.is_empty() => languages.push(value.to_owned()),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    json!({"license": license, "language": languages})
}
