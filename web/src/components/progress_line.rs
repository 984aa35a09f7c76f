use leptos::prelude::*;
use protocol::Stage;

use crate::{
    state::{Progress, Run},
    words::{key, t, tf},
};

/// What a run is doing, and how much of it is done.
#[component]
pub(crate) fn ProgressLine(
    /// The latest run.
    run: RwSignal<Run>,
) -> impl IntoView {
    let progress = Memo::new(move |_| match run.get() {
        Run::Running(progress) => Some(progress),
        Run::Idle | Run::Cancelled | Run::Failed(_) => None,
    });
    let is_running = Memo::new(move |_| progress.with(Option::is_some));
    let stage = Memo::new(move |_| progress.with(|progress| progress.as_ref()?.stage));
    let fraction = move || {
        progress.with(|progress| {
            let progress = progress.as_ref()?;
            let total = progress.total.filter(|total| *total > 0)?;
            Some((progress.done as f64 / total as f64).min(1.0))
        })
    };
    let counts = move || progress.with(|progress| progress.as_ref().and_then(counted));
    let generated = move || progress.with(|progress| progress.as_ref()?.generated.clone());
    view! {
        <Show when=move || is_running.get()>
            <div class="progress" data-testid="progress">
                <div class="label-line">
                    <span id="progress-stage" role="status">{move || titled(stage.get())}</span>
                    <span class="count">{counts}</span>
                </div>
                <progress aria-labelledby="progress-stage" max="1" value=fraction></progress>
                <p class="help">{generated}</p>
            </div>
        </Show>
    }
}

fn titled(stage: Option<Stage>) -> &'static str {
    match stage {
        None => t("Waiting for the engine"),
        Some(Stage::Download) => t("Reading the model’s files"),
        Some(Stage::Load) => t("Loading the model"),
        Some(Stage::Generate) => t("Writing the output"),
        Some(Stage::Attribute) => t("Finding out why"),
        Some(Stage::Measure) => t("Removing words"),
    }
}

/// The counts in the stage's unit, such as "3 of 12 tokens".
fn counted(progress: &Progress) -> Option<String> {
    let stage = progress.stage?;
    let in_unit = |n: u64| match stage {
        Stage::Download => megabytes(n),
        _ => n.to_string(),
    };
    // Each with a known total, and without.
    let [of_total, alone] = match stage {
        Stage::Download => [key("{done} of {total} MB"), key("{done} MB")],
        Stage::Load => [key("{done} of {total} tensors"), key("{done} tensors")],
        Stage::Generate => [key("{done} of {total} tokens"), key("{done} tokens")],
        Stage::Attribute => [key("{done} of {total} steps"), key("{done} steps")],
        Stage::Measure => [
            key("{done} of {total} explained tokens"),
            key("{done} explained tokens"),
        ],
    };
    let done = in_unit(progress.done);
    let counts = match progress.total.map(in_unit) {
        Some(total) => tf(of_total, &[("done", &done), ("total", &total)]),
        None => tf(alone, &[("done", &done)]),
    };
    match progress.per_second() {
        Some(rate) if stage == Stage::Download => {
            let rest = progress
                .total
                .map(|total| total.saturating_sub(progress.done));
            let left = rest.map(|rest| duration(rest as f64 / rate));
            let speed = format!("{:.1}", rate / 1e6);
            Some(match left {
                Some(left) => tf(
                    "{counts}, {speed} MB/s, {left} left",
                    &[("counts", &counts), ("speed", &speed), ("left", &left)],
                ),
                None => tf(
                    "{counts}, {speed} MB/s",
                    &[("counts", &counts), ("speed", &speed)],
                ),
            })
        }
        _ => Some(counts),
    }
}

/// In the largest unit that leaves a whole number, as people say it.
fn duration(seconds: f64) -> String {
    match seconds {
        ..100.0 => format!("{seconds:.0} s"),
        ..6000.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.0} h", seconds / 3600.0),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::counted;
    use crate::state::Progress;
    use protocol::Stage;

    fn progress(stage: Stage, done: u64, total: Option<u64>) -> Progress {
        Progress {
            stage: Some(stage),
            done,
            total,
            ..Progress::default()
        }
    }

    #[test]
    fn counts_carry_the_unit_of_their_stage() {
        let bytes = progress(Stage::Download, 1_250_000, Some(4_000_000));
        assert_eq!(counted(&bytes).as_deref(), Some("1.2 of 4.0 MB"));
        let tokens = progress(Stage::Generate, 3, None);
        assert_eq!(counted(&tokens).as_deref(), Some("3 tokens"));
        assert_eq!(counted(&Progress::default()), None);
    }

    #[test]
    fn a_download_says_how_fast_it_is_and_when_it_ends() {
        let mut progress = Progress::default();
        progress.tell(Stage::Download, 10_000_000, Some(510_000_000), 1000.0);
        assert_eq!(counted(&progress).as_deref(), Some("10.0 of 510.0 MB"));
        progress.tell(Stage::Download, 30_000_000, Some(510_000_000), 3000.0);
        assert_eq!(
            counted(&progress).as_deref(),
            Some("30.0 of 510.0 MB, 10.0 MB/s, 48 s left")
        );
    }
}
