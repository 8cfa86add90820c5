import { type Macro, type Replacement, TokenRun } from "./macro.ts";
import { NO_POSITION, type Position, type Span } from "./source.ts";
import { LINE_START, SPACE_BEFORE, TokenKind, type Tokens } from "./tokens.ts";

interface BadDefine {
  readonly message: string;
  readonly span: Span;
}

/**
 * The macro that a `#define` line makes: tokens `from … lineEnd` of a file whose positions start at `base`. What is
 * wrong with the line is given as a message.
 */
export function readDefine(
  tokens: Tokens,
  from: number,
  lineEnd: number,
  base: Position,
  variableArguments: number,
): Macro | BadDefine {
  const spanOf = (index: number): Span => ({ start: base + tokens.starts[index]!, end: base + tokens.ends[index]! });
  if (from >= lineEnd || tokens.kinds[from] !== TokenKind.word) {
    const at = Math.min(from, lineEnd - 1);
    return { message: "#define takes the name of a macro", span: spanOf(at) };
  }
  let parameters: readonly number[] | null = null;
  let variadic = false;
  let at = from + 1;
  const isFunctionLike = at < lineEnd && isOperator(tokens, at, "(") && (tokens.flags[at]! & SPACE_BEFORE) === 0;
  if (isFunctionLike) {
    const list = readParameters(tokens, at + 1, lineEnd, variableArguments);
    if (list === null) {
      return { message: `the parameters of macro ${tokens.spelling(from)} are not well formed`, span: spanOf(at) };
    }
    parameters = list.parameters;
    variadic = list.variadic;
    at = list.end;
  }

  const hasOperator = isFunctionLike || hasHash(tokens, at, lineEnd);
  const replacement = hasOperator ? readReplacement(tokens, at, lineEnd, parameters) : null;
  if (replacement !== null && "pasteAt" in replacement) {
    return { message: "## stands between two tokens, not at an end of a macro", span: spanOf(replacement.pasteAt) };
  }
  return {
    symbol: tokens.values[from]!,
    name: tokens.spelling(from),
    parameters,
    variadic,
    replacement,
    expression: undefined,
    builtin: null,
    definition: { tokens, index: from, lineEnd },
    base,
    expanding: false,
    isSmall: !/[A-Z]/.test(tokens.spelling(from)),
  };
}

/** What a macro that is defined stands for. */
export function replacementOf(macro: Macro): Replacement {
  if (macro.replacement === null) {
    const { tokens, index, lineEnd } = macro.definition!;
    // Without # nothing can be wrong with it; and with one it was read at once.
    macro.replacement = readReplacement(tokens, index + 1, lineEnd, null) as Replacement;
  }
  return macro.replacement;
}

function hasHash(tokens: Tokens, from: number, lineEnd: number): boolean {
  for (let at = from; at < lineEnd; at++) if (isOperator(tokens, at, "#")) return true;
  return false;
}

/** Tokens `from … lineEnd` as a replacement; the place of a `##` that stands at an end. */
function readReplacement(
  tokens: Tokens,
  from: number,
  lineEnd: number,
  parameters: readonly number[] | null,
): Replacement | { readonly pasteAt: number } {
  const body = new TokenRun();
  const indexOf = new Map(parameters?.map((symbol, index) => [symbol, index]));
  const parameterOf: number[] = [];
  const stringized: boolean[] = [];
  const pasted: boolean[] = [];
  for (let at = from; at < lineEnd; at++) {
    if (isOperator(tokens, at, "#")) {
      if (at + 1 < lineEnd && isOperator(tokens, at + 1, "#") && tokens.starts[at + 1] === tokens.ends[at]) {
        if (body.length === 0 || at + 2 >= lineEnd) return { pasteAt: at };
        pasted[body.length - 1] = true;
        at++;
        continue;
      }
      const isBeforeWord = at + 1 < lineEnd && tokens.kinds[at + 1] === TokenKind.word;
      const parameter = isBeforeWord ? (indexOf.get(tokens.values[at + 1]!) ?? -1) : -1;
      if (parameter >= 0) {
        body.push(tokens, at + 1, tokens.flags[at]! & ~LINE_START, NO_POSITION, NO_POSITION);
        parameterOf.push(parameter);
        stringized.push(true);
        pasted.push(false);
        at++;
        continue;
      }
      // In assembler a # that no parameter follows is a character like any other.
    }
    const isWord = tokens.kinds[at] === TokenKind.word;
    const flags = tokens.flags[at]! & ~LINE_START;
    body.push(tokens, at, body.length === 0 ? flags & ~SPACE_BEFORE : flags, NO_POSITION, NO_POSITION);
    parameterOf.push(isWord ? (indexOf.get(tokens.values[at]!) ?? -1) : -1);
    stringized.push(false);
    pasted.push(false);
  }
  return { body, parameterOf, stringized, pasted };
}

/** `a, b, rest...)` from just after the parenthesis; `end` is the token after the closing one. */
function readParameters(
  tokens: Tokens,
  from: number,
  lineEnd: number,
  variableArguments: number,
): { parameters: number[]; variadic: boolean; end: number } | null {
  const parameters: number[] = [];
  const known = new Set<number>();
  let at = from;
  if (at < lineEnd && isOperator(tokens, at, ")")) return { parameters, variadic: false, end: at + 1 };
  while (at < lineEnd) {
    let variadic = false;
    if (isEllipsis(tokens, at, lineEnd)) {
      parameters.push(variableArguments);
      variadic = true;
      at += 3;
    } else {
      if (tokens.kinds[at] !== TokenKind.word || known.has(tokens.values[at]!)) return null;
      known.add(tokens.values[at]!);
      parameters.push(tokens.values[at]!);
      at++;
      if (isEllipsis(tokens, at, lineEnd)) {
        variadic = true;
        at += 3;
      }
    }
    if (at >= lineEnd) return null;
    if (isOperator(tokens, at, ")")) return { parameters, variadic, end: at + 1 };
    if (variadic || !isOperator(tokens, at, ",")) return null;
    at++;
  }
  return null;
}

function isOperator(tokens: Tokens, index: number, character: string): boolean {
  return tokens.kinds[index] === TokenKind.operator && tokens.values[index] === character.charCodeAt(0);
}

function isEllipsis(tokens: Tokens, at: number, lineEnd: number): boolean {
  return (
    at + 2 < lineEnd &&
    isOperator(tokens, at, ".") &&
    isOperator(tokens, at + 1, ".") &&
    isOperator(tokens, at + 2, ".")
  );
}
