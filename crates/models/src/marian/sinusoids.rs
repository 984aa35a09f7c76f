/// Sinusoidal position embeddings `[positions, width]`, sines in the first half of
/// each row and cosines in the second. Vaswani et al. 2017, section 3.5, in the
/// order Marian has them.
pub(super) fn sinusoids(n_positions: usize, width: usize) -> Vec<f32> {
    let n_sines = width.div_ceil(2);
    let mut values = Vec::with_capacity(n_positions * width);
    for position in 0..n_positions {
        let angle =
            |pair: usize| position as f64 / 10_000_f64.powf(2.0 * pair as f64 / width as f64);
        values.extend((0..n_sines).map(|pair| angle(pair).sin() as f32));
        values.extend((0..width - n_sines).map(|pair| angle(pair).cos() as f32));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_come_first() {
        let values = sinusoids(2, 4);
        assert_eq!(values[..4], [0.0, 0.0, 1.0, 1.0]);
        assert!((values[4] - 1_f32.sin()).abs() < 1e-7);
        assert!((values[5] - 0.01_f32.sin()).abs() < 1e-7);
        assert!((values[6] - 1_f32.cos()).abs() < 1e-7);
    }
}
