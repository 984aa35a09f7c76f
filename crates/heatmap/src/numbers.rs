/// Most decimals that a table shows; smaller numbers are written with an exponent.
const MOST_DECIMALS: usize = 6;

/// Numbers as they stand below each other: the largest with three digits or more, all
/// with its decimals.
pub fn aligned_numbers(values: &[f64]) -> Vec<String> {
    let magnitudes = values.iter().map(|value| value.abs() as f32);
    let largest = magnitudes.filter(|it| it.is_finite()).fold(0.0, f32::max);
    let decimals = decimals_for(largest, 3);
    let values = values.iter();
    values
        .map(|value| number(*value as f32, decimals))
        .collect()
}

/// Decimals that give a set of numbers three digits at its largest, and never fewer
/// than `fewest` for numbers up to 100.
pub(crate) fn decimals_for(largest: f32, fewest: usize) -> usize {
    match largest {
        _ if largest >= 1000.0 => 0,
        _ if largest >= 100.0 => 1.min(fewest),
        _ if largest >= 0.1 || largest <= 0.0 || largest.is_nan() => fewest,
        _ if largest >= 0.01 => fewest + 1,
        _ if largest >= 0.001 => fewest + 2,
        _ if largest >= 0.0001 => fewest + 3,
        // Too small for a table; `number` falls back to exponents.
        _ => MOST_DECIMALS + 1,
    }
}

/// A number with fixed decimals, zero without a sign.
pub(crate) fn number(value: f32, decimals: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if decimals > MOST_DECIMALS {
        return format!("{value:.1e}");
    }
    let text = format!("{value:.decimals$}");
    let is_zero = text
        .chars()
        .all(|character| matches!(character, '-' | '0' | '.'));
    match text.strip_prefix('-') {
        Some(magnitude) if is_zero => magnitude.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_the_largest_value() {
        let shown = |value: f32| number(value, decimals_for(value, 3));
        assert_eq!(shown(0.5), "0.500");
        assert_eq!(shown(0.0123), "0.0123");
        assert_eq!(shown(0.00123), "0.00123");
        assert_eq!(shown(0.000123), "0.000123");
        assert_eq!(shown(0.0000123), "1.2e-5");
        assert_eq!(shown(12.345), "12.345");
        assert_eq!(shown(12345.6), "12346");
    }

    #[test]
    fn numbers_of_a_table_share_their_decimals() {
        assert_eq!(
            aligned_numbers(&[0.5, -0.25, f64::NAN]),
            ["0.500", "-0.250", "NaN"]
        );
        assert_eq!(aligned_numbers(&[0.05, 0.0]), ["0.0500", "0"]);
        assert!(aligned_numbers(&[]).is_empty());
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(number(-0.0001, 3), "0.000");
        assert_eq!(number(-0.0, 3), "0");
        assert_eq!(number(-0.01, 3), "-0.010");
    }
}
