use std::fs;
use std::path::Path;

use attribution_output::{
    Faithfulness, FaithfulnessSettings, Ranking, Removal, from_inseq_json, to_inseq_json,
};
use protocol::{AttributeRequest, Event, Failure, FaithfulnessRequest, Work};
use serde_json::json;

use crate::arguments::{self, FaithfulnessArguments};
use crate::faithfulness_table::{Row, faithfulness_table};
use crate::keyword_arguments::JsonObject;
use crate::plan::{formulas, request_without_texts};
use crate::progress::Progress;
use crate::session::Session;
use crate::{Complaint, Terminal, results};

/// What the row of chance is called.
const BY_CHANCE: &str = "random order";

/// `inseq faithfulness`: makes attributions or reads saved ones, and compares how
/// faithful they are to the model. Returns what could not be done; the rest is.
pub(crate) fn faithfulness(
    arguments: &FaithfulnessArguments,
    terminal: &mut Terminal<'_>,
) -> Vec<Complaint> {
    let asked = match prepared(arguments) {
        Ok(asked) => asked,
        Err(complaint) => return vec![complaint],
    };
    let mut session = Session::on(arguments.model.device.into());
    let mut complaints = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut by_chance = None;
    for (name, asked) in asked {
        let measure = || -> Result<Row, Failure> {
            let inseq_json = match asked {
                Asked::Saved(inseq_json) => inseq_json,
                Asked::Making(request) => made(&mut session, *request, &name, terminal)?,
            };
            let own = settings(arguments, Ranking::Attribution);
            let sequences = measured(&mut session, arguments, &inseq_json, own, terminal)?;
            // That of the first stands for all: chance knows no method.
            by_chance.get_or_insert(inseq_json);
            Ok(Row {
                name: name.clone(),
                sequences,
            })
        };
        match measure() {
            Ok(row) => match rows.first().filter(|first| !row.is_of_text_of(first)) {
                Some(first) => {
                    let message = format!("is of another text than {}", first.name);
                    let hint = "compare attributions of the same output tokens".to_owned();
                    complaints.push(Complaint::failure(message, Some(hint)).about(&name));
                }
                None => rows.push(row),
            },
            Err(failure) => complaints.push(results::complaint(failure).about(&name)),
        }
    }
    if let Some(inseq_json) = by_chance {
        let random = settings(arguments, Ranking::Random);
        match measured(&mut session, arguments, &inseq_json, random, terminal) {
            Ok(sequences) => rows.push(Row {
                name: BY_CHANCE.to_owned(),
                sequences,
            }),
            Err(failure) => complaints.push(results::complaint(failure).about(BY_CHANCE)),
        }
    }
    if !rows.is_empty() {
        terminal.print(&faithfulness_table(&rows));
        if let Some(path) = &arguments.save_path {
            let written = results::write_file(path, &as_json(&rows), "measures", terminal);
            complaints.extend(written.err());
        }
    }
    complaints
}

/// An attribution to measure.
enum Asked {
    /// As Inseq JSON.
    Saved(String),
    /// Not made yet.
    Making(Box<AttributeRequest>),
}

/// The attributions with their names, checked as far as that is possible before the
/// first is made.
fn prepared(arguments: &FaithfulnessArguments) -> Result<Vec<(String, Asked)>, Complaint> {
    engine::check_faithfulness_settings(&settings(arguments, Ranking::Attribution))?;
    if let Some(path) = &arguments.save_path {
        results::check_path(path).map_err(|complaint| complaint.about("--save_path"))?;
    }
    let Some(input_text) = &arguments.input_text else {
        let saved = arguments.saved.iter();
        return saved
            .map(|path| Ok((path.display().to_string(), read(path)?)))
            .collect();
    };
    let mut asked = Vec::new();
    for (method, kwargs) in kwargs_by_method(arguments)? {
        let request = AttributeRequest {
            input_text: input_text.clone(),
            generated_text: arguments.generated_text.clone(),
            ..request_without_texts(&arguments.of_method(method, kwargs))?
        };
        engine::check_options(&request)?;
        asked.push((method.clone(), Asked::Making(Box::new(request))));
    }
    Ok(asked)
}

fn read(path: &Path) -> Result<Asked, Complaint> {
    let hint = || Some("name a file that `inseq attribute -o` has written".to_owned());
    let bytes = fs::read(path).map_err(|error| {
        Complaint::failure(
            format!("cannot be read: {error}: {}", path.display()),
            hint(),
        )
    })?;
    let output = from_inseq_json(&bytes).map_err(|error| {
        let message = format!("is no attribution: {error}: {}", path.display());
        Complaint::failure(message, error.hint().or_else(hint))
    })?;
    Ok(Asked::Saved(to_inseq_json(&output)))
}

/// Each method with those of the options that it or the step function has. An option
/// that nobody has is refused, as if the first method were the only one.
fn kwargs_by_method(
    arguments: &FaithfulnessArguments,
) -> Result<Vec<(&String, JsonObject)>, Complaint> {
    let formulas = formulas(&arguments.custom_step_functions)?;
    let description = engine::description_with_formulas(&formulas)?;
    let functions = description.step_functions.iter();
    let of_function: Vec<&str> = functions
        .filter(|function| function.id == arguments.attributed_fn)
        .flat_map(|function| &function.options)
        .map(|option| option.id.as_str())
        .collect();
    let options_of = |id: &String| {
        let methods = description.methods.iter();
        let own = methods.filter(move |method| method.id == *id);
        own.flat_map(|method| &method.options)
            .map(|option| option.id.as_str())
            .chain(of_function.iter().copied())
            .collect::<Vec<_>>()
    };
    let methods = &arguments.attribution_methods;
    let given = &arguments.attribution_kwargs;
    let is_known = |name: &String| {
        methods
            .iter()
            .any(|id| options_of(id).contains(&name.as_str()))
    };
    let kwargs = |id: &String| -> JsonObject {
        let has = |name: &String| !is_known(name) || options_of(id).contains(&name.as_str());
        let own = given.iter().filter(|(name, _)| has(name));
        own.map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    Ok(methods.iter().map(|id| (id, kwargs(id))).collect())
}

fn settings(arguments: &FaithfulnessArguments, ranking: Ranking) -> FaithfulnessSettings {
    FaithfulnessSettings {
        fractions: arguments.fractions.clone(),
        removal: match arguments.removal {
            arguments::Removal::Unknown => Removal::Unknown,
            arguments::Removal::SameKind => Removal::SameKind,
        },
        ranking,
        n_samples: arguments.n_samples,
        seed: arguments.seed,
    }
}

fn made(
    session: &mut Session,
    request: AttributeRequest,
    name: &str,
    terminal: &mut Terminal<'_>,
) -> Result<String, Failure> {
    let mut progress = Progress::new(terminal, &format!("{name}  "), false);
    let work = Work::Attribute(request);
    let answer = session.carry_out(work, &mut |event| progress.note(event, terminal));
    progress.finish(terminal);
    let Event::Attributed { inseq_json } = answer? else {
        unreachable!("the engine answers a request to attribute with an attribution");
    };
    Ok(inseq_json)
}

fn measured(
    session: &mut Session,
    arguments: &FaithfulnessArguments,
    inseq_json: &str,
    settings: FaithfulnessSettings,
    terminal: &mut Terminal<'_>,
) -> Result<Vec<Faithfulness>, Failure> {
    let work = Work::MeasureFaithfulness(FaithfulnessRequest {
        model: arguments.model.model_name_or_path.clone(),
        inseq_json: inseq_json.to_owned(),
        settings,
    });
    let mut progress = Progress::new(terminal, "", false);
    let answer = session.carry_out(work, &mut |event| progress.note(event, terminal));
    progress.finish(terminal);
    let Event::FaithfulnessMeasured { sequences } = answer? else {
        unreachable!("the engine answers what it was asked");
    };
    Ok(sequences)
}

/// All measures, by the names of the rows.
fn as_json(rows: &[Row]) -> String {
    let rows = rows.iter();
    let rows: Vec<_> = rows
        .map(|row| json!({"name": row.name, "sequences": row.sequences}))
        .collect();
    serde_json::to_string_pretty(&rows).expect("texts and numbers can be written")
}
