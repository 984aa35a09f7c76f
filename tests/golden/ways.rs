//! Three ways to carry out a case. Each returns the result as it is saved.

use attribution_output::{AttributionOutput, from_inseq_json};
use cli::Outcome;
use engine::Engine;
use futures::executor::block_on;
use inseq_tests::command_line::inseq;
use inseq_tests::golden_case::Case;
use inseq_tests::tiny_models::carry_out;
use protocol::{DeviceChoice, Event, Request, Work};

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

/// A request on a graphics processor, of an engine that has carried out others.
pub(crate) fn on_webgpu(engine: &mut Engine, case: &Case) -> Result<AttributionOutput, String> {
    let request = Request {
        id: 1,
        device: DeviceChoice::Webgpu,
        memory_budget_mb: None,
        work: Work::Attribute(case.request()),
    };
    let mut last = None;
    block_on(engine.carry_out(&request, &mut |event| last = Some(event)));
    match last {
        Some(Event::Attributed { inseq_json }) => {
            let output = from_inseq_json(&inseq_json).map_err(|error| error.to_string())?;
            match output.info.get("device") {
                Some(device) if device == "webgpu" => Ok(output),
                other => Err(format!("computed on {other:?}")),
            }
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
