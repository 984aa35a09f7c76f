//! The npm package in a page without a bundler: by Inseq's names, cancelled, from another
//! origin; and that nothing happens until it is asked.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::other_host::{CAREFUL_WITH_ENGINE, FOR_ALL, OtherHost};
use crate::package_pages::{assert_as_native, files_in, open, page_with};
use crate::page::Page;
use crate::site::Site;
use crate::view::LAPTOP;

const APP: &str = include_str!("package/app.js");
/// Puts the package into `inseq`, and makes `fails(promise)`: why it has no answer.
const MODULE: &str = "import * as inseq from './index.js';
    import './inseq-heatmap.js';
    import './inseq-playground.js';
    window.inseq = inseq;
    window.fails = promise => promise.then(() => null, error => ({
      name: error.name, kind: error.kind, message: error.message, hint: error.hint,
      isOurs: error instanceof inseq.InseqError }));";

/// The package's files with a page that runs a script.
fn files(site: &Site, script: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = files_in(&site.package);
    files.insert("index.html".to_owned(), page_with("<main></main>").into());
    files.insert("page.css".to_owned(), Vec::new());
    files.insert("page.js".to_owned(), script.into());
    files
}

/// A page with the package in `inseq`; `None` after saying that the test is skipped.
fn begin() -> Option<Page> {
    let site = Site::from_environment()?;
    let files = files(&site, MODULE);
    Some(open(
        &site,
        LAPTOP,
        files,
        CAREFUL_WITH_ENGINE,
        "window.fails",
    ))
}

fn told(page: &Page, body: &str) -> Value {
    page.evaluate(&format!("(async () => {{ {body} }})()"))
}

#[test]
fn nothing_starts_at_import() {
    let Some(page) = begin() else { return };
    page.evaluate("new Promise(done => setTimeout(done, 500))");
    assert_eq!(page.evaluate("nWorkers"), 0);
    let requested = page
        .evaluate("performance.getEntriesByType('resource').map(it => new URL(it.name).pathname)");
    let requested = requested.as_array().unwrap();
    assert!(
        requested.iter().any(|path| path == "/index.js"),
        "requests are not told: {requested:?}"
    );
    let engine = ["worker", "wasm", "models"];
    let is_engine = |path: &&Value| engine.iter().any(|it| path.as_str().unwrap().contains(it));
    assert_eq!(
        requested.iter().filter(is_engine).count(),
        0,
        "{requested:?}"
    );
    page.assert_no_console_errors();
}

#[test]
fn a_text_is_attributed_without_a_bundler() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let app = APP.replace("\"inseq-web\"", "\"./index.js\"");
    assert_ne!(app, APP);
    let files = files(&site, &app);
    let page = open(
        &site,
        LAPTOP,
        files,
        CAREFUL_WITH_ENGINE,
        "window.attribute",
    );
    assert_as_native(&page.evaluate("attribute()"));
    assert_eq!(page.evaluate("nWorkers"), 1);
    assert_eq!(page.evaluate("heard"), json!([]));
    page.assert_no_console_errors();
}

#[test]
fn a_signal_ends_the_worker_and_the_next_call_starts_another() {
    let Some(page) = begin() else { return };
    let seen = told(
        &page,
        "const model = await inseq.loadModel('demo-gpt2', { device: 'cpu' });
         const controller = new AbortController();
         // It would take minutes, and is ended once it goes on.
         const long = fails(model.attribute({
           inputTexts: 'The capital of France is', method: 'integrated_gradients', nSteps: 1000,
           generationArgs: { minNewTokens: 30, maxNewTokens: 30 }, signal: controller.signal,
           onProgress: ({ stage }) => { if (stage === 'attribute') controller.abort(); } }));
         const waiting = model.tokenize('The capital');
         const aborted = new AbortController();
         const given_up = fails(model.tokenize('of France', { signal: aborted.signal }));
         aborted.abort(new Error('changed my mind'));
         const end = await long;
         const after = nWorkers;
         const tokens = await waiting;
         const again = await model.attribute({ inputTexts: 'The capital of France is' });
         return { end, after, tokens: tokens.length, given_up: await given_up, nWorkers,
           again: again.nSequences,
           never: await fails(model.tokenize('x', { signal: AbortSignal.abort() })) };",
    );
    assert_eq!(seen["end"]["name"], "AbortError", "{seen}");
    assert_eq!(seen["never"]["name"], "AbortError", "{seen}");
    assert_eq!(seen["given_up"]["message"], "changed my mind", "{seen}");
    assert_eq!(seen["tokens"], 2, "{seen}");
    assert_eq!(seen["again"], 1, "{seen}");
    assert_eq!(seen["nWorkers"], 2, "one ended, one goes on: {seen}");
    page.assert_no_console_errors();
}

#[test]
fn several_texts_are_one_result() {
    let Some(page) = begin() else { return };
    let seen = told(
        &page,
        "const model = await inseq.loadModel('demo-gpt2',
           { device: 'cpu', attributionMethod: 'integrated_gradients', nSteps: 7 });
         const places = [];
         const both = await model.attribute({
           inputTexts: ['The capital of France is', 'The nurse said that'],
           generatedTexts: ['The capital of France is Paris', null],
           stepScores: ['contrast_prob_diff', 'probability'],
           contrastTargets: ['The capital of France is Rome', 'The nurse said that he'],
           generationArgs: { maxNewTokens: 1 },
           onProgress: event => places.push(`${event.textIndex} of ${event.nTexts}`) });
         const one = await model.attribute({
           inputTexts: 'The nurse said that', stepScores: 'contrast_prob_diff',
           contrastTargets: 'The nurse said that he', generationArgs: { maxNewTokens: 1 } });
         const copy = new inseq.AttributionResult(JSON.parse(JSON.stringify(both)));
         const scores = async (result, index) =>
           Array.from((await result.sequence(index)).stepScores.contrast_prob_diff);
         return { places: [...new Set(places)], n: copy.nSequences, info: copy.info,
           scores: [await scores(copy, 1), await scores(one, 0)],
           shape: (await copy.sequence(0)).targetAttributions.shape };",
    );
    assert_eq!(seen["n"], 2);
    assert_eq!(seen["places"], json!(["0 of 2", "1 of 2"]));
    assert_eq!(seen["info"]["attribution_args"]["n_steps"], 7);
    let inputs = json!(["The capital of France is", "The nurse said that"]);
    assert_eq!(seen["info"]["input_texts"], inputs);
    assert_eq!(seen["scores"][0], seen["scores"][1], "{seen}");
    assert_eq!(seen["shape"][1], 1, "one token was attributed: {seen}");
    page.assert_no_console_errors();
}

#[test]
fn all_that_the_engine_can_do_can_be_asked() {
    let Some(page) = begin() else { return };
    let seen = told(
        &page,
        "const engine = new inseq.Engine({ device: 'cpu' });
         const model = await engine.loadModel('demo-gpt2');
         const prompt = 'The capital of France is';
         const result = await model.attribute({ inputTexts: prompt,
           customStepFunctions: { twice: '2 * p' }, stepScores: ['twice', 'probability'] });
         const { twice, probability } = (await result.sequence()).stepScores;
         model.registerStepFunction('lp', 'mine');
         const context = await model.attributeContext({
           inputContextText: 'George was sick yesterday.',
           inputCurrentText: 'His colleagues asked him to come to the',
           attributionMethod: 'saliency', attributionAggregators: ['vnorm'],
           contextSensitivityStdThreshold: 0, contextSensitivityTopk: 3 });
         const [measured] = await model.faithfulness(result, { nSamples: 2, fractions: [0.5] });
         return { summary: model.summary,
           texts: await model.generate({ inputTexts: [prompt, 'Marie'], maxNewTokens: 2 }),
           only: await model.generate({ inputTexts: prompt, outputGeneratedOnly: true }),
           raw: await model.generate({ inputTexts: prompt, skipSpecialTokens: false }),
           aligned: await model.align({ inputText: prompt, output: prompt + ' Paris',
             contrast: prompt + ' Rome', alignment: 'auto' }),
           tokens: await model.tokenize(prompt), twice: twice[0] / probability[0],
           mine: (await model.attribute({ inputTexts: prompt, stepScores: 'mine' })).info,
           own: (await model.listStepFunctions()).at(-1),
           cues: context.data.cci_scores.length, context: context.data.info,
           measured, methods: await engine.listMethods(),
           facts: await engine.inspectModel('demo-gpt2', { method: 'saliency' }),
           kept: await engine.listKept(), left: await engine.forget('nobody/nothing'),
           diagnosis: (await engine.diagnose()).length,
           raw_answer: (await engine.ask({ kind: 'tokenize', model: 'demo-gpt2', text: 'The',
             as_target: false })).type };",
    );
    assert_eq!(seen["summary"]["isEncoderDecoder"], false);
    assert!(
        seen["summary"]["nLayers"].is_number(),
        "{}",
        seen["summary"]
    );
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assert_eq!(seen["texts"].as_array().unwrap().len(), 2);
    assert!(text(&seen["texts"][0]).starts_with("The capital of France is Paris"));
    assert!(text(&seen["only"][0]).trim().starts_with("Paris"));
    assert!(text(&seen["raw"][0]).contains("<|endoftext|>"));
    assert!(!text(&seen["only"][0]).contains("<|endoftext|>"));
    assert_eq!(seen["tokens"][0]["isSpecial"], false);
    let n_given = seen["aligned"]["nGiven"].as_u64().unwrap();
    assert_eq!(seen["aligned"]["counterparts"][n_given as usize], n_given);
    assert_eq!(seen["twice"], 2.0);
    assert_eq!(seen["mine"]["step_scores"], json!(["mine"]));
    assert_eq!(seen["own"]["sentence"], "lp");
    assert!(seen["cues"].as_u64().unwrap() > 0, "{}", seen["context"]);
    let mean = &seen["measured"]["mean"];
    assert!(mean["softComprehensiveness"].is_number(), "{mean}");
    assert_eq!(seen["measured"]["settings"]["nSamples"], 2);
    let methods = seen["methods"].as_array().unwrap();
    let gradients = methods
        .iter()
        .find(|method| method["id"] == "integrated_gradients")
        .unwrap();
    let names = gradients["options"].as_array().unwrap();
    assert!(names.iter().any(|option| option["name"] == "nSteps"));
    assert!(text(&gradients["paperUrl"]).starts_with("https://"));
    assert!(
        seen["facts"]["estimate"]["secs"].is_number(),
        "{}",
        seen["facts"]
    );
    assert_eq!(seen["kept"], json!([]));
    assert_eq!(seen["left"], json!([]));
    assert!(seen["diagnosis"].as_u64().unwrap() > 0);
    assert_eq!(seen["raw_answer"], "tokenized");
    page.assert_no_console_errors();
}

#[test]
fn generate_writes_what_attribute_would_attribute() {
    let Some(page) = begin() else { return };
    let seen = told(
        &page,
        "const engine = new inseq.Engine({ device: 'cpu' });
         const generationArgs = { maxNewTokens: 12, numBeams: 3 };
         const seen = {};
         for (const [name, ...inputTexts] of [
           ['demo-gpt2', 'The capital of France is', 'Marie was born in Paris. She speaks'],
           ['demo-mt-en-fr', 'The doctor arrived with her dog.', 'The queen is tired.'],
         ]) {
           const model = await engine.loadModel(name);
           const heard = [];
           const texts = await model.generate({ inputTexts, generationArgs,
             // As attributed texts have them: those of a model with a source are plain.
             skipSpecialTokens: model.summary.isEncoderDecoder,
             onProgress: event => heard.push(`${event.stage} ${event.textIndex} of ${event.nTexts}`),
           });
           const result = await model.attribute({ inputTexts, generationArgs });
           const { tokens } = await engine.ask({ kind: 'generate', model: name,
             input_text: inputTexts[0], generation: { max_new_tokens: 12, num_beams: 3 },
             skip_special_tokens: true, output_generated_only: false });
           const ids = list => list.map(({ id }) => id);
           seen[name] = { texts, attributed: result.info.generated_texts,
             heard: [...new Set(heard)],
             ids: [ids(tokens), ids((await result.sequence(0)).target)],
             whole: await model.generate(
               { inputTexts, skipSpecialTokens: false, outputGeneratedOnly: true }),
           };
         }
         const controller = new AbortController();
         const model = await engine.loadModel('demo-gpt2');
         const end = await fails(model.generate({ inputTexts: 'The capital of France is',
           minNewTokens: 100, maxNewTokens: 100, signal: controller.signal,
           onProgress: () => controller.abort() }));
         return { ...seen, end };",
    );
    for name in ["demo-gpt2", "demo-mt-en-fr"] {
        let seen = &seen[name];
        assert_eq!(seen["texts"].as_array().map(Vec::len), Some(2), "{seen}");
        assert_eq!(seen["texts"], seen["attributed"], "{name}");
        assert_eq!(seen["ids"][0], seen["ids"][1], "{name}");
        // Nothing was attributed.
        assert_eq!(seen["heard"], json!(["generate 0 of 2", "generate 1 of 2"]));
    }
    let whole = |name: &str| seen[name]["whole"][0].as_str().unwrap();
    assert_eq!(whole("demo-gpt2"), " Paris.<|endoftext|>");
    let translation = whole("demo-mt-en-fr");
    assert!(
        translation.starts_with("<pad> La docteure") && translation.ends_with("</s>"),
        "{translation}"
    );
    assert_eq!(seen["end"]["name"], "AbortError", "{}", seen["end"]);
    page.assert_no_console_errors();
}

#[test]
fn mistakes_are_told_in_the_engines_words() {
    let Some(page) = begin() else { return };
    let seen = told(
        &page,
        "const model = await inseq.loadModel('demo-gpt2', { device: 'cpu' });
         const attribute = options => fails(model.attribute(options));
         const answers = {
           option: await attribute({ inputTexts: 'Hello', nStep: 3 }),
           method: await attribute({ inputTexts: 'Hello', method: 'guess' }),
           empty: await attribute({ inputTexts: ' ' }),
           lengths: await attribute({ inputTexts: ['a', 'b'], generatedTexts: ['a b'] }),
           none: await attribute({}),
           device: await attribute({ inputTexts: 'Hello', device: 'abacus' }),
           generation: await attribute({ inputTexts: 'Hello', generationArgs: { beams: 2 } }),
           generated: await fails(model.generate({ inputTexts: 'Hello', temperature: 0 })),
           nothing: await fails(model.generate({ inputTexts: ' ' })),
           model: await fails(inseq.loadModel('demo-nothing', { device: 'cpu' })),
           program: await fails(inseq.listMethods({ wasmUrl: './page.css' })),
           after: await fails(model.tokenize('Hello')),
         };
         model.close();
         return { ...answers, closed: await fails(model.tokenize('Hello')) };",
    );
    let says = |what: &str, kind: &str, words: &str| {
        let error = &seen[what];
        assert_eq!(error["isOurs"], true, "{what}: {error}");
        assert_eq!(error["kind"], kind, "{what}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(words), "{what}: {message}");
    };
    says("option", "input", "nStep");
    says("method", "input", "guess");
    says("empty", "input", "empty");
    says("lengths", "input", "2 inputTexts and 1 generatedTexts");
    says("none", "input", "inputTexts");
    says("device", "input", "abacus");
    says("generation", "input", "beams");
    says("generated", "input", "temperature must be above 0");
    says("nothing", "input", "the input text is empty");
    assert_eq!(seen["model"]["isOurs"], true, "{}", seen["model"]);
    says("program", "worker", "the engine stopped");
    says("closed", "closed", "closed");
    assert_eq!(seen["after"], Value::Null, "a mistake ends no worker");
    // A missing model, and a program that is none, are the browser's to complain of, too.
    page.console().clear();
}

#[test]
fn files_from_disk_are_a_model() {
    let Some(page) = begin() else { return };
    let seen = told(
        &page,
        "const names = ['config.json', 'generation_config.json', 'model.safetensors',
           'vocab.json', 'merges.txt', 'tokenizer_config.json', 'tokenizer.json'];
         const files = {};
         for (const name of names) {
           files[name] = await (await fetch(`models/demo-gpt2/${name}`)).arrayBuffer();
         }
         const model = await inseq.loadModel({ files, name: 'mine' }, { device: 'cpu' });
         const [text] = await model.generate({ inputTexts: 'The capital of France is' });
         return [model.name, text];",
    );
    assert_eq!(seen[0], "files:mine");
    assert!(seen[1].as_str().unwrap().contains("Paris"), "{seen}");
    page.assert_no_console_errors();
}

#[test]
fn the_package_works_from_another_origin() {
    let Some(site) = Site::from_environment() else {
        return;
    };
    let elsewhere = OtherHost::serve_with(files_in(&site.package), FOR_ALL);
    let app = APP
        .replace(
            "\"inseq-web\"",
            &format!("\"{}index.js\"", elsewhere.address),
        )
        .replace("baseUrl: \"./\",", "");
    let mut files = BTreeMap::new();
    files.insert("index.html".to_owned(), page_with("<main></main>").into());
    files.insert("page.css".to_owned(), Vec::new());
    files.insert("page.js".to_owned(), app.into());
    let page = open(&site, LAPTOP, files, "", "window.attribute");
    assert_as_native(&page.evaluate("attribute()"));
    page.assert_no_console_errors();
}
