// Types of what calls resolve to: plain data.

/** What computes. `auto` takes the graphics processor if its numbers are right. */
export type Device = "auto" | "cpu" | "webgpu" | "webgpu_f16";

/** What `FeatureAttributionOutput.save` writes. */
export interface InseqJson {
  __instance_type__?: [string, string];
  attributes: {
    info: Record<string, unknown>;
    sequence_attributions: { __instance_type__?: [string, string]; attributes: object }[];
  };
}

export interface Token {
  id: number;
  token: string;
}

/** Numbers of which the last axis runs fastest; NaN where nothing applies. */
export interface Scores {
  shape: number[];
  /** What the axes after rows and columns are. */
  axes: string[];
  values: Float32Array;
}

/** One text's scores as they are. */
export interface AttributionSequence {
  source: Token[];
  target: Token[];
  sourceAttributions: Scores | null;
  targetAttributions: Scores | null;
  stepScores: Record<string, Float32Array>;
  attrPosStart: number;
  attrPosEnd: number;
}

export interface TokenLabel {
  position: number;
  /** As a reader should see it. */
  text: string;
}

/** One text's scores as one number for each pair of tokens. */
export interface AttributionTable {
  title: string;
  columns: TokenLabel[];
  parts: {
    side: "source" | "target";
    rows: { label: TokenLabel; values: (number | null)[] }[];
  }[];
  stepScores: Record<string, number[]>;
  settings: Record<string, string>;
}

/** What Inseq's `attribute-context` saves. */
export interface ContextJson {
  input_context: string | null;
  input_context_tokens: string[] | null;
  output_context: string | null;
  output_context_tokens: string[] | null;
  output_current: string;
  output_current_tokens: string[];
  cti_scores: number[];
  cci_scores: {
    cti_idx: number;
    cti_token: string;
    cti_score: number;
    contextual_output: string;
    contrast_token: string | null;
    contextless_output: string | null;
    input_context_scores: number[] | null;
    output_context_scores: number[] | null;
  }[];
  info: Record<string, unknown>;
}

export interface MethodDescription {
  id: string;
  title: string;
  sentence: string;
  paper: string;
  paperUrl: string;
  options: OptionDescription[];
}

export interface FunctionDescription {
  id: string;
  title: string;
  sentence: string;
  options: OptionDescription[];
}

export interface OptionDescription {
  /** Inseq's name, such as `n_steps`. */
  id: string;
  /** The name here, such as `nSteps`. */
  name: string;
  title: string;
  sentence: string;
  domain:
    | { kind: "flag"; default: boolean }
    | { kind: "integer" | "number"; default: number | null; minimum: number; maximum: number }
    | { kind: "choice"; default: string; choices: string[] }
    | { kind: "text"; default: string | null; example: string }
    | { kind: "structure"; form: string; example: string }
    | { kind: "alignment"; text_option: string; form: string; example: string };
}

export interface ModelSummary {
  model: string;
  family: "gpt2" | "marian";
  isEncoderDecoder: boolean;
  nParameters: number;
  nPositions: number;
  nLayers: number;
  nHeads: number;
  hiddenSize: number;
  vocabularySize: number;
}

export interface ModelFacts {
  model: string;
  family: string;
  isEncoderDecoder: boolean;
  commit: string | null;
  license: string | null;
  languages: string[];
  files: string[];
  nBytes: number | null;
  nParameters: number;
  weightsBytes: number;
  /** Why it cannot be loaded here, if it cannot. */
  obstacle: string | null;
  estimate: {
    method: string;
    device: string;
    nGivenTokens: number;
    nAttributedTokens: number;
    secs: number;
    memoryBytes: number;
  } | null;
}

export interface KeptModel {
  model: string;
  nBytes: number;
}

export interface TextToken extends Token {
  /** As a reader should see it. */
  display: string;
  isSpecial: boolean;
}

/** Two texts as tokens, and what stands against what. */
export interface AlignedTokens {
  /** The output's tokens, prompt or decoder start included. */
  output: TextToken[];
  /** How many of them are prompt or decoder start. */
  nGiven: number;
  /** The contrast text's tokens, prompt or decoder start included. */
  contrast: TextToken[];
  /** For each token of the output, which of the contrast text's it is compared with. */
  counterparts: number[];
}

export interface FaithfulnessMeasures {
  score: number | null;
  scoreWithoutAll: number | null;
  comprehensiveness: number | null;
  sufficiency: number | null;
  softComprehensiveness: number | null;
  softSufficiency: number | null;
  curve: { fraction: number; comprehensiveness: number | null; sufficiency: number | null }[];
}

export interface Faithfulness {
  settings: FaithfulnessSettings;
  targets: { position: number; token: string; nTokens: number; measures: FaithfulnessMeasures }[];
  mean: FaithfulnessMeasures;
}

export interface FaithfulnessSettings {
  /** Which shares of the tokens are removed, and kept. */
  fractions: number[];
  removal: "unknown" | "same_kind";
  ranking: "attribution" | "random";
  nSamples: number;
  seed: number;
}
