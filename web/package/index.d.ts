// Types of `inseq-web`. Names are Inseq's in camelCase; values such as
// `"integrated_gradients"` are Inseq's own.

import type {
  AlignedTokens,
  AttributionSequence,
  AttributionTable,
  ContextJson,
  Device,
  Faithfulness,
  FaithfulnessSettings,
  FunctionDescription,
  InseqJson,
  KeptModel,
  MethodDescription,
  ModelFacts,
  ModelSummary,
  TextToken,
} from "./data.js";

export * from "./data.js";

/** Where the engine's parts are, if not beside this module. */
export interface EngineOptions {
  /** The worker's script, `inseq-worker.js`; on another origin it must allow CORS. */
  workerUrl?: string | URL;
  /** The engine's program, `worker_bg.wasm`. */
  wasmUrl?: string | URL;
  /** The folder in which `models/` with the bundled models lies. */
  baseUrl?: string | URL;
  /** `auto` if not given. */
  device?: Device;
  /**
   * How many megabytes (10⁶ bytes) intermediate values may take beside the weights; the
   * device's own choice if not given. Less takes longer, and gives the same numbers.
   */
  memoryBudgetMb?: number;
}

/** What every call takes. */
export interface CallOptions {
  device?: Device;
  /** Ends the call, and with it the worker; the call rejects with the signal's reason. */
  signal?: AbortSignal;
  onProgress?: (event: ProgressEvent) => void;
}

/** A part of the work that takes time. */
export type Stage = "download" | "load" | "generate" | "attribute" | "measure";

/** What is told while work goes on. */
export type ProgressEvent = (
  | { type: "progress"; stage: Stage; done: number; total: number | null }
  | { type: "device_chosen"; choice: Device; device: string; why: string }
  | { type: "notice"; message: string }
  /** The output that was generated and will be attributed. */
  | { type: "output"; text: string }
) & {
  /** Of several texts, which; from 0. */
  textIndex?: number;
  nTexts?: number;
};

/** Whose turn it is to act; `worker`: the engine died; `closed`: `close` was called. */
export type FailureKind =
  | "input" | "model" | "source" | "device" | "no_device" | "out_of_memory" | "device_lost"
  | "busy" | "worker" | "closed";

/** Why a call has no answer, in the engine's words. */
export class InseqError extends Error {
  constructor(failure: { kind: FailureKind; message: string; hint?: string | null });
  readonly name: "InseqError";
  readonly kind: FailureKind;
  /** What to do about it, if anything can be done. */
  readonly hint: string | null;
}

/** Files of a model from elsewhere: a checkpoint, its configuration and its tokenizer. */
export interface ModelFiles {
  files: Iterable<File> | Record<string, BlobPart>;
  /** What results call it. */
  name?: string;
}

/** A value that an option can have; those of methods and functions are described by
 * `listMethods` and `listStepFunctions`. */
export type OptionValue =
  | boolean | number | string | null | undefined | OptionValue[] | { [name: string]: OptionValue };

/** Options of a method or of functions, by their camelCase names. */
export type Options = { [name: string]: OptionValue };

export interface LoadOptions extends CallOptions {
  /** The method of calls that name none; `saliency` if not given. */
  attributionMethod?: MethodId;
  /** What else is given are options of that method. */
  [option: string]: unknown;
}

/** Loads a model into a worker of its own. */
export function loadModel(model: string | ModelFiles, options?: EngineOptions & LoadOptions): Promise<Model>;
/** Every attribution method with its options. */
export function listMethods(options?: EngineOptions & CallOptions): Promise<MethodDescription[]>;
/** Every step function with its options. */
export function listStepFunctions(options?: EngineOptions & CallOptions): Promise<FunctionDescription[]>;
/** What is known of a model before its weights are fetched. */
export function inspectModel(
  model: string,
  options?: EngineOptions & InspectOptions,
): Promise<ModelFacts>;
/** The models whose files are kept for the next visit. */
export function listKept(options?: EngineOptions & CallOptions): Promise<KeptModel[]>;
/** Deletes the kept files of a model, and lists the rest. */
export function forget(model: string, options?: EngineOptions & CallOptions): Promise<KeptModel[]>;

/** A worker that loads models, one at a time, and computes. */
export class Engine {
  constructor(options?: EngineOptions);
  loadModel(model: string | ModelFiles, options?: LoadOptions): Promise<Model>;
  listMethods(options?: CallOptions): Promise<MethodDescription[]>;
  listStepFunctions(options?: CallOptions): Promise<FunctionDescription[]>;
  inspectModel(model: string, options?: InspectOptions): Promise<ModelFacts>;
  listKept(options?: CallOptions): Promise<KeptModel[]>;
  forget(model: string, options?: CallOptions): Promise<KeptModel[]>;
  /** What is known of the device and of the latest work. */
  diagnose(options?: CallOptions): Promise<{ name: string; value: string }[]>;
  /** Methods and step functions under the engine's own names. */
  describe(options?: CallOptions): Promise<object>;
  /** Asks anything that the worker understands, in its own names. */
  ask(work: { kind: string; [name: string]: unknown }, options?: AskOptions): Promise<WorkerEvent>;
  close(): void;
}

/** As the worker writes it, in snake_case. */
export interface WorkerEvent {
  type: string;
  [name: string]: unknown;
}

export interface AskOptions {
  device?: Device;
  signal?: AbortSignal;
  onEvent?: (event: WorkerEvent) => void;
}

export interface InspectOptions extends CallOptions {
  /** Also say about what this method would cost. */
  method?: MethodId;
  methodOptions?: Options;
}

export interface AlignOptions extends CallOptions {
  /** The prompt with which `output` begins, for decoder-only models. */
  inputText?: string;
  output: string;
  contrast: string;
  /** As `contrastTargetsAlignments`: pairs, or "auto"; matched from the end if left out. */
  alignment?: "auto" | [number, number][];
  compatibility?: "corrected" | "inseq";
}

/** A loaded model. */
export class Model {
  private constructor();
  readonly engine: Engine;
  readonly name: string;
  readonly summary: ModelSummary;
  /** What computes if a call does not say. */
  device: Device | undefined;
  attribute(options: AttributeOptions): Promise<AttributionResult>;
  /** An output for each text; nothing is attributed. */
  generate(options: GenerateOptions): Promise<string[]>;
  tokenize(text: string, options?: CallOptions & { asTarget?: boolean }): Promise<TextToken[]>;
  align(options: AlignOptions): Promise<AlignedTokens>;
  attributeContext(options: AttributeContextOptions): Promise<ContextResult>;
  faithfulness(
    result: AttributionResult | string,
    options?: FaithfulnessOptions,
  ): Promise<Faithfulness[]>;
  registerStepFunction(formula: string, identifier: string, options?: { overwrite?: boolean }): void;
  listMethods(options?: CallOptions): Promise<MethodDescription[]>;
  listStepFunctions(options?: CallOptions): Promise<FunctionDescription[]>;
  close(): void;
}

export type MethodId =
  | "saliency" | "input_x_gradient" | "integrated_gradients" | "deeplift" | "gradient_shap"
  | "discretized_integrated_gradients" | "sequential_integrated_gradients"
  | "layer_gradient_x_activation" | "layer_integrated_gradients" | "layer_deeplift"
  | "occlusion" | "lime" | "reagent" | "attention" | "value_zeroing"
  | (string & {});

export type StepFunctionId =
  | "probability" | "logit" | "entropy" | "crossentropy" | "perplexity" | "contrast_logits"
  | "contrast_prob" | "contrast_logits_diff" | "contrast_prob_diff" | "pcxmi"
  | "kl_divergence" | "in_context_pvi" | "mc_dropout_prob_avg" | "top_p_size"
  | (string & {});

export interface AttributeOptions extends CallOptions {
  inputTexts: string | string[];
  /** An output for each text; null for one that is to be generated. */
  generatedTexts?: string | (string | null)[] | null;
  method?: MethodId;
  attributedFn?: StepFunctionId;
  stepScores?: StepFunctionId | StepFunctionId[];
  attributeTarget?: boolean;
  includeEosBaseline?: boolean;
  attrPosStart?: number | null;
  attrPosEnd?: number | null;
  generationArgs?: GenerationArgs;
  generateFromTargetPrefix?: boolean;
  /** Step functions of one's own: name and formula. */
  customStepFunctions?: Record<string, string>;
  /** `inseq` makes the mistakes of Inseq 0.7.1, too. */
  compatibility?: "corrected" | "inseq";
  /** `keep` keeps the hidden axis, as in files that Inseq saves. */
  fold?: "norm" | "keep";
  attributionArgs?: Options;
  attributedFnArgs?: Options;
  stepScoresArgs?: Options;
  /** What else is given goes to all that have an option of its name, such as `nSteps`. */
  [option: string]: unknown;
}

/** Hugging Face's names; the model's own configuration where absent. */
export interface GenerationArgs {
  maxNewTokens?: number;
  maxLength?: number;
  minNewTokens?: number;
  minLength?: number;
  numBeams?: number;
  lengthPenalty?: number;
  earlyStopping?: boolean | "never";
  doSample?: boolean;
  temperature?: number;
  topK?: number;
  topP?: number;
  seed?: number;
  repetitionPenalty?: number;
  noRepeatNgramSize?: number;
  badWordsIds?: number[][];
  forcedBosTokenId?: number;
  forcedEosTokenId?: number | number[];
  renormalizeLogits?: boolean;
  eosTokenId?: number | number[];
}

export interface GenerateOptions extends CallOptions, GenerationArgs {
  inputTexts: string | string[];
  generationArgs?: GenerationArgs;
  /** Leave out special tokens; true if not given. */
  skipSpecialTokens?: boolean;
  /** Leave out the prompt; the output of a model with a source has none. */
  outputGeneratedOnly?: boolean;
}

/** One step of an aggregation. */
export type Aggregator = string | { aggregator: string; [option: string]: unknown };

export interface AttributeContextOptions extends CallOptions {
  inputCurrentText: string;
  inputContextText?: string | null;
  inputTemplate?: string | null;
  outputCurrentText?: string | null;
  outputContextText?: string | null;
  outputTemplate?: string | null;
  contextlessInputCurrentText?: string;
  contextlessOutputCurrentText?: string;
  attributionMethod?: MethodId;
  attributedFn?: StepFunctionId;
  attributionKwargs?: Options;
  generationKwargs?: GenerationArgs;
  contextSensitivityMetric?: StepFunctionId;
  contextSensitivityStdThreshold?: number | null;
  contextSensitivityTopk?: number | null;
  contextlessOutputNextTokens?: string[];
  decoderInputOutputSeparator?: string;
  handleOutputContextStrategy?: "auto" | "pre";
  specialTokensToKeep?: string[];
  attributionStdThreshold?: number | null;
  attributionTopk?: number | null;
  attributionAggregators?: Aggregator[];
  normalizeAttributions?: boolean;
  customStepFunctions?: Record<string, string>;
  compatibility?: "corrected" | "inseq";
}

/** How faithfulness is measured; the engine's settings where absent. */
export interface FaithfulnessOptions extends CallOptions, Partial<FaithfulnessSettings> {}

/** What an attribution gave. */
export class AttributionResult {
  /** From what Inseq or this package saved. */
  constructor(inseqJson: string | InseqJson);
  toInseqJson(): string;
  toJSON(): InseqJson;
  readonly info: Record<string, unknown>;
  readonly nSequences: number;
  sequence(index?: number): Promise<AttributionSequence>;
  table(index?: number): Promise<AttributionTable>;
  show(parent?: Element | null, options?: ShowOptions): Promise<HTMLElement>;
}

export interface ShowOptions {
  sequence?: number;
  view?: "heatmap" | "text";
  theme?: "light" | "dark";
  label?: string;
}

/** What PECoRe gave. */
export class ContextResult {
  constructor(json: string);
  toInseqJson(): string;
  toJSON(): ContextJson;
  readonly data: ContextJson;
}
