//! A way to the site that can be cut, as a laptop's network is.

use std::io::copy;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes connections on to the site, until it is cut.
pub(crate) struct Proxy {
    address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_cut: bool,
    connections: Vec<TcpStream>,
}

impl Proxy {
    /// A way to the server of this address, whose path is kept.
    pub(crate) fn to(address: &str) -> Self {
        let rest = address.strip_prefix("http://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let (host, shared) = (host.to_owned(), state.clone());
        thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(connection) = connection else { return };
                let mut state = shared.lock().unwrap();
                if state.is_cut {
                    // Dropped: the browser sees a connection that breaks.
                    continue;
                }
                let Ok(server) = TcpStream::connect(&host) else {
                    continue;
                };
                pass_on(&connection, &server);
                pass_on(&server, &connection);
                state.connections.extend([connection, server]);
            }
        });
        Self {
            address: format!("http://127.0.0.1:{port}/{path}"),
            state,
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// From here on nothing passes.
    pub(crate) fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_cut = true;
        for connection in state.connections.drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn pass_on(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        let _ = copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}
