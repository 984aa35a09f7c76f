use attribution_output::{AttributionOutput, from_inseq_json};
use protocol::{AttributeRequest, Event, Failure, FailureKind, Work};

use crate::aggregation::Aggregation;
use crate::arguments::{AttributeArguments, ResultArguments};
use crate::plan::{Place, Plan};
use crate::progress::Progress;
use crate::session::Session;
use crate::{Complaint, Terminal, results};

/// `inseq attribute`: attributes each text, shows the heatmaps, writes the files.
/// Returns what could not be done; the rest is.
pub(crate) fn attribute(
    arguments: &AttributeArguments,
    terminal: &mut Terminal<'_>,
) -> Vec<Complaint> {
    let (requests, aggregation) = match prepared(arguments) {
        Ok(prepared) => prepared,
        Err(complaint) => return vec![complaint],
    };
    let mut complaints = Vec::new();
    let mut outputs = Vec::new();
    let mut session = Session::on(arguments.attribution.model.device.into());
    let n_requests = requests.len();
    for (index, request) in requests.into_iter().enumerate() {
        let place = if n_requests > 1 {
            format!("text {} of {n_requests}", index + 1)
        } else {
            String::new()
        };
        let made = attribute_one(&mut session, request, &place, &arguments.results, terminal);
        let failure = match made {
            Ok(output) => {
                match aggregation.apply(output) {
                    Ok(output) => {
                        if !arguments.results.hide_attributions {
                            complaints.extend(results::show(&output, terminal).err());
                        }
                        outputs.push(output);
                    }
                    Err(complaint) => complaints.push(about(complaint, &place)),
                }
                continue;
            }
            Err(failure) => failure,
        };
        // Another text may do; another model is not coming.
        if failure.kind != FailureKind::Input {
            complaints.push(results::complaint(failure));
            break;
        }
        complaints.push(about(results::complaint(failure), &place));
    }
    if !outputs.is_empty() {
        complaints.extend(results::write(outputs, &arguments.results, terminal));
    }
    complaints
}

fn about(complaint: Complaint, place: &str) -> Complaint {
    match place {
        "" => complaint,
        place => complaint.about(place),
    }
}

/// One request for each text, checked as far as that is possible before the first is
/// carried out.
fn prepared(
    arguments: &AttributeArguments,
) -> Result<(Vec<AttributeRequest>, Aggregation), Complaint> {
    let (n_inputs, n_outputs) = (arguments.input_texts.len(), arguments.generated_texts.len());
    if n_outputs > 0 && n_outputs != n_inputs {
        let message =
            format!("--generated_texts has {n_outputs} texts, --input_texts has {n_inputs}");
        let hint = "give one output for each input, or none to have them generated".to_owned();
        return Err(Complaint::usage(message, Some(hint)));
    }
    let plan = Plan::new(
        &arguments.attribution,
        &arguments.aggregation,
        &arguments.results,
        n_outputs > 0,
    )?;
    let requests = arguments.input_texts.iter().enumerate();
    let requests = requests
        .map(|(index, input_text)| {
            let n_texts = n_inputs;
            let generated_text = arguments.generated_texts.get(index).map(String::as_str);
            plan.request(Place { index, n_texts }, input_text, generated_text)
        })
        .collect::<Result<Vec<_>, _>>()?;
    // All texts have the same options.
    if let Some(first) = requests.first() {
        engine::check_options(first)?;
    }
    let compatibility = arguments.attribution.compatibility;
    let aggregation = Aggregation::new(&arguments.aggregation, compatibility)?;
    // Before hours of work rather than after.
    results::check_paths(&arguments.results)?;
    Ok((requests, aggregation))
}

fn attribute_one(
    session: &mut Session,
    request: AttributeRequest,
    place: &str,
    arguments: &ResultArguments,
    terminal: &mut Terminal<'_>,
) -> Result<AttributionOutput, Failure> {
    let is_verbose = arguments.verbose || arguments.very_verbose;
    let what = match place {
        "" => String::new(),
        place => format!("{place}  "),
    };
    let mut progress = Progress::new(terminal, &what, is_verbose);
    let answer = session.carry_out(Work::Attribute(request), &mut |event| {
        progress.note(event, terminal);
    });
    progress.finish(terminal);
    let Event::Attributed { inseq_json } = answer? else {
        unreachable!("the engine answers a request to attribute with an attribution");
    };
    let output = from_inseq_json(inseq_json).expect("the engine writes what is read here");
    if arguments.very_verbose {
        for sequence in &output.sequences {
            results::tell_tokens(sequence, terminal);
        }
    }
    Ok(output)
}
