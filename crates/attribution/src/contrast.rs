use std::ops::Range;

use attribution_output::Compatibility;
use models::{SequenceModel, Side};

use crate::alignment::Alignment;
use crate::options::{ALIGNMENT_EXAMPLE, ALIGNMENT_FORM, CheckedOptions};
use crate::{Error, OptionDescription, OptionDomain, OptionValue, OptionValues, Request, Result};

const SOURCES: &str = "contrast_sources";
const TARGETS: &str = "contrast_targets";
const ALIGNMENTS: &str = "contrast_targets_alignments";
const FORCE_INPUTS: &str = "contrast_force_inputs";
const SKIP_SPECIAL_TOKENS: &str = "skip_special_tokens";

/// The options that all contrastive step functions share.
pub(crate) fn options() -> Vec<OptionDescription> {
    vec![
        OptionDescription {
            id: TARGETS,
            title: "Contrast text",
            sentence: "Another output, whole and with its prompt, whose tokens are compared \
                       with those of this one.",
            domain: OptionDomain::Tokens {
                side: Side::Target,
                example: "The nurse said that he was tired.",
            },
        },
        OptionDescription {
            id: SOURCES,
            title: "Contrast source",
            sentence: "Another source text that the contrast is read with; for translation \
                       models only.",
            domain: OptionDomain::Tokens {
                side: Side::Source,
                example: "The nurse said that he was tired.",
            },
        },
        OptionDescription {
            id: ALIGNMENTS,
            title: "Alignment",
            sentence: "Which token of the contrast text stands against which of the output, by \
                       positions from 0, as pairs; \"auto\" pairs equal tokens; without it, both \
                       are matched from the end.",
            domain: OptionDomain::Alignment {
                text_option: TARGETS,
            },
        },
        OptionDescription {
            id: FORCE_INPUTS,
            title: "Contrast has its own run",
            sentence: "As attributed function, let the model read the contrast text and source; \
                       otherwise the contrast token is looked up where the output's token is.",
            domain: OptionDomain::Flag { default: false },
        },
        OptionDescription {
            id: SKIP_SPECIAL_TOKENS,
            title: "No special tokens",
            sentence: "Add no special tokens to the contrast text and source.",
            domain: OptionDomain::Flag { default: false },
        },
    ]
}

/// For each token of an output, the position of the token of a contrast text that it is
/// compared with. Both texts count from 0, prompt or decoder start included; `alignment`
/// is what the option of a contrastive step function takes.
///
/// # Errors
/// If it is no alignment, names a place outside of the texts, or the contrast text is
/// empty.
pub fn counterparts(
    output: &[u32],
    contrast: &[u32],
    alignment: Option<&OptionValue>,
    compatibility: Compatibility,
) -> Result<Vec<usize>> {
    let alignment = match alignment {
        Some(given) => Alignment::read(given).ok_or_else(|| bad_alignment(ALIGNMENTS, given))?,
        None => Alignment::FromTheEnd,
    };
    if contrast.is_empty() {
        return Err(Error::AlignmentWithoutTarget);
    }
    alignment.positions(output, contrast, &(0..output.len()), compatibility)
}

fn bad_alignment(owner: &str, found: &OptionValue) -> Error {
    Error::OptionValue {
        owner: owner.to_owned(),
        option: ALIGNMENTS,
        expected: format!("{ALIGNMENT_FORM}, such as {ALIGNMENT_EXAMPLE}"),
        found: found.to_string(),
    }
}

/// What targets are compared with: other tokens, in another text or the same.
#[derive(Debug)]
pub(crate) struct Contrast {
    /// The token compared with each target.
    pub(crate) ids: Vec<u32>,
    /// Where they are in the text that the contrast's run reads.
    pub(crate) positions: Vec<usize>,
    /// The source that it reads; `None` for the same.
    pub(crate) source: Option<Vec<u32>>,
    /// The text that it reads, with prompt or decoder start; `None` for the same.
    pub(crate) target: Option<Vec<u32>>,
    /// Whether, as attributed function, it has a run of its own.
    pub(crate) force_inputs: bool,
}

impl Contrast {
    /// Reads the contrast among the options given for `owner`; `None` without one.
    ///
    /// # Errors
    /// If options do not fit each other, the texts, or the model.
    pub(crate) fn read(
        owner: &str,
        given: &OptionValues,
        model: &dyn SequenceModel,
        request: &Request,
        range: &Range<usize>,
    ) -> Result<Option<Self>> {
        let known = options();
        let is_known = |name: &String| known.iter().any(|option| option.id == name);
        let own = given
            .iter()
            .filter(|(name, _)| is_known(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let options = CheckedOptions::new(owner, &known, &own)?;
        let (source, target) = (options.ids(SOURCES)?, options.ids(TARGETS)?);
        let alignment = match options.structure(ALIGNMENTS) {
            Some(_) if target.is_none() => return Err(Error::AlignmentWithoutTarget),
            Some(given) => Alignment::read(given).ok_or_else(|| bad_alignment(owner, given))?,
            None => Alignment::FromTheEnd,
        };
        let summary = model.summary();
        if source.is_some() && !summary.is_encoder_decoder {
            return Err(Error::ContrastSource {
                family: summary.family,
            });
        }
        if source.is_none() && target.is_none() {
            return Ok(None);
        }
        let text = target.as_ref().unwrap_or(&request.target);
        let positions = match &target {
            Some(text) => {
                alignment.positions(&request.target, text, range, request.compatibility)?
            }
            None => range.clone().collect(),
        };
        // Before the first token of a prompt stands nothing but the beginning of text.
        let can_begin = !summary.is_encoder_decoder && model.tokenizer().beginning_id().is_some();
        for (position, counterpart) in range.clone().zip(&positions) {
            if *counterpart == 0 && !can_begin {
                return Err(Error::ContrastNotChosen { position });
            }
        }
        Ok(Some(Self {
            ids: positions.iter().map(|position| text[*position]).collect(),
            positions,
            source,
            target,
            force_inputs: options.flag(FORCE_INPUTS),
        }))
    }

    /// For each target, whether the contrast's run reads the same output before it.
    pub(crate) fn has_same_prefix(&self, output: &[u32], range: &Range<usize>) -> Vec<bool> {
        let Some(text) = &self.target else {
            return vec![true; range.len()];
        };
        let pairs = output.iter().zip(text);
        let n_shared = pairs.take_while(|(own, other)| own == other).count();
        range
            .clone()
            .zip(&self.positions)
            .map(|(position, counterpart)| position == *counterpart && position <= n_shared)
            .collect()
    }
}
