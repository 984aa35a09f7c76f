use std::cell::RefCell;
use std::collections::BTreeMap;

/// What ops take, by their names, since the device was opened.
#[derive(Debug)]
pub(crate) struct Profile {
    clock_secs: fn() -> f64,
    spent: RefCell<BTreeMap<&'static str, Spent>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    n_runs: usize,
    seconds: f64,
}

impl Profile {
    pub(crate) fn new(clock_secs: fn() -> f64) -> Self {
        Self {
            clock_secs,
            spent: RefCell::default(),
        }
    }

    /// Runs an op, and counts it.
    pub(crate) fn timed<T>(&self, op: &'static str, run: impl FnOnce() -> T) -> T {
        let start = (self.clock_secs)();
        let made = run();
        let mut spent = self.spent.borrow_mut();
        let spent = spent.entry(op).or_default();
        spent.n_runs += 1;
        spent.seconds += (self.clock_secs)() - start;
        made
    }

    /// In words, what took longest first.
    pub(crate) fn in_words(&self) -> String {
        let spent = self.spent.borrow();
        let mut spent: Vec<(&str, Spent)> = spent.iter().map(|(op, spent)| (*op, *spent)).collect();
        spent.sort_by(|(_, left), (_, right)| right.seconds.total_cmp(&left.seconds));
        let in_words = |(op, Spent { n_runs, seconds })| format!("{op} {seconds:.3} s ({n_runs})");
        let in_words: Vec<String> = spent.into_iter().map(in_words).collect();
        in_words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static NOW: Cell<f64> = const { Cell::new(0.0) };
    }

    #[test]
    fn ops_are_counted_and_the_longest_comes_first() {
        let profile = Profile::new(|| NOW.get());
        for (op, seconds) in [("add", 0.25), ("matmul", 2.0), ("add", 0.5)] {
            let made = profile.timed(op, || {
                NOW.set(NOW.get() + seconds);
                op
            });
            assert_eq!(made, op);
            NOW.set(NOW.get() + 7.0);
        }
        assert_eq!(profile.in_words(), "matmul 2.000 s (1), add 0.750 s (2)");
    }
}
