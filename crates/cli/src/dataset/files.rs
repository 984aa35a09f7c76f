use std::path::{Path, PathBuf};

use super::rows::Format;
use crate::Complaint;
use crate::arguments::DatasetArguments;

/// The files of a data set, in order, each with its format.
///
/// The data set's name is a file, a folder of files that are named for their split, as
/// on the Hub, or a format whose files are named apart.
pub(crate) fn dataset_files(
    arguments: &DatasetArguments,
) -> Result<Vec<(PathBuf, Format)>, Complaint> {
    let name = arguments.dataset_name.as_str();
    let folder = arguments.dataset_dir.as_deref();
    if !arguments.dataset_files.is_empty() {
        let files = arguments.dataset_files.iter();
        return files
            .map(|file| with_format(below(folder, file), Format::named(name)))
            .collect();
    }
    let named = below(folder, Path::new(name));
    if named.is_file() {
        return Ok(vec![with_format(named, None)?]);
    }
    if named.is_dir() {
        return files_of_split(&named, &arguments.dataset_split);
    }
    let message = format!("there is no file or folder {}", named.display());
    let hint = match Format::named(name) {
        Some(_) => "name the files with --dataset_files",
        None => "data sets are read from files, they are not fetched from the Hub",
    };
    Err(Complaint::failure(message, Some(hint.to_owned())))
}

fn below(folder: Option<&Path>, file: &Path) -> PathBuf {
    folder.map_or_else(|| file.to_owned(), |folder| folder.join(file))
}

fn with_format(path: PathBuf, format: Option<Format>) -> Result<(PathBuf, Format), Complaint> {
    match Format::of(&path).or(format) {
        Some(format) => Ok((path, format)),
        None => {
            let message = format!("the kind of this file is not known: {}", path.display());
            let hint = "name it .csv, .tsv, .json, .jsonl or .parquet".to_owned();
            Err(Complaint::failure(message, Some(hint)))
        }
    }
}

/// Files such as `train.csv` or `train-00000-of-00002.parquet`, in the folder or in
/// `data` within it; the only file whatever its name.
fn files_of_split(folder: &Path, split: &str) -> Result<Vec<(PathBuf, Format)>, Complaint> {
    let mut files = Vec::new();
    for folder in [folder.to_owned(), folder.join("data")] {
        // The folder exists; `data` need not.
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            files.extend(Format::of(&entry.path()).map(|format| (entry.path(), format)));
        }
    }
    files.sort_by(|left, right| left.0.cmp(&right.0));
    if let [only] = files.as_slice() {
        return Ok(vec![only.clone()]);
    }
    let known: Vec<String> = files
        .iter()
        .map(|(path, _)| path.file_name().unwrap_or_default().display().to_string())
        .collect();
    files.retain(|(path, _)| is_of_split(path, split));
    if files.is_empty() {
        let message = format!(
            "there are no files of split {split:?} in {}",
            folder.display()
        );
        let hint = match known.as_slice() {
            [] => "there is no .csv, .tsv, .json, .jsonl or .parquet file".to_owned(),
            known => format!("the files are {}", known.join(", ")),
        };
        return Err(Complaint::failure(message, Some(hint)));
    }
    Ok(files)
}

fn is_of_split(path: &Path, split: &str) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match stem.strip_prefix(split) {
        Some(rest) => rest
            .chars()
            .next()
            .is_none_or(|next| !next.is_alphanumeric()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_for_their_split() {
        let is_train = |name: &str| is_of_split(Path::new(name), "train");
        assert!(is_train("a/train.csv"));
        assert!(is_train("train-00000-of-00002.parquet"));
        assert!(!is_train("training.csv"));
        assert!(!is_train("test.csv"));
    }
}
