//! Kendall's tau.

/// Kendall's tau-b of two lists: 1 if they order everything alike, −1 if oppositely.
/// Pairs tied in both lists do not count. Kendall 1945,
/// <https://doi.org/10.1093/biomet/33.3.239>.
pub fn kendall_tau(left: &[f64], right: &[f64]) -> f64 {
    assert_eq!(left.len(), right.len(), "as many on both sides");
    let (mut difference, mut untied_left, mut untied_right) = (0.0, 0.0_f64, 0.0_f64);
    for later in 0..left.len() {
        for earlier in 0..later {
            let order = |values: &[f64]| {
                let difference = values[later] - values[earlier];
                if difference == 0.0 {
                    0.0
                } else {
                    difference.signum()
                }
            };
            let (left, right) = (order(left), order(right));
            difference += left * right;
            untied_left += left.abs();
            untied_right += right.abs();
        }
    }
    difference / (untied_left * untied_right).sqrt()
}

#[cfg(test)]
mod tests {
    use super::kendall_tau;

    #[test]
    fn order_alone_counts() {
        assert_eq!(kendall_tau(&[1.0, 2.0, 3.0], &[0.1, 0.2, 9.0]), 1.0);
        assert_eq!(kendall_tau(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), -1.0);
        // Two of three pairs alike.
        let tau = kendall_tau(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]);
        assert!((tau - 1.0 / 3.0).abs() < f64::EPSILON);
    }
}
