//! Results beside each other, and the runs that are made for that. What is on screen
//! stays where it is.

pub(crate) mod again;
pub(crate) mod all_methods;
pub(crate) mod comparison;
pub(crate) mod pairwise;
pub(crate) mod seen;

use std::sync::Arc;

use attribution_output::AgreementSettings;
use leptos::prelude::{Effect, Get, GetUntracked, RwSignal, Set, Update, With};
use protocol::{Failure, Work};
use serde::{Deserialize, Serialize};

use self::all_methods::AllMethods;
use crate::{
    history::{History, KeptRun},
    link::SharedRun,
    opened_result,
    run_request::RunRequest,
    shown::{Origin, Shown},
    state::Run,
    storage,
    words::t,
};

const KEY: &str = "inseq-web.compared";
/// How many results are at hand beside the earlier runs.
const MOST_HELD: usize = 8;

/// What is compared, and what is run for it.
#[derive(Clone, Copy)]
pub(crate) struct Comparing {
    /// The latest run whose result does not go on screen.
    pub(crate) run: RwSignal<Run>,
    /// Whether that run is one of all methods.
    pub(crate) is_for_all: RwSignal<bool>,
    /// The two that are compared.
    pub(crate) sides: RwSignal<[Choice; 2]>,
    /// Results that were opened or made to be compared.
    pub(crate) held: RwSignal<Vec<Held>>,
    /// How agreement is measured.
    pub(crate) settings: RwSignal<AgreementSettings>,
    /// One sentence by all methods.
    pub(crate) all_methods: RwSignal<AllMethods>,
}

/// Which result is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Choice {
    /// None yet.
    #[default]
    Nothing,
    /// That on screen, whichever it is.
    OnScreen,
    /// That which came with the page.
    StoredExample,
    /// One that is held, or an earlier run: known by when it came.
    At(f64),
}

/// A result that is at hand to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// When it came, in milliseconds since 1970; what it is known by.
    pub(crate) at_ms: f64,
    /// For the list.
    pub(crate) title: String,
    /// It.
    pub(crate) shown: Arc<Shown>,
}

impl Comparing {
    /// As this tab left it at the last reload. What was not kept is not chosen.
    pub(crate) fn restore(history: &History) -> Self {
        let sides: Option<[Choice; 2]> = storage::restore_for_tab(KEY);
        let sides = sides.unwrap_or([Choice::OnScreen, Choice::Nothing]);
        let comparing = Self {
            run: RwSignal::new(Run::Idle),
            is_for_all: RwSignal::new(false),
            sides: RwSignal::new(sides.map(|side| side.if_kept(history))),
            held: RwSignal::new(Vec::new()),
            settings: RwSignal::new(AgreementSettings::default()),
            all_methods: RwSignal::new(AllMethods::default()),
        };
        Effect::new(move || storage::keep_for_tab(KEY, &comparing.sides.get()));
        comparing
    }

    /// Whether a run goes on whose result does not go on screen.
    pub(crate) fn is_running(&self) -> bool {
        self.run.with(Run::is_running)
    }

    /// Puts a result at hand and on the second side.
    pub(crate) fn hold(&self, title: String, shown: Shown, at_ms: f64) {
        let held = Held {
            at_ms,
            title,
            shown: Arc::new(shown),
        };
        self.held.update(|all| {
            all.insert(0, held);
            all.truncate(MOST_HELD);
        });
        self.sides.update(|sides| sides[1] = Choice::At(at_ms));
    }

    /// Takes what came of a run; the next work, if several were asked for.
    pub(crate) fn take(&self, result: Result<Shown, Failure>, now_ms: f64) -> Option<Work> {
        if self.is_for_all.get_untracked() {
            let mut next = Ok(None);
            self.all_methods.update(|all| next = all.take(result));
            return match next {
                Ok(Some(work)) => Some(work),
                Ok(None) => {
                    self.run.set(Run::Idle);
                    None
                }
                Err(failure) => {
                    self.run.set(Run::Failed(failure));
                    None
                }
            };
        }
        self.run.set(match result {
            Ok(shown) => {
                let title = shown.asked.as_ref().map(RunRequest::title);
                self.hold(title.unwrap_or_default(), shown, now_ms);
                Run::Idle
            }
            Err(failure) => Run::Failed(failure),
        });
        None
    }

    /// Gives up what was asked for and has not begun.
    pub(crate) fn give_up(&self) {
        self.all_methods.update(AllMethods::give_up);
    }

    /// The result that is chosen; the error says why it is not there.
    pub(crate) fn chosen(
        &self,
        choice: Choice,
        on_screen: RwSignal<Shown>,
        history: RwSignal<History>,
    ) -> Result<Option<Arc<Shown>>, String> {
        match choice {
            Choice::Nothing => Ok(None),
            Choice::OnScreen => Ok(Some(Arc::new(on_screen.get()))),
            Choice::StoredExample => Ok(Some(Arc::new(Shown::stored_example()))),
            Choice::At(at_ms) => {
                let is_it = |held: &&Held| held.at_ms == at_ms;
                let held = self
                    .held
                    .with(|all| all.iter().find(is_it).map(|held| held.shown.clone()));
                match held {
                    Some(shown) => Ok(Some(shown)),
                    None => history.with(|history| kept(history, at_ms)).map(Some),
                }
            }
        }
    }
}

fn kept(history: &History, at_ms: f64) -> Result<Arc<Shown>, String> {
    let gone = || t("it is no longer kept in this browser").to_owned();
    let is_it = |run: &&KeptRun| run.ended_ms == at_ms;
    let run = history.runs.iter().find(is_it).ok_or_else(gone)?;
    let shared = SharedRun::read(&run.fragment).ok_or_else(gone)??;
    let result = shared.result.ok_or_else(|| {
        t("of this run only the request was kept, as its result is large").to_owned()
    })?;
    let mut shown = opened_result::read(result.into_bytes(), Origin::Kept)?;
    shown.asked = shared.asked.or(shown.asked);
    Ok(Arc::new(shown))
}

impl Choice {
    /// It, or nothing if it is a run that was not kept.
    fn if_kept(self, history: &History) -> Self {
        let is_kept = |at_ms: f64| history.runs.iter().any(|run| run.ended_ms == at_ms);
        match self {
            Self::At(at_ms) if !is_kept(at_ms) => Self::Nothing,
            choice => choice,
        }
    }

    /// As the value of a list's entry.
    pub(crate) fn value(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::OnScreen => "screen".to_owned(),
            Self::StoredExample => "example".to_owned(),
            Self::At(at_ms) => at_ms.to_string(),
        }
    }

    /// From the value of a list's entry.
    pub(crate) fn from_value(value: &str) -> Self {
        match value {
            "screen" => Self::OnScreen,
            "example" => Self::StoredExample,
            other => other.parse().map_or(Self::Nothing, Self::At),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ways_to_look::WaysToLook;

    #[test]
    fn choices_are_values_of_a_list() {
        for choice in [
            Choice::Nothing,
            Choice::OnScreen,
            Choice::StoredExample,
            Choice::At(1_764_412_345_678.25),
        ] {
            assert_eq!(Choice::from_value(&choice.value()), choice);
        }
    }

    #[test]
    fn earlier_runs_are_read_and_what_is_missing_is_said() {
        let example = Shown::stored_example();
        let link = example.shared(&WaysToLook::default()).link(1_000_000);
        let run = |ended_ms: f64, fragment: &str| KeptRun {
            ended_ms,
            title: String::new(),
            has_result: true,
            fragment: fragment.to_owned(),
        };
        let without = SharedRun {
            result: None,
            ..example.shared(&WaysToLook::default())
        };
        let without = without.link(0).fragment;
        let history = History {
            runs: vec![run(1.0, &link.fragment), run(2.0, &without), run(3.0, "x")],
            is_refused: false,
        };
        let found = kept(&history, 1.0).unwrap();
        assert_eq!(found.asked, example.asked);
        // The same cells, though not the very same heatmap.
        assert_eq!(*found.heatmap, *example.heatmap);
        assert!(
            kept(&history, 2.0)
                .unwrap_err()
                .contains("only the request")
        );
        assert!(kept(&history, 3.0).unwrap_err().contains("no longer"));
        assert!(kept(&history, 4.0).unwrap_err().contains("no longer"));
        assert_eq!(Choice::At(4.0).if_kept(&history), Choice::Nothing);
        for choice in [Choice::At(2.0), Choice::OnScreen] {
            assert_eq!(choice.if_kept(&history), choice);
        }
    }
}
