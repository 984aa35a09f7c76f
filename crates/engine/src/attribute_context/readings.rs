use models::Side;
use protocol::{Event, Failure, FailureKind};

use super::Pecore;
use crate::Answer;
use crate::attribute::{Tokens, forced};
use crate::generate::generated;
use crate::generation::{generation_changes, target_prefix};

/// The output, with context and without.
pub(super) struct Readings {
    pub(super) input: String,
    pub(super) bare_input: String,
    pub(super) output_current: String,
    /// All of it without context, as tokens.
    pub(super) bare: Tokens,
    /// Which of its tokens are the output that is looked at.
    pub(super) current: std::ops::Range<usize>,
    /// Tokens with context: prompt and output, or the output alone, without the
    /// decoder's start and the end of sequence.
    pub(super) whole: Vec<u32>,
    /// Where among them the output that is looked at begins.
    pub(super) offset: usize,
}

impl Pecore<'_> {
    pub(super) async fn readings(&self, emit: &mut dyn FnMut(Event)) -> Answer<Readings> {
        let asked = &self.asked;
        let input = self.plan.input.filled(
            asked.input_context_text.as_deref(),
            &asked.input_current_text,
        );
        let bare_input = self.plan.bare_input.filled(None, &asked.input_current_text);
        let output_current = match &asked.output_current_text {
            Some(text) => text.clone(),
            None => {
                let context = asked.output_context_text.as_deref();
                let before = self.plan.output.before_current(context);
                self.written(&input, &before, emit).await?
            }
        };
        if output_current.trim().is_empty() {
            return Err(Failure {
                kind: FailureKind::Input,
                message: "the output that is looked at is empty".to_owned(),
                hint: Some("give output_current_text".to_owned()),
            });
        }
        let output = self
            .plan
            .output
            .filled(asked.output_context_text.as_deref(), &output_current);
        let bare_output = self.plan.bare_output.filled(None, &output_current);

        // Without context.
        let is_decoder_only = self.decoder_start().is_none();
        let bare_text = match is_decoder_only {
            true => self.joined(&bare_input, &bare_output),
            false => bare_output,
        };
        let mut settings = asked.settings.clone();
        settings.input_text = match is_decoder_only {
            true => bare_input.trim_end().to_owned(),
            false => bare_input.clone(),
        };
        let bare = forced(self.model, &settings, &bare_text)?;
        let n_before = self
            .split(&self.plan.bare_output.before_current(None), Side::Target)?
            .len();
        let is_end = |id: &u32| !is_decoder_only && Some(*id) == self.tokenizer().end_id();
        let end = bare.target.len() - usize::from(bare.target.last().is_some_and(is_end));
        let current = (bare.n_given + n_before).min(end)..end;

        // With context.
        let whole = match is_decoder_only {
            true => self.split(&self.joined(&input, &output), Side::Target)?,
            false => self.split(&output, Side::Target)?,
        };
        if current.is_empty() || whole.is_empty() {
            return Err(Failure {
                kind: FailureKind::Input,
                message: "the output that is looked at has no tokens of its own".to_owned(),
                hint: Some("give another output_current_text".to_owned()),
            });
        }
        // Inseq splits the current text by itself, where its first word has no space.
        let n_current = match self.follows_inseq() {
            true => self.split(&output_current, Side::Target)?.len(),
            false => current.len(),
        };
        Ok(Readings {
            offset: whole.len().saturating_sub(n_current),
            input,
            bare_input,
            output_current,
            bare,
            current,
            whole,
        })
    }

    /// What the model writes in context, after what its output begins with.
    pub(super) async fn written(
        &self,
        input: &str,
        before: &str,
        emit: &mut dyn FnMut(Event),
    ) -> Answer<String> {
        let mut settings = self.asked.settings.clone();
        settings.generated_text = None;
        settings.generate_from_target_prefix = false;
        if self.decoder_start().is_none() {
            let prompt = match before.is_empty() {
                true => input.to_owned(),
                false => self.joined(input, before),
            };
            settings.input_text = prompt.trim_end().to_owned();
        } else {
            settings.input_text = input.to_owned();
            if !before.is_empty() {
                settings.generated_text = Some(before.trim_end().to_owned());
                settings.generate_from_target_prefix = true;
            }
        }
        let changes = generation_changes(&settings)?;
        let prefix = target_prefix(self.model, &settings)?;
        let tokens = generated(self.model, &settings.input_text, prefix, &changes, emit).await?;
        let n_given = match &settings.generated_text {
            Some(before) => tokens.n_given + self.split(before, Side::Target)?.len(),
            None => tokens.n_given,
        };
        let text = self.without_special(&tokens.target[n_given..]);
        emit(Event::Output { text: text.clone() });
        Ok(text.trim().to_owned())
    }
}
