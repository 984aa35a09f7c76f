// A loaded model, and what can be asked of it.

import { inputError } from "./error.js";
import { eventTeller } from "./events.js";
import { camelCase, renameKeys, snakeCase } from "./names.js";
import { attributeWorks, contextWork, generateWorks } from "./options.js";
import { AttributionResult, ContextResult, merged } from "./result.js";

/// A model as `loadModel` makes it: an `AttributionModel` of Inseq.
export class Model {
  #defaults;

  constructor(engine, name, summary, { attributionMethod, device, methodOptions }) {
    this.engine = engine;
    this.name = name;
    this.summary = summary;
    this.device = device;
    this.#defaults = { attributionMethod, methodOptions, stepFunctions: {} };
  }

  /// Attributes one text or several; outputs that are not given are generated.
  async attribute({ device, signal, onProgress, ...options } = {}) {
    const works = attributeWorks(options, await this.#context(signal));
    const jsons = [];
    for (const [index, work] of works.entries()) {
      const more = { textIndex: index, nTexts: works.length };
      const asking = this.#asking({ device, signal, onProgress }, more);
      jsons.push((await this.engine.ask(work, asking)).inseq_json);
    }
    return new AttributionResult(jsons.length === 1 ? jsons[0] : merged(jsons));
  }

  /// Writes an output for each text, as `attribute` would. Options beside these are those of
  /// generation.
  async generate({ device, signal, onProgress, ...options }) {
    const works = generateWorks(options, this.name);
    const outputs = [];
    for (const [index, work] of works.entries()) {
      const more = { textIndex: index, nTexts: works.length };
      const asking = this.#asking({ device, signal, onProgress }, more);
      outputs.push((await this.engine.ask(work, asking)).text);
    }
    return outputs;
  }

  /// The tokens of a text, special ones included.
  async tokenize(text, { asTarget = false, device, signal, onProgress } = {}) {
    const work = { kind: "tokenize", model: this.name, text, as_target: asTarget };
    const { tokens } = await this.engine.ask(work, this.#asking({ device, signal, onProgress }));
    return renameKeys(tokens, camelCase);
  }

  /// Which token of a contrast text stands against which of an output.
  async align({ device, signal, onProgress, ...texts }) {
    const work = { kind: "align", model: this.name, ...renameKeys(texts, snakeCase) };
    const answer = await this.engine.ask(work, this.#asking({ device, signal, onProgress }));
    const { output, n_given, contrast, counterparts } = answer;
    return renameKeys({ output, n_given, contrast, counterparts }, camelCase);
  }

  /// Finds what hangs on a context, and on which of its tokens (PECoRe).
  async attributeContext({ device, signal, onProgress, ...options }) {
    const work = contextWork(options, await this.#context(signal));
    const answer = await this.engine.ask(work, this.#asking({ device, signal, onProgress }));
    return new ContextResult(answer.json);
  }

  /// Measures how faithful a finished attribution is to this model; one for each text.
  async faithfulness(result, { device, signal, onProgress, ...settings } = {}) {
    const work = {
      kind: "measure_faithfulness",
      model: this.name,
      inseq_json: typeof result === "string" ? result : result.toInseqJson(),
      settings: renameKeys(settings, snakeCase),
    };
    const { sequences } = await this.engine.ask(work, this.#asking({ device, signal, onProgress }));
    return renameKeys(sequences, camelCase);
  }

  /// Adds a step function of one's own, as a formula such as `lp - log(p_c)`. It can be
  /// attributed and reported under its name from now on.
  registerStepFunction(formula, identifier, { overwrite = false } = {}) {
    if (!overwrite && Object.hasOwn(this.#defaults.stepFunctions, identifier)) {
      throw inputError(`there is a step function ${identifier} already`, "set overwrite to replace it");
    }
    this.#defaults.stepFunctions[identifier] = formula;
  }

  /// Every attribution method with its options.
  listMethods(asking) {
    return this.engine.listMethods(asking);
  }

  /// Every step function with its options; those that were registered have their formula
  /// for a sentence.
  async listStepFunctions(asking) {
    const functions = await this.engine.listStepFunctions(asking);
    const like = functions.find(({ id }) => id === "contrast_logits");
    const own = Object.entries(this.#defaults.stepFunctions).map(([id, formula]) => ({
      ...like,
      id,
      title: id,
      sentence: formula,
    }));
    return [...functions, ...own];
  }

  /// Ends the model's worker with all that it holds, other models of the same `Engine`
  /// included.
  close() {
    this.engine.close();
  }

  async #context(signal) {
    const description = await this.engine.describe({ signal });
    return { model: this.name, defaults: this.#defaults, description };
  }

  #asking({ device = this.device, signal, onProgress }, more) {
    return { device, signal, onEvent: eventTeller(onProgress, more) };
  }
}
