// Styles of `<inseq-playground>`: the player's variables, which a page may set.

const STEPS = Array.from({ length: 10 }, (_, index) => [`heat-${index + 1}`, `heat-n${index + 1}`]);
const HEAT = ["heat-0", ...STEPS.flat()].flatMap((name) => [name, `${name}-ink`]);
/// The drawing has values of its own for these, but is to have those of the element.
const HANDED_ON = ["paper", "ink", "faint", "line", ...HEAT]
  .map((name) => `--${name}: inherit;`)
  .join(" ");
const LIGHT = "--paper: #fbfaf8; --ink: #1d1c1a; --faint: #6b6760; --line: #e5e1da;";
const DARK = "--paper: #161719; --ink: #ece9e4; --faint: #9d9890; --line: #303236;";

export const PLAYGROUND_STYLE = `
:host {
  ${LIGHT}
  display: block;
  box-sizing: border-box;
  padding: 1rem;
  color-scheme: light dark;
  background: var(--paper);
  color: var(--ink);
  font: 400 0.875rem/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :host(:not([theme="light"])) { ${DARK} }
}
:host([theme="dark"]) { ${DARK} color-scheme: dark; }
:host([theme="light"]) { color-scheme: light; }
:host([hidden]), [hidden] { display: none !important; }
.form { display: grid; gap: 0.75rem; max-width: 44rem; }
.field { display: grid; gap: 0.25rem; }
.name { color: var(--faint); font-size: 0.8125rem; }
.actions { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: end; }
textarea, select, button {
  box-sizing: border-box;
  min-height: 2.25rem;
  padding: 0.4rem 0.6rem;
  border: 1px solid var(--faint);
  border-radius: 4px;
  background: var(--paper);
  color: var(--ink);
  font: inherit;
}
textarea { width: 100%; field-sizing: content; resize: vertical; font-size: 1rem; }
select { max-width: 100%; }
button { padding-inline: 1rem; cursor: pointer; }
button.run { border-color: var(--ink); background: var(--ink); color: var(--paper); }
button[aria-disabled="true"] { opacity: 0.5; cursor: default; }
textarea:focus-visible, select:focus-visible, button:focus-visible {
  outline: 2px solid var(--ink);
  outline-offset: 2px;
}
.status { position: relative; min-height: 1.4em; margin: 0.5rem 0 0; color: var(--faint); overflow-wrap: anywhere; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
progress { display: block; width: 100%; max-width: 44rem; height: 0.4rem; margin-top: 0.5rem; accent-color: var(--ink); }
.failure { margin: 0.75rem 0 0; padding: 0.75rem 1rem; border: 1px solid var(--line); overflow-wrap: anywhere; }
inseq-heatmap { ${HANDED_ON} margin-top: 0.75rem; padding: 1rem 0 0; border-top: 1px solid var(--line); }
`;
