use std::f64::consts::PI;

/// A rule for averaging over the straight line from baseline to input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quadrature {
    /// Gauss-Legendre: exact for polynomials of degree below twice the number of
    /// points.
    GaussLegendre,
    /// Left ends of equal parts.
    RiemannLeft,
    /// Right ends of equal parts.
    RiemannRight,
    /// Middles of equal parts.
    RiemannMiddle,
    /// Both ends, half weight at the outer two. As in captum, the weights sum to
    /// `1 − 1/n`.
    RiemannTrapezoid,
}

/// One point of the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    /// How far from the baseline, 0 to 1.
    pub(crate) position: f64,
    /// Its weight in the average.
    pub(crate) weight: f64,
}

impl Quadrature {
    /// Inseq's names, in the order of [`named`](Self::named).
    pub(crate) const NAMES: &'static [&'static str] = &[
        "gausslegendre",
        "riemann_left",
        "riemann_right",
        "riemann_middle",
        "riemann_trapezoid",
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        let rules = [
            Self::GaussLegendre,
            Self::RiemannLeft,
            Self::RiemannRight,
            Self::RiemannMiddle,
            Self::RiemannTrapezoid,
        ];
        Self::NAMES
            .iter()
            .position(|known| *known == name)
            .map(|index| rules[index])
    }

    /// The fewest points it can work with.
    pub(crate) fn fewest_points(self) -> usize {
        match self {
            Self::GaussLegendre => 1,
            _ => 2,
        }
    }

    pub(crate) fn points(self, n: usize) -> Vec<Point> {
        let equal = 1.0 / n as f64;
        let at = |offset: f64| {
            (0..n).map(move |index| Point {
                position: (index as f64 + offset) * equal,
                weight: equal,
            })
        };
        match self {
            Self::GaussLegendre => gauss_legendre(n),
            Self::RiemannLeft => at(0.0).collect(),
            Self::RiemannRight => at(1.0).collect(),
            Self::RiemannMiddle => at(0.5).collect(),
            Self::RiemannTrapezoid => (0..n)
                .map(|index| Point {
                    position: index as f64 / (n - 1) as f64,
                    weight: if index == 0 || index == n - 1 {
                        0.5 * equal
                    } else {
                        equal
                    },
                })
                .collect(),
        }
    }
}

/// Nodes and weights on `[0, 1]`: roots of the Legendre polynomial by Newton's
/// method from Tricomi's estimate.
fn gauss_legendre(n: usize) -> Vec<Point> {
    let mut points: Vec<Point> = (0..n)
        .map(|index| {
            let mut root = ((index as f64 + 0.75) / (n as f64 + 0.5) * PI).cos();
            for _ in 0..100 {
                let (value, slope) = legendre(n, root);
                let step = value / slope;
                root -= step;
                if step.abs() < 1e-16 {
                    break;
                }
            }
            let (_, slope) = legendre(n, root);
            Point {
                position: 0.5 * (1.0 + root),
                weight: 1.0 / ((1.0 - root * root) * slope * slope),
            }
        })
        .collect();
    points.reverse();
    points
}

/// The Legendre polynomial of degree `n` and its slope, by Bonnet's recursion.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for degree in 2..=n {
        let degree = degree as f64;
        let next = ((2.0 * degree - 1.0) * x * value - (degree - 1.0) * before) / degree;
        before = value;
        value = next;
    }
    let slope = n as f64 * (x * value - before) / (x * x - 1.0);
    (value, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integral(rule: Quadrature, n: usize, function: impl Fn(f64) -> f64) -> f64 {
        rule.points(n)
            .iter()
            .map(|point| point.weight * function(point.position))
            .sum()
    }

    #[test]
    fn gauss_legendre_is_exact_up_to_twice_its_points() {
        for n in [1, 2, 5, 50, 300] {
            for power in 0..(2 * n).min(12) {
                let exact = 1.0 / (power as f64 + 1.0);
                let found = integral(Quadrature::GaussLegendre, n, |x| x.powi(power as i32));
                assert!((found - exact).abs() < 1e-12, "{n} points, power {power}");
            }
        }
    }

    #[test]
    fn riemann_rules_take_the_ends_they_name() {
        let positions = |rule: Quadrature| -> Vec<f64> {
            rule.points(4).iter().map(|point| point.position).collect()
        };
        assert_eq!(positions(Quadrature::RiemannLeft), [0.0, 0.25, 0.5, 0.75]);
        assert_eq!(positions(Quadrature::RiemannRight), [0.25, 0.5, 0.75, 1.0]);
        assert_eq!(
            positions(Quadrature::RiemannMiddle),
            [0.125, 0.375, 0.625, 0.875]
        );
    }

    #[test]
    fn the_trapezoid_keeps_captums_weights() {
        let total = integral(Quadrature::RiemannTrapezoid, 5, |_| 1.0);
        assert!((total - 0.8).abs() < 1e-12);
    }
}
