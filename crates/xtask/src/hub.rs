//! A server with the Hugging Face Hub's layout, over folders on this machine, with faults
//! that can be asked for: what the tests of downloads fetch from.
//!
//! Connections are handled by hand, one request each, because what must be tried is what
//! no well-behaved server does: bodies that stop in the middle, trickle, or lie.

mod answer;
mod fault;
mod repository;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use clap::Args;

use self::answer::{Answer, Asked};
use self::fault::Fault;
use self::repository::Repositories;
use crate::process::project_root;

/// What `hub` can be told.
#[derive(Args)]
pub(crate) struct HubArguments {
    /// Folder of model folders; `target/models`, where `make-model` writes, unless given.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Port; any free one if 0.
    #[arg(long, default_value_t = 8090)]
    port: u16,
}

/// Serves models until it is stopped.
pub(crate) fn hub(arguments: &HubArguments) -> Result<()> {
    let folder = arguments.folder.clone();
    let folder = folder.unwrap_or_else(|| project_root().join("target/models"));
    let server = HubServer::bind(vec![folder.clone()], arguments.port)?;
    println!("models of {} as those of owner local:", folder.display());
    println!("    {}/local/<folder>", server.address());
    println!("with faults, one of {}:", Fault::NAMES.join(", "));
    println!("    {}/fault/<fault>/local/<folder>", server.address());
    println!("any other owner will do; what one was asked for since this was last read:");
    println!("    {}/requests/local", server.address());
    server.serve_forever();
    Ok(())
}

/// The server, and what it was asked.
pub(crate) struct HubServer {
    listener: TcpListener,
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    address: String,
    repositories: Repositories,
    /// Paths and ranges, in the order in which they were asked for.
    requests: Mutex<Vec<String>>,
    /// How often each path was asked for with each fault.
    n_asked: Mutex<HashMap<String, u32>>,
}

impl HubServer {
    /// Opens the port, which may be 0 for any free one; answers nothing yet.
    pub(crate) fn bind(folders: Vec<PathBuf>, port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .with_context(|| format!("cannot serve on port {port}; choose another with --port"))?;
        let address = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            address: address.clone(),
            repositories: Repositories::new(folders),
            requests: Mutex::default(),
            n_asked: Mutex::default(),
        });
        Ok(Self {
            listener,
            address,
            shared,
        })
    }

    /// Where it is, without a slash at the end.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Answers requests until the process ends.
    pub(crate) fn serve_forever(self) {
        for connection in self.listener.incoming().flatten() {
            let shared = Arc::clone(&self.shared);
            // A browser that hung up needs no answer.
            thread::spawn(move || shared.serve(&connection).ok());
        }
    }

    /// Answers requests beside the caller, until the process ends.
    pub(crate) fn serve_in_background(self) {
        thread::spawn(move || self.serve_forever());
    }
}

impl Shared {
    fn serve(&self, mut connection: &TcpStream) -> std::io::Result<()> {
        let Some(asked) = read_request(connection)? else {
            return Ok(());
        };
        let (fault, path) = Fault::split(&asked.path);
        if let Some(owner) = path.strip_prefix("/requests/") {
            let owner = format!("/{owner}/");
            let is_asked = |request: &mut String| request.contains(&owner);
            let requests: Vec<String> = lock(&self.requests).extract_if(.., is_asked).collect();
            let json = serde_json::json!(requests).to_string();
            return Answer::json(json).with_leave().write(connection, None);
        }
        let range = asked
            .range
            .map_or(String::new(), |range| format!(" {range:?}"));
        lock(&self.requests).push(format!("{} {path}{range}", asked.method));
        if asked.method != "GET" {
            // As the Hub's storage does: a download must need neither HEAD nor leave.
            return Answer::status(403).write(connection, None);
        }
        let n_before = {
            let mut n_asked = lock(&self.n_asked);
            let n = n_asked.entry(asked.path.clone()).or_default();
            *n += 1;
            *n - 1
        };
        if fault == Some(Fault::Offline) {
            return connection.flush();
        }
        let fault_prefix = asked.path.strip_suffix(path).unwrap_or_default();
        // The Hub's storage is another host: addresses of it are whole.
        let prefix = format!("{}{fault_prefix}", self.address);
        let mut answer = self.repositories.answer(path, &prefix);
        if let Some(fault) = fault {
            fault.change(&mut answer, path, n_before);
        }
        answer.cut_to(asked.range);
        let way = fault.and_then(|fault| fault.way_to_send(path, n_before));
        answer.write(connection, way)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What a thread that panicked left is a list all the same.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The request of a connection; `None` if it is none.
fn read_request(connection: &TcpStream) -> std::io::Result<Option<Asked>> {
    let mut lines = BufReader::new(connection).lines();
    let Some(first) = lines.next().transpose()? else {
        return Ok(None);
    };
    let mut parts = first.split(' ');
    let (Some(method), Some(path)) = (parts.next(), parts.next()) else {
        return Ok(None);
    };
    let mut range = None;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("range")
        {
            range = answer::parse_range(value.trim());
        }
    }
    Ok(Some(Asked {
        method: method.to_owned(),
        path: path.split('?').next().unwrap_or_default().to_owned(),
        range,
    }))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::*;

    /// Status line, headers and body of an answer to a GET.
    fn get(address: &str, path: &str, range: &str) -> (String, Vec<u8>) {
        let mut connection = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
        let range = match range {
            "" => String::new(),
            range => format!("Range: {range}\r\n"),
        };
        write!(connection, "GET {path} HTTP/1.1\r\nHost: x\r\n{range}\r\n").unwrap();
        let mut bytes = Vec::new();
        connection.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or(bytes.len());
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        (head, bytes[(end + 4).min(bytes.len())..].to_vec())
    }

    /// A server over one model with a large file; the folder lives as long as the test.
    fn server() -> (String, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("tiny");
        fs::create_dir(&model).unwrap();
        fs::write(model.join("config.json"), "{}").unwrap();
        let weights: Vec<u8> = (0..2_000_000_u32).map(|index| index as u8).collect();
        fs::write(model.join("model.safetensors"), weights).unwrap();
        fs::write(
            model.join("README.md"),
            "---\nlicense: mit\nlanguage:\n- en\n- fr\n---\n# x",
        )
        .unwrap();
        let server = HubServer::bind(vec![folder.path().to_owned()], 0).unwrap();
        let address = server.address().to_owned();
        server.serve_in_background();
        (address, folder)
    }

    #[test]
    fn files_are_where_the_hub_has_them() {
        let (address, _folder) = server();
        let (head, body) = get(
            &address,
            "/local/tiny/resolve/refs%2Fpr%2F1/config.json",
            "",
        );
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.contains("Access-Control-Allow-Origin: *"), "{head}");
        assert!(head.to_lowercase().contains("x-repo-commit: "), "{head}");
        assert_eq!(body, b"{}");
        let (head, _) = get(&address, "/local/tiny/resolve/main/model.safetensors", "");
        assert!(head.starts_with("HTTP/1.1 302"), "{head}");
        let storage = "/storage/local/tiny/model.safetensors";
        assert!(head.contains(storage), "{head}");
        let (head, body) = get(&address, storage, "bytes=1999998-");
        assert!(head.starts_with("HTTP/1.1 206"), "{head}");
        assert!(
            head.contains("Content-Range: bytes 1999998-1999999/2000000"),
            "{head}"
        );
        assert_eq!(body.len(), 2);
        let (head, _) = get(&address, "/local/tiny/resolve/main/absent.json", "");
        assert!(head.starts_with("HTTP/1.1 404"), "{head}");
        let (head, _) = get(&address, "/local/absent/resolve/main/config.json", "");
        assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    }

    #[test]
    fn what_there_is_is_listed_with_sizes_and_hashes() {
        let (address, _folder) = server();
        let (_, body) = get(
            &address,
            "/api/models/local/tiny/revision/main?blobs=true",
            "",
        );
        let listing: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let files = listing["siblings"].as_array().unwrap();
        let weights = files
            .iter()
            .find(|it| it["rfilename"] == "model.safetensors")
            .unwrap();
        assert_eq!(weights["size"], 2_000_000);
        assert_eq!(weights["lfs"]["sha256"].as_str().unwrap().len(), 64);
        assert_eq!(listing["sha"].as_str().unwrap().len(), 40);
        assert_eq!(listing["cardData"]["license"], "mit");
        assert_eq!(
            listing["cardData"]["language"],
            serde_json::json!(["en", "fr"])
        );
    }

    #[test]
    fn faults_are_what_they_are_called() {
        let (address, _folder) = server();
        let storage = "/storage/local/tiny/model.safetensors";
        let with =
            |fault: &str, range: &str| get(&address, &format!("/fault/{fault}{storage}"), range);
        assert_eq!(with("cut", "").1.len(), 1_000_000);
        assert_eq!(with("cut", "bytes=1000000-").1.len(), 1_000_000);
        assert_eq!(with("wrong-length", "").1.len(), 1_999_000);
        assert!(with("html", "").0.contains("text/html"));
        assert!(with("not-found", "").0.starts_with("HTTP/1.1 404"));
        for status in ["429", "429", "200"] {
            assert!(with("too-many", "").0.contains(status), "{status}");
        }
        for status in ["503", "200"] {
            assert!(with("server-error", "").0.contains(status), "{status}");
        }
        assert_eq!(with("no-ranges", "bytes=5-").1.len(), 2_000_000);
        assert!(!with("no-cors", "").0.contains("Access-Control"));
        let (right, flipped) = (get(&address, storage, "").1, with("corrupt", "").1);
        let n_other = right
            .iter()
            .zip(&flipped)
            .filter(|(one, other)| one != other)
            .count();
        assert_eq!(n_other, 1);
        assert_eq!(with("offline", "").0, "");
        let (_, requests) = get(&address, "/requests/local", "");
        let requests: Vec<String> = serde_json::from_slice(&requests).unwrap();
        assert_eq!(requests[1], format!("GET {storage} (1000000, None)"));
        assert_eq!(get(&address, "/requests/local", "").1, b"[]");
        let (head, _) = get(
            &address,
            "/fault/slow/local/tiny/resolve/main/model.safetensors",
            "",
        );
        assert!(head.contains("/fault/slow/storage/"), "{head}");
    }
}
