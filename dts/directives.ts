/** The names of preprocessor directives. A symbol table begins with them, so that a directive's symbol is its index. */
export const DIRECTIVE_NAMES = [
  "define",
  "undef",
  "include",
  "include_next",
  "import",
  "if",
  "ifdef",
  "ifndef",
  "elif",
  "elifdef",
  "elifndef",
  "else",
  "endif",
  "error",
  "warning",
  "pragma",
  "line",
  "ident",
  "sccs",
  "assert",
  "unassert",
] as const;

/** The symbol of a directive's name, in every symbol table. */
export const Directive = Object.fromEntries(DIRECTIVE_NAMES.map((name, index) => [name, index])) as Readonly<
  Record<(typeof DIRECTIVE_NAMES)[number], number>
>;

/** `#if`, `#ifdef` and `#ifndef`, which open a conditional. */
export function opensConditional(directive: number): boolean {
  return directive >= Directive.if && directive <= Directive.ifndef;
}

/** `#elif` and its like, `#else` and `#endif`, which end a branch. */
export function endsBranch(directive: number): boolean {
  return directive >= Directive.elif && directive <= Directive.endif;
}
