//! How alike two lists order the same things.

/// Kendall's tau-b: 1 if they order everything alike, −1 if oppositely. Kendall 1945,
/// <https://doi.org/10.1093/biomet/33.3.239>.
pub(super) fn tau(left: &[f64], right: &[f64]) -> f64 {
    let order = |values: &[f64], a: usize, b: usize| {
        values[a]
            .partial_cmp(&values[b])
            .map_or(0.0, |order| f64::from(order as i8))
    };
    let (mut both, mut of_left, mut of_right) = (0.0, 0.0_f64, 0.0_f64);
    for later in 0..left.len().min(right.len()) {
        for earlier in 0..later {
            let (left, right) = (order(left, later, earlier), order(right, later, earlier));
            both += left * right;
            of_left += left.abs();
            of_right += right.abs();
        }
    }
    both / (of_left * of_right).sqrt()
}

/// Whether chance alone makes a tau of `n` pairs as large in less than one of twenty
/// cases, by the normal approximation.
pub(super) fn is_significant(tau: f64, n: usize) -> bool {
    let n = n as f64;
    let deviation = (2.0 * (2.0 * n + 5.0) / (9.0 * n * (n - 1.0))).sqrt();
    tau.abs() > 1.96 * deviation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_alone_counts() {
        assert!((tau(&[1.0, 2.0, 3.0], &[0.1, 0.2, 9.0]) - 1.0).abs() < 1e-12);
        assert!((tau(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
        // Two of three pairs alike; then a pair that is tied on the left.
        assert!((tau(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]) - 1.0 / 3.0).abs() < 1e-12);
        let tied = 2.0 / 6.0_f64.sqrt();
        assert!((tau(&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0]) - tied).abs() < 1e-12);
        assert!(is_significant(0.25, 49) && !is_significant(0.16, 49));
    }
}
