use attribution_output::{Attribution, AttributionOutput, Token, from_inseq_json};
use protocol::{AttributeRequest, Event, Failure, FailureKind, Fold, Work};

use crate::arguments::{AttributeArguments, Device};
use crate::keyword_arguments::{KeywordArguments, generation_settings};
use crate::progress::Progress;
use crate::session::Session;
use crate::{Complaint, Terminal, results};

/// `inseq attribute`: attributes each text, shows the heatmaps, writes the files.
/// Returns what could not be done; the rest is.
pub(crate) fn attribute(
    arguments: &AttributeArguments,
    terminal: &mut Terminal<'_>,
) -> Vec<Complaint> {
    let requests = match requests(arguments) {
        Ok(requests) => requests,
        Err(complaint) => return vec![complaint],
    };
    // Before hours of work rather than after.
    if let Err(complaint) = results::check_paths(arguments) {
        return vec![complaint];
    }
    let mut complaints = Vec::new();
    let mut outputs = Vec::new();
    let mut session = Session::on_cpu();
    let n_requests = requests.len();
    for (index, request) in requests.into_iter().enumerate() {
        let place = if n_requests > 1 {
            format!("text {} of {n_requests}", index + 1)
        } else {
            String::new()
        };
        let failure = match attribute_one(&mut session, request, &place, arguments, terminal) {
            Ok(output) => {
                if !arguments.hide_attributions {
                    complaints.extend(results::show(&output, terminal).err());
                }
                outputs.push(output);
                continue;
            }
            Err(failure) => failure,
        };
        // Another text may do; another model is not coming.
        let is_about_text = failure.kind == FailureKind::Input;
        let complaint = complaint(failure);
        complaints.push(match place.as_str() {
            place if is_about_text && !place.is_empty() => complaint.about(place),
            _ => complaint,
        });
        if !is_about_text {
            break;
        }
    }
    if !outputs.is_empty() {
        complaints.extend(results::write(outputs, arguments, terminal));
    }
    complaints
}

/// One request for each text, all checked before the first is carried out.
fn requests(arguments: &AttributeArguments) -> Result<Vec<AttributeRequest>, Complaint> {
    if arguments.device == Device::Webgpu {
        let message = "--device webgpu is not built yet".to_owned();
        let hint = "leave it out to compute on the processor".to_owned();
        return Err(Complaint::failure(message, Some(hint)));
    }
    let (n_inputs, n_outputs) = (arguments.input_texts.len(), arguments.generated_texts.len());
    if n_outputs > 0 && n_outputs != n_inputs {
        let message =
            format!("--generated_texts has {n_outputs} texts, --input_texts has {n_inputs}");
        let hint = "give one output for each input, or none to have them generated".to_owned();
        return Err(Complaint::usage(message, Some(hint)));
    }
    let is_given = n_outputs > 0 && !arguments.generate_from_target_prefix;
    if is_given && !arguments.generation_kwargs.is_empty() {
        let message = "--generation_kwargs has no use: the outputs are given".to_owned();
        let hint = "leave out --generation_kwargs or --generated_texts".to_owned();
        return Err(Complaint::usage(message, Some(hint)));
    }
    let keywords = KeywordArguments::sorted(arguments, &engine::description())?;
    let generation = generation_settings(&arguments.generation_kwargs)?;
    let mut generated_texts = arguments.generated_texts.iter();
    let request = |input_text: &String| AttributeRequest {
        generated_text: generated_texts.next().cloned(),
        method: arguments.attribution_method.clone(),
        method_options: keywords.method.clone(),
        attributed_fn: arguments.attributed_fn.clone(),
        attributed_fn_args: keywords.attributed_fn.clone(),
        step_scores: arguments.step_scores.clone(),
        step_scores_args: keywords.step_scores.clone(),
        attribute_target: arguments.attribute_target,
        include_eos_baseline: arguments.include_eos_baseline,
        attr_pos_start: arguments.start_pos,
        attr_pos_end: arguments.end_pos,
        generation: generation.clone(),
        generate_from_target_prefix: arguments.generate_from_target_prefix,
        // A heatmap needs no hidden coordinates; Inseq's files have them.
        fold: match arguments.save_path {
            Some(_) => Fold::Keep,
            None => Fold::Norm,
        },
        ..AttributeRequest::new(&arguments.model_name_or_path, input_text)
    };
    let requests: Vec<_> = arguments.input_texts.iter().map(request).collect();
    // All texts have the same options.
    if let Some(first) = requests.first() {
        engine::check_options(first)?;
    }
    Ok(requests)
}

fn attribute_one(
    session: &mut Session,
    request: AttributeRequest,
    place: &str,
    arguments: &AttributeArguments,
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
            tell_tokens(sequence, terminal);
        }
    }
    Ok(output)
}

fn complaint(failure: Failure) -> Complaint {
    let is_source = failure.kind == FailureKind::Source;
    let mut complaint = Complaint::from(failure);
    if is_source {
        complaint.hint = Some(WHERE_MODELS_ARE.to_owned());
    }
    complaint
}

const WHERE_MODELS_ARE: &str = "give the path of a folder with config.json, tokenizer and \
                                model.safetensors; models are not fetched from the Hub yet";

fn tell_tokens(sequence: &Attribution, terminal: &mut Terminal<'_>) {
    let words = |tokens: &[Token]| {
        let word = |token: &Token| format!("{:?} {}", token.token, token.id);
        tokens.iter().map(word).collect::<Vec<_>>().join(", ")
    };
    if !sequence.is_decoder_only() {
        terminal.tell(&format!("source tokens: {}", words(&sequence.source)));
    }
    terminal.tell(&format!("output tokens: {}", words(&sequence.target)));
}
