// From calls as Inseq has them to requests as the engine wants them.

import { inputError } from "./error.js";
import { camelCase, renameKeys, snakeCase } from "./names.js";

/// A formula takes the options of a contrast, as this function does, which has no others.
const LIKE_A_FORMULA = "contrast_logits";
/// Functions that are aggregators by themselves, in Inseq's short way to write them.
const AGGREGATE_FUNCTIONS = ["mean", "sum", "max", "min", "prod", "vnorm", "absmax"];

/// One request for each text of a call of `attribute`.
export function attributeWorks(options, context) {
  const { inputTexts, generatedTexts, ...rest } = options;
  const inputs = textsOf(inputTexts, "inputTexts");
  const outputs = generatedTexts === undefined || generatedTexts === null
    ? inputs.map(() => null)
    : textsOf(generatedTexts, "generatedTexts");
  if (outputs.length !== inputs.length) {
    throw inputError(
      `there are ${inputs.length} inputTexts and ${outputs.length} generatedTexts`,
      "give an output for each text, or null where it is to be generated",
    );
  }
  return inputs.map((text, index) => ({
    kind: "attribute",
    ...attributionSettings(rest, { ...context, index, nTexts: inputs.length }),
    input_text: text,
    generated_text: outputs[index],
  }));
}

/// One request for each text of a call of `generate`.
export function generateWorks(options, model) {
  const {
    inputTexts,
    generationArgs = {},
    skipSpecialTokens = true,
    outputGeneratedOnly = false,
    ...more
  } = options;
  return textsOf(inputTexts, "inputTexts").map((text) => ({
    kind: "generate",
    model,
    input_text: text,
    generation: given({ ...generationArgs, ...more }),
    skip_special_tokens: skipSpecialTokens,
    output_generated_only: outputGeneratedOnly,
  }));
}

/// One text or several, as a list.
function textsOf(texts, name) {
  const list = Array.isArray(texts) ? texts : [texts];
  if (list.length > 0 && list.every((text) => typeof text === "string" || text === null)) return list;
  throw inputError(`${name} must be a text or a list of texts`);
}

/// The request for PECoRe.
export function contextWork(options, context) {
  const {
    attributionMethod,
    attributionKwargs = {},
    generationKwargs = {},
    attributedFn,
    attributionAggregators = [],
    inputCurrentText,
    inputContextText,
    inputTemplate,
    outputCurrentText,
    outputContextText,
    outputTemplate,
    contextlessInputCurrentText = "{current}",
    contextlessOutputCurrentText = "{current}",
    contextSensitivityMetric = "kl_divergence",
    contextSensitivityStdThreshold = 1,
    contextSensitivityTopk,
    contextlessOutputNextTokens = [],
    decoderInputOutputSeparator = " ",
    handleOutputContextStrategy = "pre",
    specialTokensToKeep = [],
    attributionStdThreshold = 1,
    attributionTopk,
    normalizeAttributions = false,
    customStepFunctions,
    compatibility,
    ...unknown
  } = options;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw inputError(`attributeContext has no option ${stranger}`);
  if (typeof inputCurrentText !== "string") throw inputError("inputCurrentText must be a text");
  const settings = attributionSettings(
    {
      ...attributionKwargs,
      method: attributionMethod,
      attributedFn,
      generationArgs: generationKwargs,
      customStepFunctions,
      compatibility,
    },
    // The metric takes the options of a contrast from the engine itself.
    { ...context, index: 0, nTexts: 1 },
  );
  return {
    kind: "attribute_context",
    settings: { ...settings, input_text: inputCurrentText, generated_text: null },
    input_current_text: inputCurrentText,
    input_context_text: inputContextText ?? null,
    input_template: inputTemplate ?? null,
    output_current_text: outputCurrentText ?? null,
    output_context_text: outputContextText ?? null,
    output_template: outputTemplate ?? null,
    contextless_input_current_text: contextlessInputCurrentText,
    contextless_output_current_text: contextlessOutputCurrentText,
    context_sensitivity_metric: contextSensitivityMetric,
    context_sensitivity_std_threshold: contextSensitivityStdThreshold,
    context_sensitivity_topk: contextSensitivityTopk ?? null,
    contextless_output_next_tokens: contextlessOutputNextTokens,
    decoder_input_output_separator: decoderInputOutputSeparator,
    handle_output_context_strategy: handleOutputContextStrategy,
    special_tokens_to_keep: specialTokensToKeep,
    attribution_std_threshold: attributionStdThreshold,
    attribution_topk: attributionTopk ?? null,
    attribution_aggregators: attributionAggregators.map(stageOf),
    normalize_attributions: normalizeAttributions,
  };
}

/// What every attribution has, whatever its text.
function attributionSettings(options, { model, defaults, description, index, nTexts }) {
  const {
    method = defaults.attributionMethod ?? "saliency",
    attributedFn = "probability",
    stepScores = [],
    attributeTarget = false,
    includeEosBaseline = false,
    attrPosStart,
    attrPosEnd,
    generationArgs = {},
    generateFromTargetPrefix = false,
    customStepFunctions = {},
    compatibility = "corrected",
    fold = "norm",
    attributionArgs = {},
    attributedFnArgs = {},
    stepScoresArgs = {},
    ...free
  } = options;
  const formulas = { ...defaults.stepFunctions, ...customStepFunctions };
  const isOwnMethod = method === (defaults.attributionMethod ?? method);
  const ofFunctions = (ids) => ids.flatMap((id) => optionsOfFunction(id, formulas, description));
  const scores = Array.isArray(stepScores) ? stepScores : [stepScores];
  const chosen = description.methods.find(({ id }) => id === method);
  const takers = [
    { options: chosen?.options ?? [], values: isOwnMethod ? { ...defaults.methodOptions } : {} },
    { options: ofFunctions([attributedFn]), values: {} },
    { options: ofFunctions(scores), values: {} },
  ];
  give(free, takers, Boolean(chosen));
  [attributionArgs, attributedFnArgs, stepScoresArgs].forEach((own, taker) => {
    Object.assign(takers[taker].values, given(own));
  });
  const [ofMethod, ofAttributed, ofScores] = takers.map(({ options, values }) =>
    ofOneText(values, options, index, nTexts),
  );
  return {
    model,
    method,
    method_options: ofMethod,
    attributed_fn: attributedFn,
    attributed_fn_args: ofAttributed,
    step_scores: scores,
    step_scores_args: ofScores,
    custom_step_functions: formulas,
    attribute_target: attributeTarget,
    include_eos_baseline: includeEosBaseline,
    attr_pos_start: attrPosStart ?? null,
    attr_pos_end: attrPosEnd ?? null,
    generation: given(generationArgs),
    generate_from_target_prefix: generateFromTargetPrefix,
    compatibility,
    fold,
  };
}

function optionsOfFunction(id, formulas, description) {
  const like = Object.hasOwn(formulas, id) ? LIKE_A_FORMULA : id;
  return description.step_functions.find((known) => known.id === like)?.options ?? [];
}

/// Gives each option to all who have one of its name, as Inseq does with keyword arguments.
function give(free, takers, isMethodKnown) {
  for (const [name, value] of Object.entries(given(free))) {
    const having = takers.filter(({ options }) => options.some(({ id }) => id === name));
    for (const { values } of having) values[name] = value;
    // A method that there is not is the engine's to refuse; its options would be, too.
    if (having.length > 0 || !isMethodKnown) continue;
    const known = takers.flatMap(({ options }) => options.map(({ id }) => camelCase(id)));
    const have = known.length > 0 ? `have ${[...new Set(known)].join(", ")}` : "have none";
    throw inputError(
      `neither the method nor a step function in use has an option ${camelCase(name)}; they ${have}`,
      "listMethods() and listStepFunctions() tell the options of all of them",
    );
  }
}

/// Options under Inseq's names. What is null or undefined is not given, like Python's None.
function given(options) {
  const entries = Object.entries(renameKeys(options, snakeCase));
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

/// Of options that are texts or lists of token ids, a list has one for each text, as in
/// Inseq.
function ofOneText(values, options, index, nTexts) {
  const isText = (name) => options.find(({ id }) => id === name)?.domain.kind === "text";
  const one = ([name, value]) => {
    const isList = Array.isArray(value) && value.length > 0 && isText(name);
    if (!isList || value.every((item) => typeof item === "number")) return [name, value];
    if (value.length === nTexts) return [name, value[index]];
    throw inputError(`${camelCase(name)} has ${value.length} values for ${nTexts} texts`);
  };
  return Object.fromEntries(Object.entries(values).map(one));
}

/// An aggregator as the engine has it; a name alone is one with its defaults.
function stageOf(aggregator) {
  if (typeof aggregator !== "string") return renameKeys(aggregator, snakeCase);
  return AGGREGATE_FUNCTIONS.includes(aggregator)
    ? { aggregator: "scores", aggregate_fn: aggregator }
    : { aggregator };
}
