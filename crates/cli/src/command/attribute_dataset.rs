use std::num::NonZero;
use std::thread::available_parallelism;

use crate::aggregation::Aggregation;
use crate::arguments::{DatasetArguments, Device};
use crate::dataset::{DataSet, Run};
use crate::plan::{Place, Plan};
use crate::{Complaint, Terminal, results};

/// `inseq attribute-dataset`: attributes each row on all cores, or on the graphics
/// processor, shows the heatmaps, writes results as they come. Returns what could not be
/// done; the rest is.
pub(crate) fn attribute_dataset(
    arguments: &DatasetArguments,
    terminal: &mut Terminal<'_>,
) -> Vec<Complaint> {
    let run = match prepared(arguments) {
        Ok(run) => run,
        Err(complaint) => return vec![complaint],
    };
    let device = arguments.attribution.model.device;
    run.carry_out(device.into(), n_threads(arguments), terminal)
}

fn prepared(arguments: &DatasetArguments) -> Result<Run<'_>, Complaint> {
    let plan = Plan::new(
        &arguments.attribution,
        &arguments.aggregation,
        &arguments.results,
        arguments.generated_text_field.is_some(),
    )?;
    let one = Place {
        index: 0,
        n_texts: 1,
    };
    engine::check_options(&plan.request(one, "", None)?)?;
    let compatibility = arguments.attribution.compatibility;
    let aggregation = Aggregation::new(&arguments.aggregation, compatibility)?;
    results::check_paths(&arguments.results)?;
    let data_set = DataSet::read(arguments)?;
    Run::new(data_set, &plan, aggregation, &arguments.results)
}

fn n_threads(arguments: &DatasetArguments) -> usize {
    let all = || match arguments.attribution.model.device {
        Device::Cpu => available_parallelism().map_or(1, NonZero::get),
        // There is one graphics processor, and it does many things at once by itself.
        Device::Auto | Device::Webgpu | Device::WebgpuF16 => 1,
    };
    arguments.jobs.map_or_else(all, usize::from)
}
