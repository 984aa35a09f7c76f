//! How faithful a finished attribution is to the model that it was made with.

mod saved;

use attribution::{check_settings, faithfulness};
use attribution_output::{FaithfulnessSettings, from_inseq_json};
use protocol::{Event, Failure, FailureKind, FaithfulnessRequest, Stage};

use self::saved::SavedRequest;
use crate::failure::failure_from_attribution;
use crate::{Answer, Engine};

impl Engine {
    pub(crate) async fn faithfulness(
        &mut self,
        asked: &FaithfulnessRequest,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<Event> {
        // Nothing is downloaded for a request that cannot be carried out.
        check_faithfulness_settings(&asked.settings)?;
        let output = from_inseq_json(&asked.inseq_json).map_err(|error| Failure {
            kind: FailureKind::Input,
            message: format!("the attribution cannot be read: {error}"),
            hint: error.hint(),
        })?;
        let saved = SavedRequest::read(&output.info)?;
        let model = self.model(&asked.model, emit).await?;
        let mut sequences = Vec::with_capacity(output.sequences.len());
        let n_sequences = output.sequences.len() as u64;
        for (number, sequence) in (0_u64..).zip(&output.sequences) {
            let mut request = saved.for_sequence(model.as_ref(), sequence)?;
            request.memory_budget_bytes = self.memory_budget_bytes(model.device());
            let mut progress = |done: u64, total: u64| {
                emit(Event::Progress {
                    stage: Stage::Measure,
                    done: number * total + done,
                    total: Some(n_sequences * total),
                });
            };
            let settings = &asked.settings;
            let measured =
                faithfulness(model.as_ref(), &request, sequence, settings, &mut progress).await;
            sequences.push(measured.map_err(|error| failure_from_attribution(&error))?);
        }
        Ok(Event::FaithfulnessMeasured { sequences })
    }
}

/// Checks how faithfulness is to be measured, without loading anything.
///
/// # Errors
/// If a setting is out of its range.
pub fn check_faithfulness_settings(settings: &FaithfulnessSettings) -> Result<(), Failure> {
    check_settings(settings).map_err(|error| failure_from_attribution(&error))
}
