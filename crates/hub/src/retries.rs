/// How a request for a file, or for the rest of one, went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server was not reached, or stopped in the middle; in words.
    Broken(String),
    /// The server answered with this status, and said after how many seconds to come
    /// again.
    Status {
        /// HTTP's number.
        code: u16,
        /// From the header `Retry-After`.
        retry_after_secs: Option<u64>,
    },
}

/// What to do after a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask again after so many seconds.
    Wait {
        /// Seconds.
        secs: u64,
    },
    /// Give up; why, in words.
    GiveUp {
        /// What the last answer was.
        reason: String,
    },
}

/// How often a download is tried, and how long is waited between: twice as long each
/// time, or as long as the server asks for. What arrives makes it patient again.
#[derive(Clone, Debug, Default)]
pub struct Retries {
    n_failed: u32,
}

/// Tries of one request that fail one after the other.
const MOST_FAILED: u32 = 5;

/// The longest that a server may make us wait.
const MOST_SECS: u64 = 60;

impl Retries {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes arrived: the connection works.
    pub fn arrived(&mut self) {
        self.n_failed = 0;
    }

    /// What to do after this answer.
    pub fn after(&mut self, answer: &Answer) -> Next {
        let (may_pass, reason, asked_for) = match answer {
            Answer::Broken(reason) => (true, reason.clone(), None),
            Answer::Status {
                code,
                retry_after_secs,
            } => {
                let may_pass = matches!(code, 408 | 429 | 500..=599);
                let reason = match code {
                    401 | 403 => format!("the server answered {code}: not everybody may read it"),
                    429 => "the server answered 429: too many requests from here".to_owned(),
                    _ => format!("the server answered {code}"),
                };
                (may_pass, reason, *retry_after_secs)
            }
        };
        self.n_failed += 1;
        if !may_pass {
            return Next::GiveUp { reason };
        }
        if self.n_failed >= MOST_FAILED {
            let reason = format!("{reason}, {} times", self.n_failed);
            return Next::GiveUp { reason };
        }
        let secs = asked_for.unwrap_or(1 << (self.n_failed - 1));
        if secs > MOST_SECS {
            let reason = format!("{reason}; it asks to come again after {secs} seconds");
            return Next::GiveUp { reason };
        }
        Next::Wait { secs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, retry_after_secs: Option<u64>) -> Answer {
        Answer::Status {
            code,
            retry_after_secs,
        }
    }

    #[test]
    fn waits_double_and_end() {
        let mut retries = Retries::new();
        for secs in [1, 2, 4, 8] {
            assert_eq!(retries.after(&status(503, None)), Next::Wait { secs });
        }
        assert_eq!(
            retries.after(&status(503, None)),
            Next::GiveUp {
                reason: "the server answered 503, 5 times".to_owned()
            }
        );
    }

    #[test]
    fn what_arrives_makes_patient_again() {
        let mut retries = Retries::new();
        let broken = Answer::Broken("the connection broke".to_owned());
        for _ in 0..20 {
            assert_eq!(retries.after(&broken), Next::Wait { secs: 1 });
            retries.arrived();
        }
    }

    #[test]
    fn a_server_is_waited_for_as_long_as_it_asks_within_reason() {
        assert_eq!(
            Retries::new().after(&status(429, Some(7))),
            Next::Wait { secs: 7 }
        );
        let next = Retries::new().after(&status(429, Some(3600)));
        assert!(matches!(next, Next::GiveUp { reason } if reason.contains("3600 seconds")));
    }

    #[test]
    fn what_will_not_change_is_not_asked_again() {
        for code in [400, 401, 403, 410, 416] {
            let next = Retries::new().after(&status(code, None));
            assert!(matches!(next, Next::GiveUp { .. }), "{code}");
        }
    }
}
