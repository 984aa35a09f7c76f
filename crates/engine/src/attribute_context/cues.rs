use attribution_output::{
    Attribution, Axis, Compatibility, ContextCues, Scores, Stage, aggregate_with, default_stages,
};
use models::Side;
use protocol::{AttributeRequest, Event, Failure, FailureKind, Fold, OptionValue};

use super::places::Place;
use super::readings::Readings;
use super::{CONTRAST_FORCE_INPUTS, CONTRAST_SOURCES, CONTRAST_TARGETS, Pecore, as_ids, spelled};
use crate::Answer;
use crate::attribute::{forced, request};
use crate::failure::{failure_from_attribution, failure_from_models};
use crate::generation::generation_changes;
use crate::token_options::put_tokens;

/// A text that goes on otherwise.
struct Continuation {
    /// As the decoder reads it, the token at its end.
    target: Vec<u32>,
    token: u32,
    text: String,
}

impl Pecore<'_> {
    /// What one of the chosen tokens depends on.
    pub(super) async fn cues(
        &self,
        readings: &Readings,
        index: usize,
        number: usize,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<ContextCues> {
        let place = readings.offset + index;
        let contextual = &readings.whole[..=place.min(readings.whole.len() - 1)];
        let contextual_output = self.tokenizer().decode(contextual, true);
        let mut settings = self.asked.settings.clone();
        // Another function than the norm needs the hidden axis.
        settings.fold = match self.asked.attribution_aggregators.is_empty() {
            true => Fold::Norm,
            false => Fold::Keep,
        };
        settings.step_scores.clear();
        settings.step_scores_args.clear();
        settings.attribute_target =
            self.decoder_start().is_some() && self.asked.output_context_text.is_some();
        let start = place + usize::from(self.decoder_start().is_some());
        settings.attr_pos_start = i64::try_from(start).ok();
        settings.attr_pos_end = None;
        let (source, target) = match self.follows_inseq() {
            // Inseq reads the text again.
            true => self.read_again(&readings.input, &contextual_output)?,
            false => {
                settings.attr_pos_end = i64::try_from(start + 1).ok();
                let source = match self.decoder_start() {
                    Some(_) => Some(self.encoded(&readings.input)?),
                    None => None,
                };
                (source, self.whole_as_target(contextual))
            }
        };
        let contrast = match self.plan.is_contrastive {
            true => Some(self.contrast(readings, index, number).await?),
            false => None,
        };
        if let Some(contrast) = &contrast {
            let own = self.asked.settings.attributed_fn == "kl_divergence"
                || Some(&contrast.token)
                    == readings.bare.target.get(readings.current.start + index);
            let args = &mut settings.attributed_fn_args;
            let targets = match self.follows_inseq() {
                true => OptionValue::Text(contrast.text.clone()),
                false => as_ids(&contrast.target),
            };
            args.insert(CONTRAST_TARGETS.to_owned(), targets);
            if self.decoder_start().is_some() {
                let text = OptionValue::Text(readings.bare_input.clone());
                args.insert(CONTRAST_SOURCES.to_owned(), text);
            }
            let forced = args.entry(CONTRAST_FORCE_INPUTS.to_owned());
            forced.or_insert(OptionValue::Flag(own));
        }
        let mut request = request(&settings, source, target, start)?;
        request.memory_budget_bytes = self.memory_budget_bytes;
        put_tokens(&mut request, self.model)?;
        let mut progress = |done: u64, total: u64| {
            emit(Event::Progress {
                stage: protocol::Stage::Attribute,
                done,
                total: Some(total),
            });
        };
        let found = attribution::attribute(self.model, &request, &mut progress)
            .await
            .map_err(|error| failure_from_attribution(&error))?;
        let found = self.aggregated(&found)?;
        let scores = |place: Option<Place>| {
            place.map(|place| {
                let matrix = match place.is_source {
                    true => &found.source_attributions,
                    false => &found.target_attributions,
                };
                first_column(matrix.as_ref(), place.start, place.tokens.len())
            })
        };
        Ok(ContextCues {
            cti_idx: index,
            cti_token: String::new(),
            cti_score: 0.0,
            contextual_output,
            contrast_token: contrast.as_ref().map(|contrast| {
                let spelled = spelled(self.tokenizer(), &[contrast.token], Side::Target);
                spelled.concat()
            }),
            contextless_output: contrast.map(|contrast| contrast.text),
            input_context_scores: scores(self.input_context(readings)?),
            output_context_scores: scores(self.output_context(readings)?),
        })
    }

    /// One number for each token, as asked.
    fn aggregated(&self, found: &Attribution) -> Answer<Attribution> {
        let given = &self.asked.attribution_aggregators;
        let stages = match given.is_empty() {
            true => self.default_stages(found),
            false => given.clone(),
        };
        let made = aggregate_with(found, &stages, Compatibility::Corrected)
            .map_err(|error| unfit(error.to_string()))?;
        let matrices = [&made.source_attributions, &made.target_attributions];
        let axes = matrices.into_iter().flatten().flat_map(|it| &it.axes);
        let is_left = |axis: &Axis| !matches!(axis, Axis::Inputs | Axis::Targets);
        let left = axes.copied().find(is_left);
        match left {
            Some(axis) => Err(unfit(format!(
                "attribution_aggregators leave the axis of {axis}: one number for each context \
                 token is needed"
            ))),
            None => Ok(made),
        }
    }

    /// Those that fit the attribution's kind; columns keep their sums unless asked.
    fn default_stages(&self, found: &Attribution) -> Vec<Stage> {
        let mut stages = default_stages(found);
        for stage in &mut stages {
            if let Stage::Scores(scores) = stage {
                scores.normalize = Some(self.asked.normalize_attributions);
            }
        }
        stages
    }

    /// Input and output as their texts are read.
    fn read_again(&self, input: &str, output: &str) -> Answer<(Option<Vec<u32>>, Vec<u32>)> {
        let settings = AttributeRequest {
            input_text: input.to_owned(),
            ..self.asked.settings.clone()
        };
        let tokens = match self.decoder_start() {
            Some(_) => forced(self.model, &settings, output)?,
            None => return Ok((None, self.encoded(output)?)),
        };
        Ok((tokens.source, tokens.target))
    }

    /// What the model writes at a chosen token without context.
    async fn contrast(
        &self,
        readings: &Readings,
        index: usize,
        number: usize,
    ) -> Answer<Continuation> {
        let prefix = match self.follows_inseq() {
            false => readings.bare.target[..readings.current.start + index].to_vec(),
            true => {
                let alone = self.split(&readings.output_current, Side::Target)?;
                let begun = &alone[..index.min(alone.len())];
                match self.decoder_start() {
                    Some(start) => [&[start], begun].concat(),
                    None => {
                        let begun = self.tokenizer().decode(begun, true);
                        self.encoded(&self.joined(&readings.bare_input, &begun))?
                    }
                }
            }
        };
        let token = match self.asked.contextless_output_next_tokens.get(number) {
            Some(text) => self.split(text, Side::Target)?.first().copied(),
            None => {
                let mut settings = self.asked.settings.clone();
                settings.generate_from_target_prefix = false;
                // Marian's last token is always the end of sequence.
                let n_new = 1 + usize::from(self.decoder_start().is_some());
                settings.generation.max_new_tokens = Some(n_new);
                settings.generation.max_length = None;
                let changes = generation_changes(&settings)?;
                let source = readings.bare.source.as_deref();
                let made =
                    models::generate(self.model, source, &prefix, &changes, &mut |_, _| {}).await;
                let made = made.map_err(|error| failure_from_models(&error))?;
                made.ids.get(prefix.len()).copied()
            }
        };
        let token = token.ok_or_else(|| Failure {
            kind: FailureKind::Input,
            message: "there is nothing to stand against a chosen token".to_owned(),
            hint: Some("give contextless_output_next_tokens".to_owned()),
        })?;
        let target = [prefix, vec![token]].concat();
        Ok(Continuation {
            text: self.tokenizer().decode(&target, true),
            target,
            token,
        })
    }
}

/// The first target's scores of some rows; `None` where a row says nothing.
fn first_column(matrix: Option<&Scores>, start: usize, n: usize) -> Vec<Option<f32>> {
    let value = |row: usize| {
        let matrix = matrix?;
        let value = *matrix.values.get(row * matrix.shape[1])?;
        (!value.is_nan()).then_some(value)
    };
    (start..start + n).map(value).collect()
}

fn unfit(message: String) -> Failure {
    Failure {
        kind: FailureKind::Input,
        message,
        hint: Some("leave attribution_aggregators out for those that fit the method".to_owned()),
    }
}
