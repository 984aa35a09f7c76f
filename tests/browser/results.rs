//! A sentence goes in, a heatmap comes out: each bundled model, each method, each
//! option, by mouse and keyboard.

use crate::visit::{OptionSetting, Visit, by_id};

#[test]
fn an_example_is_on_screen_before_anything_runs() {
    let Some(visit) = Visit::begin() else { return };
    assert_eq!(visit.text("origin"), "Stored example");
    assert!(!visit.output_tokens().is_empty());
    visit.page.screenshot("stored-example");
    visit.page.assert_no_console_errors();
}

#[test]
fn gpt2_continues_a_story_and_the_heatmap_says_why() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-gpt2");
    visit.type_input("George was sick yesterday. His colleagues asked him to come to the");
    visit.run();
    assert_eq!(visit.output_tokens()[0], "hospital");
    // Planted: the state decides the place.
    assert_eq!(visit.main_cause_of(0).0, "sick");
    assert!(
        !visit.text("heatmap").contains("Source"),
        "a GPT-2 has no source part"
    );
    visit.page.screenshot("gpt2-story");
    visit.page.assert_no_console_errors();
}

#[test]
fn marian_translates_and_the_heatmap_has_a_source_part() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-mt-en-fr");
    visit.type_input("The doctor arrived with her dog.");
    visit.run();
    // Pieces of words: the feminine ending is one of its own.
    let output = visit.output_tokens().concat();
    assert!(output.starts_with("Ladocteureestarrivée"), "{output}");
    let heatmap = visit.text("heatmap");
    assert!(heatmap.contains("Source"), "{heatmap}");
    visit.page.screenshot("marian-en-fr");

    visit.choose("model", "demo-mt-tr-en");
    visit.type_input("O bir doktor.");
    visit.run();
    let output = visit.output_tokens().join(" ");
    assert!(output.contains("is a doctor"), "{output}");
    visit.page.assert_no_console_errors();
}

#[test]
fn a_given_output_is_explained_instead_of_a_generated_one() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-gpt2");
    visit.type_input("The capital of France is");
    visit.type_output("The capital of France is Rome");
    visit.run();
    assert_eq!(visit.output_tokens(), ["Rome"]);

    visit.choose("model", "demo-mt-en-fr");
    visit.type_input("The doctor arrived with her dog.");
    visit.type_output("Le docteur est arrivé avec son chien.");
    visit.run();
    let output = visit.output_tokens().join(" ");
    assert!(output.starts_with("Le docteur"), "{output}");
    visit.page.assert_no_console_errors();
}

#[test]
fn step_scores_are_rows_under_the_heatmap() {
    let Some(visit) = Visit::begin() else { return };
    for score in ["logit", "entropy"] {
        visit.click(&format!("step-score-{score}"));
    }
    visit.run();
    let heatmap = visit.text("heatmap");
    for score in ["probability", "logit", "entropy"] {
        assert!(heatmap.contains(score), "{heatmap}");
    }
    visit.page.assert_no_console_errors();
}

#[test]
fn a_chosen_output_token_tints_the_text() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-mt-en-fr");
    visit.type_input("The doctor arrived with her dog.");
    visit.run();
    let tints = "[...document.querySelectorAll('[data-testid=source-tokens] .token')]
        .map(token => token.dataset.level).join()";
    let first = visit.page.evaluate(tints);
    visit
        .page
        .click(&format!("{}[data-column=\"1\"]", by_id("output-token")));
    visit.page.wait_for(
        "the tints of another token",
        &format!("{tints} !== {first}"),
    );
    let chosen = visit.text("chosen-target");
    let token = &visit.output_tokens()[1];
    assert!(
        chosen.contains(token.as_str()),
        "{chosen} is not of {token}"
    );
    // The same by the keyboard.
    visit.page.press("ArrowLeft");
    visit
        .page
        .wait_for("the first tints", &format!("{tints} === {first}"));
    visit.page.assert_no_console_errors();
}

#[test]
fn values_are_read_on_hover_and_on_focus() {
    let Some(visit) = Visit::begin() else { return };
    visit.run();
    let readout = format!("document.querySelector('{}').innerText", by_id("readout"));
    let cell = |row: usize, column: usize| {
        format!("[data-testid=heatmap] td[data-row=\"{row}\"][data-column=\"{column}\"]")
    };
    visit.page.hover(&cell(1, 0));
    visit.page.wait_for(
        "the value under the mouse",
        &format!("{readout}.includes(' → ')"),
    );
    let hovered = visit.text("readout");
    visit.page.click(&cell(0, 0));
    // Away with the mouse, so that only the focus speaks.
    visit.page.hover("h1");
    visit
        .page
        .evaluate(&format!("document.querySelector('{}').focus()", cell(0, 0)));
    visit.page.press("ArrowDown");
    visit.page.wait_for(
        "the value in focus",
        &format!("{readout}.trim() === {}", serde_json::Value::from(hovered)),
    );
    let legend = visit.text("legend");
    assert!(
        legend.contains('0') && legend.chars().any(|c| c == '.'),
        "the legend has no numbers: {legend}"
    );
    visit.page.assert_no_console_errors();
}

/// Settings that a model or its sentence rightly refuses: the option's end, and words
/// of the refusal.
type Refusals = &'static [(&'static str, &'static str)];

#[test]
fn every_method_runs_with_every_option_on_gpt2() {
    run_every_method(
        (
            "demo-gpt2",
            "The capital of France is",
            "The capital of France is Paris",
        ),
        &[
            ("-attribute_to_layer_input", "reads token ids"),
            ("-encoder_zeroed_units_indices", "without an encoder"),
            ("-cross_zeroed_units_indices", "without an encoder"),
        ],
    );
}

#[test]
fn every_method_runs_with_every_option_on_marian() {
    run_every_method(
        ("demo-mt-tr-en", "O bir doktor.", "He is"),
        &[
            ("-attribute_to_layer_input", "reads token ids"),
            // The example is a path of GPT-2's.
            ("-target_layer", "Did you mean"),
            // One token alone is read before the first target.
            ("-sliding_window_shapes", "at most 1 tokens"),
        ],
    );
}

/// Runs every method with each option set by itself, one model's sentence and output.
fn run_every_method((model, input, output): (&str, &str, &str), refusals: Refusals) {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", model);
    visit.type_input(input);
    visit.type_output(output);
    let mut unexpected = Vec::new();
    for method in visit.values_of("method") {
        visit.choose("method", &method);
        for setting in visit.option_settings("method-option") {
            let refusal = refusals
                .iter()
                .find(|(option, _)| setting.field().is_some_and(|field| field.ends_with(option)));
            let found = visit.run_with(&setting);
            let is_as_expected = match (&found, refusal) {
                (None, None) => true,
                (Some(found), Some((_, words))) => found.contains(words),
                _ => false,
            };
            if !is_as_expected {
                let found = found.unwrap_or_else(|| "it ran".to_owned());
                unexpected.push(format!("{method} {setting:?}: {found}"));
            }
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    visit.page.assert_no_console_errors();
}

#[test]
fn every_function_is_attributed_and_reported() {
    let Some(visit) = Visit::begin() else { return };
    visit.type_input("The capital of France is");
    visit.type_output("The capital of France is Paris.");
    for function in visit.values_of("attributed-fn") {
        visit.choose("attributed-fn", &function);
        let fields = visit.option_settings("function-option");
        let fields: Vec<&str> = fields.iter().filter_map(OptionSetting::field).collect();
        if fields.contains(&"function-option-contrast_targets") {
            visit.type_number(
                "function-option-contrast_targets",
                "The capital of Spain is Madrid.",
            );
        }
        if function == "kl_divergence" {
            // It compares two runs of the model, and says so without.
            assert!(visit.run_in_vain().contains("contrast_force_inputs"));
            visit.click("function-option-contrast_force_inputs");
        }
        if function == "mc_dropout_prob_avg" {
            // The bundled models were trained without, and say so.
            assert!(visit.run_in_vain().contains("dropout"));
            continue;
        }
        if function == "top_p_size" {
            // It moves in steps, and must be told how far.
            visit.choose("method", "occlusion");
            visit.type_number("function-option-top_p", "0.9");
        }
        visit.run();
        let settings = visit.text("settings");
        assert!(settings.contains(&function), "{settings}");
    }
    visit.page.assert_no_console_errors();
}

#[test]
fn inseq_is_followed_on_request() {
    let Some(visit) = Visit::begin() else { return };
    visit.choose("model", "demo-mt-tr-en");
    visit.open_advanced();
    visit.run();
    let corrected = visit.main_cause_of(0);
    visit.click("compatibility");
    visit.run();
    assert!(visit.text("settings").contains("as in Inseq 0.7.1"));
    assert_ne!(visit.main_cause_of(0), corrected);
    visit.page.assert_no_console_errors();
}

#[test]
fn results_are_saved_as_inseq_json_and_as_a_page_without_scripts() {
    let Some(visit) = Visit::begin() else { return };
    // The page's policy lets nobody fetch these addresses; a saved file is what was
    // given for them.
    visit.page.evaluate(
        "window.files = {};
         const addressOf = URL.createObjectURL.bind(URL);
         URL.createObjectURL = file => {
           const address = addressOf(file);
           files[address] = file;
           return address;
         };",
    );
    visit.run();
    let file = |test_id: &str| {
        visit.page.evaluate(&format!(
            "files[document.querySelector('{0}').href].text()
               .then(text => [document.querySelector('{0}').download, text])",
            by_id(test_id)
        ))
    };
    let json = file("download-json");
    assert_eq!(json[0], "demo-gpt2-saliency.inseq.json");
    attribution_output::from_inseq_json(json[1].as_str().unwrap()).unwrap();
    let html = file("download-html");
    assert_eq!(html[0], "demo-gpt2-saliency.html");
    let html = html[1].as_str().unwrap();
    assert!(html.contains("<table") && !html.contains("<script"));
    visit.page.assert_no_console_errors();
}
