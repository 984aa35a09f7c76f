// A loaded model, and what can be asked of it.

import { InseqError, inputError } from "./error.js";
import { eventTeller } from "./events.js";
import { camelCase, renameKeys, snakeCase } from "./names.js";
import { attributeWorks, contextWork, textsOf } from "./options.js";
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

  /// Writes an output for each text. Options beside these are those of generation.
  async generate({
    inputTexts,
    generationArgs = {},
    skipSpecialTokens = true,
    outputGeneratedOnly = false,
    device,
    signal,
    onProgress,
    ...more
  }) {
    const texts = textsOf(inputTexts, "inputTexts");
    const asking = { device, signal, onProgress };
    const outputs = [];
    for (const [index, text] of texts.entries()) {
      const told = this.#asking(asking, { textIndex: index, nTexts: texts.length });
      let output = await this.#generateOne(text, { ...generationArgs, ...more }, signal, told);
      if (outputGeneratedOnly && output.startsWith(text)) output = output.slice(text.length);
      outputs.push(skipSpecialTokens ? await this.#plain(output, asking) : output);
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

  /// The output that the engine would attribute. It has no request for this alone: the
  /// attention of the last token is the least that can be attributed, and is not looked at.
  async #generateOne(text, generationArgs, signal, asking) {
    const options = { inputTexts: text, method: "attention", attrPosStart: -1, generationArgs };
    const [work] = attributeWorks(options, await this.#context(signal));
    let output = null;
    const onEvent = (event) => {
      if (event.type === "generated") output = event.text;
      asking.onEvent?.(event);
    };
    try {
      await this.engine.ask(work, { ...asking, onEvent });
    } catch (error) {
      // An output without a token that could be attributed is an output all the same.
      if (!(error instanceof InseqError) || error.kind !== "input" || output === null) throw error;
    }
    return output;
  }

  /// A text without the special tokens that the model wrote into it.
  async #plain(text, asking) {
    if (text === "" || this.summary.isEncoderDecoder) return text;
    const tokens = await this.tokenize(text, asking);
    const special = new Set(tokens.filter(({ isSpecial }) => isSpecial).map(({ token }) => token));
    return [...special].reduce((plain, token) => plain.replaceAll(token, ""), text);
  }
}
