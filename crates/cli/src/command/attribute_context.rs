use std::path::Path;

use attribution_output::ContextAttribution;
use heatmap::{ContextTexts, context_document, context_text};
use protocol::{ContextRequest, DeviceChoice, Event, Failure, Work};

use crate::aggregation::Aggregation;
use crate::arguments::ContextArguments;
use crate::plan::request_without_texts;
use crate::progress::Progress;
use crate::session::Session;
use crate::{Complaint, Terminal, results};

/// `inseq attribute-context`: finds what hangs on a context, shows it, writes the files.
/// Returns what could not be done; the rest is.
pub(crate) fn attribute_context(
    arguments: &ContextArguments,
    terminal: &mut Terminal<'_>,
) -> Vec<Complaint> {
    let request = match prepared(arguments) {
        Ok(request) => request,
        Err(complaint) => return vec![complaint],
    };
    let device = arguments.attribution.model.device.into();
    let found = match found(request, device, terminal) {
        Ok(found) => found,
        Err(failure) => return vec![results::complaint(failure)],
    };
    let mut complaints = Vec::new();
    if arguments.show_intermediate_outputs {
        tell_scores(&found, terminal);
    }
    if arguments.is_shown() {
        complaints.extend(show(&found, terminal).err());
    }
    if let Some(path) = &arguments.save_path {
        let mut saved = found.clone();
        if !arguments.has_output_info() {
            saved.info.clear();
        }
        let written = results::write_file(path, &saved.to_json(), "result", terminal);
        if written.is_err() && !arguments.is_shown() {
            complaints.extend(show(&found, terminal).err());
        }
        complaints.extend(written.err());
    }
    if let Some(path) = &arguments.viz_path {
        complaints.extend(write_page(&found, path, terminal).err());
    }
    complaints
}

fn prepared(arguments: &ContextArguments) -> Result<ContextRequest, Complaint> {
    let asked = &arguments.attribution;
    let unused = [
        ("--start_pos", asked.positions.start_pos.is_some()),
        ("--end_pos", asked.positions.end_pos.is_some()),
        ("--step_scores", !asked.step_scores.is_empty()),
        ("--attribute_target", asked.attribute_target),
        (
            "--generate_from_target_prefix",
            asked.generate_from_target_prefix,
        ),
        ("--aggregate_output", arguments.aggregation.aggregate_output),
    ];
    if let Some((option, _)) = unused.iter().find(|(_, is_given)| *is_given) {
        let message = format!("{option} has no use in attribute-context");
        let hint = "leave it out: the texts say which tokens are attributed".to_owned();
        return Err(Complaint::usage(message, Some(hint)));
    }
    for (option, path) in [
        ("--save_path", &arguments.save_path),
        ("--viz_path", &arguments.viz_path),
    ] {
        if let Some(path) = path {
            results::check_path(path).map_err(|complaint| complaint.about(option))?;
        }
    }
    // Without aggregators Inseq, too, normalizes in the way that fits the method.
    let is_default_normalized = arguments.aggregation.attribution_aggregators.is_empty()
        && arguments.aggregation.normalize_attributions;
    let stages = match is_default_normalized {
        true => Vec::new(),
        false => Aggregation::new(&arguments.aggregation, asked.compatibility)?.into_stages(),
    };
    let settings = request_without_texts(asked)?;
    let current = &arguments.input_current_text;
    Ok(ContextRequest {
        input_context_text: arguments.input_context_text.clone(),
        input_template: arguments.input_template.clone(),
        output_current_text: arguments.output_current_text.clone(),
        output_context_text: arguments.output_context_text.clone(),
        output_template: arguments.output_template.clone(),
        contextless_input_current_text: arguments.contextless_input_current_text.clone(),
        contextless_output_current_text: arguments.contextless_output_current_text.clone(),
        context_sensitivity_metric: arguments.context_sensitivity_metric.clone(),
        context_sensitivity_std_threshold: Some(arguments.context_sensitivity_std_threshold),
        context_sensitivity_topk: arguments.context_sensitivity_topk,
        contextless_output_next_tokens: arguments.contextless_output_next_tokens.clone(),
        decoder_input_output_separator: arguments.decoder_input_output_separator.clone(),
        handle_output_context_strategy: arguments.handle_output_context_strategy,
        special_tokens_to_keep: arguments.special_tokens_to_keep.clone(),
        attribution_std_threshold: Some(arguments.attribution_std_threshold),
        attribution_topk: arguments.attribution_topk,
        attribution_aggregators: stages,
        normalize_attributions: is_default_normalized,
        ..ContextRequest::new(settings, current)
    })
}

fn found(
    request: ContextRequest,
    device: DeviceChoice,
    terminal: &mut Terminal<'_>,
) -> Result<ContextAttribution, Failure> {
    let mut progress = Progress::new(terminal, "", false);
    let work = Work::AttributeContext(Box::new(request));
    let answer = Session::on(device).carry_out(work, &mut |event| progress.note(event, terminal));
    progress.finish(terminal);
    let Event::ContextAttributed { json } = answer? else {
        unreachable!("the engine answers what it was asked");
    };
    Ok(ContextAttribution::from_json(&json).expect("the engine writes what we read"))
}

fn show(found: &ContextAttribution, terminal: &mut Terminal<'_>) -> Result<(), Complaint> {
    let Some(output) = as_output(found)? else {
        terminal.print("No token of the output hangs on the context enough.\n");
        return Ok(());
    };
    let texts = context_text(&ContextTexts::new(found), terminal.table_settings());
    terminal.print(&texts);
    results::show(&output, terminal)
}

/// How much each token of the output hangs on the context, chosen or not.
fn tell_scores(found: &ContextAttribution, terminal: &mut Terminal<'_>) {
    let tokens = found.output_current_tokens.iter().zip(&found.cti_scores);
    let words: Vec<String> = tokens
        .map(|(token, score)| format!("{token:?} {score:.4}"))
        .collect();
    terminal.tell(&format!("output tokens: {}", words.join(", ")));
}

fn write_page(
    found: &ContextAttribution,
    path: &Path,
    terminal: &mut Terminal<'_>,
) -> Result<(), Complaint> {
    let Some(output) = as_output(found)? else {
        let message = "there is nothing to draw: no token hangs on the context enough".to_owned();
        let hint = "lower --context_sensitivity_std_threshold".to_owned();
        return Err(Complaint::failure(message, Some(hint)));
    };
    let heatmaps = results::heatmaps(&output)?;
    let page = |heatmaps: &[_]| context_document(&ContextTexts::new(found), heatmaps);
    results::write_picture(path, &heatmaps, page, terminal)
}

fn as_output(
    found: &ContextAttribution,
) -> Result<Option<attribution_output::AttributionOutput>, Complaint> {
    found
        .to_output()
        .map_err(|error| Complaint::failure(error.to_string(), None))
}
