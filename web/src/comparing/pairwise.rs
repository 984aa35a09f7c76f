//! How much each of several results agrees with each other one.

use std::{
    ptr,
    sync::{Arc, Weak},
};

use attribution_output::{Agreement, AgreementSettings};
use heatmap::LEVELS;

use super::{comparison::mean_agreement, seen::Seen};
use crate::{shown::Shown, ways_to_look::WaysToLook};

/// A figure of agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Spearman's rank correlation.
    Spearman,
    /// Kendall's.
    Kendall,
    /// What share of the first tokens is the same.
    SharedTop,
}

impl Figure {
    /// Its value, where it is defined.
    pub(crate) fn of(self, agreement: &Agreement) -> Option<f64> {
        match self {
            Self::Spearman => agreement.spearman,
            Self::Kendall => agreement.kendall,
            Self::SharedTop => agreement.shared_top,
        }
    }

    /// Color step of a value, as in a heatmap whose scale ends at 1.
    pub(crate) fn level(value: f64) -> i8 {
        (value * f64::from(LEVELS)).round() as i8
    }
}

/// How much each of several results agrees with each other one.
#[derive(Clone, Debug)]
pub(crate) struct PairwiseAgreement {
    /// What the results are called, in their order.
    pub(crate) names: Vec<String>,
    /// Not held, so that those of an earlier run can go; as long as they are known here,
    /// no other result gets their place in memory.
    results: Vec<Weak<Shown>>,
    ways: WaysToLook,
    settings: AgreementSettings,
    /// Of each result with each of those before it.
    rows: Vec<Vec<Agreement>>,
}

impl PairwiseAgreement {
    /// That of these results, by their names and as they are looked at. Results come one
    /// after the other: pairs of those that were there `before` are not compared again.
    pub(crate) fn new(
        seen: &[(&str, &Seen)],
        ways: WaysToLook,
        settings: AgreementSettings,
        before: Option<&Self>,
    ) -> Self {
        let before = before.filter(|it| it.settings == settings && it.ways == ways);
        let n_known = before.map_or(0, |before| {
            let both = before.results.iter().zip(seen);
            let known =
                both.take_while(|(old, (_, new))| ptr::eq(old.as_ptr(), Arc::as_ptr(&new.shown)));
            known.count()
        });
        let mut rows = before.map_or_else(Vec::new, |before| before.rows[..n_known].to_vec());
        rows.extend((n_known..seen.len()).map(|index| {
            let (_, own) = seen[index];
            let earlier = seen[..index].iter();
            earlier
                .map(|(_, other)| mean_agreement(other, own, settings))
                .collect::<Vec<_>>()
        }));
        Self {
            names: seen.iter().map(|(name, _)| (*name).to_owned()).collect(),
            results: seen
                .iter()
                .map(|(_, seen)| Arc::downgrade(&seen.shown))
                .collect(),
            ways,
            settings,
            rows,
        }
    }

    /// How much two of them agree; `None` of one with itself.
    pub(crate) fn between(&self, one: usize, other: usize) -> Option<Agreement> {
        let row = self.rows.get(one.max(other))?;
        row.get(one.min(other)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparing::comparison::tests::seen;

    /// The example, what contradicts it, and the example again.
    fn three() -> [Seen; 3] {
        let turned = seen(|shown| {
            let first = &mut shown.output.sequences[0];
            let scores = first.source_attributions.as_mut().unwrap();
            for value in &mut scores.values {
                *value = 1.0 - *value;
            }
        });
        [seen(|_| ()), turned, seen(|_| ())]
    }

    fn of(
        seen: &[Seen],
        settings: AgreementSettings,
        before: Option<&PairwiseAgreement>,
    ) -> PairwiseAgreement {
        let seen: Vec<_> = seen.iter().map(|seen| ("name", seen)).collect();
        PairwiseAgreement::new(&seen, WaysToLook::default(), settings, before)
    }

    #[test]
    fn each_agrees_with_each_other_and_nothing_is_said_of_itself() {
        let (three, settings) = (three(), AgreementSettings::default());
        let pairs = of(&three, settings, None);
        assert_eq!(pairs.names.len(), 3);
        assert_eq!(pairs.between(1, 1), None);
        assert_eq!(pairs.between(0, 3), None);
        assert_eq!(pairs.between(0, 1), pairs.between(1, 0));
        let contradicted = mean_agreement(&three[0], &three[1], settings);
        assert_eq!(pairs.between(0, 1), Some(contradicted));
        let same = pairs.between(0, 2).unwrap();
        assert!(same.spearman.unwrap() > contradicted.spearman.unwrap());
        assert!((same.spearman.unwrap() - 1.0).abs() < 1e-9, "{same:?}");
    }

    #[test]
    fn what_was_compared_is_not_compared_again() {
        let (three, settings) = (three(), AgreementSettings::default());
        let mut before = of(&three[..2], settings, None);
        // It would become another number if it were computed.
        before.rows[1][0] = Agreement::default();
        let after = of(&three, settings, Some(&before));
        assert_eq!(after.between(0, 1), Some(Agreement::default()));
        assert!(after.between(0, 2).unwrap().spearman.is_some());
        // Of other results, and by another measure, nothing is known yet.
        let others = [three[1].clone(), three[0].clone()];
        let others = of(&others, settings, Some(&before));
        assert!(others.between(0, 1).unwrap().spearman.is_some());
        let settings = AgreementSettings { k: 1, ..settings };
        let otherwise = of(&three, settings, Some(&before));
        assert!(otherwise.between(0, 1).unwrap().spearman.is_some());
    }

    #[test]
    fn figures_have_the_colors_of_a_scale_that_ends_at_one() {
        let agreement = Agreement {
            n_tokens: 4.0,
            spearman: Some(-1.0),
            kendall: None,
            shared_top: Some(2.0 / 3.0),
        };
        let level = |figure: Figure| figure.of(&agreement).map(Figure::level);
        assert_eq!(level(Figure::Spearman), Some(-10));
        assert_eq!(level(Figure::Kendall), None);
        assert_eq!(level(Figure::SharedTop), Some(7));
    }
}
