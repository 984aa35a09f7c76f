use std::time::Duration;

use gloo::net::http::{Request, Response};
use hub::{Answer, Error, ListedFile, Next, Progress, Result, Retries, Step};
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, ReadableStreamDefaultReader, RequestCache};

use super::arrived::Arrived;
use super::kept_files::KeptFiles;
use super::promises::{next, reason_of};
use super::sink::Sink;

/// One file on its way from a server.
pub(super) struct Download<'a> {
    pub(super) address: &'a str,
    pub(super) expected: &'a ListedFile,
    /// Where it is kept, if it can be.
    pub(super) kept: Option<&'a KeptFiles>,
    /// Whether a server that has no such file may answer with a page that says so.
    pub(super) may_be_page: bool,
    pub(super) progress: &'a Progress<'a>,
}

/// Progress is told once in so many milliseconds.
const EVERY_MS: f64 = 100.0;

/// How one request went.
enum Outcome {
    /// All there was to read was read.
    Whole,
    /// What follows need not be read.
    Foreseen,
    Absent,
    Failed(Answer),
    /// The server sent the whole file instead of its rest.
    Unasked,
    /// The server has less than what is there already.
    TooShort,
}

impl Download<'_> {
    /// Fetches the file, from where an earlier visit left it; `None` if the server has
    /// none.
    ///
    /// # Errors
    /// If the server cannot be reached or refuses, after some tries, or if what it sends
    /// is not what was listed.
    pub(super) async fn run(&self) -> Result<Option<Blob>> {
        let mut arrived = Arrived::new(self.expected, true);
        let name = &self.expected.name;
        let mut sink = Sink::open(self.kept, name, &mut arrived, self.progress).await;
        loop {
            match self.fetch(&mut arrived, &mut sink).await {
                Ok(true) => {}
                Ok(false) => {
                    sink.leave();
                    return Ok(None);
                }
                Err(error) => {
                    sink.leave();
                    return Err(error);
                }
            }
            let is_as_sent = arrived.is_as_sent();
            match std::mem::replace(&mut arrived, self.as_sent()).finish(self.address) {
                Ok(()) => break,
                // What was kept may be of a write that died halfway, and what was foreseen
                // may be otherwise.
                Err(_) if !is_as_sent => self.clear(&mut sink)?,
                Err(error) => {
                    self.clear(&mut sink)?;
                    sink.leave();
                    return Err(error);
                }
            }
        }
        let finished = sink.finish().await;
        finished
            .map(Some)
            .map_err(|error| self.failed(reason_of(&error)))
    }

    /// Reads until all is there; `false` if the server has no such file.
    async fn fetch(&self, arrived: &mut Arrived, sink: &mut Sink<'_>) -> Result<bool> {
        let mut retries = Retries::new();
        loop {
            self.write_foreseen(arrived, sink).await;
            if self.expected.size.is_some() && arrived.is_whole() {
                // A listed file that is there already is not asked for.
                return Ok(true);
            }
            let answer = match self.request(arrived, sink, &mut retries).await? {
                Outcome::Whole if arrived.is_whole() => return Ok(true),
                Outcome::Foreseen => continue,
                Outcome::Whole => Answer::Broken("the connection ended early".to_owned()),
                Outcome::Absent => return Ok(false),
                // The check says what is wrong with it.
                Outcome::TooShort => return Ok(true),
                Outcome::Unasked => {
                    *arrived = self.as_sent();
                    self.clear(sink)?;
                    continue;
                }
                Outcome::Failed(answer) => answer,
            };
            match retries.after(&answer) {
                Next::Wait { secs } => wait(&answer, secs, self.progress).await,
                Next::GiveUp { reason } => return Err(self.failed(reason)),
            }
        }
    }

    /// One request, and as much of its body as arrives.
    async fn request(
        &self,
        arrived: &mut Arrived,
        sink: &mut Sink<'_>,
        retries: &mut Retries,
    ) -> Result<Outcome> {
        let first = arrived.n_bytes();
        let end = arrived.end_of_wanted();
        let mut request = Request::get(self.address);
        if self.kept.is_some() {
            // It is kept here; the browser need not keep it again.
            request = request.cache(RequestCache::NoStore);
        }
        if first > 0 {
            // Of all headers, this form of this one needs no asking for leave.
            let last = end.map_or(String::new(), |end| end.saturating_sub(1).to_string());
            request = request.header("Range", &format!("bytes={first}-{last}"));
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Ok(Outcome::Failed(Answer::Broken(error.to_string()))),
        };
        match response.status() {
            404 => return Ok(Outcome::Absent),
            206 if first > 0 && starts_at(&response, first) => {}
            416 if first > 0 => return Ok(Outcome::TooShort),
            200..=299 if first > 0 => return Ok(Outcome::Unasked),
            200..=299 => {}
            code => {
                let header = response.headers().get("retry-after");
                return Ok(Outcome::Failed(Answer::Status {
                    code,
                    retry_after_secs: header.and_then(|text| text.trim().parse().ok()),
                }));
            }
        }
        if is_page(&response) {
            if self.may_be_page {
                return Ok(Outcome::Absent);
            }
            return Err(self.failed("the server sent a page instead of it".to_owned()));
        }
        self.read_body(&response, arrived, sink, retries).await
    }

    async fn read_body(
        &self,
        response: &Response,
        arrived: &mut Arrived,
        sink: &mut Sink<'_>,
        retries: &mut Retries,
    ) -> Result<Outcome> {
        let Some(body) = response.body() else {
            return Ok(Outcome::Whole);
        };
        // An encoded body has another length than what it becomes.
        let length = response.headers().get("content-length");
        let is_encoded = response.headers().get("content-encoding").is_some();
        let length = length
            .filter(|_| !is_encoded)
            .and_then(|text| text.parse::<u64>().ok());
        let total = self
            .expected
            .size
            .or(length.map(|length| arrived.n_bytes() + length));
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        let mut told_ms = 0.0;
        loop {
            let chunk = match next(reader.read()).await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(error) => {
                    return Ok(Outcome::Failed(Answer::Broken(reason_of(&error))));
                }
            };
            let chunk: Uint8Array = chunk.unchecked_into();
            retries.arrived();
            arrived.add(&chunk.to_vec());
            sink.write(&chunk, self.progress).await;
            if arrived.is_foreseen() {
                // Nobody waits for the end of a body that is no longer wanted.
                let _ = reader.cancel();
                break;
            }
            let now_ms = js_sys::Date::now();
            if now_ms - told_ms >= EVERY_MS {
                told_ms = now_ms;
                self.tell(arrived.n_bytes(), total);
            }
            if self
                .expected
                .size
                .is_some_and(|size| arrived.n_bytes() > size)
            {
                // Longer than listed: the check says so.
                break;
            }
        }
        self.tell(arrived.n_bytes(), total);
        Ok(match arrived.is_foreseen() {
            true => Outcome::Foreseen,
            false => Outcome::Whole,
        })
    }

    /// Writes what is known to follow, and need not be asked for.
    async fn write_foreseen(&self, arrived: &mut Arrived, sink: &mut Sink<'_>) {
        while let Some(piece) = arrived.foreseen_piece() {
            arrived.add_unproven(&piece);
            let piece = Uint8Array::from(piece.as_slice());
            sink.write(&piece, self.progress).await;
        }
    }

    fn tell(&self, done: u64, total: Option<u64>) {
        (self.progress)(Step::Arrived { done, total });
    }

    /// Nothing yet, of which all will be what the server sends.
    fn as_sent(&self) -> Arrived {
        Arrived::new(self.expected, false)
    }

    fn clear(&self, sink: &mut Sink<'_>) -> Result<()> {
        sink.clear().map_err(|error| self.failed(reason_of(&error)))
    }

    fn failed(&self, reason: String) -> Error {
        Error::Read {
            file: self.expected.name.clone(),
            reason,
            place: self.address.to_owned(),
        }
    }
}

/// Says why it is waited, and waits.
pub(super) async fn wait(answer: &Answer, secs: u64, progress: &Progress<'_>) {
    let reason = match answer {
        Answer::Broken(reason) => reason.clone(),
        Answer::Status { code, .. } => format!("the server answered {code}"),
    };
    progress(Step::Waits { reason, secs });
    gloo::timers::future::sleep(Duration::from_secs(secs)).await;
}

fn starts_at(response: &Response, first: u64) -> bool {
    // Servers need not show it to pages of other origins; a status of 206 is then
    // believed, and the hash tells.
    let range = response.headers().get("content-range");
    range.is_none_or(|range| range.starts_with(&format!("bytes {first}-")))
}

fn is_page(response: &Response) -> bool {
    let content_type = response.headers().get("content-type");
    content_type.is_some_and(|content_type| content_type.starts_with("text/html"))
}
