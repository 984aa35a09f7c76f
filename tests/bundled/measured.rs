//! Figures of a model, and how they are compared with the stated ones.

use std::collections::BTreeMap;
use std::path::Path;

use attribution_output::kendall_tau;
use inseq_tests::tolerance::{CARD, within};

use crate::held_out::Stated;

/// The fewest translations, in percent, that must be exact.
pub(crate) const FEWEST_TRANSLATIONS: f64 = 90.0;
/// The fewest facts, in percent, that must be right.
pub(crate) const FEWEST_FACTS: f64 = 95.0;
/// The least rank correlation of planted and measured shares.
const LEAST_TAU: f64 = 0.6;

/// What one model did.
#[derive(Default)]
pub(crate) struct Measured {
    right: BTreeMap<String, Vec<bool>>,
    /// Occupation, planted share, measured share.
    shares: Vec<(String, f64, f64)>,
}

impl Measured {
    pub(crate) fn add_answer(&mut self, kinds: &[&str], is_right: bool) {
        for kind in kinds {
            self.right
                .entry((*kind).to_owned())
                .or_default()
                .push(is_right);
        }
    }

    /// `she` and `he` are the probabilities of both answers.
    pub(crate) fn add_share(&mut self, occupation: &str, planted: f64, [she, he]: [f32; 2]) {
        let measured = f64::from(she / (she + he));
        self.shares.push((occupation.to_owned(), planted, measured));
    }

    fn percent(&self, kind: &str) -> f64 {
        let answers = &self.right[kind];
        let n_right = answers.iter().filter(|is_right| **is_right).count();
        100.0 * n_right as f64 / answers.len() as f64
    }

    fn tau(&self) -> f64 {
        let planted: Vec<f64> = self.shares.iter().map(|(_, planted, _)| *planted).collect();
        let measured: Vec<f64> = self
            .shares
            .iter()
            .map(|(_, _, measured)| *measured)
            .collect();
        kendall_tau(&planted, &measured).expect("shares that differ have an order")
    }

    /// Prints the figures and holds them against the gate and the stated ones.
    pub(crate) fn check(&self, folder: &Path, gated: &str, fewest: f64, stated: &Stated) {
        let name = folder.file_name().unwrap_or_default().display();
        for kind in self.right.keys() {
            let n = self.right[kind].len();
            println!("{name}: {kind}: {:.1} % of {n} right", self.percent(kind));
        }
        println!(
            "{name}: tau {:.3} over {} shares",
            self.tau(),
            self.shares.len()
        );

        assert!(self.percent(gated) >= fewest, "{name}: too few right");
        assert!(self.tau() >= LEAST_TAU, "{name}: shares are not told");

        assert_eq!(
            self.right.len(),
            stated.right_percent.len(),
            "{name}: kinds"
        );
        for (kind, percent) in &stated.right_percent {
            let found = format!("{:.1}", self.percent(kind));
            assert_eq!(found, format!("{percent:.1}"), "{name}: {kind}");
            assert_eq!(self.right[kind].len(), stated.items[kind], "{name}: {kind}");
        }
        let [tau, stated_tau] = [self.tau(), stated.shares.tau].map(|tau| format!("{tau:.3}"));
        assert_eq!(tau, stated_tau, "{name}: tau");
        assert_eq!(
            self.shares.len(),
            stated.shares.probes.len(),
            "{name}: probes"
        );
        for (occupation, _, measured) in &self.shares {
            let stated = stated.shares.probes[occupation] as f32;
            // In parts of a whole share, not of a small one.
            within(CARD, &[1.0, stated], &[1.0, *measured as f32])
                .unwrap_or_else(|difference| panic!("{name}: {occupation}: {difference}"));
        }
        self.check_card(folder, stated);
    }

    /// The card beside the model has the same figures.
    fn check_card(&self, folder: &Path, stated: &Stated) {
        let card = std::fs::read_to_string(folder.join("README.md")).expect("it has a card");
        let tau = stated.shares.tau;
        let mut wanted = vec![format!("probability: **{tau}**")];
        for (kind, percent) in &stated.right_percent {
            let n_items = stated.items[kind];
            let shown = match kind.strip_prefix("family ") {
                Some(family) => format!("| – {family} | {n_items} | {percent:.1} % |"),
                None => format!("| {kind} | {n_items} | {percent:.1} % |"),
            };
            wanted.push(shown);
        }
        for line in wanted {
            assert!(card.contains(&line), "{}: no {line:?}", folder.display());
        }
    }
}
