/** The few shapes of SMT-LIB text that the script is put together from. Numbers in it are 0 or more. */

const LINE_CHARACTERS = 100;

/** `(and a b)`; one term stands alone. */
export function and(...terms: readonly string[]): string {
  return joined("and", terms);
}

/** `(or a b)`; one term stands alone. */
export function or(...terms: readonly string[]): string {
  return joined("or", terms);
}

function joined(operator: string, terms: readonly string[]): string {
  if (terms.length === 1) return terms[0]!;
  const flat = `(${operator} ${terms.join(" ")})`;
  return flat.length <= LINE_CHARACTERS
    ? flat
    : `(${operator}${terms.map((term) => `\n    ${term.replaceAll("\n", "\n    ")}`).join("")})`;
}

/** The value of the first case whose condition holds, or else `otherwise`: nested `ite`, a line each. */
export function firstOf(cases: readonly (readonly [condition: string, value: string])[], otherwise: string): string {
  const opened = cases.map(([condition, value]) => `\n  (ite ${condition} ${value}`);
  return `${opened.join("")}${cases.length > 1 ? "\n  " : " "}${otherwise}${")".repeat(cases.length)}`;
}

/** A named term. `parameters` as in `((p Int))`, `()` where it has none. */
export function define(name: string, parameters: string, sort: "Int" | "Bool", body: string): string {
  const separator = body.startsWith("\n") ? "" : " ";
  return `(define-fun ${name} ${parameters} ${sort}${separator}${body})`;
}

/** A comment on a line of its own, in ASCII, whatever an input may have put into a name. */
export function comment(text: string): string {
  return `; ${text.replace(/[^\x20-\x7e]/g, "?")}`;
}
