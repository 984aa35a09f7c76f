//! The one store of the page. Components take its fields and draw them; `worker`
//! writes what the engine says.

use attribution_output::{Faithfulness, Ranking};
use leptos::prelude::{
    Effect, Get, GetUntracked, Memo, RwSignal, Set, Update, With, WithUntracked,
};
use protocol::{
    Description, DeviceChosen, Fact, Failure, KeptModel, ModelFacts, ModelSummary, Stage,
};

use crate::{
    appearance::Appearance,
    bundled_models::is_bundled,
    comparing::Comparing,
    draft::Draft,
    history::History,
    link::SharedRun,
    measured::{Measured, Question},
    opened_result,
    shown::{Origin, Shown},
    tokenized::{Aligned, TokenizedTexts},
    ways_to_look::WaysToLook,
    words::t,
};

/// Everything the page remembers.
#[derive(Clone, Copy)]
pub(crate) struct State {
    /// What is in the form.
    pub(crate) draft: RwSignal<Draft>,
    /// What the engine offers; `None` until it has said so.
    pub(crate) description: RwSignal<Option<Description>>,
    /// How the engine is.
    pub(crate) engine: RwSignal<EngineStatus>,
    /// The loaded model in figures; `None` until it is loaded.
    pub(crate) model: RwSignal<Option<ModelSummary>>,
    /// What is known of a model that may be chosen.
    pub(crate) look_up: RwSignal<LookUp>,
    /// Models whose files are kept in this browser.
    pub(crate) kept: RwSignal<Vec<KeptModel>>,
    /// Texts of the form as tokens.
    pub(crate) tokens: RwSignal<TokenizedTexts>,
    /// Which tokens of a contrast text stand against which of the output.
    pub(crate) aligned: RwSignal<Option<Aligned>>,
    /// The latest run.
    pub(crate) run: RwSignal<Run>,
    /// The latest measuring of a result; no run goes on at the same time.
    pub(crate) measurement: RwSignal<Run>,
    /// The result on screen.
    pub(crate) shown: RwSignal<Shown>,
    /// How faithful it is, and others of its text.
    pub(crate) measured: RwSignal<Measured>,
    /// Results beside each other, and the runs for that.
    pub(crate) comparing: Comparing,
    /// Why a result could not be opened, or that one is on its way.
    pub(crate) opening: RwSignal<Opening>,
    /// Earlier runs of this browser.
    pub(crate) history: RwSignal<History>,
    /// How it is looked at.
    pub(crate) ways: RwSignal<WaysToLook>,
    /// Why it cannot be looked at as was asked.
    pub(crate) ways_failure: RwSignal<Option<String>>,
    /// Which attributed target is looked at, as a column of the result.
    pub(crate) column: RwSignal<usize>,
    /// What computes, and why; `None` until something was computed.
    pub(crate) device: RwSignal<Option<DeviceChosen>>,
    /// What went another way than asked during the latest run.
    pub(crate) notices: RwSignal<Vec<String>>,
    /// The latest diagnosis of device and work.
    pub(crate) diagnosis: RwSignal<Vec<Fact>>,
    /// Which colors the page wears.
    pub(crate) appearance: RwSignal<Appearance>,
}

/// How the engine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EngineStatus {
    /// It was not started: what is on screen needs none.
    Resting,
    /// Its worker is on its way.
    Starting,
    /// It takes requests.
    Ready,
    /// It died again and again before it was up.
    Dead {
        /// What the browser said about it.
        reason: String,
    },
}

/// Where the opening of a result is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Nothing is opened, or the last one is on screen.
    #[default]
    Idle,
    /// It is read or fetched.
    Reading {
        /// Where it is from.
        name: String,
        /// No other opening has this number.
        number: u32,
    },
    /// It cannot be shown.
    Failed(String),
}

/// What is known of a model that may be chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LookUp {
    /// None was asked for.
    Nothing,
    /// The engine was asked about one of this name.
    Asked(String),
    /// It is there.
    Found(Box<ModelFacts>),
    /// It is not, or is of no use.
    Failed(Failure),
}

/// Where the latest run is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Run {
    /// None was started, or the last one ended with a result.
    Idle,
    /// It goes on.
    Running(Progress),
    /// It was ended by the visitor.
    Cancelled,
    /// It ended without a result.
    Failed(Failure),
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    /// What is being done; `None` before the engine has said.
    pub(crate) stage: Option<Stage>,
    /// How much of it is done, in the stage's unit.
    pub(crate) done: u64,
    /// How much there is; `None` while unknown.
    pub(crate) total: Option<u64>,
    /// When the stage was first heard of, in milliseconds, and how much was done then.
    pub(crate) since: Option<(f64, u64)>,
    /// When `done` was told, in milliseconds.
    pub(crate) told_ms: f64,
    /// What was generated, once it was.
    pub(crate) generated: Option<String>,
}

impl Progress {
    /// Notes how far a stage is.
    pub(crate) fn tell(&mut self, stage: Stage, done: u64, total: Option<u64>, now_ms: f64) {
        if self.stage != Some(stage) {
            self.since = Some((now_ms, done));
        }
        self.stage = Some(stage);
        self.done = done;
        self.total = total;
        self.told_ms = now_ms;
    }

    /// How much of the stage is done in a second, once that can be told.
    pub(crate) fn per_second(&self) -> Option<f64> {
        const LEAST_SECONDS: f64 = 0.5;
        let (since_ms, done_then) = self.since?;
        let seconds = (self.told_ms - since_ms) / 1000.0;
        let done = self.done.checked_sub(done_then)?;
        (seconds >= LEAST_SECONDS && done > 0).then(|| done as f64 / seconds)
    }
}

impl State {
    /// As the last visit left it, with the stored example on screen.
    pub(crate) fn restore() -> Self {
        let history = History::restore();
        let state = Self {
            draft: RwSignal::new(Draft::restore()),
            description: RwSignal::new(None),
            engine: RwSignal::new(EngineStatus::Starting),
            model: RwSignal::new(None),
            look_up: RwSignal::new(LookUp::Nothing),
            kept: RwSignal::new(Vec::new()),
            tokens: RwSignal::new(TokenizedTexts::default()),
            aligned: RwSignal::new(None),
            run: RwSignal::new(Run::Idle),
            measurement: RwSignal::new(Run::Idle),
            shown: RwSignal::new(Shown::stored_example()),
            measured: RwSignal::new(Measured::default()),
            comparing: Comparing::restore(&history),
            opening: RwSignal::new(Opening::default()),
            history: RwSignal::new(history),
            ways: RwSignal::new(WaysToLook::default()),
            ways_failure: RwSignal::new(None),
            column: RwSignal::new(0),
            device: RwSignal::new(None),
            notices: RwSignal::new(Vec::new()),
            diagnosis: RwSignal::new(Vec::new()),
            appearance: RwSignal::new(Appearance::restore()),
        };
        Effect::new(move || state.draft.with(Draft::keep));
        Effect::new(move || state.appearance.get().apply());
        let numbers = Memo::new(move |_| state.ways.with(WaysToLook::of_numbers));
        Effect::watch(
            move || numbers.get(),
            // Whatever draws it is told of changes alone: after another result was put on
            // screen, it is looked at in these ways already.
            move |ways, _, _| state.shown.maybe_update(|shown| state.look(shown, ways)),
            false,
        );
        state
    }

    /// Puts a result on screen.
    pub(crate) fn show(&self, mut shown: Shown) {
        self.ways.with_untracked(|ways| self.look(&mut shown, ways));
        self.column.set(0);
        self.shown.set(shown);
        self.run.set(Run::Idle);
        self.measurement.set(Run::Idle);
    }

    /// Puts a result on screen that was not computed now. What runs goes on.
    ///
    /// # Errors
    /// In words for the visitor, if what is on screen must stay.
    pub(crate) fn open(&self, shown: Result<Shown, String>) -> Result<(), String> {
        let opened = shown.and_then(|mut shown| {
            if self.measurement.with_untracked(Run::is_running) {
                return Err(t("a result is being measured; cancel that first").to_owned());
            }
            self.ways.with_untracked(|ways| self.look(&mut shown, ways));
            self.column.set(0);
            self.shown.set(shown);
            self.measurement.set(Run::Idle);
            Ok(())
        });
        self.opening.set(match &opened {
            Ok(()) => Opening::Idle,
            Err(message) => Opening::Failed(message.clone()),
        });
        opened
    }

    /// Puts on screen what a link or the history holds, and its request into the form.
    pub(crate) fn open_shared(&self, shared: SharedRun, origin: Origin) {
        let SharedRun {
            asked,
            ways,
            result,
        } = shared;
        if let Some(asked) = &asked {
            self.draft.update(|draft| draft.ask_again(asked));
        }
        let Some(result) = result else {
            // What is on screen until it is run is another result, looked at in its own ways.
            self.ways.update(|own| own.view = ways.view);
            return self.opening.set(Opening::Idle);
        };
        let shown = opened_result::read(result.into_bytes(), origin).map(|mut shown| {
            shown.asked = asked.or(shown.asked);
            shown
        });
        self.ways.set(ways);
        // What failed is told by `opening`.
        let _ = self.open(shown);
    }

    /// Keeps what is on screen among the earlier runs.
    pub(crate) fn remember(&self, now_ms: f64) {
        let shared = self
            .ways
            .with_untracked(|ways| self.shown.with_untracked(|shown| shown.shared(ways)));
        self.history.update(|history| history.add(&shared, now_ms));
    }

    /// Puts another text of the opened file on screen.
    pub(crate) fn choose_text(&self, index: usize) {
        self.shown.update(|shown| {
            shown.choose(index);
            self.ways.with_untracked(|ways| self.look(shown, ways));
        });
        self.column.set(0);
    }

    /// Puts what was measured beside what was measured before. Chance comes last.
    pub(crate) fn compare(&self, sequences: &[Faithfulness]) {
        let Some(found) = sequences.first() else {
            return self.measurement.set(Run::Idle);
        };
        self.shown.with_untracked(|shown| {
            let question = Question::new(&shown.output, &found.settings);
            self.measured
                .update(|measured| measured.add(question, shown.method(), found));
        });
        if found.settings.ranking == Ranking::Random {
            self.measurement.set(Run::Idle);
        }
    }

    /// Whether what is seen of the result changed.
    fn look(&self, shown: &mut Shown, ways: &WaysToLook) -> bool {
        let looked = shown.look(ways);
        let is_changed = matches!(looked, Ok(true));
        self.ways_failure.set(looked.err());
        let last = shown.heatmap.columns.len().saturating_sub(1);
        // Every token is told when it changes.
        if self.column.get_untracked() > last {
            self.column.set(last);
        }
        is_changed
    }

    /// Begins the run or the measuring; what was noticed before is of another one.
    pub(crate) fn begin(&self, running: RwSignal<Run>) {
        running.set(Run::Running(Progress::default()));
        self.notices.set(Vec::new());
    }

    /// Notes how far the run or the measuring is, if one goes on.
    pub(crate) fn update_progress(&self, change: impl FnOnce(&mut Progress)) {
        let Some(running) = self.running() else {
            return;
        };
        running.update(|run| {
            if let Run::Running(progress) = run {
                change(progress);
            }
        });
    }

    /// Whether the engine is up and nothing runs, so that small things may be asked.
    pub(crate) fn is_free(&self) -> bool {
        let all = [self.run, self.measurement, self.comparing.run];
        let is_running = all.map(|run| run.with(Run::is_running));
        self.engine.get() == EngineStatus::Ready && !is_running.contains(&true)
    }

    /// Whether a question about a model's tokens needs no large download.
    pub(crate) fn has_model(&self, name: &str) -> bool {
        let is_loaded = |loaded: &Option<ModelSummary>| {
            loaded.as_ref().is_some_and(|loaded| loaded.model == name)
        };
        is_bundled(name) || self.model.with(is_loaded)
    }

    /// The run or the measuring that goes on.
    pub(crate) fn running(&self) -> Option<RwSignal<Run>> {
        let all = [self.run, self.measurement, self.comparing.run];
        all.into_iter()
            .find(|run| run.with_untracked(Run::is_running))
    }
}

impl Run {
    /// Whether a run goes on.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self, Self::Running(_))
    }
}
