//! A server of static files: of a folder, and of others inside it, to this machine
//! only.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use anyhow::{Result, anyhow};
use tiny_http::{HTTPVersion, Header, Method, Request, Response, ResponseBox, Server};

/// Enough for the usual six connections of each of a few browsers: tests run side by side.
const N_THREADS: usize = 32;

/// No other origin's window can reach the page, and it loads nothing of other origins that
/// does not let itself be loaded.
const ISOLATION: [(&str, &str); 2] = [
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
];

/// A folder, served under an address.
pub(crate) struct StaticSite {
    server: Server,
    /// The site itself first.
    folders: Vec<Served>,
    port: u16,
    is_isolated: bool,
}

/// A folder and where it is.
struct Served {
    /// Starts and ends with a slash.
    prefix: String,
    folder: PathBuf,
}

impl StaticSite {
    /// Opens the port, which may be 0 for any free one; answers nothing yet.
    pub(crate) fn bind(folder: PathBuf, port: u16, prefix: &str) -> Result<Self> {
        let server = Server::http(("127.0.0.1", port)).map_err(|error| {
            anyhow!("cannot serve on port {port}: {error}; choose another with --port")
        })?;
        let port = server
            .server_addr()
            .to_ip()
            .map_or(port, |address| address.port());
        let prefix = match prefix.trim_matches('/') {
            "" => "/".to_owned(),
            path => format!("/{path}/"),
        };
        Ok(Self {
            server,
            folders: vec![Served { prefix, folder }],
            port,
            is_isolated: false,
        })
    }

    /// Serves another folder too, as if it lay in the site under this name.
    pub(crate) fn with_folder(mut self, name: &str, folder: PathBuf) -> Self {
        let prefix = format!("{}{name}/", self.folders[0].prefix);
        self.folders.push(Served { prefix, folder });
        self
    }

    /// Sends what lets a page share its memory among threads, and keeps it to itself.
    pub(crate) fn isolated(mut self, is_isolated: bool) -> Self {
        self.is_isolated = is_isolated;
        self
    }

    /// Where the page is.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.folders[0].prefix)
    }

    /// Answers requests until the process ends.
    pub(crate) fn serve_forever(self) {
        let site = Arc::new(self);
        let threads: Vec<_> = (0..N_THREADS)
            .map(|_| {
                let site = Arc::clone(&site);
                thread::spawn(move || site.answer_requests())
            })
            .collect();
        for thread in threads {
            // A thread that panicked has said so; the others go on.
            let _ = thread.join();
        }
    }

    /// Answers requests beside the caller, until the process ends.
    pub(crate) fn serve_in_background(self) {
        thread::spawn(move || self.serve_forever());
    }

    fn answer_requests(&self) {
        while let Ok(request) = self.server.recv() {
            let mut response = self.response(&request);
            if self.is_isolated {
                for (name, value) in ISOLATION {
                    response.add_header(header(name, value));
                }
            }
            // A browser that hung up needs no answer.
            let _ = answer(request, response);
        }
    }

    fn response(&self, request: &Request) -> ResponseBox {
        if !matches!(request.method(), Method::Get | Method::Head) {
            return text(405, "only GET and HEAD");
        }
        let found = self.folders.iter().map(|served| served.find(request.url()));
        match found.fold(Found::Nothing, Found::or) {
            Found::File(path) => file(&path).unwrap_or_else(|_| text(404, "not found")),
            Found::MovedTo(address) => text(308, "moved").with_header(header("Location", &address)),
            Found::Nothing => text(404, "not found"),
        }
    }
}

/// Answers in HTTP 1.0, so that the browser closes the connection. A kept one holds one of
/// the server's threads, and the server (`TaskPool` of tiny_http 0.12) may leave one of two
/// that come at once waiting until another is closed: a page then stays at "Loading".
fn answer(request: Request, response: ResponseBox) -> io::Result<()> {
    let is_head = *request.method() == Method::Head;
    let headers = request.headers().to_vec();
    let mut writer = request.into_writer();
    response.raw_print(&mut writer, HTTPVersion(1, 0), &headers, is_head, None)?;
    writer.flush()
}

/// What an address names.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    File(PathBuf),
    MovedTo(String),
    Nothing,
}

impl Found {
    fn or(self, other: Self) -> Self {
        match self {
            Self::Nothing => other,
            found => found,
        }
    }
}

impl Served {
    fn find(&self, url: &str) -> Found {
        find(&self.folder, &self.prefix, url)
    }
}

/// Resolves the path of a request; never to anything outside `folder`.
fn find(folder: &Path, prefix: &str, url: &str) -> Found {
    let encoded = url.split(['?', '#']).next().unwrap_or_default();
    let Some(path) = decode_percent(encoded) else {
        return Found::Nothing;
    };
    if format!("{path}/") == prefix {
        return Found::MovedTo(format!("{encoded}/"));
    }
    let Some(inside) = path.strip_prefix(prefix) else {
        return Found::Nothing;
    };
    let is_plain = |part: &str| !part.starts_with('.') && !part.contains(['\\', ':', '\0']);
    if !inside.split('/').all(is_plain) {
        return Found::Nothing;
    }
    let mut file = folder.join(inside);
    if file.is_dir() {
        if !path.ends_with('/') {
            return Found::MovedTo(format!("{encoded}/"));
        }
        file.push("index.html");
    }
    // A link inside the folder may lead out of it.
    let stays_inside = || {
        Some(
            file.canonicalize()
                .ok()?
                .starts_with(folder.canonicalize().ok()?),
        )
    };
    if file.is_file() && stays_inside() == Some(true) {
        Found::File(file)
    } else {
        Found::Nothing
    }
}

/// Undoes percent-encoding; `None` if it is malformed or not UTF-8.
pub(crate) fn decode_percent(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn file(path: &Path) -> io::Result<ResponseBox> {
    let response = Response::from_file(File::open(path)?)
        // Send a length instead of chunks, so that a download knows its end.
        .with_chunked_threshold(usize::MAX)
        .with_header(header("Content-Type", content_type(path)))
        // A rebuilt file has the same name; it must not come from a cache.
        .with_header(header("Cache-Control", "no-store"))
        .with_header(header("X-Content-Type-Options", "nosniff"));
    Ok(response.boxed())
}

fn text(status: u16, message: &str) -> ResponseBox {
    Response::from_string(message)
        .with_status_code(status)
        .boxed()
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value)
        .expect("names and types are constants; tiny_http refuses an address that is not ASCII")
}

pub(crate) fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "md" | "txt" => "text/plain; charset=utf-8",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder with a page and a model, and a secret beside it.
    fn site() -> tempfile::TempDir {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("dist");
        fs::create_dir_all(folder.join("models")).unwrap();
        fs::write(folder.join("index.html"), "page").unwrap();
        fs::write(folder.join("models/a b.json"), "{}").unwrap();
        fs::write(outside.path().join("secret"), "").unwrap();
        outside
    }

    fn found(prefix: &str, url: &str) -> Found {
        let outside = site();
        let folder = outside.path().join("dist");
        match find(&folder, prefix, url) {
            Found::File(path) => Found::File(path.strip_prefix(&folder).unwrap().to_owned()),
            other => other,
        }
    }

    #[test]
    fn addresses_name_files_below_the_prefix() {
        let page = || Found::File("index.html".into());
        assert_eq!(found("/", "/"), page());
        assert_eq!(found("/", "/?model=demo"), page());
        assert_eq!(found("/a/b/", "/a/b/"), page());
        assert_eq!(found("/a/b/", "/a/b"), Found::MovedTo("/a/b/".to_owned()));
        assert_eq!(found("/a/b/", "/"), Found::Nothing);
        assert_eq!(
            found("/", "/models/a%20b.json"),
            Found::File("models/a b.json".into())
        );
        assert_eq!(found("/", "/models"), Found::MovedTo("/models/".to_owned()));
    }

    #[test]
    fn no_address_leads_out_of_the_folder() {
        for url in [
            "/../secret",
            "/%2e%2e/secret",
            "/models/../../secret",
            "/..%2fsecret",
            "//secret",
        ] {
            assert_eq!(found("/", url), Found::Nothing, "{url}");
        }
    }

    #[test]
    fn folders_lie_in_the_site_under_their_names() {
        let (site, other) = (site(), tempfile::tempdir().unwrap());
        fs::write(other.path().join("config.json"), "{}").unwrap();
        let served = StaticSite::bind(site.path().join("dist"), 0, "/a/b/").unwrap();
        let served = served.with_folder("golden", other.path().to_owned());
        let found = |url| {
            let found = served.folders.iter().map(|served| served.find(url));
            found.fold(Found::Nothing, Found::or)
        };
        let file = |folder: &Path, name| Found::File(folder.join(name));
        assert_eq!(
            found("/a/b/golden/config.json"),
            file(other.path(), "config.json")
        );
        assert_eq!(
            found("/a/b/"),
            file(&site.path().join("dist"), "index.html")
        );
        assert_eq!(found("/golden/config.json"), Found::Nothing);
    }

    #[test]
    fn malformed_addresses_find_nothing() {
        for url in ["/%", "/%4", "/%zz", "/%ff", "/a\\b", "models"] {
            assert_eq!(found("/", url), Found::Nothing, "{url}");
        }
    }
}
