import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SourceCache } from "../../dts/load-source.ts";
import { TokenKind } from "../../dts/tokens.ts";
import { latin1 } from "../../dts/tree.ts";
import { memoryFiles, parse } from "./memory-files.ts";
import { countOf, told } from "./told.ts";

/** Five characters after `#define` with which the line is taken whole, and with which it is not. */
const BLANKS = " \t   ";
const COMMENT = "/**/ ";

function board(lines: string, cells = "A", body = ""): string {
  return `/dts-v1/;\n${lines}\n/ {\n\tl: n {\n\t\treg = <${cells}>;\n\t\tsum = <(A + 1) B>;\n\t\t${body}\n\t};\n};\n`;
}

function expectSame(source: string, files: Readonly<Record<string, string>> = {}): void {
  const withGap = (gap: string) =>
    told(
      source.replaceAll("GAP", gap),
      Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text.replaceAll("GAP", gap)])),
    );
  expect(withGap(BLANKS)).toEqual(withGap(COMMENT));
}

describe("a #define line that is taken whole", () => {
  const lines: readonly [string, string][] = [
    ["a number", "#defineGAPA 0x10"],
    ["a number with a suffix", "#defineGAPA 1UL"],
    ["a number that dtc refuses", "#defineGAPA 09"],
    ["a number of the preprocessor's alone", "#defineGAPA 1.5"],
    ["an expression", "#defineGAPA (1 << 4)"],
    ["several cells", "#defineGAPA 1 2 3"],
    ["another name", "#defineGAPB 7\n#defineGAPA B"],
    ["its own name", "#defineGAPA A"],
    ["a reference", "#defineGAPA &l"],
    ["nothing", "#defineGAPA"],
    ["nothing, and blanks", "#defineGAPA   "],
    ["a comment behind", '#defineGAPA 0x1 /* one "of" // them */'],
    ["a comment alone", "#defineGAPA /* none */"],
    ["lines of DOS", "#defineGAPA 1\r\n#defineGAPB 2\r\n"],
    ["several names", "#defineGAPA 1\n#defineGAPAA 2\n\n#defineGAPa_B 3\n  #defineGAPB 4"],
    ["a name twice", "#defineGAPA 1\n#defineGAPA 2"],
    ["a name that is taken back", "#defineGAPA 1\n#undef A\n#defineGAPB 2"],
    ["a name that is asked for", "#defineGAPA 1\n#ifdef A\n#defineGAPB 2\n#else\n#defineGAPB 3\n#endif"],
    ["a name that is left out", "#if 0\n#defineGAPA 1\n#else\n#defineGAPA 2\n#endif"],
    ["a name that conditions ask for", "#defineGAPA 1\n#if defined(A) && A > 0 && !B\n#defineGAPB 2\n#endif"],
    ["a guard", "#ifndef GUARD_H\n#defineGAPGUARD_H\n#defineGAPA 1\n#endif"],
    ["the name of a directive on the next line", "#defineGAPA 1\nelse\n#defineGAPB 2"],
    ["an argument of a macro", "#define CALL(x) x\n#defineGAPA CALL(3)"],
    ["what a name without a capital stands for", "#define small A\n#defineGAPA 1"],
    ["a semicolon", "#defineGAPA 1;"],
    ["a bracket too many", "#defineGAPA (1"],
    ["an operator too many", "#defineGAPA (1 +)"],
    ["a word that is no macro", "#defineGAPA NOWHERE"],
    ["bytes that are no ASCII", "#defineGAPA \xe9"],
    ["after a # of its own", "#\n#defineGAPA 1"],
  ];
  test.each(lines)("%s: is as it is token by token", (_, source) => {
    expectSame(board(source));
    expectSame(board(source, "B A 1"));
    // The last line of a file, without its end.
    expectSame(board('#include "a.h"'), { "a.h": source });
    // In which the preprocessor looks at nothing.
    expectSame(board('/include/ "a.h"'), { "a.h": source });
  });

  test.each(lines.slice(0, 16))("%s: is taken whole", (_, source) => {
    const count = source.match(/#define/g)!.length;
    expect(countOf(TokenKind.define, source.replaceAll("GAP", BLANKS))).toBe(count);
    expect(countOf(TokenKind.define, source.replaceAll("GAP", COMMENT))).toBe(0);
  });

  const others: readonly [string, string][] = [
    ["parameters", "#define A(x) 1"],
    ["a name without a capital", "#define a 1"],
    ["a line that goes on", "#define A 1 \\\n + 2"],
    ["a string", '#define A "text"'],
    ["a character", "#define A 'a'"],
    ["a #", "#define A #"],
    ["a comment between", "#define A 1 /* + */ + 2"],
    ["a comment that goes on", "#define A 1 /* + \n */ + 2"],
    ["a comment to the end of the line", "#define A 1 // one"],
    ["a division", "#define A (1 / 2)"],
    ["no blank after the name", "#define A+1"],
    ["no name", "#define 1"],
    ["a blank before the word", "# define A 1"],
    ["something before it", "/* */ a #define A 1"],
  ];
  test.each(others)("%s: is scanned", (_, source) => {
    expect(countOf(TokenKind.define, source)).toBe(0);
  });

  test("the macros of one parse are not those of the next, though both read the same file", () => {
    const files = memoryFiles({ "a.h": "#define A 1\n#define B (A + 1)\n", "b.h": "#define A 5\n" });
    const cache = new SourceCache(files);
    const values = (includes: string) => {
      const { tree } = parse(board(includes, "A B"), {}, { files, cache });
      return tree === null ? null : latin1(tree.nodeAt("/n")!.property("reg")!.value);
    };
    const both = '#include "a.h"';
    expect(values(both)).toBe("\0\0\0\x01\0\0\0\x02");
    expect(values(`${both}\n#undef A\n#include "b.h"`)).toBe("\0\0\0\x05\0\0\0\x06");
    expect(values('#include "b.h"')).toBe(null);
    expect(values(both)).toBe("\0\0\0\x01\0\0\0\x02");
  });
});

test("a line that comes after a directive of two tokens is its own in later parses too", () => {
  const files = memoryFiles({ "a.h": "#ifdef NONE\n#endif\n#define A 1\n#define B (A + 1)\n" });
  const cache = new SourceCache(files);
  for (let i = 0; i < 4; i++) {
    expect(parse(board('#include "a.h"', "A B"), {}, { files, cache }).diagnostics).toEqual([]);
  }
});

const names = fc.constantFrom("A", "B", "C", "AB", "aB", "small");
const words = fc.constantFrom(
  "1",
  "0x2",
  "A",
  "B",
  "C",
  "small",
  "(",
  ")",
  "+",
  "-",
  "<",
  "&l",
  "NOWHERE",
  "CALL(",
  ",",
);
const bodies = fc.array(words, { maxLength: 4 }).map((list) => list.join(" "));
const ends = fc.constantFrom("", "", " ", "\r", " /* it */", " /* it */ ", " // it", "\\\n3");
const defines = fc.tuple(names, bodies, ends).map(([name, body, end]) => `#defineGAP${name} ${body}${end}`);
const directives = fc.constantFrom(
  "#undef A",
  "#ifdef A",
  "#ifndef B",
  "#else",
  "#endif",
  "#if A",
  "#define CALL(x) x",
);
const headers = fc
  .array(fc.oneof({ weight: 4, arbitrary: defines }, { weight: 1, arbitrary: directives }), { maxLength: 8 })
  .map((list) => list.join("\n"));

test("whatever a header defines, taking its lines whole changes nothing", () => {
  fc.assert(
    fc.property(headers, bodies, (header, cells) => {
      expectSame(board('#include "a.h"', cells, `other = <${cells}>;`), { "a.h": header });
    }),
    { numRuns: 1000 },
  );
});
