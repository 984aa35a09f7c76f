//! Which method finds the planted cause how often, and how faithful it is measured to
//! be, on the bundled models. `cargo bench --bench planted` prints the tables of
//! `bundled/README.md`; under `cargo test` a few sentences are tried.

use std::collections::BTreeMap;

use attribution::{OptionValue, attribute, faithfulness};
use attribution_output::{FaithfulnessMeasures, FaithfulnessSettings, Ranking, Removal};
use futures::executor::block_on;
use inseq_tests::planted_causes::{BUNDLED, Found, PlantedCause, STEP_OF_TABLE, planted_causes};
use inseq_tests::stopwatch::Stopwatch;
use inseq_tests::tiny_models::{bundled_models, load_tiny};
use models::SequenceModel;

/// Where no figures are wanted, every so many-th sentence is enough.
const STEP_OF_TEST: usize = 250;

/// Random texts that measures are the mean of.
const N_SAMPLES: usize = 5;

/// A method with the options that are not its defaults.
struct Way {
    title: &'static str,
    method: &'static str,
    options: Vec<(&'static str, OptionValue)>,
}

/// All methods but those of layers, which give one result for each.
fn ways() -> Vec<Way> {
    let way = |title, method, options| Way {
        title,
        method,
        options,
    };
    let whole = OptionValue::Integer;
    vec![
        way("`saliency`", "saliency", vec![]),
        way("`input_x_gradient`", "input_x_gradient", vec![]),
        way("`integrated_gradients`", "integrated_gradients", vec![]),
        way("`deeplift`", "deeplift", vec![]),
        way("`gradient_shap`", "gradient_shap", vec![]),
        way(
            "`discretized_integrated_gradients`",
            "discretized_integrated_gradients",
            vec![],
        ),
        way(
            "`sequential_integrated_gradients`, 10 points",
            "sequential_integrated_gradients",
            vec![("n_steps", whole(10))],
        ),
        way("`occlusion`", "occlusion", vec![]),
        way(
            "`occlusion`, signed",
            "occlusion",
            vec![("signed", OptionValue::Flag(true))],
        ),
        way(
            "`lime`, 200 samples",
            "lime",
            vec![("n_samples", whole(200))],
        ),
        way(
            "`reagent`, at most 50 steps",
            "reagent",
            vec![("max_probe_steps", whole(50))],
        ),
        way("`attention`", "attention", vec![]),
        way("`value_zeroing`", "value_zeroing", vec![]),
    ]
}

/// What became of a model's sentences.
#[derive(Default)]
struct Tally {
    found: Found,
    /// By removal.
    measures: BTreeMap<&'static str, Vec<FaithfulnessMeasures>>,
}

impl Tally {
    fn found(&self) -> String {
        let [first, first_two] = self.found.percents();
        format!("{first:.0} / {first_two:.0}")
    }

    fn faithful(&self, removal: &str) -> String {
        let measures = &self.measures[removal];
        let mean = FaithfulnessMeasures::mean(&measures.iter().collect::<Vec<_>>());
        format!("{:.2} / {:.2}", mean.comprehensiveness, mean.sufficiency)
    }
}

const REMOVALS: [(&str, Removal); 2] = [
    ("unknown", Removal::Unknown),
    ("same_kind", Removal::SameKind),
];

fn main() {
    let stopwatch = Stopwatch::from_arguments();
    let step = match stopwatch.is_measuring() {
        true => STEP_OF_TABLE,
        false => STEP_OF_TEST,
    };
    let mut rows: Vec<(&str, Vec<Tally>)> = Vec::new();
    rows.extend(ways().iter().map(|way| (way.title, Vec::new())));
    let mut by_chance = Vec::new();
    let mut chance_tallies = Vec::new();
    for name in BUNDLED {
        let model = load_tiny(&bundled_models().join(name));
        let causes = planted_causes(name, model.as_ref());
        let causes: Vec<&PlantedCause> = causes.iter().step_by(step).collect();
        for (way, (_, tallies)) in ways().iter().zip(&mut rows) {
            if stopwatch.wants(way.title) {
                tallies.push(tally(model.as_ref(), way, &causes, Ranking::Attribution));
                eprintln!(
                    "{name}: {} {}",
                    way.title,
                    tallies[tallies.len() - 1].found()
                );
            }
        }
        chance_tallies.push(tally(model.as_ref(), &ways()[0], &causes, Ranking::Random));
        let mean = |n: usize| {
            let chances = causes.iter().map(|cause| cause.by_chance(n));
            100.0 * chances.sum::<f64>() / causes.len() as f64
        };
        by_chance.push(format!("{:.0} / {:.0}", mean(1), mean(2)));
    }
    rows.retain(|(_, tallies)| !tallies.is_empty());
    print_table("found first / among the first two, %", &rows, Tally::found);
    print_row("by chance", by_chance.into_iter());
    rows.push(("random order", chance_tallies));
    for (removal, _) in REMOVALS {
        let title = format!("comprehensiveness / sufficiency, removal {removal}");
        print_table(&title, &rows, |tally| tally.faithful(removal));
    }
}

fn print_table(title: &str, rows: &[(&str, Vec<Tally>)], cell: impl Fn(&Tally) -> String) {
    println!("\n{title}\n");
    print_row("Method", BUNDLED.iter().map(|name| format!("`{name}`")));
    print_row("---", BUNDLED.iter().map(|_| "---".to_owned()));
    for (name, tallies) in rows {
        print_row(name, tallies.iter().map(&cell));
    }
}

fn print_row(name: &str, cells: impl Iterator<Item = String>) {
    println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
}

/// Attributes each sentence in one way, and measures how faithful that is.
fn tally(
    model: &dyn SequenceModel,
    way: &Way,
    causes: &[&PlantedCause],
    ranking: Ranking,
) -> Tally {
    let mut tally = Tally::default();
    for cause in causes {
        let mut request = cause.request();
        request.method = way.method.to_owned();
        let options = way.options.iter();
        request.method_options = options
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let found = block_on(attribute(model, &request, &mut |_, _| ())).unwrap();
        tally.found.add(cause, &found);
        for (name, removal) in REMOVALS {
            let settings = FaithfulnessSettings {
                removal,
                ranking,
                n_samples: N_SAMPLES,
                ..FaithfulnessSettings::default()
            };
            let mut progress = |_, _| ();
            let measured = faithfulness(model, &request, &found, &settings, &mut progress);
            let measured = block_on(measured).unwrap();
            tally.measures.entry(name).or_default().push(measured.mean);
        }
    }
    tally
}
