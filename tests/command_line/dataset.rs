//! `inseq attribute-dataset`: rows in files, done once each, whatever happens.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use attribution_output::{AttributionOutput, from_inseq_json};
use cli::Outcome;
use inseq_tests::command_line::{Said, inseq};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::expect::{attributed, model, says};

const PROMPTS: [&str; 5] = [
    "The nurse",
    "A baker, tired,",
    "The \"doctor\"",
    "The developer argued",
    "Paris",
];

/// A folder to work in.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    /// The prompts as a file of JSON lines.
    fn json_lines(&self, prompts: &[&str]) -> String {
        let line = |prompt: &&str| format!("{}\n", json!({"text": prompt, "id": 7}));
        self.write(
            "prompts.jsonl",
            prompts.iter().map(line).collect::<String>(),
        )
    }

    fn run(&self, file: &str, more: &[&str]) -> Said {
        let (model, saved) = (model("gpt2"), self.path("saved.json"));
        let limit = r#"{"max_new_tokens": 2}"#;
        let arguments = ["attribute-dataset", "-m", &model, "-d", file, "-in", "text"];
        let results = ["--hide", "-o", &saved, "--generation_kwargs", limit];
        inseq([&arguments[..], &results, more].concat())
    }

    fn saved(&self) -> AttributionOutput {
        from_inseq_json(fs::read(self.path("saved.json")).unwrap()).unwrap()
    }

    fn saved_prompts(&self) -> Value {
        self.saved().info["input_texts"].clone()
    }
}

fn parquet_file(path: &str, prompts: &[&str]) {
    let schema = "message rows { required int32 id; required binary text (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = fs::File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut ids = group.next_column().unwrap().unwrap();
    let numbers: Vec<i32> = (0..).take(prompts.len()).collect();
    ids.typed::<parquet::data_type::Int32Type>()
        .write_batch(&numbers, None, None)
        .unwrap();
    ids.close().unwrap();
    let mut texts = group.next_column().unwrap().unwrap();
    let values: Vec<ByteArray> = prompts
        .iter()
        .map(|prompt| ByteArray::from(*prompt))
        .collect();
    texts
        .typed::<ByteArrayType>()
        .write_batch(&values, None, None)
        .unwrap();
    texts.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn every_kind_of_file_gives_what_attribute_gives() {
    let bench = Bench::new();
    let expected = bench.path("expected.json");
    let limit = ["--generation_kwargs", r#"{"max_new_tokens": 2}"#];
    attributed(
        "gpt2",
        &[&["-o", &expected, "-i"], &PROMPTS[..], &limit].concat(),
    );
    let mut expected = from_inseq_json(fs::read(expected).unwrap()).unwrap();
    expected.info.remove("exec_time");

    let quoted = |prompt: &&str| format!("\"{}\",7\n", prompt.replace('"', "\"\""));
    let csv: String = PROMPTS.iter().map(quoted).collect();
    let csv = bench.write("prompts.csv", format!("text,id\n{csv}"));
    let parquet = bench.path("prompts.parquet");
    parquet_file(&parquet, &PROMPTS);
    for file in [csv, parquet, bench.json_lines(&PROMPTS)] {
        for jobs in ["1", "3"] {
            let said = bench.run(&file, &["--jobs", jobs]);
            assert_eq!(said.outcome, Outcome::Success, "{file}: {}", said.stderr);
            let mut saved = bench.saved();
            saved.info.remove("exec_time");
            assert_eq!(saved.info, expected.info);
            // Debug text, because NaN is not itself.
            assert_eq!(
                format!("{:?}", saved.sequences),
                format!("{:?}", expected.sequences)
            );
            assert!(!Path::new(&bench.path("saved.json.rows")).exists());
        }
    }
}

#[test]
fn outputs_may_be_given_in_a_column() {
    let bench = Bench::new();
    let file = bench.write("a.csv", "text,output\nThe nurse,The nurse said\n");
    let said = inseq([
        "attribute-dataset",
        "-m",
        &model("gpt2"),
        "-d",
        &file,
        "-in",
        "text",
        "-gen",
        "output",
    ]);
    assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
    let alone = attributed("gpt2", &["-i", "The nurse", "-g", "The nurse said"]);
    assert_eq!(said.stdout, alone);
}

#[test]
fn bad_rows_are_reported_with_their_number_and_the_rest_goes_on() {
    let bench = Bench::new();
    let long = "nurse ".repeat(200);
    let file = bench.write(
        "rows.jsonl",
        format!("{{\"text\": \"A\"}}\nno\n{{\"text\": \" \"}}\n{{\"text\": {long:?}}}\n{{\"text\": \"B\"}}\n{{}}\n"),
    );
    let said = bench.run(&file, &[]);
    assert_eq!(said.outcome, Outcome::Failure);
    says(
        &said.stderr,
        &[
            "row 2: this is no JSON",
            "row 3: the input text is empty",
            "row 4: the text has",
            "row 6: there is no \"text\"",
        ],
    );
    assert_eq!(bench.saved_prompts(), json!(["A", "B"]));
}

#[test]
fn a_killed_run_goes_on_with_nothing_lost_and_nothing_done_twice() {
    let bench = Bench::new();
    let file = bench.json_lines(&PROMPTS);
    let journal = bench.path("saved.json.rows");
    // A run that cannot end leaves its journal: its result has no place.
    fs::create_dir(bench.path("saved.json")).unwrap();
    assert_eq!(bench.run(&file, &[]).outcome, Outcome::Failure);
    assert!(!Path::new(&journal).exists(), "found out before the work");
    fs::remove_dir(bench.path("saved.json")).unwrap();

    assert_eq!(bench.run(&file, &["--jobs", "1"]).outcome, Outcome::Success);
    let whole = bench.saved();
    let lines = journal_lines(&bench, &file);
    for n_lines in 1..=lines.len() {
        for cut in [0, 1, 9] {
            let mut killed = lines[..n_lines].concat();
            killed.truncate(killed.len() - cut);
            fs::write(&journal, &killed).unwrap();
            let said = bench.run(&file, &[]);
            assert_eq!(said.outcome, Outcome::Success, "{}", said.stderr);
            let n_kept = n_lines - 1 - usize::from(cut > 0 && n_lines > 1);
            if n_kept > 0 {
                says(&said.stderr, &[&format!("{n_kept} rows were done before")]);
            }
            let saved = bench.saved();
            assert_eq!(saved.info["input_texts"], whole.info["input_texts"]);
            assert_eq!(
                format!("{:?}", saved.sequences),
                format!("{:?}", whole.sequences)
            );
        }
    }
}

/// The journal of a whole run, by line, taken while it was still there.
fn journal_lines(bench: &Bench, file: &str) -> Vec<Vec<u8>> {
    // `--viz_path` cannot be written, so the journal stays.
    let said = bench.run(file, &["--viz_path", "/dev/full", "--jobs", "2"]);
    assert_eq!(said.outcome, Outcome::Failure, "{}", said.stderr);
    let journal = fs::read(bench.path("saved.json.rows")).unwrap();
    journal
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

#[test]
fn results_of_other_settings_are_not_mixed() {
    let bench = Bench::new();
    let file = bench.json_lines(&PROMPTS);
    let lines = journal_lines(&bench, &file);
    fs::write(bench.path("saved.json.rows"), lines.concat()).unwrap();
    let said = bench.run(&file, &["-a", "input_x_gradient"]);
    assert_eq!(said.outcome, Outcome::Failure);
    says(
        &said.stderr,
        &["other settings", "saved.json.rows", "hint:"],
    );
    let file = bench.json_lines(&["The nurse", "Another text"]);
    let said = bench.run(&file, &[]);
    says(&said.stderr, &["another text in row"]);
}

#[test]
fn a_data_set_that_is_not_there_is_named() {
    let bench = Bench::new();
    let said = bench.run(&bench.path("nothing.csv"), &[]);
    says(&said.stderr, &["there is no file or folder", "nothing.csv"]);
    let file = bench.write("a.csv", "prompt,id\nA,1\n");
    says(
        &bench.run(&file, &[]).stderr,
        &["no column \"text\"", "prompt, id"],
    );
    let file = bench.write("a.parquet", "PAR1 is how it begins, and then it is broken");
    says(
        &bench.run(&file, &[]).stderr,
        &["cannot be read", "a.parquet"],
    );
    let file = bench.write("empty.jsonl", "\n");
    says(&bench.run(&file, &[]).stderr, &["has no rows"]);
}

#[test]
fn a_folder_has_splits() {
    let bench = Bench::new();
    fs::create_dir(bench.path("set")).unwrap();
    for name in ["train-00000-of-00002", "train-00001-of-00002", "test"] {
        bench.write(
            &format!("set/{name}.jsonl"),
            format!("{{\"text\": \"{name}\"}}\n"),
        );
    }
    let folder = bench.path("set");
    assert_eq!(bench.run(&folder, &[]).outcome, Outcome::Success);
    assert_eq!(
        bench.saved_prompts(),
        json!(["train-00000-of-00002", "train-00001-of-00002"])
    );
    bench.run(&folder, &["--split", "test"]);
    assert_eq!(bench.saved_prompts(), json!(["test"]));
    let said = bench.run(&folder, &["--split", "validation"]);
    says(
        &said.stderr,
        &["no files of split \"validation\"", "test.jsonl"],
    );
}

#[test]
fn a_missing_model_is_complained_of_once() {
    let bench = Bench::new();
    let file = bench.json_lines(&PROMPTS);
    let said = inseq([
        "attribute-dataset",
        "-m",
        "nowhere",
        "-d",
        &file,
        "-in",
        "text",
    ]);
    assert_eq!(said.outcome, Outcome::Failure);
    assert_eq!(said.stderr.matches("error:").count(), 1, "{}", said.stderr);
}
