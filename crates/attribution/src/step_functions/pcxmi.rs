use std::f32::consts::LN_2;
use std::rc::Rc;

use tensor::Tensor;

use crate::contrast;
use crate::step_function::FunctionEntry;
use crate::{Choices, FunctionDescription, Result, StepFunction};

pub(super) const ENTRY: FunctionEntry = FunctionEntry {
    describe,
    make: |_| Ok(Rc::new(Pcxmi)),
};

fn describe() -> FunctionDescription {
    FunctionDescription::new(
        "pcxmi",
        "P-CXMI",
        "How much likelier the token is in the contrast, in bits: pointwise conditional \
         cross-mutual information.",
        contrast::options(),
    )
}

/// `−log2(p[t] / p_c[t_c])`: positive where the contrast, usually the run with
/// context, makes the token likelier. Yin et al. 2021,
/// <https://arxiv.org/abs/2109.07446>.
struct Pcxmi;

impl StepFunction for Pcxmi {
    fn score(&self, choices: &Choices<'_>) -> Result<Tensor> {
        let contrast = choices.contrast().chosen_log_probabilities()?;
        let nats = contrast.subtract(&choices.chosen_log_probabilities()?)?;
        Ok(nats.scale(LN_2.recip())?)
    }
}
