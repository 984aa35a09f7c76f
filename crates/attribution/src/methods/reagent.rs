use attribution_output::{Compatibility, Kind};
use models::{Side, Tokenizer};
use tensor::LocalFuture;

use self::probes::{Probes, Rules};
use crate::method::{Method, MethodEntry, RunSize};
use crate::options::CheckedOptions;
use crate::run::{Collected, Run};
use crate::sides::Sides;
use crate::stand_ins::{Grouping, Replacer};
use crate::{Error, MethodDescription, OptionDescription, OptionDomain, Result};

mod probes;

pub(super) const ENTRY: MethodEntry = MethodEntry {
    describe,
    make: |options| {
        Ok(Box::new(Reagent {
            rules: rules(options)?,
            stand_ins: match options.choice("replacer") {
                "uniform" => StandIns::Uniform,
                "unknown" => StandIns::Unknown,
                _ => StandIns::SameKind,
            },
            seed: super::seed(options),
        }))
    },
};

fn rules(options: &CheckedOptions<'_>) -> Result<Rules> {
    let whole = |id| {
        let value = options.integer(id);
        value
            .and_then(|value| usize::try_from(value).ok())
            .unwrap_or_default()
    };
    let rules = Rules {
        keep_top_n: whole("keep_top_n"),
        keep_ratio: options.number("keep_ratio"),
        invert_keep: options.flag("invert_keep"),
        top_k: whole("stopping_condition_top_k"),
        replacing_ratio: options.number("replacing_ratio").unwrap_or_default(),
        max_probe_steps: whole("max_probe_steps"),
        n_probes: whole("num_probes"),
    };
    if rules.keep_top_n == 0 && rules.keep_ratio.is_none() {
        return Err(Error::OptionValue {
            owner: "reagent".to_owned(),
            option: "keep_top_n",
            expected: "above 0 unless keep_ratio is given".to_owned(),
            found: "0".to_owned(),
        });
    }
    Ok(rules)
}

fn describe() -> MethodDescription {
    let whole = |id, title, sentence, default, minimum, maximum| OptionDescription {
        id,
        title,
        sentence,
        domain: OptionDomain::Integer {
            default: Some(default),
            minimum,
            maximum,
        },
    };
    let ratio = |id, title, sentence, default| OptionDescription {
        id,
        title,
        sentence,
        domain: OptionDomain::Number {
            default,
            minimum: 0.0,
            maximum: 1.0,
        },
    };
    MethodDescription {
        id: "reagent",
        title: "ReAGent",
        sentence: "Which tokens the model needs to keep its choice, found by replacing random \
                   tokens again and again; whatever the attributed function.",
        paper: "Zhao and Shan 2024",
        paper_url: "https://arxiv.org/abs/2402.00794",
        options: vec![
            whole(
                "keep_top_n",
                "Tokens kept",
                "How many of the most important tokens are kept when it is checked whether they \
                 suffice; 0 to use the share.",
                5,
                0,
                100_000,
            ),
            ratio(
                "keep_ratio",
                "Share kept",
                "The share of tokens kept in that check, if their number is 0.",
                None,
            ),
            OptionDescription {
                id: "invert_keep",
                title: "Replace instead of keep",
                sentence: "In that check, replace the most important tokens and keep the others.",
                domain: OptionDomain::Flag { default: false },
            },
            whole(
                "stopping_condition_top_k",
                "Good enough",
                "The kept tokens suffice when the target is among this many likeliest tokens, or \
                 as likely among them as with the whole text.",
                3,
                1,
                1_000_000,
            ),
            ratio(
                "replacing_ratio",
                "Replaced share",
                "How likely each token is replaced in a step.",
                Some(0.3),
            ),
            whole(
                "max_probe_steps",
                "Steps",
                "After how many steps a probe ends that has not found enough.",
                3000,
                1,
                1_000_000,
            ),
            whole(
                "num_probes",
                "Probes",
                "How many independent searches are averaged.",
                16,
                1,
                10_000,
            ),
            OptionDescription {
                id: "replacer",
                title: "Stand-ins",
                sentence: "What stands in for a token: one spelled alike (beginning a word or \
                           not; small letter, capital, digit or punctuation), any, or always \
                           the unknown token. Inseq groups by part of speech and the paper asks \
                           a masked language model; tagger and model would be downloads.",
                domain: OptionDomain::Choice {
                    default: "same_kind",
                    choices: &["same_kind", "uniform", "unknown"],
                },
            },
            super::seed_option(),
        ],
    }
}

/// ReAGent: how important each token is for the model's choice, by a search that
/// replaces tokens at random: what lowers the target's probability gains, what does
/// not loses, until the most important tokens alone make the target likely enough.
///
/// `[targets, tokens]`; the values of one target sum to 1. The attributed function
/// plays no part. Special tokens are never replaced. Where no probe finds enough, all
/// probes are averaged (in Inseq 0.7.1 the result is then NaN).
///
/// Zhao and Shan 2024, <https://arxiv.org/abs/2402.00794>. Inseq: `reagent`.
struct Reagent {
    rules: Rules,
    stand_ins: StandIns,
    seed: u64,
}

/// What stands in for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StandIns {
    /// One spelled alike.
    SameKind,
    /// Any.
    Uniform,
    /// The unknown token.
    Unknown,
}

impl StandIns {
    fn grouping(self, tokenizer: &Tokenizer) -> Result<Grouping> {
        match self {
            Self::SameKind => Ok(Grouping::SameKind),
            Self::Uniform => Ok(Grouping::Uniform),
            Self::Unknown => {
                let unknown = tokenizer.unknown_id();
                unknown
                    .map(Grouping::Always)
                    .ok_or_else(|| Error::OptionValue {
                        owner: "reagent".to_owned(),
                        option: "replacer",
                        expected: "same_kind or uniform, for this model has no unknown token"
                            .to_owned(),
                        found: "unknown".to_owned(),
                    })
            }
        }
    }
}

impl Method for Reagent {
    fn n_passes(&self, size: RunSize) -> f64 {
        // If no probe ends early; each step looks at two texts.
        let n_texts = 2 * self.rules.n_probes * self.rules.max_probe_steps;
        size.n_targets as f64 * n_texts as f64
    }

    fn attribute<'a>(&'a self, run: &'a Run<'a>) -> LocalFuture<'a, Result<Collected>> {
        Box::pin(async move {
            let tokenizer = run.model.tokenizer();
            let grouping = self.stand_ins.grouping(tokenizer)?;
            let replacer = |side| Replacer::new(tokenizer, side, grouping);
            let replacers = Sides {
                source: run.source_ids().map(|_| replacer(Side::Source)),
                prefix: run.is_prefix_attributed().then(|| replacer(Side::Target)),
            };
            let is_rank_of_text_enough = run.compatibility == Compatibility::Corrected;
            let mut draws = run.draws(self.seed);
            let mut collected = Collected::new(Kind::Coarse, Vec::new());
            let n_targets = run.positions.len();
            for target in 0..n_targets {
                let mut probes = Probes::new(run, target, &replacers, &mut draws, &self.rules)?;
                let importance = probes.search(is_rank_of_text_enough).await?;
                let mut importance = importance.into_iter().map(|value| value as f32);
                let source = importance.by_ref().take(run.n_source());
                collected.source.extend(source);
                if run.is_prefix_attributed() {
                    // Nothing after the target's own position is looked at.
                    let n_later = run.n_prefix() - importance.len();
                    collected.prefix.extend(importance);
                    collected.prefix.extend(std::iter::repeat_n(0.0, n_later));
                }
                run.report(target + 1, n_targets);
            }
            Ok(collected)
        })
    }
}
