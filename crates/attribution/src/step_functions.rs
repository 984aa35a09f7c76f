//! The registry of step functions, one line each.

mod contrast_logits;
mod contrast_logits_diff;
mod contrast_prob;
mod contrast_prob_diff;
mod crossentropy;
mod entropy;
mod in_context_pvi;
mod kl_divergence;
mod likelihood;
mod logit;
mod mc_dropout_prob_avg;
mod pcxmi;
mod perplexity;
mod probability;
mod top_p_size;

use std::fmt;
use std::rc::Rc;

use crate::contrast;
use crate::options::CheckedOptions;
use crate::step_function::FunctionEntry;
use crate::{
    Error, Formula, FunctionDescription, OptionDescription, OptionValues, Result, StepFunction,
};

pub(crate) use entropy::entropy;
pub(crate) use kl_divergence::divergence;

/// The function attributed when none is named.
pub const DEFAULT_FUNCTION: &str = "probability";

/// Inseq's, in Inseq's order but for the default, which is first.
const ENTRIES: &[FunctionEntry] = &[
    probability::ENTRY,
    logit::ENTRY,
    entropy::ENTRY,
    crossentropy::ENTRY,
    perplexity::ENTRY,
    contrast_logits::ENTRY,
    contrast_prob::ENTRY,
    contrast_logits_diff::ENTRY,
    contrast_prob_diff::ENTRY,
    pcxmi::ENTRY,
    kl_divergence::ENTRY,
    in_context_pvi::ENTRY,
    mc_dropout_prob_avg::ENTRY,
    top_p_size::ENTRY,
];

/// The step functions that a request can name: Inseq's, and those added.
#[derive(Clone, Default)]
pub struct StepFunctions {
    added: Vec<(FunctionDescription, Rc<dyn StepFunction>)>,
}

/// A step function with its id.
pub(crate) type Named = (String, Rc<dyn StepFunction>);

impl StepFunctions {
    /// Adds a function under an id of the user's own. It takes the options of a
    /// contrast.
    ///
    /// # Errors
    /// If there is a function of that id, or it is no name.
    pub fn add(
        &mut self,
        id: &str,
        title: &str,
        sentence: &str,
        function: Rc<dyn StepFunction>,
    ) -> Result<()> {
        let is_name = |id: &str| {
            let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            id.starts_with(|letter: char| letter.is_ascii_alphabetic()) && id.chars().all(is_part)
        };
        if !is_name(id) || self.description(id).is_some() {
            return Err(Error::FunctionName { id: id.to_owned() });
        }
        let description = FunctionDescription::new(id, title, sentence, contrast::options());
        self.added.push((description, function));
        Ok(())
    }

    /// Adds a function that is given as a [`Formula`].
    ///
    /// # Errors
    /// If there is a function of that id, or the formula cannot be read.
    pub fn add_formula(&mut self, id: &str, formula: &str) -> Result<()> {
        let function = Formula::parse(formula).map_err(|source| Error::Formula {
            id: id.to_owned(),
            source,
        })?;
        self.add(id, id, formula, Rc::new(function))
    }

    /// All of them, in the order to show them.
    pub fn descriptions(&self) -> Vec<FunctionDescription> {
        let added = self
            .added
            .iter()
            .map(|(description, _)| description.clone());
        let built_in = ENTRIES.iter().map(|entry| (entry.describe)());
        built_in.chain(added).collect()
    }

    /// The options of a function; none if it is unknown.
    pub fn options(&self, id: &str) -> Vec<OptionDescription> {
        let description = self.description(id);
        description.map_or_else(Vec::new, |description| description.options)
    }

    fn description(&self, id: &str) -> Option<FunctionDescription> {
        let mut descriptions = self.descriptions().into_iter();
        descriptions.find(|description| description.id == id)
    }

    /// Makes the attributed function.
    pub(crate) fn attributed(
        &self,
        id: &str,
        given: &OptionValues,
    ) -> Result<Rc<dyn StepFunction>> {
        self.make("attributed function", id, given)
    }

    /// Makes the step scores, each with the options it has; an option that none of
    /// them has is an error.
    pub(crate) fn step_scores(&self, ids: &[String], given: &OptionValues) -> Result<Vec<Named>> {
        let mut known = Vec::new();
        let mut made = Vec::new();
        for id in ids {
            let options = self.options(id);
            let has = |name: &String| options.iter().any(|option| option.id == name);
            let own = given
                .iter()
                .filter(|(name, _)| has(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            made.push((id.clone(), self.make("step score", id, &own)?));
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

    fn make(
        &self,
        what: &'static str,
        id: &str,
        given: &OptionValues,
    ) -> Result<Rc<dyn StepFunction>> {
        let Some(description) = self.description(id) else {
            return Err(Error::Unknown {
                what,
                asked: id.to_owned(),
                known: self
                    .descriptions()
                    .into_iter()
                    .map(|description| description.id)
                    .collect(),
            });
        };
        let checked = CheckedOptions::new(id, &description.options, given)?;
        let mut added = self.added.iter();
        if let Some((_, function)) = added.find(|(description, _)| description.id == id) {
            return Ok(function.clone());
        }
        let entry = ENTRIES.iter().find(|entry| (entry.describe)().id == id);
        (entry.expect("what is described is built in or added").make)(&checked)
    }
}

impl fmt::Debug for StepFunctions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let added = self.added.iter().map(|(description, _)| &description.id);
        formatter.debug_list().entries(added).finish()
    }
}
