// What is told while work goes on.

import { camelCase, renameKeys } from "./names.js";

/// Passes on what happens, in JavaScript's names. What the listener throws is reported and
/// does not end the work.
export function eventTeller(onProgress, more = {}) {
  if (!onProgress) return undefined;
  return (event) => {
    try {
      onProgress({ ...renameKeys(event, camelCase), ...more });
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}
