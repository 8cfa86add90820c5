/**
 * dtc's integers: unsigned, 64 bits, wrapping. A value below 2^53 is kept as a number, which nearly all are; one above
 * as a bigint.
 */
export type U64 = number | bigint;

const LARGEST_NUMBER = 9007199254740991;

/** The value modulo 2^64, as a number where it is exact. */
export function u64(value: bigint): U64 {
  const wrapped = BigInt.asUintN(64, value);
  return wrapped <= 9007199254740991n ? Number(wrapped) : wrapped;
}

function isWord(value: U64): value is number {
  return typeof value === "number" && value <= 0xffffffff;
}

export function negate(value: U64): U64 {
  return value === 0 ? 0 : u64(-BigInt(value));
}

export function complement(value: U64): U64 {
  return u64(~BigInt(value));
}

export type BinaryOperator = (left: U64, right: U64) => U64;

function truth(holds: boolean): U64 {
  return holds ? 1 : 0;
}

/** Each operator with its precedence, C's. Division and remainder by zero are for the caller to refuse. */
export const BINARY_OPERATORS: Readonly<Record<string, { precedence: number; apply: BinaryOperator }>> = {
  "||": { precedence: 1, apply: (a, b) => truth(isTrue(a) || isTrue(b)) },
  "&&": { precedence: 2, apply: (a, b) => truth(isTrue(a) && isTrue(b)) },
  "|": { precedence: 3, apply: (a, b) => (isWord(a) && isWord(b) ? (a | b) >>> 0 : u64(BigInt(a) | BigInt(b))) },
  "^": { precedence: 4, apply: (a, b) => (isWord(a) && isWord(b) ? (a ^ b) >>> 0 : u64(BigInt(a) ^ BigInt(b))) },
  "&": { precedence: 5, apply: (a, b) => (isWord(a) && isWord(b) ? (a & b) >>> 0 : u64(BigInt(a) & BigInt(b))) },
  "==": { precedence: 6, apply: (a, b) => truth(a === b) },
  "!=": { precedence: 6, apply: (a, b) => truth(a !== b) },
  "<": { precedence: 7, apply: (a, b) => truth(a < b) },
  ">": { precedence: 7, apply: (a, b) => truth(a > b) },
  "<=": { precedence: 7, apply: (a, b) => truth(a <= b) },
  ">=": { precedence: 7, apply: (a, b) => truth(a >= b) },
  "<<": { precedence: 8, apply: shiftLeft },
  ">>": { precedence: 8, apply: shiftRight },
  "+": { precedence: 9, apply: add },
  "-": { precedence: 9, apply: subtract },
  "*": { precedence: 10, apply: multiply },
  "/": { precedence: 10, apply: (a, b) => quotient(a, b) },
  "%": { precedence: 10, apply: (a, b) => remainder(a, b) },
};

export function isTrue(value: U64): boolean {
  return value !== 0;
}

function add(a: U64, b: U64): U64 {
  if (typeof a === "number" && typeof b === "number" && a + b <= LARGEST_NUMBER) return a + b;
  return u64(BigInt(a) + BigInt(b));
}

function subtract(a: U64, b: U64): U64 {
  if (typeof a === "number" && typeof b === "number" && a >= b) return a - b;
  return u64(BigInt(a) - BigInt(b));
}

function multiply(a: U64, b: U64): U64 {
  if (typeof a === "number" && typeof b === "number" && a * b <= LARGEST_NUMBER) return a * b;
  return u64(BigInt(a) * BigInt(b));
}

/** As dtc: a shift by 64 or more gives 0. */
function shiftLeft(a: U64, b: U64): U64 {
  if (b >= 64) return 0;
  const count = Number(b);
  if (typeof a === "number" && a * 2 ** count <= LARGEST_NUMBER) return a * 2 ** count;
  return u64(BigInt(a) << BigInt(count));
}

function shiftRight(a: U64, b: U64): U64 {
  if (b >= 64) return 0;
  const count = Number(b);
  return typeof a === "number" ? Math.floor(a / 2 ** count) : u64(a >> BigInt(count));
}

function quotient(a: U64, b: U64): U64 {
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
  return u64(BigInt(a) / BigInt(b));
}

function remainder(a: U64, b: U64): U64 {
  if (typeof a === "number" && typeof b === "number") return a % b;
  return u64(BigInt(a) % BigInt(b));
}

/** The bits of a value that do not fit `bits`: true unless they are all 0, or all 1 as in a negative number. */
export function overflows(value: U64, bits: number): boolean {
  if (bits === 64 || value < 2 ** bits) return false;
  const mask = (1n << BigInt(bits)) - 1n;
  return u64(BigInt(value) | mask) !== (1n << 64n) - 1n;
}
