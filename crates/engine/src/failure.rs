//! The one place where errors become words for the user.

use protocol::{Failure, FailureKind};

pub(crate) fn failure_from_hub(error: &hub::Error) -> Failure {
    let hint = match error {
        hub::Error::NoRepository { .. } => {
            "check the spelling; models of the Hub are named owner/name, with @revision for \
             another than main, and private ones cannot be read here"
        }
        hub::Error::Damaged { .. } => "try again; if it stays so, its server has a broken copy",
        hub::Error::Storage { .. } => {
            "models can be used without it; allow this site to store data to keep them"
        }
        _ => "check the model's name and that its files can be reached",
    };
    Failure {
        kind: FailureKind::Source,
        message: message(error),
        hint: Some(hint.to_owned()),
    }
}

pub(crate) fn failure_from_models(error: &models::Error) -> Failure {
    use models::Error;
    let (kind, hint) = match error {
        Error::EmptyInput => (FailureKind::Input, Some("type some text".to_owned())),
        Error::TooLong { text, n_over, .. } => (
            FailureKind::Input,
            Some(format!("shorten the {text} by {n_over} tokens")),
        ),
        Error::NoRoom { .. } => (
            FailureKind::Input,
            Some("shorten the prompt, or ask for more new tokens".to_owned()),
        ),
        Error::Tokenize { .. }
        | Error::NoSource { .. }
        | Error::MissingSource { .. }
        | Error::PositionOutside { .. }
        | Error::BranchesDoNotFit { .. }
        | Error::NoPositions => (FailureKind::Input, None),
        Error::UnknownLayer { nearest, .. } => (
            FailureKind::Input,
            nearest
                .first()
                .map(|path| format!("did you mean {path:?}?")),
        ),
        Error::GenerationSetting { .. } => (FailureKind::Input, None),
        Error::UnsupportedGeneration { .. } => (
            FailureKind::Model,
            Some("give the output yourself, and it is not generated".to_owned()),
        ),
        Error::NoContinuation { .. } => (
            FailureKind::Input,
            Some("loosen bad_words_ids, no_repeat_ngram_size or min_length".to_owned()),
        ),
        Error::Tensor(error) => return failure_from_tensor(error),
        Error::ReadFile { .. } => (
            FailureKind::Source,
            Some("try again; if that does not help, get the model's files again".to_owned()),
        ),
        Error::NoMemory { .. } => (
            FailureKind::OutOfMemory,
            Some("close other pages and programs, or choose a smaller model".to_owned()),
        ),
        Error::PickleOperation { .. }
        | Error::PickleClass { .. }
        | Error::CompressedEntry { .. } => (
            FailureKind::Model,
            Some(
                "get the model as model.safetensors, which holds numbers and nothing else"
                    .to_owned(),
            ),
        ),
        Error::UnknownFamily { .. } | Error::UnsupportedConfig { .. } => (
            FailureKind::Model,
            Some("choose a GPT-2 or a Marian (OPUS-MT) model with standard settings".to_owned()),
        ),
        _ => (
            FailureKind::Model,
            Some("get the model's files again; they should be whole and of one version".to_owned()),
        ),
    };
    Failure {
        kind,
        message: message(error),
        hint,
    }
}

pub(crate) fn failure_from_attribution(error: &attribution::Error) -> Failure {
    use attribution::Error;
    let hint = match error {
        Error::Unknown { asked, known, .. } | Error::UnknownOption { asked, known, .. } => {
            closest(asked, known).map(|name| format!("did you mean {name:?}?"))
        }
        Error::NothingToAttribute { .. } => Some(
            "the output must have at least one token after what was given, and start must lie \
             before end"
                .to_owned(),
        ),
        Error::LayerReadsIds { .. } => {
            Some("attribute to its output, or choose another layer".to_owned())
        }
        Error::Model(error) => return failure_from_models(error),
        Error::Tensor(error) => return failure_from_tensor(error),
        Error::AlignmentOutside { .. } => Some(
            "positions count from 0 with the prompt or the decoder start; give pairs of output \
             and contrast position"
                .to_owned(),
        ),
        Error::ContrastNotForced { .. } => Some(
            "give contrast_targets or contrast_sources, and set contrast_force_inputs".to_owned(),
        ),
        Error::ContrastSource { .. } => Some(
            "put what the model should read instead at the beginning of contrast_targets"
                .to_owned(),
        ),
        Error::AlignmentWithoutTarget => {
            Some("give the text to compare with as contrast_targets".to_owned())
        }
        Error::NoGradient { .. } => Some(
            "choose a method without gradients, such as occlusion, or report it as step score"
                .to_owned(),
        ),
        Error::NoDropout => Some(
            "choose another step function, or a model that was trained with dropout".to_owned(),
        ),
        Error::LayerOfManyRuns { .. } => {
            Some("choose a method without layers, or report the function as step score".to_owned())
        }
        Error::FunctionName { .. } => Some(
            "use letters, digits and _, begin with a letter, and choose a name that is not taken"
                .to_owned(),
        ),
        Error::Formula { .. } => {
            Some("write a formula such as \"lp - lp_c\" or \"2 ^ -lp\"".to_owned())
        }
        Error::OtherText { .. } => Some("give the attribution with its own text".to_owned()),
        Error::NoAttributions | Error::NoNumber { .. } => {
            Some("make the attribution again, and give it as it was made".to_owned())
        }
        Error::Output(error) => error.hint(),
        Error::OptionValue { .. }
        | Error::MissingOption { .. }
        | Error::ContrastNotChosen { .. }
        | Error::PositionOutside { .. }
        | Error::NoBaselineToken
        | Error::NoDrawsLeft => None,
    };
    Failure {
        kind: FailureKind::Input,
        message: message(error),
        hint,
    }
}

pub(crate) fn failure_from_tensor(error: &tensor::Error) -> Failure {
    let (kind, hint) = match error {
        tensor::Error::Device { .. } => (
            FailureKind::Device,
            Some("try a shorter text or a smaller model".to_owned()),
        ),
        tensor::Error::OutOfMemory { .. } => (
            FailureKind::OutOfMemory,
            Some("try a shorter text, a smaller model, or compute on the processor".to_owned()),
        ),
        tensor::Error::DeviceLost { .. } => (
            FailureKind::DeviceLost,
            Some("run again, or compute on the processor".to_owned()),
        ),
        tensor::Error::OutOfRange { what: "row", .. } => (
            FailureKind::Model,
            Some("the tokenizer and the weights are of different models".to_owned()),
        ),
        _ => (FailureKind::Model, None),
    };
    Failure {
        kind,
        message: message(error),
        hint,
    }
}

/// An error with its causes, unless its own words already end with them.
fn message(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}

/// The known name most like the asked one, if it is close enough to be a slip.
fn closest<'a>(asked: &str, known: &'a [String]) -> Option<&'a str> {
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(asked, name), name))
        .filter(|(distance, name)| *distance * 3 <= name.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn slips_are_recognized_and_other_words_are_not() {
        let known = ["saliency".to_owned(), "integrated_gradients".to_owned()];
        assert_eq!(
            closest("integrated_gradient", &known),
            Some("integrated_gradients")
        );
        assert_eq!(closest("salency", &known), Some("saliency"));
        assert_eq!(closest("lime", &known), None);
    }
}
