//! The registry of step functions, one line each.

mod entropy;
mod logit;
mod probability;

use crate::options::CheckedOptions;
use crate::step_function::FunctionEntry;
use crate::{Error, FunctionDescription, OptionValues, Result, StepFunction};

/// The function attributed when none is named.
pub const DEFAULT_FUNCTION: &str = "probability";

const ENTRIES: &[FunctionEntry] = &[probability::ENTRY, logit::ENTRY, entropy::ENTRY];

/// All step functions, in the order to show them.
pub fn function_descriptions() -> Vec<FunctionDescription> {
    ENTRIES.iter().map(|entry| (entry.describe)()).collect()
}

/// Makes the attributed function.
pub(crate) fn attributed_function(id: &str, given: &OptionValues) -> Result<Box<dyn StepFunction>> {
    let entry = find("attributed function", id)?;
    make(entry, given)
}

/// Makes the step scores, each with the options it has; an option that none of them
/// has is an error.
pub(crate) fn step_scores(
    ids: &[String],
    given: &OptionValues,
) -> Result<Vec<(String, Box<dyn StepFunction>)>> {
    let mut known = Vec::new();
    let mut made = Vec::new();
    for id in ids {
        let entry = find("step score", id)?;
        let options = (entry.describe)().options;
        let has = |name: &String| options.iter().any(|option| option.id == name);
        let own = given
            .iter()
            .filter(|(name, _)| has(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        made.push((id.clone(), make(entry, &own)?));
        known.extend(options.iter().map(|option| option.id.to_owned()));
    }
    match given.keys().find(|name| !known.contains(name)) {
        Some(name) => Err(Error::UnknownOption {
            owner: format!("step scores {}", ids.join(", ")),
            asked: name.clone(),
            known,
        }),
        None => Ok(made),
    }
}

fn make(entry: &FunctionEntry, given: &OptionValues) -> Result<Box<dyn StepFunction>> {
    let description = (entry.describe)();
    let checked = CheckedOptions::new(description.id, &description.options, given)?;
    Ok((entry.make)(&checked))
}

fn find(what: &'static str, id: &str) -> Result<&'static FunctionEntry> {
    ENTRIES
        .iter()
        .find(|entry| (entry.describe)().id == id)
        .ok_or_else(|| Error::Unknown {
            what,
            asked: id.to_owned(),
            known: ENTRIES
                .iter()
                .map(|entry| (entry.describe)().id.to_owned())
                .collect(),
        })
}
