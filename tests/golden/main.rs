//! Do we agree with Inseq on tiny models: every case whose method and functions we
//! have, through the engine and through the command line, raw and aggregated. What
//! the files are: `README.md`.

mod aggregations;
mod case;
mod files;
mod ways;

use std::path::Path;

use attribution_output::{AttributionOutput, Scores, aggregate};
use case::{Array, Case};
use inseq_tests::tolerance::{Tolerance, within};

/// Carries out a case.
type Way = fn(&Case) -> Result<AttributionOutput, String>;

#[test]
fn cases_of_our_methods_agree_with_inseq() {
    check_all(ways::through_the_engine);
}

#[test]
fn cases_agree_with_inseq_through_the_command_line() {
    check_all(ways::through_the_command_line);
}

fn check_all(way: Way) {
    let (mut n_run, mut n_arrays) = (0, 0);
    let mut failures = Vec::new();
    for case in Case::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/cases")) {
        if let Err(reason) = case.is_ours() {
            println!("SKIPPED: golden case {}: {reason}", case.name);
            continue;
        }
        match check(&case, way) {
            Ok(n) => n_arrays += n,
            Err(failure) => failures.push(format!("{}: {failure}", case.name)),
        }
        n_run += 1;
    }
    println!("{n_run} golden cases, {n_arrays} arrays compared");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(n_run >= 28 && n_arrays >= 73, "cases went missing");
}

/// Runs one case; returns how many arrays were compared.
fn check(case: &Case, way: Way) -> Result<usize, String> {
    let output = way(case)?;
    let found = &output.sequences[0];
    let expected = &case.result;
    let names = |tokens: &[attribution_output::Token]| -> Vec<(String, i64)> {
        tokens
            .iter()
            .map(|token| (token.token.clone(), token.id))
            .collect()
    };
    if names(&found.source) != expected.source_tokens
        || names(&found.target) != expected.target_tokens
        || (found.attr_pos_start, found.attr_pos_end)
            != (expected.attr_pos_start, expected.attr_pos_end)
    {
        return Err("tokens or positions differ".to_owned());
    }
    let mut n = 0;
    let tolerance = case.tolerance();
    let aggregated = aggregate(found).map_err(|error| error.to_string())?;
    for (name, expected, found) in [
        (
            "source_attributions",
            &expected.source_attributions,
            &found.source_attributions,
        ),
        (
            "target_attributions",
            &expected.target_attributions,
            &found.target_attributions,
        ),
        (
            "aggregated source_attributions",
            &expected.aggregated.source_attributions,
            &aggregated.source_attributions,
        ),
        (
            "aggregated target_attributions",
            &expected.aggregated.target_attributions,
            &aggregated.target_attributions,
        ),
    ] {
        let Some(expected) = expected else { continue };
        compare(tolerance, name, expected, found.as_ref())?;
        n += 1;
    }
    for (name, expected) in &expected.step_scores {
        let found = found.step_scores.get(name).cloned().unwrap_or_default();
        let found = Scores {
            axes: vec![attribution_output::Axis::Targets],
            shape: vec![found.len()],
            values: found,
        };
        // Rounding errors on both sides: what they must be is a law, not a number.
        if name == "deltas" {
            continue;
        }
        compare(tolerance, name, expected, Some(&found))?;
        n += 1;
    }
    for (name, expected) in &expected.sequence_scores {
        compare(tolerance, name, expected, found.sequence_scores.get(name))?;
        n += 1;
    }
    for (name, expected) in &expected.aggregated.sequence_scores {
        let found = aggregated.sequence_scores.get(name);
        compare(tolerance, &format!("aggregated {name}"), expected, found)?;
        n += 1;
    }
    Ok(n)
}

fn compare(
    tolerance: Tolerance,
    name: &str,
    expected: &Array,
    found: Option<&Scores>,
) -> Result<(), String> {
    let Some(found) = found else {
        return Err(format!("{name}: absent"));
    };
    if found.shape != expected.shape {
        return Err(format!(
            "{name}: shape {:?}, expected {:?}",
            found.shape, expected.shape
        ));
    }
    within(tolerance, &expected.values(), &found.values).map_err(|error| format!("{name}: {error}"))
}
