//! Two results side by side: what differs between them, and how much they agree.

use attribution_output::{Agreement, AgreementSettings, Alignment, AttributionAgreement, pair};
use heatmap::Heatmap;

use super::seen::Seen;

use crate::words::{error_said, tf};

/// What both have in common, and what becomes of it from the first to the second.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    /// The explained tokens of both, each as the columns of the first and the second.
    pub(crate) columns: Vec<[usize; 2]>,
    /// Second minus first.
    pub(crate) difference: Heatmap,
    /// How much they agree.
    pub(crate) agreement: AttributionAgreement,
    /// Whether nothing had to be left out.
    pub(crate) is_whole: bool,
}

/// A setting of two results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SettingOfBoth {
    /// Its name.
    pub(crate) name: String,
    /// Its values; `None` where a result does not have it.
    pub(crate) values: [Option<String>; 2],
}

impl Comparison {
    /// Compares two results as they are looked at. The error says why that cannot be.
    pub(crate) fn new(
        first: &Seen,
        second: &Seen,
        settings: AgreementSettings,
    ) -> Result<Self, String> {
        let (one, other) = (&first.attribution, &second.attribution);
        let alignment = Alignment::new(one, other).map_err(error_said)?;
        let compared = || -> attribution_output::Result<_> {
            let [one, other] = alignment.restricted(one, other)?;
            Ok((
                pair(&one, &other)?,
                AttributionAgreement::new(&one, &other, settings)?,
            ))
        };
        let (difference, agreement) = compared().map_err(error_said)?;
        let explained = alignment.target[alignment.explained.clone()].iter();
        let columns = explained
            .map(|[first, second]| [first - one.attr_pos_start, second - other.attr_pos_start]);
        let mut difference =
            Heatmap::new(&difference, "difference", Vec::new()).map_err(error_said)?;
        // Also where nothing becomes less, the scale is that of changes.
        difference.is_signed = true;
        Ok(Self {
            columns: columns.collect(),
            difference,
            agreement,
            is_whole: alignment.is_whole,
        })
    }

    /// The largest changes in words, such as `“her” to “docteure” +0.210`.
    pub(crate) fn largest_changes(&self, count: usize) -> Vec<String> {
        let links = self.difference.strongest_links(count).into_iter();
        let words = links.map(|link| {
            let number = signed(&link.cell.text());
            let [from, to] = [&link.row.label, link.column].map(|label| label.text.trim());
            tf(
                "“{from}” to “{to}” {value}",
                &[("from", &from), ("to", &to), ("value", &number)],
            )
        });
        words.collect()
    }
}

/// How much two results agree, as the mean of all tokens that both explain. No figure is
/// defined where they have nothing in common.
pub(crate) fn mean_agreement(
    first: &Seen,
    second: &Seen,
    settings: AgreementSettings,
) -> Agreement {
    let (one, other) = (&first.attribution, &second.attribution);
    let found = Alignment::new(one, other)
        .and_then(|alignment| alignment.restricted(one, other))
        .and_then(|[one, other]| AttributionAgreement::new(&one, &other, settings));
    found.map(|found| found.mean).unwrap_or_default()
}

/// The settings of two results: those that differ, then those that are the same.
pub(crate) fn settings_of_both(first: &Seen, second: &Seen) -> [Vec<SettingOfBoth>; 2] {
    let [first, second] = [first, second].map(Seen::settings);
    let value = |settings: &[(String, String)], name: &str| {
        let found = settings.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.clone())
    };
    let only_second = second
        .iter()
        .filter(|(name, _)| value(&first, name).is_none());
    let all = first
        .iter()
        .chain(only_second)
        .map(|(name, _)| SettingOfBoth {
            name: name.clone(),
            values: [value(&first, name), value(&second, name)],
        });
    let (same, different) = all.partition(|it| it.values[0] == it.values[1]);
    [different, same]
}

/// A number of a table with its sign in front, also if it is positive.
pub(crate) fn signed(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(magnitude) => format!("−{magnitude}"),
        None if text.is_empty() || text == "0" => text.to_owned(),
        None => format!("+{text}"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{shown::Shown, ways_to_look::WaysToLook};

    /// The stored example, changed, as it is looked at.
    pub(crate) fn seen(change: impl FnOnce(&mut Shown)) -> Seen {
        let mut shown = Shown::stored_example();
        change(&mut shown);
        Seen::new(Arc::new(shown), &WaysToLook::default()).unwrap()
    }

    #[test]
    fn a_result_agrees_with_itself_and_differs_in_nothing() {
        let example = seen(|_| ());
        let settings = AgreementSettings::default();
        let comparison = Comparison::new(&example, &example, settings).unwrap();
        assert!(comparison.is_whole);
        assert_eq!(comparison.difference.range, 0.0);
        assert!(comparison.largest_changes(3).is_empty());
        assert_eq!(comparison.columns.len(), example.heatmap.columns.len());
        let mean = comparison.agreement.mean;
        for figure in [mean.spearman, mean.kendall, mean.shared_top] {
            assert!((figure.unwrap() - 1.0).abs() < 1e-9, "{mean:?}");
        }
        let [different, same] = settings_of_both(&example, &example);
        assert!(different.is_empty() && same.len() > 4);
    }

    #[test]
    fn what_is_changed_is_seen() {
        let example = seen(|_| ());
        let changed = seen(|shown| {
            let info = &mut shown.output.info;
            info.insert("attribution_method".to_owned(), "occlusion".into());
            info.remove("attribution_args");
            let first = &mut shown.output.sequences[0];
            let scores = first.source_attributions.as_mut().unwrap();
            for value in &mut scores.values {
                *value = 1.0 - *value;
            }
        });
        let settings = AgreementSettings::default();
        let comparison = Comparison::new(&example, &changed, settings).unwrap();
        assert!(comparison.difference.range > 0.0);
        let mean = comparison.agreement.mean;
        assert!(mean.spearman.unwrap() < 1.0);
        assert_eq!(mean_agreement(&example, &changed, settings), mean);
        assert_eq!(comparison.largest_changes(2).len(), 2);
        let [different, _] = settings_of_both(&example, &changed);
        let names: Vec<&str> = different.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["method", "method settings"]);
        assert_eq!(different[0].values[1].as_deref(), Some("occlusion"));
        assert_eq!(different[1].values[1], None);
    }

    #[test]
    fn numbers_carry_their_sign() {
        assert_eq!(signed("0.210"), "+0.210");
        assert_eq!(signed("-0.210"), "−0.210");
        assert_eq!(signed("0"), "0");
        assert_eq!(signed(""), "");
    }
}
