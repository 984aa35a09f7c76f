//! A finished result is looked at in other ways, without asking the engine.

use crate::visit::{Visit, by_id};

/// The shown numbers of one column.
fn numbers(visit: &Visit, column: usize) -> Vec<f64> {
    let numbers = visit.page.evaluate(&format!(
        "[...document.querySelectorAll(
           '[data-testid=heatmap] td[data-level][data-column=\"{column}\"]')]
           .map(cell => Number(cell.innerText.replace('−', '-')))"
    ));
    let numbers = numbers.as_array().cloned().unwrap_or_default();
    numbers
        .iter()
        .filter_map(|number| number.as_f64())
        .collect()
}

/// What a sum of rounded numbers may be off by, for each of them.
const ROUNDING: f64 = 0.0005;

fn assert_sums_to_one(visit: &Visit) {
    let numbers = numbers(visit, 0);
    let off = (numbers.iter().sum::<f64>() - 1.0).abs();
    assert!(off <= ROUNDING * numbers.len() as f64, "{numbers:?}");
}

#[test]
fn layers_and_heads_are_picked_and_rolled_out() {
    let Some(visit) = Visit::begin() else { return };
    for (model, input) in [
        ("demo-gpt2", "The capital of France is"),
        ("demo-mt-tr-en", "O bir doktor."),
    ] {
        visit.choose("model", model);
        visit.type_input(input);
        visit.choose("method", "attention");
        if model == "demo-gpt2" {
            visit.run();
            visit.choose("way-layers", "rollout");
            let words = visit.text("ways-failure");
            assert!(words.contains("output_decoder_self_attentions"), "{words}");
            visit.choose("way-layers", "mean");
            // It stays chosen for the next model.
            visit.click("method-option-output_decoder_self_attentions");
        }
        visit.run();
        let usual = visit.text("heatmap");
        assert_sums_to_one(&visit);
        let n_runs = visit.text("settings");
        let mut seen = vec![usual.clone()];
        for (list, value) in [
            ("way-heads", "1"),
            ("way-layers", "0"),
            ("way-layers", "max"),
            ("way-layers", "rollout"),
        ] {
            visit.choose(list, value);
            assert_eq!(visit.text("ways-failure"), "", "{model} {list} {value}");
            let heatmap = visit.text("heatmap");
            assert!(
                !seen.contains(&heatmap),
                "{model} {list} {value} changed nothing"
            );
            seen.push(heatmap);
        }
        visit.page.screenshot(&format!("ways-{model}"));
        assert_ne!(visit.text("settings"), n_runs, "the settings say how");
        visit.choose("way-layers", "mean");
        visit.choose("way-heads", "mean");
        assert_eq!(visit.text("heatmap"), usual);
    }
    visit.page.assert_no_console_errors();
}

#[test]
fn the_scale_is_chosen() {
    let Some(visit) = Visit::begin() else { return };
    visit.run();
    assert_sums_to_one(&visit);
    visit.choose("way-scale", "largest");
    let legend = visit.text("legend");
    assert!(legend.contains("1.000"), "{legend}");
    visit.choose("way-scale", "raw");
    assert_ne!(visit.text("legend"), legend);
    visit.choose("way-scale", "usual");
    assert_sums_to_one(&visit);
    visit.page.assert_no_console_errors();
}

#[test]
fn pieces_become_words_and_runs_become_one() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-mt-en-fr");
    visit.type_input("The hairdresser arrived with her dog.");
    visit.run();
    let rows = "document.querySelectorAll('[data-testid=heatmap] tr:not(.group, .score)').length";
    let n_pieces = visit.page.evaluate(rows).as_u64().unwrap();
    visit.click("way-words");
    let n_words = visit.page.evaluate(rows).as_u64().unwrap();
    assert!(n_words < n_pieces, "{n_words} words of {n_pieces} pieces");
    assert_eq!(visit.text("ways-failure"), "");

    visit
        .page
        .click(&format!("{} > summary", by_id("way-merge")));
    visit.type_number("way-source-spans", "0-1");
    let n_merged = visit.page.evaluate(rows).as_u64().unwrap();
    assert_eq!(n_merged, n_words - 1);
    visit.type_number("way-source-spans", "90-95");
    let words = visit.text("ways-failure");
    assert!(words.contains("outside"), "{words}");
    // What was seen stays.
    assert_eq!(visit.page.evaluate(rows).as_u64().unwrap(), n_merged);
    visit.page.screenshot("ways-merged");
    visit.type_number("way-source-spans", "");
    visit.click("way-words");
    assert_eq!(visit.page.evaluate(rows).as_u64().unwrap(), n_pieces);
    visit.page.assert_no_console_errors();
}
