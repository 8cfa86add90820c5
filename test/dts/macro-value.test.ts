import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SourceCache } from "../../dts/load-source.ts";
import { Preprocessor } from "../../dts/preprocessor.ts";
import { SourceMap } from "../../dts/source.ts";
import { TokenReader } from "../../dts/token-reader.ts";
import { TokenKind } from "../../dts/tokens.ts";
import { memoryFiles, parse } from "./memory-files.ts";
import { told } from "./told.ts";

/** Behind a macro's body, nothing, and a macro that expands to nothing: with it, tokens are made of the body. */
const BLANKS = "     ";
const NOTHING = "EMPTY";

const DEFINES = `#define EMPTY
#define ONE 1
#define OTHER ONE
#define THIRD OTHER
#define CIRCLE CIRCLE2
#define CIRCLE2 CIRCLE
#define SUM (1 + 2)
#define PAIR 1 2
#define WIDE 0x100000000
`;

function board(macro: string, cells: string): string {
  return `/dts-v1/;\n${DEFINES}#define ${macro} GAP\n/ {\n\tl: n {\n\t\treg = <7 ${cells} (1) ${cells}>, <${cells}>;\n\t};\n};\n`;
}

function expectSame(source: string): void {
  expect(told(source.replaceAll("GAP", BLANKS))).toEqual(told(source.replaceAll("GAP", NOTHING)));
}

/** Whether the first cell of `<cells>` comes as a number that was worked out. */
function isComputed(macro: string, cells: string): boolean {
  const cache = new SourceCache(memoryFiles({}));
  const input = cache.fromText("board.dts", `${DEFINES}#define ${macro}\n<${cells}>`);
  const reader = new TokenReader(new Preprocessor(input, cache, new SourceMap(), [], () => undefined));
  reader.advanceToCell();
  return reader.kind === TokenKind.computed;
}

const KEY = "KEY(row, col, code) ((((row) & 0xFF) << 24) | (((col) & 0xFF) << 16) | ((code) & 0xFFFF))";

const forms: readonly [string, string, string][] = [
  ["a key of a matrix", KEY, "KEY(0x02, 0x0a, 116)"],
  ["arguments that are macros", KEY, "KEY(ONE, OTHER, THIRD)"],
  ["a call over lines, with comments", KEY, "KEY(1, // row\n /* column */ 2\n,3\n)"],
  ["all bits", "ALL (~0)", "ALL"],
  ["a negative number", "LESS(x) (-x)", "LESS(1)"],
  ["an argument without parentheses of its own", "TWICE(x) (x * 2 + x)", "TWICE(3)"],
  ["a word of the body that is a macro", "MORE(x) (x + ONE)", "MORE(1)"],
  ["a word of the body that is another's name", "MORE(x) (x + THIRD)", "MORE(1)"],
  ["a condition", "MOST(a, b) (a > b ? a : b)", "MOST(1, 2) MOST(2, 1)"],
  ["conditions in conditions", "F(a) (a ? 0 ? 1 : 2 : a ? 3 : 4)", "F(0) F(1)"],
  ["operators of one precedence, from the left", "F(a, b) (100 - a - b + 1 << 1 << 1)", "F(1, 2)"],
  ["signs", "F(a) (!!a + ~-a + !0)", "F(5) F(0)"],
  ["comparisons", "F(a, b) (a == b | a != b | a <= b | a >= b | a < b | a && b || a ^ b)", "F(1, 2) F(2, 2)"],
  ["division and remainder", "F(a, b) (a / b * 100 + a % b)", "F(7, 2)"],
  ["an argument that is not used", "F(a, b) (a)", "F(1, 2)"],
  ["what is wider than a cell on the way", "F(a) (((a << 40) >> 40) & 0xff)", "F(3)"],
  ["octal numbers and suffixes", "F(a) (a + 010 + 1U + 1ULL)", "F(017) F(2UL)"],
];

describe("a macro whose call is worked out", () => {
  test.each(forms)("%s: is as by its tokens", (_, macro, cells) => {
    expectSame(board(macro, cells));
    // As part of another's expansion, and of an argument.
    expectSame(board(`${macro}GAP\n#define LIST 1 ${cells.replaceAll(/\n|\/\/.*|\/\*.*\*\//g, " ")}`, "LIST 2 LIST"));
    expectSame(`${board(macro, `ID(${cells})`)}`.replace("/dts-v1/;", "/dts-v1/;\n#define ID(x) x"));
  });

  test.each(forms)("%s: is worked out", (_, macro, cells) => {
    expect(isComputed(macro, cells)).toBe(true);
    expect(isComputed(`${macro} EMPTY`, cells)).toBe(false);
  });

  // By hand: 2 << 24 | 10 << 16 | 116; ~0 in 32 bits; 6 + 3; 7 / 2 * 100 + 7 % 2.
  test.each([
    [KEY, "KEY(0x02, 0x0a, 116)", 0x020a0074],
    ["ALL (~0)", "ALL", 0xffffffff],
    ["TWICE(x) (x * 2 + x)", "TWICE(3)", 9],
    ["F(a, b) (a / b * 100 + a % b)", "F(7, 2)", 301],
  ])("%s: gives what it comes to", (macro, cells, value) => {
    const { tree } = parse(`/dts-v1/;\n#define ${macro}\n/ { a = <1 ${cells}>; };`);
    expect(tree?.root.property("a")?.cell(1)).toBe(value);
  });
});

describe("a macro whose tokens are made", () => {
  const others: readonly [string, string, string][] = [
    ["a body that is no group", "F(a) (a) + (1)", "F(1)"],
    ["a body of two cells", "F(a) (a) (a)", "F(1)"],
    ["a body of one number", "F 5", "F"],
    ["a body without an operand", "F(a) (a +)", "F(1)"],
    ["a parenthesis too many", "F(a) ((a)", "F(1)"],
    ["a call within the body", "F(a) (G(a) | 1)\n#define G(x) (x << 8)", "F(1)"],
    ["a macro of more than a number within the body", "F(a) (a + SUM)", "F(1)"],
    ["a word that is no macro", "F(a) (a + NOWHERE)", "F(1)"],
    ["its own name", "F(a) (a + F)", "F(1)"],
    ["a circle of names", "F(a) (a + CIRCLE)", "F(1)"],
    ["a string", 'F(a) ("a")', "F(1)"],
    ["a character", "F(a) (a + 'a')", "F(1)"],
    ["a number of the preprocessor's alone", "F(a) (a + 0xe+1)", "F(1)"],
    ["a number that is none", "F(a) (a + 09)", "F(1)"],
    ["two tokens put together", "F(a) (0x ## a)", "F(1)"],
    ["the text of an argument", "F(a) (#a)", "F(1)"],
    ["a reference", "F(a) (&l)", "F(1)"],
    ["an argument of two tokens", "F(a) (a * 2)", "F(1 + 1)"],
    ["an argument in parentheses", "F(a) (a * 2)", "F((1))"],
    ["an argument that is an expression's name", "F(a) (a * 2)", "F(SUM)"],
    ["an argument that is two numbers", "F(a) (a)", "F(PAIR)"],
    ["an argument that is empty", "F(a) (a + 1)", "F()"],
    ["too few arguments", "F(a, b) (a + b)", "F(1)"],
    ["too many arguments", "F(a, b) (a + b)", "F(1, 2, 3)"],
    ["no arguments, and none wanted", "F() (1 + 1)", "F()"],
    ["as many arguments as there are", "F(a...) (a)", "F(1)"],
    ["a name without its call", "F(a) (a)", "F"],
    ["a call without its end", "F(a) (a)", "F(1"],
    ["a division by zero", "F(a) (1 / a)", "F(0)"],
    ["a division by zero that does not count", "F(a) (a ? 1 / a : 0)", "F(0)"],
    ["a value that does not fit", "F(a) (a << 32)", "F(1)"],
    ["an argument that does not fit", "F(a) (a)", "F(WIDE)"],
    ["a number beyond 64 bits", "F(a) (a + 0x10000000000000000)", "F(1)"],
  ];
  test.each(others)("%s: is as it is", (_, macro, cells) => {
    expectSame(board(macro, cells));
    expect(isComputed(macro, cells)).toBe(false);
  });
});

test("a macro that is defined anew within a list is taken as it stands", () => {
  const cells = `F(1)
#undef F
#define F(a) (a + 100)GAP
F(ONE)
#undef ONE
#define ONE 50
F(ONE)`;
  expectSame(board("F(a) (a + ONE)", cells));
});

test("where a cell is not 32 bits wide, or there is none, tokens are made", () => {
  for (const value of ["/bits/ 8 <F(1) F(300)>", "/bits/ 64 <F(1)>", "[F(1)]", "F(1)", "<(F(1) + F(2))>"]) {
    expectSame(`/dts-v1/;\n#define EMPTY\n#define F(a) (a * 2)GAP\n/ { a = ${value}; };`);
  }
});

test("macros that expand to too much are refused, be they worked out or not", () => {
  const body = `(${Array.from({ length: 60 }, () => "a").join("+")})`;
  const source = `/dts-v1/;\n#define EMPTY\n#define F(a) ${body}GAP\n#define G F(1) F(1) F(1) F(1) F(1) F(1) F(1) F(1)\n#define H G G G G G G G G\n#define I H H H H H H H H\n#define J I I I I I I I I\n#define K J J J J J J J J\n/ { a = <K>; };`;
  for (const gap of [BLANKS, NOTHING]) {
    const { diagnostics } = parse(source.replaceAll("GAP", gap));
    expect(diagnostics.map(({ rule }) => rule)).toEqual(["limit"]);
  }
});

const operand = fc.constantFrom("a", "b", "(a)", "ONE", "THIRD", "3", "0x10", "~a", "-b", "!a", "NOWHERE", "SUM");
const operator = fc.constantFrom("+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "&&", "||", "==", "<", ">=", "?");
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    operand,
    fc
      .tuple(tie("expression"), operator, tie("expression"), fc.boolean())
      .map(([left, sign, right, isGroup]) =>
        sign === "?" ? `(${left} ? ${right} : b)` : isGroup ? `(${left} ${sign} ${right})` : `${left} ${sign} ${right}`,
      ),
  ),
}));
const argument = fc.constantFrom("0", "1", "7", "0x80000000", "ONE", "THIRD", "SUM", "2 + 3", "NOWHERE", "WIDE", "");

test("whatever the body and the arguments, working a call out changes nothing", () => {
  fc.assert(
    fc.property(expression, argument, argument, (body, first, second) => {
      expectSame(board(`F(a, b) (${body})`, `F(${first}, ${second})`));
    }),
    { numRuns: 1000 },
  );
});
