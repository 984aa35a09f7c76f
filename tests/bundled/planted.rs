//! `README.md` says which method finds the planted cause how often: is it so, for
//! methods that are quick?

use std::path::Path;

use attribution::attribute;
use futures::executor::block_on;
use inseq_tests::planted_causes::{BUNDLED, Found, STEP_OF_TABLE, planted_causes};
use inseq_tests::tiny_models::{bundled_models, load_tiny};
use inseq_tests::tolerance::{SHARE, within};

const QUICK: [&str; 3] = ["saliency", "attention", "occlusion"];

/// The percents that the README states for a method, two for each model.
fn stated(method: &str) -> Vec<f32> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("bundled/README.md");
    let readme = std::fs::read_to_string(path).expect("there is a README");
    let begin = format!("| `{method}` | ");
    let row = readme.lines().find_map(|line| line.strip_prefix(&begin));
    let row = row.unwrap_or_else(|| panic!("the README has no row of {method}"));
    let numbers = row.trim_end_matches('|').split(['|', '/']);
    numbers
        .map(|number| number.trim().parse().expect("a cell holds numbers"))
        .collect()
}

#[test]
fn quick_methods_find_causes_as_often_as_stated() {
    for method in QUICK {
        let mut found = Vec::new();
        for name in BUNDLED {
            let model = load_tiny(&bundled_models().join(name));
            let mut tally = Found::default();
            let causes = planted_causes(name, model.as_ref());
            for cause in causes.iter().step_by(STEP_OF_TABLE) {
                let mut request = cause.request();
                request.method = method.to_owned();
                let attribution = block_on(attribute(model.as_ref(), &request, &mut |_, _| ()));
                tally.add(cause, &attribution.expect("held-out texts fit"));
            }
            found.extend(tally.percents().map(|percent| percent as f32));
        }
        println!("{method}: {found:.1?}");
        // In parts of all sentences, not of those found.
        let of_all = |percents: Vec<f32>| [vec![100.0], percents].concat();
        within(SHARE, &of_all(stated(method)), &of_all(found))
            .unwrap_or_else(|error| panic!("{method}: {error}"));
    }
}
