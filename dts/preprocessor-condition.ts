/**
 * The expression of an `#if`: C's operators over 64-bit integers, signed unless a literal's suffix or size makes them
 * unsigned. A name that is no macro counts as 0.
 */
import { LIMITS } from "./limits.ts";
import { unescapeString } from "./strings.ts";
import { TokenKind } from "./tokens.ts";

interface ConditionToken {
  readonly kind: number;
  readonly text: string;
}

export interface ConditionSource {
  /** The next token of the line, macros expanded; null at its end. */
  next(): ConditionToken | null;
  /** The next token as it stands. */
  nextUnexpanded(): ConditionToken | null;
  isDefined(name: string): boolean;
  hasInclude(name: string, isQuoted: boolean): boolean;
}

export type ConditionResult =
  | { readonly holds: boolean; readonly error: null }
  | { readonly error: string; readonly rule: "preprocessor" | "limit" };

interface Value {
  readonly bits: bigint;
  readonly isUnsigned: boolean;
}

class ConditionError extends Error {
  readonly rule: "preprocessor" | "limit";

  constructor(message: string, rule: "preprocessor" | "limit" = "preprocessor") {
    super(message);
    this.rule = rule;
  }
}

const PRECEDENCE: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
};

/** Reads the whole line. A mistake in it is given as a message; the condition then does not hold. */
export function readCondition(source: ConditionSource): ConditionResult {
  let token = source.next();
  let depth = 0;
  const advance = (): void => {
    token = source.next();
  };

  const isAt = (text: string): boolean => token?.text === text;

  const descend = (): void => {
    if (++depth <= LIMITS.expressionDepth) return;
    throw new ConditionError(`the expression is nested more than ${LIMITS.expressionDepth} deep`, "limit");
  };

  const conditional = (isLive: boolean): Value => {
    descend();
    const condition = binary(0, isLive);
    let value = condition;
    if (isAt("?")) {
      advance();
      const isTrue = condition.bits !== 0n;
      const yes = conditional(isLive && isTrue);
      if (!isAt(":")) throw new ConditionError("this #if has a ? without its :");
      advance();
      const no = conditional(isLive && !isTrue);
      value = wrap((isTrue ? yes : no).bits, yes.isUnsigned || no.isUnsigned);
    }
    depth--;
    return value;
  };

  const binary = (least: number, isLive: boolean): Value => {
    let left = unary(isLive);
    for (;;) {
      const operator = token?.kind === TokenKind.operator ? token.text : "";
      const precedence = PRECEDENCE[operator];
      if (precedence === undefined || precedence <= least) return left;
      advance();
      const skips = (operator === "&&" && left.bits === 0n) || (operator === "||" && left.bits !== 0n);
      const right = binary(precedence, isLive && !skips);
      left = apply(operator, left, right, isLive && !skips);
    }
  };

  const unary = (isLive: boolean): Value => {
    if (token === null) throw new ConditionError("this #if ends where a value should stand");
    const { kind, text } = token;
    if (kind === TokenKind.operator && "+-~!".includes(text) && text.length === 1) {
      descend();
      advance();
      const value = unary(isLive);
      depth--;
      if (text === "-") return wrap(-value.bits, value.isUnsigned);
      if (text === "~") return wrap(~value.bits, value.isUnsigned);
      if (text === "!") return wrap(value.bits === 0n ? 1n : 0n, false);
      return value;
    }
    if (text === "(") {
      advance();
      const value = conditional(isLive);
      if (!isAt(")")) throw new ConditionError("this #if lacks a closing parenthesis");
      advance();
      return value;
    }
    let value: Value;
    if (kind === TokenKind.number) value = integer(text);
    else if (kind === TokenKind.character) value = character(text);
    else if (kind === TokenKind.word) value = word(text);
    else throw new ConditionError(`${text} is no value that #if can weigh`);
    advance();
    return value;
  };

  const word = (text: string): Value => {
    if (text === "defined") {
      let name = source.nextUnexpanded();
      const isBracketed = name?.text === "(";
      if (isBracketed) name = source.nextUnexpanded();
      if (name === null || name.kind !== TokenKind.word) throw new ConditionError("defined takes the name of a macro");
      if (isBracketed && source.nextUnexpanded()?.text !== ")") {
        throw new ConditionError("defined(… lacks its closing parenthesis");
      }
      return wrap(source.isDefined(name.text) ? 1n : 0n, false);
    }
    if (text === "__has_include") {
      let argument = "";
      if (source.nextUnexpanded()?.text !== "(") throw new ConditionError("__has_include takes a file in parentheses");
      for (;;) {
        const part = source.nextUnexpanded();
        if (part === null) throw new ConditionError("__has_include(… lacks its closing parenthesis");
        if (part.text === ")") break;
        argument += part.text;
      }
      return wrap(source.hasInclude(argument.slice(1, -1), argument.startsWith('"')) ? 1n : 0n, false);
    }
    return wrap(0n, false);
  };

  try {
    const value = conditional(true);
    if (token !== null) {
      const message = `#if goes on after its expression, at ${(token as ConditionToken).text}`;
      return { error: message, rule: "preprocessor" };
    }
    return { holds: value.bits !== 0n, error: null };
  } catch (error) {
    if (error instanceof ConditionError) return { error: error.message, rule: error.rule };
    throw error;
  }
}

function wrap(bits: bigint, isUnsigned: boolean): Value {
  return { bits: isUnsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits), isUnsigned };
}

function integer(text: string): Value {
  const match = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)([uU]?[lL]{0,2}|[lL]{1,2}[uU])$/.exec(text);
  if (match === null || text.length > 80) throw new ConditionError(`${text} is no integer`);
  const digits = match[1]!;
  if (/^0[0-9]+$/.test(digits) && /[89]/.test(digits)) throw new ConditionError(`${text} is no octal number`);
  const bits = BigInt(/^0[0-9]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (bits >= 1n << 64n) throw new ConditionError(`${text} does not fit 64 bits`);
  return wrap(bits, /u/i.test(match[2]!) || bits >= 1n << 63n);
}

function character(text: string): Value {
  const { text: value } = unescapeString(text.slice(1, -1));
  if (value.length === 0) throw new ConditionError("a character literal holds no character");
  return wrap(BigInt(value.charCodeAt(0)), false);
}

function apply(operator: string, left: Value, right: Value, isLive: boolean): Value {
  const isUnsigned = left.isUnsigned || right.isUnsigned;
  const a = wrap(left.bits, isUnsigned).bits;
  const b = wrap(right.bits, isUnsigned).bits;
  const truth = (holds: boolean): Value => wrap(holds ? 1n : 0n, false);
  switch (operator) {
    case "||":
      return truth(left.bits !== 0n || right.bits !== 0n);
    case "&&":
      return truth(left.bits !== 0n && right.bits !== 0n);
    case "|":
      return wrap(a | b, isUnsigned);
    case "^":
      return wrap(a ^ b, isUnsigned);
    case "&":
      return wrap(a & b, isUnsigned);
    case "==":
      return truth(a === b);
    case "!=":
      return truth(a !== b);
    case "<":
      return truth(a < b);
    case ">":
      return truth(a > b);
    case "<=":
      return truth(a <= b);
    case ">=":
      return truth(a >= b);
    case "<<":
    case ">>": {
      // A negative count shifts the other way, as gcc has it.
      const count = right.isUnsigned || right.bits >= 0n ? right.bits : -right.bits;
      const isLeft = (operator === "<<") === (right.isUnsigned || right.bits >= 0n);
      if (count > 63n) return wrap(!isLeft && left.bits < 0n ? -1n : 0n, left.isUnsigned);
      return wrap(isLeft ? left.bits << count : left.bits >> count, left.isUnsigned);
    }
    case "+":
      return wrap(a + b, isUnsigned);
    case "-":
      return wrap(a - b, isUnsigned);
    case "*":
      return wrap(a * b, isUnsigned);
    default:
      if (b === 0n) {
        if (isLive) throw new ConditionError("this #if divides by zero");
        return wrap(0n, isUnsigned);
      }
      return wrap(operator === "/" ? a / b : a % b, isUnsigned);
  }
}
