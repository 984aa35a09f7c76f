use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rows::Texts;

/// What is done so far, on disk: one line of JSON for each row, appended as it is
/// done, after a first line with the settings.
///
/// A run that was killed goes on where its journal ends; a last line that was cut off
/// is dropped, and its row done again.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    /// Where the line of each row begins, and its length.
    lines: BTreeMap<usize, (u64, usize)>,
    end: u64,
}

/// What became of a row.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Counted from 1.
    pub(crate) row: usize,
    /// What was attributed, to find out whether the data set has changed.
    pub(crate) input: String,
    pub(crate) generated: Option<String>,
    /// Inseq JSON, or why there is none.
    pub(crate) result: Result<Value, String>,
}

/// Why a journal cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// It belongs to a run with other settings or texts.
    Other(String),
    Io(io::Error),
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Journal {
    /// Opens the journal at `path`, or begins one for these settings.
    pub(crate) fn open(
        path: PathBuf,
        settings: &Value,
        rows: &[Option<&Texts>],
    ) -> Result<Self, Unusable> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)?;
        let mut journal = Self {
            path,
            file,
            lines: BTreeMap::new(),
            end: 0,
        };
        let mut reader = BufReader::new(journal.file.try_clone()?);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            // Only whole lines end.
            if line.pop() != Some(b'\n') {
                break;
            }
            if !journal.takes(&line, settings, rows)? {
                break;
            }
            journal.end += line.len() as u64 + 1;
            line.clear();
        }
        drop(reader);
        journal.file.set_len(journal.end)?;
        if journal.end == 0 {
            journal.append_line(settings)?;
        }
        Ok(journal)
    }

    /// Notes a line that was there; `false` if it cannot be read.
    fn takes(
        &mut self,
        line: &[u8],
        settings: &Value,
        rows: &[Option<&Texts>],
    ) -> Result<bool, Unusable> {
        if self.end == 0 {
            // As text: numbers read back may differ in their last bit.
            let is_same = line == serde_json::to_vec(settings).map_err(io::Error::from)?;
            return match is_same {
                true => Ok(true),
                false => Err(Unusable::Other("other settings".to_owned())),
            };
        }
        let Ok(entry) = serde_json::from_slice::<Entry>(line) else {
            return Ok(false);
        };
        let texts = entry.row.checked_sub(1).and_then(|index| rows.get(index));
        let is_same = texts
            .copied()
            .flatten()
            .is_some_and(|texts| texts.input == entry.input && texts.generated == entry.generated);
        if !is_same {
            return Err(Unusable::Other(format!(
                "another text in row {}",
                entry.row
            )));
        }
        self.lines.insert(entry.row, (self.end, line.len()));
        Ok(true)
    }

    /// Whether a row is done.
    pub(crate) fn has(&self, row: usize) -> bool {
        self.lines.contains_key(&row)
    }

    /// How many rows are done.
    pub(crate) fn n_done(&self) -> usize {
        self.lines.len()
    }

    /// Adds a row that is done.
    pub(crate) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let start = self.end;
        let length = self.append_line(entry)?;
        self.lines.insert(entry.row, (start, length));
        Ok(())
    }

    fn append_line(&mut self, content: &impl Serialize) -> io::Result<usize> {
        let mut line = serde_json::to_vec(content)?;
        let length = line.len();
        line.push(b'\n');
        // At once, so that no other line can come between.
        self.file.write_all(&line)?;
        self.end += line.len() as u64;
        Ok(length)
    }

    /// What became of the rows, in their order, read from disk one at a time.
    pub(crate) fn entries(&self) -> impl Iterator<Item = io::Result<Entry>> {
        self.lines.values().map(|(start, length)| {
            let mut file = &self.file;
            file.seek(SeekFrom::Start(*start))?;
            let mut line = vec![0; *length];
            file.read_exact(&mut line)?;
            Ok(serde_json::from_slice(&line)?)
        })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it, once its content is elsewhere.
    pub(crate) fn remove(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts(input: &str) -> Texts {
        Texts {
            input: input.to_owned(),
            generated: None,
        }
    }

    fn entry(row: usize, input: &str) -> Entry {
        Entry {
            row,
            input: input.to_owned(),
            generated: None,
            result: Ok(json!({"of": input})),
        }
    }

    #[test]
    fn a_cut_off_line_is_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (a, b) = (texts("a"), texts("b"));
        let rows = [Some(&a), Some(&b)];
        let settings = json!({"method": "saliency"});
        let open = || Journal::open(path.clone(), &settings, &rows);
        let mut journal = open().unwrap();
        journal.append(&entry(1, "a")).unwrap();
        journal.append(&entry(2, "b")).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        for missing in 1..20 {
            std::fs::write(&path, &whole[..whole.len() - missing]).unwrap();
            let mut journal = open().unwrap();
            assert!(journal.has(1) && !journal.has(2), "{missing}");
            journal.append(&entry(2, "b")).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
        let entries: Vec<Entry> = open().unwrap().entries().map(Result::unwrap).collect();
        let numbers: Vec<usize> = entries.iter().map(|entry| entry.row).collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(entries[1].result, Ok(json!({"of": "b"})));
    }

    #[test]
    fn another_run_is_recognized() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (a, b) = (texts("a"), texts("b"));
        let mut journal = Journal::open(path.clone(), &json!(1), &[Some(&a)]).unwrap();
        journal.append(&entry(1, "a")).unwrap();
        drop(journal);
        let other_settings = Journal::open(path.clone(), &json!(2), &[Some(&a)]);
        assert!(matches!(other_settings, Err(Unusable::Other(_))));
        let other_text = Journal::open(path.clone(), &json!(1), &[Some(&b)]);
        assert!(matches!(other_text, Err(Unusable::Other(_))));
        let fewer_rows = Journal::open(path, &json!(1), &[]);
        assert!(matches!(fewer_rows, Err(Unusable::Other(_))));
    }
}
