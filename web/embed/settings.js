// How a result was made, in words: what crates/heatmap/src/settings.rs does.

import { isObject, optional } from "./read.js";

const AGGREGATION = {
  granular: "vector norm over hidden coordinates, columns sum to 1",
  multidimensional: "mean over heads and layers, columns sum to 1",
  coarse: "none, one value for each pair of tokens",
  plain: "none",
};

/// An id in words: `integrated_gradients` is "integrated gradients".
export function words(id) {
  return id.replaceAll("_", " ");
}

/// Pairs of a name and a value.
export function settingsFromInfo(info, kind) {
  const text = (key) => (typeof optional(info, key) === "string" ? info[key] : "");
  const given = optional(info, "constrained_decoding");
  const settings = [
    ["method", text("attribution_method")],
    ["method settings", listed(optional(info, "attribution_args"))],
    // Inseq writes the name of its Python function.
    ["attributed function", text("attributed_fn").replace(/(?:_fn)+$/, "")],
    ["function settings", listed(optional(info, "attributed_fn_args"))],
    ["step score settings", listed(optional(info, "step_scores_args"))],
    ["chosen by context", chosenByContext(info, text("context_sensitivity_metric"))],
    ["formulas", listed(optional(info, "custom_step_functions"))],
    [
      "baseline",
      optional(info, "include_eos_baseline") === true ? "end of sentence replaced, too" : "",
    ],
    ["mistakes", text("compatibility") === "inseq" ? "as in Inseq 0.7.1" : ""],
    ["model", text("model_name")],
    ["output", given === true ? "given" : given === false ? "generated" : ""],
    ["generation settings", listed(optional(info, "generation_args"))],
    ["aggregation", text("aggregation") || AGGREGATION[kind]],
  ];
  return settings.filter(([, value]) => value !== "");
}

function chosenByContext(info, metric) {
  if (metric === "") return "";
  const factor = optional(info, "context_sensitivity_std_threshold");
  const most = optional(info, "context_sensitivity_topk");
  const above =
    typeof factor === "number"
      ? `at least ${factor} standard deviations above the mean`
      : "any";
  return `${metric}, ${above}${Number.isInteger(most) && most >= 0 ? `, at most ${most}` : ""}`;
}

/// As `method gausslegendre, n_steps 50`.
function listed(settings) {
  if (!isObject(settings)) return "";
  const names = Object.keys(settings).sort();
  const value = (name) =>
    typeof settings[name] === "string" ? settings[name] : compact(settings[name]);
  return names.map((name) => `${name} ${value(name)}`).join(", ");
}

/// JSON with the fields of objects in order.
function compact(value) {
  if (Array.isArray(value)) return `[${value.map(compact).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const field = (name) => `${JSON.stringify(name)}:${compact(value[name])}`;
  return `{${Object.keys(value).sort().map(field).join(",")}}`;
}
