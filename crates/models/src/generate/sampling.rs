use fastrand::Rng;

/// Which tokens are drawn from, and how evenly.
///
/// Written here and not taken from candle, whose processor reads candle's tensors:
/// this crate does not know on what it runs.
#[derive(Clone, Debug)]
pub(super) struct Sampling {
    pub(super) temperature: f32,
    /// 0 for all.
    pub(super) top_k: usize,
    pub(super) top_p: f32,
    /// The fewest tokens that stay.
    pub(super) n_kept: usize,
}

impl Sampling {
    /// Divides by the temperature, and forbids all but the likeliest: first by number
    /// (Fan et al. 2018, <https://arxiv.org/abs/1805.04833>), then by their joint
    /// probability (Holtzman et al. 2020, <https://arxiv.org/abs/1904.09751>).
    pub(super) fn narrow(&self, scores: &mut [f32]) {
        for score in scores.iter_mut() {
            *score /= self.temperature;
        }
        if self.top_k > 0 {
            let likeliest = largest(scores, self.top_k.max(self.n_kept));
            let least = likeliest.last().map(|index| scores[*index]);
            for score in scores.iter_mut() {
                if least.is_some_and(|least| *score < least) {
                    *score = f32::NEG_INFINITY;
                }
            }
        }
        if self.top_p < 1.0 {
            let mut probabilities = scores.to_vec();
            log_softmax(&mut probabilities);
            let order = largest(scores, scores.len());
            let mut joint = 0.0;
            let mut n_likeliest = 0;
            for index in &order {
                if joint >= self.top_p {
                    break;
                }
                joint += probabilities[*index].exp();
                n_likeliest += 1;
            }
            for index in order.into_iter().skip(n_likeliest.max(self.n_kept)) {
                scores[index] = f32::NEG_INFINITY;
            }
        }
    }
}

/// The indices of the `n` largest scores, the largest first, the first of equals
/// first.
pub(super) fn largest(scores: &[f32], n: usize) -> Vec<usize> {
    let order = |left: &usize, right: &usize| {
        let by_score = scores[*right].total_cmp(&scores[*left]);
        by_score.then(left.cmp(right))
    };
    let mut indices: Vec<usize> = (0..scores.len()).collect();
    if n < indices.len() {
        // Vocabularies are long: sort only what is wanted of them.
        indices.select_nth_unstable_by(n, order);
        indices.truncate(n);
    }
    indices.sort_unstable_by(order);
    indices
}

/// Makes logarithms of probabilities, in nats.
pub(super) fn log_softmax(scores: &mut [f32]) {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f64 = scores
        .iter()
        .map(|score| f64::from((score - largest).exp()))
        .sum();
    let logarithm = total.ln() as f32;
    for score in scores {
        // In this order, what is nearly certain keeps its small logarithm.
        *score = (*score - largest) - logarithm;
    }
}

/// Draws `n` different indices, each in proportion to `exp(score)` among those left;
/// fewer if fewer are allowed.
///
/// The largest of scores with Gumbel noise are such a sample: Kool et al. 2019,
/// <https://arxiv.org/abs/1903.06059>.
pub(super) fn draw(scores: &[f32], n: usize, generator: &mut Rng) -> Vec<usize> {
    let noisy: Vec<f32> = scores
        .iter()
        .map(|score| {
            // Uniform in (0, 1]: its logarithm is finite.
            let uniform = 1.0 - generator.f64();
            let noise = -(-uniform.ln()).max(f64::MIN_POSITIVE).ln();
            score + noise as f32
        })
        .collect();
    let mut drawn = largest(&noisy, n);
    drawn.retain(|index| scores[*index] > f32::NEG_INFINITY);
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrowed(sampling: &Sampling, probabilities: &[f32]) -> Vec<bool> {
        let mut scores: Vec<f32> = probabilities.iter().map(|p| p.ln()).collect();
        sampling.narrow(&mut scores);
        scores.iter().map(|score| score.is_finite()).collect()
    }

    const PLAIN: Sampling = Sampling {
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
        n_kept: 1,
    };

    #[test]
    fn only_the_likeliest_stay() {
        let probabilities = [0.1, 0.4, 0.2, 0.3];
        let by_number = Sampling { top_k: 2, ..PLAIN };
        assert_eq!(
            narrowed(&by_number, &probabilities),
            [false, true, false, true]
        );
        let by_probability = Sampling {
            top_p: 0.6,
            ..PLAIN
        };
        assert_eq!(
            narrowed(&by_probability, &probabilities),
            [false, true, false, true]
        );
        let by_little = Sampling {
            top_p: 0.01,
            ..PLAIN
        };
        assert_eq!(
            narrowed(&by_little, &probabilities),
            [false, true, false, false]
        );
        let for_beams = Sampling {
            n_kept: 3,
            ..by_little
        };
        assert_eq!(
            narrowed(&for_beams, &probabilities),
            [false, true, true, true]
        );
        assert_eq!(narrowed(&PLAIN, &probabilities), [true; 4]);
    }

    #[test]
    fn the_largest_come_in_order() {
        assert_eq!(largest(&[1.0, 3.0, 2.0, 3.0], 3), [1, 3, 2]);
        assert_eq!(largest(&[1.0], 5), [0]);
        assert!(largest(&[], 1).is_empty());
    }

    #[test]
    fn temperature_sharpens() {
        let mut scores = [1.0, 2.0];
        Sampling {
            temperature: 0.5,
            ..PLAIN
        }
        .narrow(&mut scores);
        assert_eq!(scores, [2.0, 4.0]);
    }

    #[test]
    fn draws_come_as_often_as_they_are_likely() {
        let scores = [0.5_f32.ln(), 0.2_f32.ln(), f32::NEG_INFINITY, 0.3_f32.ln()];
        let mut generator = Rng::with_seed(7);
        let mut counts = [0_i32; 4];
        for _ in 0..20_000 {
            counts[draw(&scores, 1, &mut generator)[0]] += 1;
        }
        assert_eq!(counts[2], 0);
        // Four standard deviations of a count of 20,000 draws are below 300.
        for (count, expected) in counts.iter().zip([10_000, 4_000, 0, 6_000]) {
            assert!((count - expected).abs() < 300, "{counts:?}");
        }
        // Without putting back, the one that is forbidden never comes.
        let mut all = draw(&scores, 4, &mut generator);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 3]);
    }
}
