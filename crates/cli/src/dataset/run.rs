use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use attribution_output::{AttributionOutput, from_inseq_json};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use protocol::{AttributeRequest, DeviceChoice};
use serde_json::{Value, json};

use super::DataSet;
use super::journal::{Entry, Journal, Unusable};
use super::rows::{Row, Texts};
use super::workers::{self, Done};
use crate::aggregation::Aggregation;
use crate::arguments::ResultArguments;
use crate::plan::{Place, Plan};
use crate::{Complaint, Terminal, results};

/// A data set on its way.
pub(crate) struct Run<'a> {
    rows: Vec<Row>,
    /// Requests for the rows still to do, each with the row's number.
    requests: Vec<AttributeRequest>,
    numbers: Vec<usize>,
    aggregation: Aggregation,
    results: &'a ResultArguments,
    /// Where results are kept until all are there; none if no file is asked for.
    journal: Option<Journal>,
}

impl<'a> Run<'a> {
    /// Takes up where an earlier run with the same settings was stopped.
    pub(crate) fn new(
        data_set: DataSet,
        plan: &Plan,
        aggregation: Aggregation,
        results: &'a ResultArguments,
    ) -> Result<Self, Complaint> {
        let rows = data_set.rows;
        let one = Place {
            index: 0,
            n_texts: 1,
        };
        let journal = match results.save_path.as_ref().or(results.viz_path.as_ref()) {
            Some(path) => {
                let settings = json!({"inseq_journal": 1, "request": plan.request(one, "", None)?});
                Some(open_journal(path, &settings, &rows)?)
            }
            None => None,
        };
        let (mut requests, mut numbers) = (Vec::new(), Vec::new());
        for (number, row) in (1..).zip(&rows) {
            let is_done = journal.as_ref().is_some_and(|journal| journal.has(number));
            if let (Ok(texts), false) = (row, is_done) {
                requests.push(plan.request(one, &texts.input, texts.generated.as_deref())?);
                numbers.push(number);
            }
        }
        Ok(Self {
            rows,
            requests,
            numbers,
            aggregation,
            results,
            journal,
        })
    }

    /// Attributes what is left, on some threads; then writes the files.
    pub(crate) fn carry_out(
        mut self,
        device: DeviceChoice,
        n_threads: usize,
        terminal: &mut Terminal<'_>,
    ) -> Vec<Complaint> {
        if let Some(n_done) = self
            .journal
            .as_ref()
            .map(Journal::n_done)
            .filter(|n| *n > 0)
        {
            terminal.tell(&format!("{n_done} rows were done before"));
        }
        let bar = bar(&self, terminal);
        let requests = std::mem::take(&mut self.requests);
        let mut taking = Taking {
            run: &mut self,
            terminal,
            bar: &bar,
            ending: None,
            failed: BTreeMap::new(),
            shown: Shown::default(),
        };
        workers::carry_out(&requests, device, n_threads, &mut |done| taking.take(done));
        let (ending, failed) = (taking.ending, taking.failed);
        bar.finish_and_clear();
        if let Some(ending) = ending {
            return vec![ending];
        }
        self.finish(failed, terminal)
    }

    fn texts(&self, number: usize) -> &Texts {
        self.rows[number - 1]
            .as_ref()
            .expect("only rows with texts are asked about")
    }

    /// Writes the files, and says which rows are not in them.
    fn finish(
        self,
        mut failed: BTreeMap<usize, String>,
        terminal: &mut Terminal<'_>,
    ) -> Vec<Complaint> {
        for (number, row) in (1..).zip(&self.rows) {
            if let Err(reason) = row {
                failed.insert(number, reason.clone());
            }
        }
        let mut complaints = Vec::new();
        if let Some(journal) = self.journal {
            match outputs(&journal, &self.aggregation, &mut failed) {
                Ok(outputs) if outputs.is_empty() => {}
                Ok(outputs) => complaints = results::write(outputs, self.results, terminal),
                Err(complaint) => complaints.push(complaint),
            }
            if complaints.is_empty() {
                let path = journal.path().to_owned();
                complaints.extend(
                    journal
                        .remove()
                        .err()
                        .map(|error| unwritable(&path, &error)),
                );
            }
        }
        let row = |(number, reason): (usize, String)| {
            Complaint::failure(format!("row {number}: {reason}"), None)
        };
        failed.into_iter().map(row).chain(complaints).collect()
    }
}

/// What becomes of results as they arrive.
struct Taking<'a, 'b, 'c> {
    run: &'a mut Run<'b>,
    terminal: &'a mut Terminal<'c>,
    bar: &'a ProgressBar,
    /// Why nothing more can be done, if so.
    ending: Option<Complaint>,
    failed: BTreeMap<usize, String>,
    shown: Shown,
}

impl Taking<'_, '_, '_> {
    /// Keeps a result, and says whether to go on.
    fn take(&mut self, done: Done) -> bool {
        let number = self.run.numbers[done.index];
        let result = match done.result {
            Ok(inseq_json) => Ok(inseq_json),
            Err(failure) if failure.kind == protocol::FailureKind::Input => Err(failure.message),
            Err(failure) => {
                self.ending = Some(results::complaint(failure));
                return false;
            }
        };
        if let Err(complaint) = self.keep(number, &result) {
            self.ending = Some(complaint);
            return false;
        }
        let text = result.and_then(|inseq_json| self.heatmap(&inseq_json));
        match text {
            Ok(text) => self.print(done.index, text),
            Err(reason) => {
                self.failed.insert(number, reason);
                self.print(done.index, String::new());
            }
        }
        self.bar.inc(1);
        true
    }

    fn keep(&mut self, number: usize, result: &Result<String, String>) -> Result<(), Complaint> {
        let texts = self.run.texts(number).clone();
        let Some(journal) = &mut self.run.journal else {
            return Ok(());
        };
        let result = match result {
            Ok(inseq_json) => {
                let value: Value =
                    serde_json::from_str(inseq_json).expect("the engine writes JSON");
                Ok(value)
            }
            Err(reason) => Err(reason.clone()),
        };
        let entry = Entry {
            row: number,
            input: texts.input,
            generated: texts.generated,
            result,
        };
        journal
            .append(&entry)
            .map_err(|error| unwritable(journal.path(), &error))
    }

    fn heatmap(&self, inseq_json: &str) -> Result<String, String> {
        if self.run.results.hide_attributions {
            return Ok(String::new());
        }
        let output = from_inseq_json(inseq_json).expect("the engine writes what is read here");
        let text = self
            .run
            .aggregation
            .apply(output)
            .and_then(|output| results::text(&output, self.terminal));
        text.map_err(|complaint| complaint.message)
    }

    /// Prints heatmaps in the order of the rows.
    fn print(&mut self, index: usize, text: String) {
        for text in self.shown.next(index, text) {
            if !text.is_empty() {
                self.bar.suspend(|| self.terminal.print(&text));
            }
        }
    }
}

/// Brings results of several threads back in order.
#[derive(Default)]
struct Shown {
    n_shown: usize,
    waiting: BTreeMap<usize, String>,
}

impl Shown {
    fn next(&mut self, index: usize, text: String) -> Vec<String> {
        self.waiting.insert(index, text);
        let mut texts = Vec::new();
        while let Some(text) = self.waiting.remove(&self.n_shown) {
            texts.push(text);
            self.n_shown += 1;
        }
        texts
    }
}

/// Everything that is in the journal, aggregated; rows of which it says that they
/// failed, or that cannot be aggregated, join the failed ones.
fn outputs(
    journal: &Journal,
    aggregation: &Aggregation,
    failed: &mut BTreeMap<usize, String>,
) -> Result<Vec<AttributionOutput>, Complaint> {
    let mut outputs = Vec::new();
    for entry in journal.entries() {
        let entry = entry.map_err(|error| {
            let message = format!("{} cannot be read: {error}", journal.path().display());
            Complaint::failure(message, None)
        })?;
        let output = entry.result.and_then(|value| {
            let output = from_inseq_json(value.to_string()).map_err(|error| error.to_string())?;
            aggregation
                .apply(output)
                .map_err(|complaint| complaint.message)
        });
        match output {
            Ok(output) => outputs.push(output),
            Err(reason) => {
                failed.insert(entry.row, reason);
            }
        }
    }
    Ok(outputs)
}

/// The journal beside the file that will be written.
fn open_journal(path: &Path, settings: &Value, rows: &[Row]) -> Result<Journal, Complaint> {
    let mut name = path.as_os_str().to_owned();
    name.push(".rows");
    let path = PathBuf::from(name);
    let texts: Vec<Option<&Texts>> = rows.iter().map(|row| row.as_ref().ok()).collect();
    Journal::open(path.clone(), settings, &texts).map_err(|error| match error {
        Unusable::Other(what) => {
            let message = format!(
                "{} was begun by a run with {what}; this run would mix with it",
                path.display()
            );
            let hint = "delete it to begin anew, or choose another --save_path".to_owned();
            Complaint::failure(message, Some(hint))
        }
        Unusable::Io(error) => unwritable(&path, &error),
    })
}

fn unwritable(path: &Path, error: &std::io::Error) -> Complaint {
    let message = format!("results cannot be kept: {error}: {}", path.display());
    let hint = "what is done is kept; run the same command again to go on".to_owned();
    Complaint::failure(message, Some(hint))
}

fn bar(run: &Run<'_>, terminal: &Terminal<'_>) -> ProgressBar {
    if !terminal.has_progress_bar {
        return ProgressBar::hidden();
    }
    let n_left = run.requests.len();
    let n_done = run.journal.as_ref().map_or(0, Journal::n_done);
    let target = ProgressDrawTarget::stderr();
    let bar = ProgressBar::with_draw_target(Some((n_left + n_done) as u64), target);
    let template = "attributing rows {bar:32} {pos}/{len}  {elapsed}, {eta} left";
    let style = ProgressStyle::with_template(template).expect("a bar has all of these");
    bar.set_style(style.progress_chars("━╸─"));
    bar.set_position(n_done as u64);
    // What was done before says nothing of this run's pace.
    bar.reset_eta();
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[test]
    fn results_come_back_in_order() {
        let mut shown = Shown::default();
        let mut next = |index| shown.next(index, format!("row {index}"));
        assert!(next(1).is_empty());
        assert_eq!(next(0), ["row 0", "row 1"]);
        assert_eq!(next(2), ["row 2"]);
    }
}
