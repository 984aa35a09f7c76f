//! Counts tests by what libtest prints.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::Result;

/// What ran, what failed, and what was left out and why.
#[derive(Debug, Default)]
pub(crate) struct TestReport {
    n_passed: usize,
    n_failed: usize,
    n_skipped: usize,
    /// Tests and, within tests, cases that were left out, each as `name: reason`.
    skipped: Vec<String>,
    /// Tests that returned. libtest counts those as passed that skipped themselves.
    returned: BTreeSet<String>,
    /// How many of those there were.
    n_passed_in_vain: usize,
    /// Names of tests and steps.
    failed: Vec<String>,
    /// Whether a failed run has been told by a failed test.
    has_failed_test: bool,
    /// Inside the list of names that `--show-output` repeats after the output.
    in_repeated_names: bool,
}

impl TestReport {
    /// Takes note of one line; returns whether it is worth showing.
    pub(crate) fn read_line(&mut self, line: &str) -> bool {
        if line == "successes:" {
            self.in_repeated_names = true;
            return false;
        }
        if self.in_repeated_names && line.starts_with("    ") {
            return false;
        }
        if !line.is_empty() {
            self.in_repeated_names = false;
        }
        if let Some(skip) = line.strip_prefix("SKIPPED: ") {
            self.skipped.push(skip.to_owned());
            let test = skip.split(": ").next().unwrap_or_default();
            if self.returned.remove(test) {
                self.n_skipped += 1;
                self.n_passed_in_vain += 1;
            }
        } else if let Some(counts) = line.strip_prefix("test result: ") {
            self.add_counts(counts);
        } else if let Some(test) = line.strip_prefix("test ") {
            self.read_test(test);
        }
        true
    }

    /// Takes note of a step that is not a test.
    pub(crate) fn note_step(&mut self, name: &str, outcome: &Result<()>) {
        if let Err(error) = outcome {
            self.n_failed += 1;
            self.failed.push(format!("{name}: {error:#}"));
        }
    }

    /// Takes note of how the whole run ended: a test that does not compile, or a
    /// suite that dies, fails the run without a failed test.
    pub(crate) fn note_test_run(&mut self, outcome: &Result<()>) {
        if !self.has_failed_test {
            self.note_step("tests", outcome);
        }
    }

    /// Whether nothing failed, and something ran.
    pub(crate) fn is_good(&self) -> bool {
        self.n_failed == 0 && self.n_passed > 0
    }

    /// Reads `name ... outcome`; names of doctests hold spaces.
    fn read_test(&mut self, text: &str) {
        if let Some(name) = text.strip_suffix(" ... ok") {
            self.returned.insert(name.to_owned());
        } else if let Some(name) = text.strip_suffix(" ... FAILED") {
            self.failed.push(name.to_owned());
            self.has_failed_test = true;
        } else if let Some((name, reason)) = text.split_once(" ... ignored") {
            let reason = reason.trim_start_matches(", ");
            let reason = if reason.is_empty() {
                "marked #[ignore]"
            } else {
                reason
            };
            self.skipped.push(format!("{name}: {reason}"));
            self.n_skipped += 1;
        }
    }

    /// Reads `ok. 3 passed; 0 failed; 0 ignored; …`. Ignored tests have been
    /// noted by name.
    fn add_counts(&mut self, text: &str) {
        let count = |word: &str| -> usize {
            let before = text.split_once(word).map_or("", |(before, _)| before);
            before
                .rsplit(' ')
                .find(|part| !part.is_empty())
                .and_then(|n| n.parse().ok())
                .unwrap_or(0)
        };
        self.n_passed += count(" passed");
        self.n_failed += count(" failed");
    }
}

impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for skip in &self.skipped {
            writeln!(f, "skipped: {skip}")?;
        }
        for name in &self.failed {
            writeln!(f, "failed: {name}")?;
        }
        let n_passed = self.n_passed.saturating_sub(self.n_passed_in_vain);
        writeln!(
            f,
            "{n_passed} passed, {} failed, {} skipped",
            self.n_failed, self.n_skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    fn report(output: &str) -> (TestReport, Vec<&str>) {
        let mut report = TestReport::default();
        let shown = output
            .lines()
            .filter(|line| report.read_line(line))
            .collect();
        (report, shown)
    }

    #[test]
    fn counts_are_added_over_all_suites() {
        let (report, _) = report(
            "test a ... ok\ntest b ... FAILED\n\
             test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured\n\
             test src/lib.rs - path (line 3) ... ok\n\
             test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured\n",
        );
        assert_eq!(
            report.to_string(),
            "failed: b\n13 passed, 1 failed, 0 skipped\n"
        );
        assert!(!report.is_good());
    }

    #[test]
    fn a_skip_is_listed_and_does_not_count_as_passed() {
        let (report, shown) = report(
            "test a ... ok\n\nsuccesses:\n\n---- a stdout ----\nSKIPPED: a: no adapter\n\n\
             \nsuccesses:\n    a\n    b\n\n\
             test result: ok. 2 passed; 0 failed; 0 ignored\n",
        );
        assert_eq!(
            report.to_string(),
            "skipped: a: no adapter\n1 passed, 0 failed, 1 skipped\n"
        );
        assert!(shown.contains(&"SKIPPED: a: no adapter"));
        assert!(!shown.contains(&"    a"));
    }

    #[test]
    fn a_case_left_out_is_listed_and_its_test_passed() {
        let (report, _) = report(
            "test a ... ok\n\n---- a stdout ----\nSKIPPED: case 3: draws at random\n\n\
             test result: ok. 1 passed; 0 failed; 0 ignored\n",
        );
        assert_eq!(
            report.to_string(),
            "skipped: case 3: draws at random\n1 passed, 0 failed, 0 skipped\n"
        );
    }

    #[test]
    fn an_ignored_test_is_a_skip() {
        let (report, _) = report(
            "test a ... ignored, too slow\ntest b ... ok\n\
             test result: ok. 1 passed; 0 failed; 1 ignored\n",
        );
        assert_eq!(
            report.to_string(),
            "skipped: a: too slow\n1 passed, 0 failed, 1 skipped\n"
        );
    }

    #[test]
    fn a_run_that_does_not_compile_is_a_failure() {
        let mut report = TestReport::default();
        report.note_step("lints", &bail_out());
        report.note_test_run(&bail_out());
        assert!(!report.is_good());
        assert!(
            report
                .to_string()
                .ends_with("0 passed, 2 failed, 0 skipped\n")
        );
    }

    fn bail_out() -> Result<()> {
        bail!("cargo test ended with 101")
    }
}
