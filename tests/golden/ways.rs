//! Two ways to carry out a case. Each returns the result as it is saved.

use attribution_output::{AttributionOutput, from_inseq_json};
use cli::Outcome;
use inseq_tests::command_line::inseq;
use inseq_tests::golden_case::Case;
use inseq_tests::tiny_models::carry_out;
use protocol::{Event, Work};

/// A request, as page and worker make it.
pub(crate) fn through_the_engine(case: &Case) -> Result<AttributionOutput, String> {
    let events = carry_out(Work::Attribute(case.request()));
    match events.last() {
        Some(Event::Attributed { inseq_json }) => {
            from_inseq_json(inseq_json).map_err(|error| error.to_string())
        }
        other => Err(format!("{other:?}")),
    }
}

/// `inseq attribute` and the file it writes.
pub(crate) fn through_the_command_line(case: &Case) -> Result<AttributionOutput, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("attributions.json");
    let said = inseq(case.arguments(&file));
    if said.outcome != Outcome::Success {
        return Err(said.stderr);
    }
    let json = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    from_inseq_json(&json).map_err(|error| error.to_string())
}
