/**
 * What the call of a macro comes to, worked out without making its tokens: key maps and pins are long tables of calls
 * such as `MATRIX_KEY(0x00, 0x02, KEY_POWER)`. The macro's body is read once for all of them. It must be one expression
 * in parentheses, and each argument a number, which means the same wherever it is put. Whatever is not of these forms
 * goes the ordinary way: the two give the same tree, positions included (test/dts/macro-value.test.ts).
 */
import { BINARY_OPERATORS, type BinaryOperator, complement, isTrue, negate, type U64 } from "./arithmetic.ts";
import { LIMITS } from "./limits.ts";
import type { Replacement, TokenRun } from "./macro.ts";
import { Character, TokenKind } from "./tokens.ts";

/** One step of an expression whose operators stand behind their operands; `choose` is the one of `a ? b : c`. */
type Step =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "parameter"; readonly index: number }
  | { readonly kind: "word"; readonly symbol: number }
  | { readonly kind: "unary"; readonly apply: (value: U64) => U64 }
  | { readonly kind: "binary"; readonly apply: BinaryOperator; readonly isDivision: boolean }
  | { readonly kind: "choose" };

/** The body of a macro as an expression. */
export type BodyExpression = readonly Step[];

const UNARY_OPERATORS: Readonly<Record<string, (value: U64) => U64>> = {
  "-": negate,
  "~": complement,
  "!": (value) => (isTrue(value) ? 0 : 1),
};

/** Reads the body of a macro; null where it is no expression in parentheses, or has a `#` or `##`. */
export function readBody({ body, parameterOf, stringized, pasted }: Replacement): BodyExpression | null {
  // No longer than an expression may be deep: one that is too deep is told the ordinary way.
  if (body.length > LIMITS.expressionDepth || stringized.includes(true) || pasted.includes(true)) return null;
  const reader = new BodyReader(body, parameterOf);
  return reader.group() && reader.at === body.length ? reader.steps : null;
}

/** dtc's grammar of expressions, as {@link ExpressionParser} reads it; each method is false where there is none. */
class BodyReader {
  readonly steps: Step[] = [];
  at = 0;
  private readonly body: TokenRun;
  private readonly parameterOf: readonly number[];

  constructor(body: TokenRun, parameterOf: readonly number[]) {
    this.body = body;
    this.parameterOf = parameterOf;
  }

  group(): boolean {
    return this.accept(Character.openParenthesis) && this.ternary() && this.accept(Character.closeParenthesis);
  }

  private ternary(): boolean {
    if (!this.binary(0)) return false;
    if (!this.accept(Character.question)) return true;
    if (!this.ternary() || !this.accept(Character.colon) || !this.ternary()) return false;
    this.steps.push({ kind: "choose" });
    return true;
  }

  private binary(least: number): boolean {
    if (!this.unary()) return false;
    for (;;) {
      const text = this.operator;
      const operator = BINARY_OPERATORS[text];
      if (operator === undefined || operator.precedence <= least) return true;
      this.at++;
      if (!this.binary(operator.precedence)) return false;
      this.steps.push({ kind: "binary", apply: operator.apply, isDivision: text === "/" || text === "%" });
    }
  }

  private unary(): boolean {
    const { at, body, steps } = this;
    if (at === body.length) return false;
    const parameter = this.parameterOf[at]!;
    const kind = body.kind(at);
    if (parameter >= 0) steps.push({ kind: "parameter", index: parameter });
    else if (kind === TokenKind.word) steps.push({ kind: "word", symbol: body.value(at) });
    else if (kind === TokenKind.number) {
      const value = body.tokens(at).symbols.integer(body.value(at));
      if (typeof value !== "number") return false;
      steps.push({ kind: "number", value });
    } else {
      const apply = UNARY_OPERATORS[this.operator];
      if (apply === undefined) return this.group();
      this.at++;
      if (!this.unary()) return false;
      steps.push({ kind: "unary", apply });
      return true;
    }
    this.at++;
    return true;
  }

  /** The current token, if it is an operator; else empty. */
  private get operator(): string {
    const { at, body } = this;
    return at < body.length && body.kind(at) === TokenKind.operator ? body.spelling(at) : "";
  }

  private accept(character: number): boolean {
    const { at, body } = this;
    if (at === body.length || body.kind(at) !== TokenKind.operator || body.value(at) !== character) return false;
    this.at++;
    return true;
  }
}

/** Operands of the expression that is being worked out: one array for all, as there are thousands of them. */
const stack: U64[] = [];

/**
 * The value of an expression for these arguments; null where there is none. `numberFor` gives that of a word, null where
 * it stands for no number.
 */
export function valueOfBody(
  steps: BodyExpression,
  args: readonly number[],
  numberFor: (symbol: number) => number | null,
): U64 | null {
  let top = -1;
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    switch (step.kind) {
      case "number":
        stack[++top] = step.value;
        break;
      case "parameter":
        stack[++top] = args[step.index]!;
        break;
      case "word": {
        const value = numberFor(step.symbol);
        if (value === null) return null;
        stack[++top] = value;
        break;
      }
      case "unary":
        stack[top] = step.apply(stack[top]!);
        break;
      case "binary": {
        const right = stack[top--]!;
        if (step.isDivision && right === 0) return null;
        stack[top] = step.apply(stack[top]!, right);
        break;
      }
      case "choose": {
        top -= 2;
        stack[top] = isTrue(stack[top]!) ? stack[top + 1]! : stack[top + 2]!;
      }
    }
  }
  return stack[top]!;
}
