import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { LANGUAGE_CASES } from "../dts/language-cases.ts";
import { parse } from "../dts/memory-files.ts";
import { eachAtOnce, outputOf } from "./processes.ts";
import { compileWithDtc, requireProgram } from "./tools.ts";

beforeAll(() => {
  requireProgram("cpp", "cpp");
  requireProgram("dtc", "device-tree-compiler");
});

describe("each part of the language, as cpp and dtc read it", () => {
  test.each(LANGUAGE_CASES)("$name", ({ source, files }) => {
    const folder = mkdtempSync(join(tmpdir(), "carveout-language-"));
    for (const [path, text] of Object.entries({ ...files, "board.dts": source })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text, "latin1");
    }
    const theirs = compileWithDtc(join(folder, "board.dts"), [join(folder, "inc")]);
    const { tree } = parse(source, files);
    expect(tree).not.toBeNull();
    expect(Buffer.from(writeBlob(tree!)).toString("hex")).toBe(theirs.toString("hex"));
  });
});

function compiled(source: string): string | null {
  const { tree } = parse(source);
  return tree === null ? null : Buffer.from(writeBlob(tree)).toString("hex");
}

/** What becomes of a source that is given to a shell's command; null where it fails. */
async function compiledBy(command: string, source: string): Promise<string | null> {
  try {
    return (await outputOf("sh", ["-c", `set -e; ${command}`], { input: source })).toString("hex");
  } catch {
    return null;
  }
}

const digits = (characters: string, maxLength: number) =>
  fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength }).map((list) => list.join(""));
const suffix = fc.constantFrom("", "", "", "U", "L", "UL", "ULL", "LL", "LU", "u");
const word = fc.oneof(
  fc.tuple(digits("0123456789", 10), suffix).map((parts) => parts.join("")),
  fc.tuple(fc.constantFrom("0x", "0X"), digits("0123456789abcdefABCDEF", 9), suffix).map((parts) => parts.join("")),
  digits("0123456789abcdefxXuUlLeEpP_", 6),
);

test("what dtc takes for a number is one to us, be its statement read whole or not, and nothing else is", async () => {
  const sources = fc
    .sample(fc.tuple(word, word, fc.constantFrom(" ", "/**/ ")), { numRuns: 300, seed: 15 })
    // dtc reads what follows a suffix as one more cell, 5U3 as 5 and 3; we refuse it, as nobody means that.
    .filter(([first, second]) => !/^(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:U|L|UL|LL|ULL)[0-9]/m.test(`${first}\n${second}`))
    .map(([first, second, gap]) => `/dts-v1/;\n/ {\n\ta =${gap}<${first}>;\n\tb = <${second} 0>, <1>;\n};\n`);
  const theirs = await eachAtOnce(sources, (source) => compiledBy("dtc -q -I dts -O dtb -", source));
  expect(sources.map(compiled)).toEqual(theirs);
  expect(theirs.filter((blob) => blob !== null).length).toBeGreaterThan(60);
});

const operand = fc.constantFrom("a", "b", "(a)", "(b)", "ONE", "3", "0x1f", "~a", "-b", "!a");
const operator = fc.constantFrom("+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "&&", "||", "==", "<", ">=", "?");
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    operand,
    fc
      .tuple(tie("expression"), operator, tie("expression"))
      .map(([left, sign, right]) => (sign === "?" ? `(${left} ? ${right} : b)` : `${left} ${sign} ${right}`)),
  ),
}));
const argument = fc.constantFrom("0", "1", "7", "0x80000000", "ONE", "OTHER");

test("a macro's call comes to what cpp and dtc make of it", async () => {
  const sources = fc
    .sample(fc.array(fc.tuple(expression, argument, argument), { minLength: 3, maxLength: 3 }), {
      numRuns: 300,
      seed: 16,
    })
    .map((calls) => {
      const defines = calls.map(([body], i) => `#define F${i}(a, b) ((${body}) & 0xffffffff)\n`).join("");
      const cells = calls.map(([, first, second], i) => `F${i}(${first}, ${second})`).join(" ");
      return `/dts-v1/;\n#define ONE 1\n#define OTHER ONE\n${defines}/ {\n\ta = <${cells}>;\n};\n`;
    });
  const cpp = "cpp -nostdinc -undef -D__DTS__ -x assembler-with-cpp -";
  const theirs = await eachAtOnce(sources, (source) => compiledBy(`${cpp} | dtc -q -I dts -O dtb -`, source));
  expect(sources.map(compiled)).toEqual(theirs);
  expect(theirs.filter((blob) => blob !== null).length).toBeGreaterThan(100);
});
