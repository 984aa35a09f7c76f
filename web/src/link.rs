//! Links that hold a run, and its result where that is small.
//!
//! All of it stands behind the `#` of the address, which no browser sends to a server.
//! Version 1 is `#inseq1=` and the [`SharedRun`] as JSON, compressed (deflate, RFC 1951),
//! in the URL-safe alphabet of base64 (RFC 4648) without padding. Fields may be added
//! and left out; what changes the meaning of one needs another version.
//!
//! Nothing in a link is believed: how long it is and how much it unpacks to are bounded,
//! and what it holds is read as a file of a stranger is.

use std::io::Read;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{
    Compression,
    read::{DeflateDecoder, DeflateEncoder},
};
use serde::{Deserialize, Serialize};

use crate::{
    run_request::RunRequest,
    ways_to_look::WaysToLook,
    words::{t, tf},
};

/// What every link of ours begins with, whatever its version.
const NAME: &str = "inseq";
const VERSION_1: &str = "1=";
/// A link up to this long holds the result, too. Browsers take far longer ones; mail and
/// chat programs cut them somewhere.
pub(crate) const MOST_WITH_RESULT: usize = 16_000;
/// Longer ones are not read.
const MOST_READ: usize = 1_000_000;
/// What unpacks to more is not read.
const MOST_UNPACKED: u64 = 8_000_000;

/// What a link holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SharedRun {
    /// What was asked, if that is known.
    pub(crate) asked: Option<RunRequest>,
    /// How the result is looked at.
    pub(crate) ways: WaysToLook,
    /// The result as a file, if it is small.
    pub(crate) result: Option<String>,
}

/// A fragment, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// What follows the `#`.
    pub(crate) fragment: String,
    /// Whether the result is in it.
    pub(crate) has_result: bool,
}

impl SharedRun {
    /// The link, with the result if it is at most `most_with_result` characters long so.
    pub(crate) fn link(&self, most_with_result: usize) -> Link {
        // What is much too large need not be written to find out.
        let may_fit = |result: &String| result.len() / 64 <= most_with_result;
        let whole = match self.result.as_ref().is_some_and(may_fit) {
            true => self.fragment_within(most_with_result),
            false => None,
        };
        let has_result = whole.is_some();
        let fragment = whole.or_else(|| {
            let without_result = Self {
                asked: self.asked.clone(),
                ways: self.ways.clone(),
                result: None,
            };
            without_result.fragment_within(usize::MAX)
        });
        Link {
            fragment: fragment.expect("every length is at most the largest"),
            has_result,
        }
    }

    /// `None` if it would be longer than `most` characters. It is packed no further than
    /// that: a look at a result asks for a link, and nobody may ever want it.
    fn fragment_within(&self, most: usize) -> Option<String> {
        let text = serde_json::to_vec(self).expect("texts and numbers can be written");
        let room = most.saturating_sub(NAME.len() + VERSION_1.len());
        // Three bytes are four characters: so many bytes more than fill the room.
        let one_too_many = (room / 4 * 3 + 3) as u64;
        let mut packed = Vec::new();
        DeflateEncoder::new(text.as_slice(), Compression::best())
            .take(one_too_many)
            .read_to_end(&mut packed)
            .expect("memory can be read");
        let fragment = format!("{NAME}{VERSION_1}{}", URL_SAFE_NO_PAD.encode(packed));
        (fragment.len() <= most).then_some(fragment)
    }

    /// Reads what follows the `#` of an address; `None` if it is no link of ours.
    ///
    /// # Errors
    /// In words for the visitor, if it is one and cannot be read.
    pub(crate) fn read(fragment: &str) -> Option<Result<Self, String>> {
        let rest = fragment.trim_start_matches('#').strip_prefix(NAME)?;
        let (version, _) = rest.split_once('=')?;
        let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| match rest.strip_prefix(VERSION_1) {
            Some(packed) => Self::unpack(packed),
            None => Err(tf(
                "the link is of version {version}, which this page does not know; reload the \
                 page, or ask for a new link",
                &[("version", &version)],
            )),
        })
    }

    fn unpack(packed: &str) -> Result<Self, String> {
        if packed.len() > MOST_READ {
            return Err(tf(
                "the link is {n} characters long; at most {most} are read",
                &[("n", &packed.len()), ("most", &MOST_READ)],
            ));
        }
        let broken =
            || t("the link is broken: it may have been cut off, so copy it whole").to_owned();
        // Programs that find links in texts leave dots and brackets at their ends.
        let packed = packed.trim_end_matches(['.', ',', ')', ']', '>', ' ']);
        let bytes = URL_SAFE_NO_PAD.decode(packed).map_err(|_| broken())?;
        let mut text = Vec::new();
        DeflateDecoder::new(bytes.as_slice())
            .take(MOST_UNPACKED + 1)
            .read_to_end(&mut text)
            .map_err(|_| broken())?;
        if text.len() as u64 > MOST_UNPACKED {
            return Err(tf(
                "the link unpacks to more than {most} bytes, which is no result of ours",
                &[("most", &MOST_UNPACKED)],
            ));
        }
        let shared: Self = serde_json::from_slice(&text).map_err(|_| broken())?;
        if shared.asked.as_ref().is_some_and(|asked| !asked.is_run()) {
            return Err(t("the link asks for something that is no run").to_owned());
        }
        if shared.asked.is_none() && shared.result.is_none() {
            return Err(t("the link holds neither a run nor a result").to_owned());
        }
        Ok(shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::Shown;
    use protocol::{AttributeRequest, DeviceChoice, Work};

    fn shared() -> SharedRun {
        let example = Shown::stored_example();
        SharedRun {
            asked: RunRequest::of_result(&example.output),
            ways: WaysToLook {
                are_words_whole: true,
                source_spans: "1-3".to_owned(),
                ..WaysToLook::default()
            },
            result: Some(example.inseq_json),
        }
    }

    fn packed(text: &[u8]) -> String {
        let mut bytes = Vec::new();
        let mut packed = DeflateEncoder::new(text, Compression::fast());
        packed.read_to_end(&mut bytes).unwrap();
        format!("inseq1={}", URL_SAFE_NO_PAD.encode(bytes))
    }

    #[test]
    fn what_goes_into_a_link_comes_out_of_it() {
        let link = shared().link(MOST_WITH_RESULT);
        assert!(link.has_result);
        assert!(link.fragment.len() < 6000, "{}", link.fragment.len());
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=".contains(c);
        assert!(link.fragment.chars().all(is_plain));
        let read = SharedRun::read(&format!("#{}", link.fragment)).unwrap();
        assert_eq!(read, Ok(shared()));
    }

    #[test]
    fn a_large_result_is_left_out_and_the_request_stays() {
        let link = shared().link(2000);
        assert!(!link.has_result && link.fragment.len() < 2000);
        let read = SharedRun::read(&link.fragment).unwrap().unwrap();
        assert_eq!((read.asked, read.result), (shared().asked, None));
    }

    #[test]
    fn a_result_that_just_fits_is_in_the_link() {
        let whole = shared().link(MOST_WITH_RESULT);
        let length = whole.fragment.len();
        assert_eq!(shared().link(length), whole);
        for too_short in [length - 1, length - 4, 0] {
            assert!(!shared().link(too_short).has_result, "{too_short}");
        }
    }

    #[test]
    fn every_text_survives() {
        let text = "\u{0}\"'<script>\\ \u{202E} ø 漢 🙂\n";
        let asked = RunRequest {
            work: Work::Attribute(AttributeRequest::new("a/b@c", text)),
            device: DeviceChoice::Webgpu,
            is_encoder_decoder: true,
        };
        let shared = SharedRun {
            asked: Some(asked),
            ..SharedRun::default()
        };
        let link = shared.link(MOST_WITH_RESULT);
        assert_eq!(SharedRun::read(&link.fragment), Some(Ok(shared)));
    }

    #[test]
    fn what_is_no_link_of_ours_is_left_alone() {
        for fragment in ["", "#", "#result", "#inseq", "#inseq=", "#inseqx=1", "#a=b"] {
            assert_eq!(SharedRun::read(fragment), None, "{fragment}");
        }
    }

    #[test]
    fn hostile_links_are_refused_in_words() {
        let says = |fragment: &str, words: &str| {
            let refused = SharedRun::read(fragment).unwrap().unwrap_err();
            assert!(refused.contains(words), "{refused}");
        };
        says("#inseq2=abc", "version 2");
        says("#inseq1=", "broken");
        says("#inseq1=%00%ff", "broken");
        says("#inseq1=AAAA", "broken");
        let whole = shared().link(MOST_WITH_RESULT).fragment;
        says(&whole[..whole.len() / 2], "cut off");
        says(
            &format!("inseq1={}", "A".repeat(MOST_READ + 1)),
            "characters long",
        );
        says(&packed(&vec![b' '; 9_000_000]), "unpacks to more");
        says(&packed(b"[1, 2]"), "broken");
        says(&packed(b"{}"), "neither");
        says(
            &packed(br#"{"asked": {"work": {"kind": "describe"}}}"#),
            "no run",
        );
        let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
        says(&packed(&deep), "broken");
    }

    #[test]
    fn no_damage_to_a_link_makes_it_panic() {
        let whole = shared().link(MOST_WITH_RESULT).fragment;
        for place in (7..whole.len()).step_by(17) {
            for letter in ["A", "_", "%", "é"] {
                let damaged = format!("{}{letter}{}", &whole[..place], &whole[place + 1..]);
                let _ = SharedRun::read(&damaged);
            }
        }
    }
}
