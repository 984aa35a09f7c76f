use protocol::Fact;

use crate::Engine;

/// What the stages of the latest work took, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimeSpent {
    /// Reading the model's files.
    pub(crate) reading: Option<f64>,
    /// Making tensors of them.
    pub(crate) loading: Option<f64>,
    /// Generating.
    pub(crate) generating: Option<f64>,
    /// Attributing.
    pub(crate) attributing: Option<f64>,
}

impl Engine {
    /// What is known of the device and of the latest work.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let fact = |name: &str, value: String| Fact {
            name: name.to_owned(),
            value,
        };
        let mut facts = vec![fact(
            "version",
            concat!("inseq-web ", env!("CARGO_PKG_VERSION")).to_owned(),
        )];
        match &self.chosen {
            Some(chosen) => {
                facts.push(fact("device", chosen.device.name().to_owned()));
                facts.push(fact("chosen because", chosen.why.clone()));
                let own = chosen.device.facts().into_iter();
                facts.extend(own.map(|(name, value)| fact(name, value)));
                let megabytes = self.memory_budget_bytes(&chosen.device) as f64 / 1e6;
                let budget = format!("{megabytes:.0} MB");
                facts.push(fact("budget of intermediate values", budget));
            }
            None => facts.push(fact("device", "none was needed yet".to_owned())),
        }
        if let Some(loaded) = &self.loaded {
            facts.push(fact("model", loaded.name.clone()));
            let n = loaded.model.summary().n_parameters;
            facts.push(fact("weights", format!("{:.1} million", n as f64 / 1e6)));
        }
        for (name, spent) in [
            ("time reading files", self.spent.reading),
            ("time making tensors", self.spent.loading),
            ("time generating", self.spent.generating),
            ("time attributing", self.spent.attributing),
        ] {
            if let Some(seconds) = spent {
                facts.push(fact(name, format!("{seconds:.3} s")));
            }
        }
        facts
    }
}
