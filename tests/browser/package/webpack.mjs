// Bundles `app.js` for the web, and says what went wrong.

import { fileURLToPath } from "node:url";
import webpack from "webpack";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const config = {
  mode: "production",
  context: here("."),
  entry: "./app.js",
  output: { path: here("made-by-webpack"), filename: "app.js" },
  performance: { hints: false },
};
webpack(config, (error, stats) => {
  console.log(error ?? stats.toString("errors-warnings"));
  process.exitCode = error || stats.hasErrors() || stats.hasWarnings() ? 1 : 0;
});
