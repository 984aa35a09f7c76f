use std::cmp::Ordering;

/// Spearman's rank correlation of two lists: 1 if they order everything alike, −1 if
/// oppositely. Equal values share the mean of their ranks.
///
/// `None` where it is undefined: of fewer than two values, of a list whose values are
/// all equal, and of lists that hold what is not a number or are not equally long.
/// Spearman 1904, <https://doi.org/10.2307/1412159>.
pub fn spearman(left: &[f64], right: &[f64]) -> Option<f64> {
    check(left, right)?;
    let (left, right) = (ranks(left), ranks(right));
    // Ranks of any list have the same mean, which keeps the sums exact for long.
    let mean = (left.len() as f64 + 1.0) / 2.0;
    let sum = |left: &[f64], right: &[f64]| -> f64 {
        let pairs = left.iter().zip(right);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    quotient(sum(&left, &right), sum(&left, &left), sum(&right, &right))
}

/// Kendall's tau-b of two lists: 1 if they order everything alike, −1 if oppositely.
/// Pairs that are equal in a list say nothing about its order.
///
/// `None` where it is undefined, as for [`spearman`]. Kendall 1945,
/// <https://doi.org/10.1093/biomet/33.3.239>; in the time of sorting, by Knight 1966,
/// <https://doi.org/10.1080/01621459.1966.10480879>.
pub fn kendall_tau(left: &[f64], right: &[f64]) -> Option<f64> {
    check(left, right)?;
    let mut pairs: Vec<(f64, f64)> = left.iter().copied().zip(right.iter().copied()).collect();
    pairs.sort_by(|one, other| order(one.0, other.0).then(order(one.1, other.1)));
    let n_pairs = pairs_among(pairs.len());
    let tied_left = tied(&pairs, |one, other| one.0 == other.0);
    let tied_in_both = tied(&pairs, |one, other| one == other);
    let mut right: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    // What the left order has wrong of the right one; ties on the left are sorted by
    // the right, and so are never wrong.
    let n_discordant = sort_counting_swaps(&mut right);
    let tied_right = tied(&right, |one, other| one == other);
    let difference = n_pairs - tied_left - tied_right + tied_in_both - 2.0 * n_discordant;
    quotient(difference, n_pairs - tied_left, n_pairs - tied_right)
}

fn check(left: &[f64], right: &[f64]) -> Option<()> {
    let has_order = |values: &[f64]| values.len() > 1 && !values.iter().any(|it| it.is_nan());
    (left.len() == right.len() && has_order(left) && has_order(right)).then_some(())
}

/// A covariance by the roots of both variances; undefined if one is zero.
fn quotient(covariance: f64, left: f64, right: f64) -> Option<f64> {
    let product = (left * right).sqrt();
    // Rounding must not make anyone agree more than with itself.
    (product > 0.0).then(|| (covariance / product).clamp(-1.0, 1.0))
}

/// Not by `total_cmp`, to which zero and its negative differ.
fn order(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or(Ordering::Equal)
}

/// The rank of each value, from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|&one, &other| order(values[one], values[other]));
    let mut ranks = vec![0.0; values.len()];
    let mut n_before = 0.0;
    for run in places.chunk_by(|&one, &other| values[one] == values[other]) {
        let n = run.len() as f64;
        for &place in run {
            ranks[place] = n_before + (n + 1.0) / 2.0;
        }
        n_before += n;
    }
    ranks
}

fn pairs_among(n: usize) -> f64 {
    let n = n as f64;
    n * (n - 1.0) / 2.0
}

/// How many pairs of neighbors in order are equal.
fn tied<T>(sorted: &[T], is_equal: impl Fn(&T, &T) -> bool) -> f64 {
    let runs = sorted.chunk_by(is_equal);
    runs.map(|run| pairs_among(run.len())).sum()
}

/// Sorts, and says how many pairs stood the wrong way round.
fn sort_counting_swaps(values: &mut [f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    let mut n_swaps = sort_counting_swaps(left) + sort_counting_swaps(right);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut from_left, mut from_right) = (0, 0);
    while from_left < left.len() && from_right < right.len() {
        if right[from_right] < left[from_left] {
            // It stood behind all that is left of the left half.
            n_swaps += (left.len() - from_left) as f64;
            merged.push(right[from_right]);
            from_right += 1;
        } else {
            merged.push(left[from_left]);
            from_left += 1;
        }
    }
    merged.extend_from_slice(&left[from_left..]);
    merged.extend_from_slice(&right[from_right..]);
    values.copy_from_slice(&merged);
    n_swaps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UP: [f64; 4] = [0.1, 0.2, 0.3, 9.0];

    fn assert_is(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!(
            (found - expected).abs() < 1e-12,
            "{found} is not {expected}"
        );
    }

    #[test]
    fn order_alone_counts() {
        for figure in [spearman, kendall_tau] {
            assert_is(figure(&[1.0, 2.0, 3.0, 4.0], &UP), 1.0);
            assert_is(figure(&[4.0, 3.0, 2.0, 1.0], &UP), -1.0);
            assert_is(
                figure(&[f64::NEG_INFINITY, -0.5, 0.0, f64::INFINITY], &UP),
                1.0,
            );
        }
    }

    #[test]
    fn by_hand() {
        // Squared differences of ranks: 0, 1, 1; 1 − 6 · 2 / (3 · 8).
        assert_is(spearman(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]), 0.5);
        // Two of three pairs alike.
        assert_is(kendall_tau(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]), 1.0 / 3.0);
    }

    #[test]
    fn equal_values_share_their_rank() {
        // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: 4.5 by the root of 4.5 · 5.
        let tied = [1.0, 2.0, 2.0, 3.0];
        assert_is(spearman(&tied, &UP), 4.5 / (4.5_f64 * 5.0).sqrt());
        // Five pairs alike, of six in one list and five in the other.
        assert_is(kendall_tau(&tied, &UP), 5.0 / 30.0_f64.sqrt());
        assert_is(kendall_tau(&tied, &tied), 1.0);
        assert_is(spearman(&[0.0, -0.0, 1.0], &[1.0, 1.0, 2.0]), 1.0);
    }

    #[test]
    fn what_has_no_order_has_no_figure() {
        for figure in [spearman, kendall_tau] {
            assert_eq!(figure(&[], &[]), None);
            assert_eq!(figure(&[1.0], &[2.0]), None);
            assert_eq!(figure(&[1.0, 1.0], &[1.0, 2.0]), None);
            assert_eq!(figure(&[1.0, 2.0], &[3.0, 3.0]), None);
            assert_eq!(figure(&[1.0, f64::NAN], &[1.0, 2.0]), None);
            assert_eq!(figure(&[1.0, 2.0, 3.0], &[1.0, 2.0]), None);
        }
    }

    /// As its definition says it, pair by pair.
    fn kendall_by_pairs(left: &[f64], right: &[f64]) -> Option<f64> {
        let (mut difference, mut untied_left, mut untied_right) = (0.0, 0.0_f64, 0.0_f64);
        for later in 0..left.len() {
            for earlier in 0..later {
                let sign = |values: &[f64]| match values[later] - values[earlier] {
                    0.0 => 0.0,
                    difference => difference.signum(),
                };
                let (left, right) = (sign(left), sign(right));
                difference += left * right;
                untied_left += left.abs();
                untied_right += right.abs();
            }
        }
        let product = (untied_left * untied_right).sqrt();
        (product > 0.0).then(|| difference / product)
    }

    proptest! {
        #[test]
        fn laws(pairs in prop::collection::vec((-4_i8..4, -4_i8..4), 0..40)) {
            let (left, right): (Vec<f64>, Vec<f64>) =
                pairs.into_iter().map(|(a, b)| (f64::from(a), f64::from(b))).unzip();
            let opposite: Vec<f64> = right.iter().map(|value| -value).collect();
            for figure in [spearman, kendall_tau] {
                let found = figure(&left, &right);
                let is = |other: Option<f64>, expected: Option<f64>| match (other, expected) {
                    (Some(other), Some(expected)) => (other - expected).abs() < 1e-9,
                    (other, expected) => other == expected,
                };
                prop_assert!(is(figure(&right, &left), found));
                prop_assert!(is(figure(&left, &opposite), found.map(|found| -found)));
                prop_assert!(found.is_none_or(|found| (-1.0..=1.0).contains(&found)));
                prop_assert!(is(figure(&left, &left), figure(&left, &left).map(|_| 1.0)));
            }
            match (kendall_tau(&left, &right), kendall_by_pairs(&left, &right)) {
                (Some(fast), Some(slow)) => prop_assert!((fast - slow).abs() < 1e-9),
                (fast, slow) => prop_assert_eq!(fast, slow),
            }
        }
    }
}
