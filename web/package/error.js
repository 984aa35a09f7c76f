// What goes wrong, in the engine's words.

/// Why something that was asked has no answer. The message is the engine's own sentence,
/// `kind` says whose turn it is to act, and `hint` what to do, if anything can be done.
export class InseqError extends Error {
  constructor({ kind, message, hint = null }) {
    super(message);
    this.name = "InseqError";
    this.kind = kind;
    this.hint = hint;
  }
}

/// An error about what the caller gave.
export function inputError(message, hint = null) {
  return new InseqError({ kind: "input", message, hint });
}
