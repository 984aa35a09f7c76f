use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use protocol::{DeviceChoice, Event, Stage};

use crate::Terminal;

/// Shows how far a request is: a bar where there is a screen, and for those who ask
/// for it a line for each stage.
pub(crate) struct Progress {
    bar: ProgressBar,
    is_verbose: bool,
    stage: Option<StageSoFar>,
}

struct StageSoFar {
    stage: Stage,
    begun: Instant,
    done: u64,
    n_files: usize,
    n_bytes: u64,
}

impl Progress {
    /// A bar that says `what` is being done, such as `2 of 3`; empty for nothing.
    pub(crate) fn new(terminal: &Terminal<'_>, what: &str, is_verbose: bool) -> Self {
        let bar = if terminal.has_progress_bar {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        bar.set_prefix(what.to_owned());
        Self {
            bar,
            is_verbose,
            stage: None,
        }
    }

    /// Takes note of an event.
    pub(crate) fn note(&mut self, event: &Event, terminal: &mut Terminal<'_>) {
        let Event::Progress { stage, done, total } = event else {
            self.finish_stage(terminal);
            return self.tell_of_device(event, terminal);
        };
        if self.stage.as_ref().map(|so_far| so_far.stage) != Some(*stage) {
            self.finish_stage(terminal);
            self.begin_stage(*stage, *total);
        }
        let Some(so_far) = &mut self.stage else {
            return;
        };
        so_far.done = *done;
        if *stage == Stage::Download && Some(*done) == *total {
            so_far.n_files += 1;
            so_far.n_bytes += done;
        }
        if let Some(total) = total {
            self.bar.set_length(*total);
        }
        self.bar.set_position(*done);
    }

    /// What went another way than asked is always told; which device computes, if the
    /// user left it open.
    fn tell_of_device(&self, event: &Event, terminal: &mut Terminal<'_>) {
        let line = match event {
            Event::Notice { message } => message.clone(),
            Event::DeviceChosen(chosen)
                if chosen.choice == DeviceChoice::Auto || self.is_verbose =>
            {
                format!("computes on {}: {}", chosen.device, chosen.why)
            }
            _ => return,
        };
        self.bar.suspend(|| terminal.tell(&line));
    }

    /// Takes the bar away.
    pub(crate) fn finish(mut self, terminal: &mut Terminal<'_>) {
        self.finish_stage(terminal);
        self.bar.finish_and_clear();
    }

    fn begin_stage(&mut self, stage: Stage, total: Option<u64>) {
        self.stage = Some(StageSoFar {
            stage,
            begun: Instant::now(),
            done: 0,
            n_files: 0,
            n_bytes: 0,
        });
        self.bar.reset();
        self.bar.set_message(doing(stage));
        self.bar.set_style(style(stage, total.is_some()));
        // So that a long step is seen to be alive.
        self.bar.enable_steady_tick(Duration::from_millis(120));
    }

    fn finish_stage(&mut self, terminal: &mut Terminal<'_>) {
        if let Some(so_far) = self.stage.take()
            && self.is_verbose
        {
            self.bar.suspend(|| terminal.tell(&so_far.in_words()));
        }
    }
}

impl StageSoFar {
    fn in_words(&self) -> String {
        let secs = self.begun.elapsed().as_secs_f64();
        let Self {
            done,
            n_files,
            n_bytes,
            ..
        } = self;
        match self.stage {
            Stage::Download => format!(
                "read {n_files} files, {:.1} MB, in {secs:.2} s",
                *n_bytes as f64 / 1e6
            ),
            Stage::Load => format!("loaded {done} layers in {secs:.2} s"),
            Stage::Generate => format!("generated {done} tokens in {secs:.2} s"),
            Stage::Attribute => format!("attributed in {secs:.2} s"),
            Stage::Measure => format!("measured {done} targets in {secs:.2} s"),
        }
    }
}

fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Download => "reading the model",
        Stage::Load => "loading the model",
        Stage::Generate => "generating",
        Stage::Attribute => "attributing",
        Stage::Measure => "measuring",
    }
}

fn style(stage: Stage, has_total: bool) -> ProgressStyle {
    let template = match (stage, has_total) {
        (Stage::Download, true) => "{prefix}{msg:<18} {bar:32} {bytes}/{total_bytes}  {elapsed}",
        (Stage::Attribute, true) => {
            "{prefix}{msg:<18} {bar:32} {percent:>3} %  {elapsed}, {eta} left"
        }
        (_, true) => "{prefix}{msg:<18} {bar:32} {pos}/{len}  {elapsed}",
        (_, false) => "{prefix}{msg:<18} {spinner} {pos}  {elapsed}",
    };
    ProgressStyle::with_template(template)
        .expect("the templates above name what a bar has")
        .progress_chars("━╸─")
}
