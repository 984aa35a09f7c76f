//! A host that is not the site's: somebody's page that shows a result.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// What a careful page allows: its own files, and nothing written into the page.
const CAREFUL: &str = "Content-Security-Policy: default-src 'none'; script-src 'self'; \
                       style-src 'self'; connect-src 'self'\r\n";
/// The same, and what the engine needs: a worker, and WebAssembly.
pub(crate) const CAREFUL_WITH_ENGINE: &str = "Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     worker-src 'self'; style-src 'self'; connect-src 'self'\r\n";
/// What a host sends of which the files are for all.
pub(crate) const FOR_ALL: &str = "Access-Control-Allow-Origin: *\r\n";

/// Files by their names.
pub(crate) struct OtherHost {
    /// Starts with `http`, ends with a slash.
    pub(crate) address: String,
}

impl OtherHost {
    /// Serves files until the process ends, under a strict content security policy.
    pub(crate) fn serve(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self::serve_with(files, CAREFUL)
    }

    /// The same with other headers, each with its end of line.
    pub(crate) fn serve_with(files: BTreeMap<String, Vec<u8>>, headers: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let files = Arc::new(files);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let files = Arc::clone(&files);
                // A browser that hung up needs no answer, and one that asks nothing yet
                // keeps no other waiting.
                thread::spawn(move || answer(connection, &files, headers));
            }
        });
        Self {
            address: format!("http://127.0.0.1:{port}/"),
        }
    }
}

fn answer(
    mut connection: TcpStream,
    files: &BTreeMap<String, Vec<u8>>,
    headers: &str,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let name = request.split(' ').nth(1).unwrap_or("/").trim_matches('/');
    let (status, body) = match files.get(name) {
        Some(body) => ("200 OK", body.as_slice()),
        None => ("404 Not Found", &b"not found"[..]),
    };
    let content_type = match name.rsplit('.').next() {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some("html") => "text/html; charset=utf-8",
        _ => "application/octet-stream",
    };
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\
         {headers}Connection: close\r\n\r\n",
        body.len()
    )?;
    connection.write_all(body)
}
