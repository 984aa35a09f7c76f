use serde::{Deserialize, Serialize};

use crate::by_target::located;
use crate::{Attribution, Error, Located, Result, Scores, kendall_tau, spearman};

/// How the agreement of two attributions is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementSettings {
    /// Which numbers are compared.
    pub compared: Compared,
    /// How many of the first tokens of both orders are looked at.
    pub k: usize,
}

/// Which numbers of two attributions are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// How much a token gave, for or against.
    #[default]
    Magnitudes,
    /// What it gave, with its sign: what spoke against a target comes last.
    Signed,
}

/// How much two attributions of one produced token agree, by the tokens that have a
/// number in both. Figures are `None` where they are undefined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Agreement {
    /// How many tokens were compared; their mean, in a mean.
    pub n_tokens: f64,
    /// [`spearman`].
    pub spearman: Option<f64>,
    /// [`kendall_tau`].
    pub kendall: Option<f64>,
    /// [`shared_top`].
    pub shared_top: Option<f64>,
}

/// How much two attributions agree, in all and target by target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttributionAgreement {
    /// Of the first attribution's targets, in their order.
    pub targets: Vec<(Located, Agreement)>,
    /// The mean of each figure over the targets that have it.
    pub mean: Agreement,
}

impl Default for AgreementSettings {
    fn default() -> Self {
        Self {
            compared: Compared::default(),
            k: 3,
        }
    }
}

impl Compared {
    fn of(self, value: f32) -> f64 {
        match self {
            Self::Magnitudes => f64::from(value.abs()),
            Self::Signed => f64::from(value),
        }
    }
}

impl Agreement {
    /// That of two lists of numbers for the same tokens, NaN where a token has none.
    pub fn of(first: &[f32], second: &[f32], settings: AgreementSettings) -> Self {
        let pairs = first.iter().zip(second);
        let numbers = pairs.filter(|(first, second)| !first.is_nan() && !second.is_nan());
        let (first, second): (Vec<f64>, Vec<f64>) = numbers
            .map(|(first, second)| (settings.compared.of(*first), settings.compared.of(*second)))
            .unzip();
        Self {
            n_tokens: first.len() as f64,
            spearman: spearman(&first, &second),
            kendall: kendall_tau(&first, &second),
            shared_top: shared_top(&first, &second, settings.k),
        }
    }

    /// The mean of each figure over those that have it.
    fn mean(all: &[Self]) -> Self {
        let mean = |figure: fn(&Self) -> Option<f64>| {
            let (n, sum) = all
                .iter()
                .filter_map(figure)
                .fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + value));
            (n > 0.0).then(|| sum / n)
        };
        Self {
            n_tokens: mean(|it| Some(it.n_tokens)).unwrap_or_default(),
            spearman: mean(|it| it.spearman),
            kendall: mean(|it| it.kendall),
            shared_top: mean(|it| it.shared_top),
        }
    }
}

impl AttributionAgreement {
    /// That of two attributions with the same numbers of tokens; it is an error if they
    /// are not, or if layers, heads or hidden coordinates are left.
    pub fn new(
        first: &Attribution,
        second: &Attribution,
        settings: AgreementSettings,
    ) -> Result<Self> {
        first.check()?;
        second.check()?;
        let columns = (columns(first)?, columns(second)?);
        let lengths = |columns: &[Vec<f32>]| columns.iter().map(Vec::len).collect::<Vec<_>>();
        if lengths(&columns.0) != lengths(&columns.1) {
            return Err(Error::DifferentPair {
                place: "numbers of tokens".to_owned(),
                first: format!("{:?}", lengths(&columns.0)),
                second: format!("{:?}", lengths(&columns.1)),
            });
        }
        let pairs = columns.0.iter().zip(&columns.1);
        let figures: Vec<_> = pairs
            .map(|(first_column, second_column)| {
                Agreement::of(first_column, second_column, settings)
            })
            .collect();
        let targets = first.targets().iter().enumerate();
        Ok(Self {
            mean: Agreement::mean(&figures),
            targets: targets
                .map(|(column, token)| located(first.attr_pos_start + column, token))
                .zip(figures)
                .collect(),
        })
    }
}

/// What share of the `k` largest of one list is among the `k` largest of the other. Of
/// equals the earlier is taken first.
///
/// `None` where a choice says nothing: of `k` values or fewer, of none, and of a list
/// whose values are all equal.
pub fn shared_top(first: &[f64], second: &[f64], k: usize) -> Option<f64> {
    let is_a_choice = |values: &[f64]| {
        let differ = |pair: &[f64]| pair[0] != pair[1];
        values.len() > k && values.windows(2).any(differ)
    };
    if k == 0 || first.len() != second.len() || !is_a_choice(first) || !is_a_choice(second) {
        return None;
    }
    let largest = |values: &[f64]| {
        let mut places: Vec<usize> = (0..values.len()).collect();
        // Zero and its negative are equal.
        places.sort_by(|&one, &other| (values[other] + 0.0).total_cmp(&(values[one] + 0.0)));
        places.truncate(k);
        places
    };
    let (first, second) = (largest(first), largest(second));
    let n_shared = first.iter().filter(|place| second.contains(place)).count();
    Some(n_shared as f64 / k as f64)
}

/// For each target the numbers of the source's tokens, then those of the output's.
fn columns(attribution: &Attribution) -> Result<Vec<Vec<f32>>> {
    let mut columns = vec![Vec::new(); attribution.targets().len()];
    let parts = [
        &attribution.source_attributions,
        &attribution.target_attributions,
    ];
    for scores in parts.into_iter().flatten() {
        let &[_, n_columns] = scores.shape.as_slice() else {
            return Err(not_a_matrix(scores));
        };
        for (index, value) in scores.values.iter().enumerate() {
            columns[index % n_columns].push(*value);
        }
    }
    Ok(columns)
}

fn not_a_matrix(scores: &Scores) -> Error {
    Error::Mismatch {
        place: "attributions".to_owned(),
        expected: "a matrix, so aggregate first".to_owned(),
        found: format!("shape {:?}", scores.shape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Axis;
    use crate::attribution::tests::small_attribution;

    fn of(first: &[f32], second: &[f32], compared: Compared) -> Agreement {
        Agreement::of(first, second, AgreementSettings { compared, k: 2 })
    }

    #[test]
    fn the_same_agrees_wholly_and_the_reverse_not_at_all() {
        let up = [0.1, 0.2, 0.3, 0.4];
        let same = of(&up, &up, Compared::Magnitudes);
        assert_eq!(same.n_tokens, 4.0);
        assert_eq!(
            [same.spearman, same.kendall, same.shared_top],
            [Some(1.0); 3]
        );
        let reverse = of(&up, &[0.4, 0.3, 0.2, 0.1], Compared::Magnitudes);
        assert_eq!([reverse.spearman, reverse.kendall], [Some(-1.0); 2]);
        assert_eq!(reverse.shared_top, Some(0.0));
    }

    #[test]
    fn signs_count_where_they_are_compared() {
        let (first, second) = ([0.1, -0.2, 0.3], [0.1, 0.2, 0.3]);
        let by_magnitude = of(&first, &second, Compared::Magnitudes);
        assert_eq!(by_magnitude.kendall, Some(1.0));
        assert_eq!(by_magnitude.shared_top, Some(1.0));
        let by_sign = of(&first, &second, Compared::Signed);
        // Of three pairs two are alike.
        assert!((by_sign.kendall.unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(by_sign.spearman, Some(0.5));
        assert_eq!(by_sign.shared_top, Some(0.5));
    }

    #[test]
    fn what_one_of_both_lacks_is_left_out() {
        let agreement = of(
            &[0.1, f32::NAN, 0.3, 0.4],
            &[0.1, 9.0, 0.3, f32::NAN],
            Compared::Signed,
        );
        assert_eq!(agreement.n_tokens, 2.0);
        assert_eq!(agreement.kendall, Some(1.0));
        // Of two tokens the first two are all.
        assert_eq!(agreement.shared_top, None);
    }

    #[test]
    fn the_first_of_equals_is_taken() {
        assert_eq!(shared_top(&[1.0, 1.0, 0.0], &[1.0, 0.0, 1.0], 1), Some(1.0));
        assert_eq!(shared_top(&[0.0, 1.0, 1.0], &[1.0, 0.0, 1.0], 1), Some(0.0));
        assert_eq!(
            shared_top(&[-0.0, 0.0, -1.0], &[0.0, -0.0, -1.0], 1),
            Some(1.0)
        );
    }

    #[test]
    fn no_choice_is_no_figure() {
        let up = [1.0, 2.0, 3.0];
        assert_eq!(shared_top(&up, &up, 3), None);
        assert_eq!(shared_top(&up, &up, 0), None);
        assert_eq!(shared_top(&up, &[2.0; 3], 1), None);
        assert_eq!(shared_top(&up, &[1.0, 2.0], 1), None);
        let constant = of(&[0.5; 4], &[0.1, 0.2, 0.3, 0.4], Compared::Magnitudes);
        assert_eq!([constant.spearman, constant.kendall], [None; 2]);
    }

    /// Two targets: both sides of the first, and of the second, are one list each.
    fn two_targets(source: &[f32], target: &[f32]) -> Attribution {
        let mut attribution = small_attribution(&[0.0; 2], &[0.0; 2]);
        attribution.target.push(attribution.target[1].clone());
        attribution.attr_pos_end = 3;
        attribution.source_attributions = Scores::matrix(2, 2, source.to_vec()).ok();
        attribution.target_attributions = Scores::matrix(3, 2, target.to_vec()).ok();
        attribution.step_scores.clear();
        attribution
    }

    #[test]
    fn both_sides_of_a_target_are_one_list_and_the_mean_is_over_targets() {
        let nan = f32::NAN;
        let first = two_targets(&[0.1, 0.1, 0.2, 0.2], &[0.3, 0.3, nan, 0.4, nan, nan]);
        let second = two_targets(&[0.1, 0.4, 0.2, 0.3], &[0.3, 0.2, nan, 0.1, nan, nan]);
        let settings = AgreementSettings {
            k: 1,
            ..AgreementSettings::default()
        };
        let found = AttributionAgreement::new(&first, &second, settings).unwrap();
        let figures: Vec<_> = found
            .targets
            .iter()
            .map(|(target, it)| (target.position, it.n_tokens, it.kendall, it.shared_top))
            .collect();
        assert_eq!(
            figures,
            [
                (1, 3.0, Some(1.0), Some(1.0)),
                (2, 4.0, Some(-1.0), Some(0.0))
            ]
        );
        assert_eq!(found.mean.kendall, Some(0.0));
        assert_eq!(found.mean.shared_top, Some(0.5));
        assert_eq!(found.mean.n_tokens, 3.5);
    }

    #[test]
    fn targets_without_a_figure_are_not_in_its_mean() {
        let nan = f32::NAN;
        let first = two_targets(&[0.1, 0.1, 0.2, 0.1], &[nan; 6]);
        let found = AttributionAgreement::new(&first, &first, AgreementSettings::default());
        let found = found.unwrap();
        assert_eq!(found.targets[1].1.spearman, None);
        assert_eq!(found.mean.spearman, Some(1.0));
        assert_eq!(found.mean.shared_top, None);
    }

    #[test]
    fn what_does_not_fit_together_is_an_error() {
        let first = small_attribution(&[0.25, 0.5], &[0.25, f32::NAN]);
        let mut second = first.clone();
        second.source.pop();
        second.source_attributions = Scores::matrix(1, 1, vec![1.0]).ok();
        let settings = AgreementSettings::default();
        let error = AttributionAgreement::new(&first, &second, settings).unwrap_err();
        assert_eq!(
            error.to_string(),
            "pair: numbers of tokens differ: [4] and [3]"
        );
        let axes = vec![Axis::Inputs, Axis::Targets, Axis::Layers];
        second = first.clone();
        second.source_attributions = Scores::new(axes, vec![2, 1, 1], vec![1.0; 2]).ok();
        assert!(AttributionAgreement::new(&first, &second, settings).is_err());
    }
}
