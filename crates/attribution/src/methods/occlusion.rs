use attribution_output::Kind;
use tensor::LocalFuture;

use self::windows::{Windows, WindowsOfSides};
use crate::changed_texts::{ChangedTexts, DecoderScaling};
use crate::method::{Method, MethodEntry, RunSize};
use crate::run::{Collected, Run, TextIds};
use crate::{Error, MethodDescription, OptionDescription, OptionDomain, Result};

mod windows;

const SHAPES: &str = "sliding_window_shapes";
const STRIDES: &str = "strides";

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(Occlusion {
            windows: WindowsOfSides::from_options(options)?,
            is_signed: options.flag("signed"),
            n_at_most: options
                .integer("perturbations_per_eval")
                .and_then(|n| usize::try_from(n).ok()),
        }))
    },
};

fn describe() -> MethodDescription {
    MethodDescription {
        id: "occlusion",
        title: "Occlusion",
        sentence: "How much the target's score changes when a token, or a window of tokens, is \
                   replaced by the unknown token.",
        paper: "Zeiler and Fergus 2014",
        paper_url: "https://arxiv.org/abs/1311.2901",
        options: vec![
            OptionDescription {
                id: SHAPES,
                title: "Window",
                sentence: "How many neighboring tokens are replaced at once; with Inseq's second \
                           number, the width of the embeddings. A list of two for source and \
                           output apart.",
                domain: OptionDomain::Structure {
                    form: WindowsOfSides::FORM,
                    example: "2",
                },
            },
            OptionDescription {
                id: STRIDES,
                title: "Stride",
                sentence: "How many tokens the window moves on each time.",
                domain: OptionDomain::Structure {
                    form: WindowsOfSides::FORM,
                    example: "1",
                },
            },
            OptionDescription {
                id: "signed",
                title: "Signs",
                sentence: "Keep the sign: positive where the score falls without the token. \
                           Inseq drops it.",
                domain: OptionDomain::Flag { default: false },
            },
            OptionDescription {
                id: "perturbations_per_eval",
                title: "Texts at once",
                sentence: "At most how many changed texts share a pass; the result does not \
                           depend on it.",
                domain: OptionDomain::Integer {
                    default: None,
                    minimum: 1,
                    maximum: 100_000,
                },
            },
        ],
    }
}

/// Occlusion: the score of the text minus its score with a window of tokens replaced by
/// their baseline.
///
/// `[targets, tokens]`, in units of the score. Of several windows over one token, the
/// mean counts. Without signs unless asked for. A token that is its own baseline, such
/// as the end of sequence, has 0.
///
/// Zeiler and Fergus 2014, <https://arxiv.org/abs/1311.2901>. Inseq: `occlusion`.
struct Occlusion {
    windows: WindowsOfSides,
    is_signed: bool,
    n_at_most: Option<usize>,
}

impl Method for Occlusion {
    fn n_passes(&self, size: RunSize) -> f64 {
        // A window leaves what is before it as it was.
        size.n_tokens as f64 / self.windows.least_stride() as f64 / 2.0
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let n_targets = run.positions.len();
            let sides = self.sides(run)?;
            let unknown = run.model.tokenizer().unknown_id();
            let baseline = run.baseline_ids(unknown.ok_or(Error::NoBaselineToken)?);
            let mut texts = Vec::new();
            for side in &sides {
                texts.extend(side.texts(run, &baseline));
            }

            let changed = ChangedTexts::new(run, 0..n_targets, DecoderScaling::OfRun)?
                .at_most(self.n_at_most);
            let look = |states: &_| run.scores(states);
            let clean = changed.look_at_unchanged(look).await?;
            let report = |n_done| run.report(n_done, texts.len());
            let scores = changed.look_at(&texts, look, report).await?;

            let mut collected = Collected::new(Kind::Coarse, Vec::new());
            let mut first = 0;
            for side in &sides {
                let of_windows = &scores[first..first + side.windows.count(side.n_tokens)];
                first += of_windows.len();
                let values = if side.is_source {
                    &mut collected.source
                } else {
                    &mut collected.prefix
                };
                for (target, whole) in clean.iter().enumerate() {
                    let changes = of_windows.iter().map(|scores| whole - scores[target]);
                    let changes: Vec<f32> = changes.collect();
                    let n_read = side.n_read(run, target);
                    values.extend((0..side.n_tokens).map(|token| {
                        let mean = side.windows.mean_over(token, n_read, &changes);
                        if self.is_signed { mean } else { mean.abs() }
                    }));
                }
            }
            Ok(collected)
        })
    }
}

/// One of the attributed texts, and the windows over it.
struct WindowedSide {
    is_source: bool,
    n_tokens: usize,
    windows: Windows,
}

impl Occlusion {
    fn sides(&self, run: &Run<'_>) -> Result<Vec<WindowedSide>> {
        let n_sides =
            usize::from(run.source_ids().is_some()) + usize::from(run.is_prefix_attributed());
        let windows = self
            .windows
            .of_sides(n_sides, run.model.summary().hidden_size)?;
        let mut sides = Vec::new();
        let source = run.source_ids().map(|_| (true, run.n_source()));
        let prefix = run
            .is_prefix_attributed()
            .then_some((false, run.n_prefix()));
        for ((is_source, n_tokens), windows) in source.into_iter().chain(prefix).zip(windows) {
            sides.push(WindowedSide {
                is_source,
                n_tokens,
                windows,
            });
        }
        for side in &sides {
            // The first target has the fewest tokens before it.
            side.windows.check_length(side.n_read(run, 0))?;
        }
        Ok(sides)
    }
}

impl WindowedSide {
    /// How many of its tokens are read before a target is chosen.
    fn n_read(&self, run: &Run<'_>, target: usize) -> usize {
        if self.is_source {
            self.n_tokens
        } else {
            run.positions[target] as usize + 1
        }
    }

    /// The run's text with each window replaced by its baseline.
    fn texts(&self, run: &Run<'_>, baseline: &TextIds) -> Vec<TextIds> {
        let own = run.own_ids();
        let replaced = |window: std::ops::Range<usize>| {
            let mut text = own.clone();
            match (&mut text.source, &baseline.source) {
                (Some(source), Some(baseline)) if self.is_source => {
                    source[window.clone()].copy_from_slice(&baseline[window]);
                }
                _ => text.prefix[window.clone()].copy_from_slice(&baseline.prefix[window]),
            }
            text
        };
        self.windows.over(self.n_tokens).map(replaced).collect()
    }
}
