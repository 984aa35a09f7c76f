//! Does the README list what there is?

use std::fs;
use std::path::Path;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    fs::read_to_string(path).expect("there is a README")
}

#[test]
fn the_readme_lists_every_method_with_its_paper() {
    let described: Vec<String> = engine::description()
        .methods
        .into_iter()
        .map(|method| {
            format!(
                "| `{}` | {}, <{}> |",
                method.id, method.paper, method.paper_url
            )
        })
        .collect();
    let readme = readme();
    let listed: Vec<&str> = readme
        .lines()
        .skip_while(|line| *line != "## Methods")
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert_eq!(listed, described);
}

#[test]
fn the_readme_lists_every_step_function() {
    let readme = readme();
    let section = readme
        .split("## Methods")
        .nth(1)
        .and_then(|rest| rest.split("Step functions,").nth(1))
        .and_then(|rest| rest.split("\n\n").next())
        .expect("the README has its lists");
    let listed: Vec<&str> = section
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let described = engine::description().step_functions;
    let described: Vec<&str> = described.iter().map(|known| known.id.as_str()).collect();
    assert_eq!(listed, described);
}
