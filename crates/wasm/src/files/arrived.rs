use engine::{Foreseen, ForeseenPart, foreseen};
use hub::{Check, ListedFile, Result};

/// How much of a foreseen part is made at once.
const MOST_PIECE_BYTES: u64 = 1 << 20;

/// What has arrived of a file: whether it is what was listed, and which parts of the
/// rest need not be asked for.
pub(super) struct Arrived {
    name: String,
    check: Check,
    ahead: Ahead,
    is_as_sent: bool,
}

enum Ahead {
    /// The file's beginning, and how long it must be before it says what follows.
    Beginning { bytes: Vec<u8>, n_wanted: u64 },
    /// Parts that are known without being read.
    Known(Vec<ForeseenPart>),
}

impl Arrived {
    /// Nothing yet. Only what a hash can prove afterwards is ever foreseen.
    pub(super) fn new(expected: &ListedFile, may_foresee: bool) -> Self {
        let ahead = match may_foresee && expected.sha256.is_some() && expected.size.is_some() {
            true => Ahead::Beginning {
                bytes: Vec::new(),
                n_wanted: 0,
            },
            false => Ahead::Known(Vec::new()),
        };
        Self {
            name: expected.name.clone(),
            check: Check::new(expected.clone()),
            ahead,
            is_as_sent: true,
        }
    }

    /// What follows, by other ways than from the server: kept earlier, or foreseen.
    pub(super) fn add_unproven(&mut self, following: &[u8]) {
        self.is_as_sent = false;
        self.add(following);
    }

    /// Whether all of it is what the server just sent.
    pub(super) fn is_as_sent(&self) -> bool {
        self.is_as_sent
    }

    /// What arrives next.
    pub(super) fn add(&mut self, arriving: &[u8]) {
        self.check.add(arriving);
        if let Ahead::Beginning { bytes, n_wanted } = &mut self.ahead {
            bytes.extend_from_slice(arriving);
            if bytes.len() as u64 >= *n_wanted {
                match foreseen(&self.name, bytes) {
                    Foreseen::After(n_bytes) => *n_wanted = n_bytes,
                    Foreseen::Parts(parts) => self.ahead = Ahead::Known(parts),
                }
            }
        }
    }

    /// How many bytes have arrived.
    pub(super) fn n_bytes(&self) -> u64 {
        self.check.n_bytes()
    }

    /// Whether all of it arrived, as far as is known.
    pub(super) fn is_whole(&self) -> bool {
        self.check.is_whole()
    }

    /// What follows here, if it is foreseen.
    pub(super) fn foreseen_piece(&self) -> Option<Vec<u8>> {
        let (start, part) = (self.n_bytes(), self.part_here()?);
        let end = part.range.end.min(start.saturating_add(MOST_PIECE_BYTES));
        Some(part.bytes(start..end))
    }

    /// Whether what follows here is foreseen.
    pub(super) fn is_foreseen(&self) -> bool {
        self.part_here().is_some()
    }

    /// Where the next part begins that need not be asked for.
    pub(super) fn end_of_wanted(&self) -> Option<u64> {
        self.next_part().map(|part| part.range.start)
    }

    fn part_here(&self) -> Option<&ForeseenPart> {
        self.next_part()
            .filter(|part| part.range.start <= self.n_bytes())
    }

    fn next_part(&self) -> Option<&ForeseenPart> {
        match &self.ahead {
            Ahead::Beginning { .. } => None,
            Ahead::Known(parts) => parts.iter().find(|part| part.range.end > self.n_bytes()),
        }
    }

    /// Whether what arrived is what was listed.
    pub(super) fn finish(self, place: &str) -> Result<()> {
        self.check.finish(place)
    }
}
