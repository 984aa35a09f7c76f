use std::io::Write;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

/// What a client asked for.
pub(super) struct Asked {
    pub(super) method: String,
    /// Without what follows a question mark.
    pub(super) path: String,
    pub(super) range: Option<Range>,
}

/// From a first byte to a last one, or to the end.
pub(super) type Range = (usize, Option<usize>);

/// `bytes=1-2` or `bytes=1-`; anything else is ignored, as a server may.
pub(super) fn parse_range(value: &str) -> Option<Range> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    let last = match last {
        "" => None,
        last => Some(last.parse().ok()?),
    };
    Some((first.parse().ok()?, last))
}

/// What is sent back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) has_ranges: bool,
}

/// How a body is sent, if not as it should be.
pub(super) enum Way {
    /// Half of it, and the connection is closed.
    Half,
    /// A little at a time.
    Slowly,
}

impl Answer {
    pub(super) fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            has_ranges: false,
        }
    }

    pub(super) fn file(content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type", content_type.to_owned())],
            body,
            has_ranges: true,
        }
    }

    pub(super) fn json(json: String) -> Self {
        Self {
            has_ranges: false,
            ..Self::file("application/json", json.into_bytes())
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Pages of every origin may read it.
    pub(super) fn with_leave(self) -> Self {
        self.with("Access-Control-Allow-Origin", "*").with(
            "Access-Control-Expose-Headers",
            "X-Repo-Commit, X-Linked-Etag, X-Linked-Size, ETag, Content-Length, Content-Range, \
             Accept-Ranges, Retry-After",
        )
    }

    /// Keeps the part that was asked for.
    pub(super) fn cut_to(&mut self, range: Option<Range>) {
        let (true, 200, Some((first, last))) = (self.has_ranges, self.status, range) else {
            return;
        };
        let length = self.body.len();
        let end = last.map_or(length, |last| (last + 1).min(length));
        if first >= end {
            self.status = 416;
            self.body.clear();
            return;
        }
        self.status = 206;
        self.body = self.body[first..end].to_vec();
        let range = format!("bytes {first}-{}/{length}", end - 1);
        self.headers.push(("Content-Range", range));
    }

    pub(super) fn write(
        &self,
        mut connection: &TcpStream,
        way: Option<Way>,
    ) -> std::io::Result<()> {
        let reason = match self.status {
            200..=299 => "OK",
            300..=399 => "Moved",
            _ => "Refused",
        };
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.has_ranges {
            head.push_str("Accept-Ranges: bytes\r\n");
        }
        head.push_str(&format!(
            "Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.body.len()
        ));
        connection.write_all(head.as_bytes())?;
        match way {
            None => connection.write_all(&self.body)?,
            Some(Way::Half) => {
                connection.write_all(&self.body[..self.body.len() / 2])?;
                connection.flush()?;
                // A browser forgets what its page has not read yet when a connection ends.
                sleep(Duration::from_millis(300));
            }
            Some(Way::Slowly) => {
                for piece in self.body.chunks(64 << 10) {
                    connection.write_all(piece)?;
                    sleep(Duration::from_millis(100));
                }
            }
        }
        connection.flush()
    }
}
