// The elements of a heatmap: those of `html_fragment` in crates/heatmap/src/html.rs, made one
// by one. Text goes into text nodes only, so no text can become an element.

import { visible } from "./text.js";
import { LEVELS, numberText, strongestLinks } from "./aggregate.js";

/// What a row or column shows of a token, and what a heading shows of a sentence.
const LONGEST_TOKEN = 200;
const LONGEST_SENTENCE = 5000;
const N_LINKS = 3;

/// An element with attributes and children; `null` attributes are left out.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/// The article of a heatmap, as a table or as tinted text.
export function drawArticle(heatmap, { view, name }) {
  const article = element("article", { class: "heatmap", "aria-label": name });
  article.append(header(heatmap));
  if (view === "text") article.append(...tintedText(heatmap));
  else article.append(table(heatmap));
  if (heatmap.parts.length > 0) article.append(colorScale(heatmap));
  if (heatmap.settings.length > 0) article.append(settings(heatmap));
  return article;
}

/// Method, sentence, and the picture in words.
function header(heatmap) {
  const [given, produced] = sentences(heatmap);
  const isPair = heatmap.parts.some(({ side }) => side === "source");
  const summary = element("p", { class: "summary" }, visible(summaryOf(heatmap)));
  const others = strongestLinks(heatmap, N_LINKS).slice(1).map(linkInWords);
  if (others.length > 0) {
    summary.append(element("br"), "\n", visible(`then: ${others.join("; ")}`));
  }
  return element(
    "header",
    {},
    element("p", { class: "method" }, visible(heatmap.title)),
    element(
      "h2",
      { class: isPair ? "pair" : null, dir: "auto" },
      element("span", { class: "given" }, visible(given, LONGEST_SENTENCE)),
      " ",
      element("span", { class: "produced" }, visible(produced, LONGEST_SENTENCE)),
    ),
    summary,
  );
}

function summaryOf(heatmap) {
  const [strongest] = strongestLinks(heatmap, 1);
  if (strongest) return `strongest: ${linkInWords(strongest)}`;
  if (heatmap.parts.length > 0) return "all attributions are zero";
  return heatmap.scores.length > 0 ? "no attributions, step scores only" : "no attributions";
}

function linkInWords({ row, column, cell }) {
  const said = ({ text, position }) => `“${visible(text.trim(), LONGEST_TOKEN)}” (${position})`;
  return `${said(row)} gave ${cell.text} to ${said(column)}`;
}

/// The given text and the produced one, without special tokens.
function sentences({ parts, columns }) {
  const isSpecial = ({ text }) => /^<.+>$/su.test(text.trim());
  const join = (labels) =>
    labels
      .filter((label) => !isSpecial(label))
      .map(({ text }) => text)
      .join("")
      .trim();
  const given = (parts[0]?.rows ?? []).filter((row) => !row.isProduced);
  return [join(given.map(({ label }) => label)), join(columns)];
}

function table(heatmap) {
  const { columns, parts, scores } = heatmap;
  const heads = columns.map((column) => element("th", { scope: "col" }, ...labelParts(column)));
  const made = element(
    "table",
    {},
    element("caption", {}, "rows: attributed tokens, columns: generated tokens"),
    element("thead", {}, element("tr", {}, element("td"), ...heads)),
  );
  for (const { side, rows } of parts) {
    const body = element("tbody", {}, groupHead(side === "source" ? "Source" : "Target", columns));
    rows.forEach((row, index) => {
      const isFirst = row.isProduced && !rows[index - 1]?.isProduced;
      const kind = row.isProduced ? (isFirst ? "produced first" : "produced") : null;
      const head = element("th", { scope: "row" }, ...labelParts(row.label));
      body.append(element("tr", { class: kind }, head, ...row.cells.map(tableCell)));
    });
    made.append(body);
  }
  if (scores.length > 0) {
    const rows = scores.map(({ name, texts }) => {
      const token = element("span", { class: "token" }, visible(name, LONGEST_TOKEN));
      const cells = texts.map((text) => element("td", {}, text));
      return element("tr", {}, element("th", { scope: "row" }, token), ...cells);
    });
    made.append(element("tbody", { class: "scores" }, groupHead("Step scores", columns), ...rows));
  }
  const region = { class: "scroll", role: "region", "aria-label": "heatmap", tabindex: "0" };
  return element("div", region, made);
}

function tableCell({ value, level, text }) {
  return value === null ? element("td") : element("td", { "data-level": level }, text);
}

function groupHead(heading, columns) {
  return element(
    "tr",
    { class: "group" },
    element("th", { scope: "rowgroup" }, heading),
    element("td", { colspan: Math.max(columns.length, 1) }),
  );
}

/// Position and token; a space that belongs to the token shows as a faint dot.
function labelParts(label) {
  return [element("span", { class: "position" }, String(label.position)), tokenText(label)];
}

function tokenText({ text }) {
  const token = element("bdi", { class: "token" });
  if (text.startsWith(" ")) token.append(element("span", { class: "space" }, "·"));
  token.append(visible(text.startsWith(" ") ? text.slice(1) : text, LONGEST_TOKEN));
  return token;
}

/// One button for each output token; the chosen one tints the tokens that caused it.
function tintedText(heatmap) {
  const { columns, parts } = heatmap;
  const readout = element("p", { class: "readout", role: "status" });
  const lines = parts.map(({ side, rows }) => {
    const tokens = rows.map(({ label }) =>
      element("span", { class: "tinted" }, visible(label.text, LONGEST_TOKEN)),
    );
    const line = element("p", { class: "line", dir: "auto" }, ...tokens);
    return { rows, tokens, title: element("h3", {}, side === "source" ? "Source" : "Target"), line };
  });
  const buttons = columns.map(({ text }) =>
    element("button", { type: "button", role: "radio" }, visible(text.trim() || "·", LONGEST_TOKEN)),
  );
  const choose = (chosen) => {
    buttons.forEach((button, index) => {
      button.setAttribute("aria-checked", String(index === chosen));
      button.tabIndex = index === chosen ? 0 : -1;
    });
    for (const { rows, tokens } of lines) {
      tokens.forEach((token, index) => {
        const { value, level, text } = rows[index].cells[chosen];
        token.toggleAttribute("data-level", value !== null);
        if (value !== null) token.dataset.level = String(level);
        token.title = text;
      });
    }
    const links = strongestLinks(heatmap, N_LINKS, chosen).map(linkInWords);
    readout.textContent =
      links.length > 0 ? `strongest: ${links.join("; ")}` : "nothing gave anything to this token";
  };
  const role = { role: "radiogroup", "aria-label": "output token to explain" };
  const group = element("div", { class: "outputs", ...role }, ...buttons);
  group.addEventListener("click", ({ target }) => {
    const index = buttons.indexOf(target);
    if (index >= 0) choose(index);
  });
  group.addEventListener("keydown", (event) => {
    const next = columnAfter(event.key, buttons.indexOf(event.target), buttons.length);
    if (next === null) return;
    event.preventDefault();
    choose(next);
    buttons[next].focus();
  });
  if (buttons.length > 0) choose(0);
  return [group, readout, ...lines.flatMap(({ title, line }) => [title, line])];
}

/// Where a key leads among the output tokens, around the ends.
function columnAfter(key, column, nColumns) {
  if (column < 0) return null;
  if (key === "ArrowRight" || key === "ArrowDown") return (column + 1) % nColumns;
  if (key === "ArrowLeft" || key === "ArrowUp") return (column + nColumns - 1) % nColumns;
  if (key === "Home") return 0;
  return key === "End" ? nColumns - 1 : null;
}

function colorScale({ range, decimals, isSigned }) {
  const steps = element("span", { class: "steps", "aria-hidden": "true" });
  for (let level = isSigned ? -LEVELS : 0; level <= LEVELS; level++) {
    steps.append(element("i", { "data-level": level }));
  }
  const end = (value) => element("span", {}, numberText(value, decimals));
  return element("p", { class: "scale" }, end(isSigned ? -range : 0), steps, end(range));
}

function settings({ settings: pairs }) {
  const lines = pairs.map(([name, value]) =>
    element("div", {}, element("dt", {}, visible(name)), element("dd", {}, visible(value))),
  );
  return element("dl", { class: "settings" }, ...lines);
}
