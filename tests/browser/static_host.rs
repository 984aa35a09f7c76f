//! A host of static files, as publishers are: a folder under a path, with headers of its
//! own, and a page for addresses that it does not know.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// What a host serves, and how.
#[derive(Clone, Default)]
pub(crate) struct StaticHost {
    /// What is served.
    pub(crate) folder: PathBuf,
    /// Where it lies, with slashes around it.
    pub(crate) prefix: String,
    /// Names and values that go with every file.
    pub(crate) headers: Vec<(String, String)>,
    /// A file of the folder that the host does not have.
    pub(crate) missing: Option<&'static str>,
    /// The file that answers unknown addresses.
    pub(crate) not_found: Option<String>,
}

impl StaticHost {
    /// Serves until the process ends; returns where the site is.
    pub(crate) fn serve(self) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = format!("http://127.0.0.1:{port}{}", self.prefix);
        let host = Arc::new(self);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let host = Arc::clone(&host);
                // A browser that hung up needs no answer.
                thread::spawn(move || drop(host.answer(connection)));
            }
        });
        address
    }

    fn answer(&self, mut connection: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(connection.try_clone()?);
        let mut request = String::new();
        reader.read_line(&mut request)?;
        let mut line = String::new();
        while reader.read_line(&mut line)? > 2 {
            line.clear();
        }
        let address = request.split(' ').nth(1).unwrap_or("/");
        let path = address.split(['?', '#']).next().unwrap_or("/");
        let (status, file) = match self.find(path) {
            Some(file) => ("200 OK", Some(file)),
            None => {
                let page = self.not_found.as_ref().map(|name| self.folder.join(name));
                ("404 Not Found", page)
            }
        };
        let body = file.as_ref().map(fs::read).transpose()?.unwrap_or_default();
        let content_type = file.as_deref().map_or("text/plain", content_type);
        write!(
            connection,
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\
             Connection: close\r\n",
            body.len()
        )?;
        for (name, value) in &self.headers {
            write!(connection, "{name}: {value}\r\n")?;
        }
        write!(connection, "\r\n")?;
        connection.write_all(&body)
    }

    /// The file of an address; a folder's is its index.
    fn find(&self, path: &str) -> Option<PathBuf> {
        let inside = path.strip_prefix(&self.prefix)?;
        let is_hidden = inside.split('/').any(|part| part.starts_with('.'));
        if is_hidden || self.missing == Some(inside) {
            return None;
        }
        let mut file = self.folder.join(inside);
        if inside.is_empty() || inside.ends_with('/') {
            file.push("index.html");
        }
        file.is_file().then_some(file)
    }
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|it| it.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}
