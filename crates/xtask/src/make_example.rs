//! Computes the example that the page shows before a model has loaded, and draws it
//! for the README.

use anyhow::Result;

use crate::process::{cargo, run};
use crate::step::step;

/// The tests that hold the two files true write them, too.
const TESTS: [&str; 2] = [
    "the_stored_example_is_what_a_bundled_model_computes",
    "the_picture_in_the_readme_is_that_of_the_stored_example",
];

/// Writes `web/assets/example.inseq.json`, then `web/assets/example.svg` from it.
pub(crate) fn make_example() -> Result<()> {
    for test in TESTS {
        step(test, || {
            run(cargo()
                .args(["test", "--quiet", "--test", "pictures", test])
                .env("INSEQ_UPDATE_EXAMPLE", "1"))
        })?;
    }
    Ok(())
}
