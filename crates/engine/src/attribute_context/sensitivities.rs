use attribution_output::standing_out;
use protocol::{Failure, FailureKind, OptionValue};

use super::readings::Readings;
use super::{CONTRAST_SOURCES, CONTRAST_TARGETS, Pecore, as_ids};
use crate::Answer;
use crate::attribute::request;
use crate::failure::failure_from_attribution;
use crate::token_options::put_tokens;

impl Pecore<'_> {
    /// How much each token of the output hangs on the context.
    pub(super) async fn sensitivities(&self, readings: &Readings) -> Answer<Vec<f32>> {
        let metric = &self.asked.context_sensitivity_metric;
        let mut settings = self.asked.settings.clone();
        settings.attributed_fn = "probability".to_owned();
        settings.attributed_fn_args.clear();
        settings.step_scores = vec![metric.clone()];
        settings.attr_pos_start = None;
        settings.attr_pos_end = None;
        settings.attribute_target = self.decoder_start().is_some();
        let args = &mut settings.step_scores_args;
        let with_context = self.whole_as_target(&readings.whole);
        args.insert(CONTRAST_TARGETS.to_owned(), as_ids(&with_context));
        if self.decoder_start().is_some() {
            let text = OptionValue::Text(readings.input.clone());
            args.insert(CONTRAST_SOURCES.to_owned(), text);
        }
        let bare = &readings.bare;
        let (source, target) = (bare.source.clone(), bare.target.clone());
        let target = match self.decoder_start() {
            // Aligned from the ends, of which neither has an end of sequence.
            Some(_) => target[..readings.current.end].to_vec(),
            None => target,
        };
        let mut request = request(&settings, source, target, bare.n_given)?;
        request.memory_budget_bytes = self.memory_budget_bytes;
        put_tokens(&mut request, self.model)?;
        let mut scores = attribution::step_scores(self.model, &request)
            .await
            .map_err(|error| failure_from_attribution(&error))?;
        let scores = scores.remove(metric).unwrap_or_default();
        let first = readings.current.start - bare.n_given;
        Ok(scores[first..first + readings.current.len()].to_vec())
    }

    /// Which tokens hang on the context, those that do most first.
    pub(super) fn chosen(&self, scores: &[f32]) -> Answer<Vec<usize>> {
        let chosen = standing_out(
            scores,
            self.asked.context_sensitivity_std_threshold,
            self.asked.context_sensitivity_topk,
        );
        let given = &self.asked.contextless_output_next_tokens;
        if !given.is_empty() && given.len() != chosen.len() {
            return Err(Failure {
                kind: FailureKind::Input,
                message: format!(
                    "contextless_output_next_tokens has {} texts, {} tokens were chosen",
                    given.len(),
                    chosen.len()
                ),
                hint: Some("give a text for each, or none".to_owned()),
            });
        }
        Ok(chosen)
    }
}
