//! One result in every form that Inseq saves, made by `make_aggregations.py`: read,
//! and written back in the same form.

use std::io::Read as _;
use std::path::Path;

use attribution_output::{
    AttributionOutput, Kind, SaveSettings, ScoresPrecision, from_inseq_json, merge,
    save_inseq_json, split_sequences, steps_from_inseq_json, to_inseq_json,
};
use inseq_tests::tolerance::{GOLDEN, within};

fn bytes(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/files");
    std::fs::read(folder.join(name)).unwrap()
}

fn read(name: &str) -> AttributionOutput {
    from_inseq_json(bytes(name)).unwrap()
}

/// Inseq writes counts as integers, we write all scores as floats.
fn without_counts(mut output: AttributionOutput) -> AttributionOutput {
    for sequence in &mut output.sequences {
        sequence.step_scores.remove("top_p_size");
    }
    output
}

#[test]
fn every_form_holds_the_same_result() {
    let plain = read("plain.json");
    assert_eq!(plain.sequences.len(), 2);
    let forms = [
        "lists.json",
        "compressed.json.gz",
        "primitives.json",
        "steps.json",
        "steps-lists.json.gz",
        "steps-primitives.json",
    ];
    for form in forms {
        assert!(read(form).is_close(&plain), "{form}");
    }
    for (form, scores_precision) in [
        ("float16.json", ScoresPrecision::Float16),
        ("float8.json", ScoresPrecision::Float8),
    ] {
        let settings = SaveSettings {
            scores_precision,
            ..SaveSettings::default()
        };
        let rounded = from_inseq_json(save_inseq_json(&plain, settings)).unwrap();
        let theirs = without_counts(read(form));
        assert!(theirs.sequences[0].maximum() > 0.0, "{form} holds nothing");
        let bits = |output: &AttributionOutput| -> Vec<u32> {
            let scores = output.sequences[1].target_attributions.as_ref().unwrap();
            scores
                .values
                .iter()
                .map(|value| value.to_bits() & 0x7FFF_FFFF)
                .collect()
        };
        assert_eq!(bits(&theirs), bits(&without_counts(rounded)), "{form}");
    }
}

#[test]
fn files_of_single_sequences_are_one_result() {
    let plain = read("plain.json");
    for ending in ["", ".gz"] {
        let parts = [0, 1].map(|index| read(&format!("split_{index}.json{ending}")));
        for (part, ours) in parts.iter().zip(split_sequences(&plain)) {
            assert!(part.is_close(&ours), "{ending}");
        }
        let mut merged = merge(parts.to_vec()).unwrap();
        // The time of the whole is in each part.
        merged.info["exec_time"] = plain.info["exec_time"].clone();
        assert!(merged.is_close(&plain), "{ending}");
    }
}

#[test]
fn every_form_is_written_as_inseq_writes_it() {
    let form = |scores_precision, use_primitives| SaveSettings {
        compress: false,
        scores_precision,
        use_primitives,
    };
    let forms = [
        ("plain.json", form(ScoresPrecision::Float32, false)),
        ("float16.json", form(ScoresPrecision::Float16, false)),
        ("float8.json", form(ScoresPrecision::Float8, false)),
        ("primitives.json", form(ScoresPrecision::Float32, true)),
    ];
    for (name, settings) in forms {
        let ours = save_inseq_json(&without_counts(read("plain.json")), settings);
        // What JSON does not know is null, and counts are left out.
        let theirs = String::from_utf8(bytes(name)).unwrap();
        let lines = theirs
            .lines()
            .filter(|line| !line.contains("\"top_p_size\": \""));
        let theirs: Vec<String> = lines
            .map(|line| match line.trim_start() {
                start if start.starts_with("\"least\"") => line.replace("-Infinity", "null"),
                start if start.starts_with("\"most\"") => line.replace("Infinity", "null"),
                start if start.starts_with("\"none\"") => line.replace("NaN", "null"),
                start if start.starts_with("\"probability\": ") => {
                    line.trim_end_matches(',').to_owned()
                }
                _ => line.to_owned(),
            })
            .collect();
        let ours = String::from_utf8(ours).unwrap();
        assert!(ours.lines().eq(theirs.iter().map(String::as_str)), "{name}");
    }
}

#[test]
fn a_compressed_file_holds_the_text() {
    let output = read("plain.json");
    let settings = SaveSettings {
        compress: true,
        ..SaveSettings::default()
    };
    let zipped = save_inseq_json(&output, settings);
    // Like Inseq's: no name and no time, so that the same result is the same file.
    assert_eq!(zipped[..8], bytes("compressed.json.gz")[..8]);
    let mut text = String::new();
    flate2::read::GzDecoder::new(&zipped[..])
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, to_inseq_json(&output));
    assert!(from_inseq_json(zipped).unwrap().is_close(&output));
}

#[test]
fn single_steps_are_read_in_each_form() {
    let sequences = read("plain.json").sequences;
    for form in ["steps.json", "steps-lists.json.gz", "steps-primitives.json"] {
        let steps = steps_from_inseq_json(bytes(form)).unwrap();
        let mut steps = steps.iter();
        for sequence in &sequences {
            for (column, target) in sequence.targets().iter().enumerate() {
                let [step] = &steps.next().unwrap()[..] else {
                    panic!("{form} has batches of several sequences");
                };
                assert_eq!(step.kind, Kind::Coarse);
                assert_eq!(step.target, std::slice::from_ref(target));
                let n_before = sequence.attr_pos_start + column;
                assert_eq!(step.prefix, sequence.target[..n_before]);
                let scores = sequence.target_attributions.as_ref().unwrap();
                let expected: Vec<f32> = (0..n_before)
                    .map(|row| scores.at(&[row, column]).unwrap())
                    .collect();
                let found = &step.target_attributions.as_ref().unwrap().values;
                within(GOLDEN, &expected, found).unwrap();
                let expected = sequence.step_scores["top_p_size"][column];
                assert_eq!(step.step_scores["top_p_size"], expected);
            }
        }
        assert!(steps.next().is_none(), "{form}");
    }
    assert!(
        steps_from_inseq_json(bytes("plain.json"))
            .unwrap()
            .is_empty()
    );
}
