//! A linear model fitted to weighted samples.

/// Ridge regression: the coefficients that minimize `Σ weight (y − intercept −
/// coefficients · features)² + penalty |coefficients|²`. The intercept is not
/// penalized.
///
/// `features` is `[samples, features]`. Without samples of any weight, all
/// coefficients are 0. `penalty` must be above 0, so that the solution is unique.
///
/// Hoerl and Kennard 1970, <https://doi.org/10.1080/00401706.1970.10488634>.
pub(crate) fn ridge(
    features: &[f64],
    n_features: usize,
    scores: &[f64],
    weights: &[f64],
    penalty: f64,
) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    if n_features == 0 || total <= 0.0 {
        return vec![0.0; n_features];
    }
    // Centered at weighted means, the intercept is out of the way; rows times the root
    // of their weight make it an ordinary least-squares problem.
    let mean_of = |value: &dyn Fn(usize) -> f64| -> f64 {
        let weighted = weights.iter().enumerate();
        weighted
            .map(|(sample, weight)| weight * value(sample))
            .sum::<f64>()
            / total
    };
    let means: Vec<f64> = (0..n_features)
        .map(|feature| mean_of(&|sample| features[sample * n_features + feature]))
        .collect();
    let mean_score = mean_of(&|sample| scores[sample]);
    let roots: Vec<f64> = weights.iter().map(|weight| weight.sqrt()).collect();
    let rows: Vec<Vec<f64>> = features
        .chunks_exact(n_features)
        .zip(&roots)
        .map(|(row, root)| {
            let centered = row.iter().zip(&means);
            centered
                .map(|(value, mean)| root * (value - mean))
                .collect()
        })
        .collect();
    let aims: Vec<f64> = scores
        .iter()
        .zip(&roots)
        .map(|(score, root)| root * (score - mean_score))
        .collect();

    let columns: Vec<Vec<f64>> = (0..n_features)
        .map(|feature| rows.iter().map(|row| row[feature]).collect())
        .collect();
    if n_features <= rows.len() {
        let aims: Vec<f64> = columns.iter().map(|column| dot(column, &aims)).collect();
        return solve(products(&columns, penalty), aims);
    }
    // The same solution by way of one unknown per sample, of which there are fewer.
    let duals = solve(products(&rows, penalty), aims);
    columns.iter().map(|column| dot(column, &duals)).collect()
}

/// Dot products of all pairs, with `penalty` added on the diagonal.
fn products(vectors: &[Vec<f64>], penalty: f64) -> Vec<Vec<f64>> {
    let mut made = vec![vec![0.0; vectors.len()]; vectors.len()];
    for (row, left) in vectors.iter().enumerate() {
        for (column, right) in vectors[..=row].iter().enumerate() {
            made[row][column] = dot(left, right);
        }
        made[row][row] += penalty;
    }
    made
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter()
        .zip(right)
        .map(|(left, right)| left * right)
        .sum()
}

/// Solves `matrix x = aims` for a symmetric positive definite matrix, of which the
/// lower triangle is read. Cholesky: `matrix = L Lᵀ`.
fn solve(mut matrix: Vec<Vec<f64>>, mut aims: Vec<f64>) -> Vec<f64> {
    let n = aims.len();
    for row in 0..n {
        for column in 0..=row {
            let known = dot(&matrix[row][..column], &matrix[column][..column]);
            let rest = matrix[row][column] - known;
            matrix[row][column] = if row == column {
                // Rounding must not make a root of a negative number.
                rest.max(f64::MIN_POSITIVE).sqrt()
            } else {
                rest / matrix[column][column]
            };
        }
        let known = dot(&matrix[row][..row], &aims[..row]);
        aims[row] = (aims[row] - known) / matrix[row][row];
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n)
            .map(|later| matrix[later][row] * aims[later])
            .sum();
        aims[row] = (aims[row] - known) / matrix[row][row];
    }
    aims
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plane with some noise, and weights.
    fn samples(n: usize, n_features: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let mut generator = fastrand::Rng::with_seed(7);
        let features: Vec<f64> = (0..n * n_features).map(|_| generator.f64()).collect();
        let scores = features
            .chunks_exact(n_features)
            .map(|row| 3.0 + 2.0 * row[0] - row[1] + 0.1 * generator.f64())
            .collect();
        let weights = (0..n).map(|_| 1.0 + generator.f64()).collect();
        (features, scores, weights)
    }

    /// At the minimum the slope of the loss is zero in every direction.
    fn largest_slope(
        features: &[f64],
        scores: &[f64],
        weights: &[f64],
        penalty: f64,
        found: &[f64],
    ) -> f64 {
        let n_features = found.len();
        let rows: Vec<&[f64]> = features.chunks_exact(n_features).collect();
        let residual = |sample: usize| scores[sample] - dot(rows[sample], found);
        let total: f64 = weights.iter().sum();
        let intercept: f64 = (0..rows.len())
            .map(|n| weights[n] * residual(n))
            .sum::<f64>()
            / total;
        let slope = |feature: usize| -> f64 {
            let fit: f64 = (0..rows.len())
                .map(|n| weights[n] * (residual(n) - intercept) * rows[n][feature])
                .sum();
            fit - penalty * found[feature]
        };
        (0..n_features)
            .map(|feature| slope(feature).abs())
            .fold(0.0, f64::max)
    }

    #[test]
    fn the_loss_is_smallest_there_with_few_and_with_many_features() {
        for (n, n_features) in [(40, 3), (5, 12)] {
            let (features, scores, weights) = samples(n, n_features);
            let found = ridge(&features, n_features, &scores, &weights, 1.0);
            let slope = largest_slope(&features, &scores, &weights, 1.0, &found);
            assert!(slope < 1e-9, "{n} samples of {n_features}: {slope}");
        }
    }

    #[test]
    fn samples_without_weight_say_nothing() {
        assert_eq!(ridge(&[1.0, 0.0], 1, &[5.0, 1.0], &[0.0, 0.0], 1.0), [0.0]);
    }

    #[test]
    fn a_feature_that_never_changes_has_no_coefficient() {
        let found = ridge(&[1.0, 0.0, 1.0, 1.0], 2, &[1.0, 2.0], &[1.0, 1.0], 1e-6);
        assert_eq!(found[0], 0.0);
        assert!((found[1] - 1.0).abs() < 1e-5);
    }
}
