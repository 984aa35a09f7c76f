// Names: Inseq writes snake_case, JavaScript camelCase. One rule goes both ways, for the
// keys of objects and never for values: `nSteps` is `n_steps`, and the method is
// `"integrated_gradients"` on both sides.

/// `nSteps` as `n_steps`. What is in snake_case already stays.
export function snakeCase(name) {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/// `n_steps` as `nSteps`.
export function camelCase(name) {
  return name.replace(/(?<=.)_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

/// A copy with every key renamed, at any depth. What is undefined is left out.
export function renameKeys(value, rename) {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([name, item]) => [rename(name), renameKeys(item, rename)]));
}
