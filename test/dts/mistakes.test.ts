import { describe, expect, test } from "vitest";
import { findRule } from "../../core/rules/catalogue.ts";
import { parse, reports } from "./memory-files.ts";

/** What a mistake reports, with a tree never given. */
function mistakes(source: string, files: Readonly<Record<string, string>> = {}): string[] {
  const result = parse(source, files);
  expect(result.tree).toBeNull();
  for (const { rule } of result.diagnostics) expect(findRule(rule), rule).not.toBeNull();
  return reports(result);
}

const board = (body: string): string => `/dts-v1/;\n/ {\n${body}\n};\n`;

describe("one mistake gives one report, at its place", () => {
  test("a missing semicolon is reported where it should stand", () => {
    expect(mistakes(board('\ta = <1>\n\tb = "x"\n\tc\n\td = <2>;'))).toEqual([
      "board.dts:3:9: expected ';' after property a",
      "board.dts:4:9: expected ';' after property b",
      "board.dts:5:3: expected ';' after property c",
    ]);
  });

  test("a missing semicolon after a node", () => {
    expect(mistakes("/dts-v1/;\n/ {\n\tn { }\n\tm { };\n}\n")).toEqual([
      "board.dts:3:7: expected ';' after the node's '}'",
      "board.dts:5:2: expected ';' after the node's '}'",
    ]);
  });

  test("a missing brace names the node that is open", () => {
    const result = parse("/dts-v1/;\n/ {\n\tn {\n\t\ta;\n\t};\n");
    expect(reports(result)).toEqual(["board.dts:5:4: the node is not closed: expected '}'"]);
    const related = result.diagnostics[0]!.related![0]!;
    expect(result.sources.locate(related.span)).toMatchObject({ line: 2, column: 1 });
  });

  test("a brace too many", () => {
    expect(mistakes("/dts-v1/;\n/ {\n};\n};\n/ { a; };\n")).toEqual([
      "board.dts:4:1: this '}' closes nothing: there is one too many",
    ]);
  });

  test("an unknown label, in a cell, as a path and before a node, with what was probably meant", () => {
    const result = parse(`${board("\ta = <&uart1>;\n\tb = &nowhere;\n\tuart0: n { };")}&missing { };\n`);
    expect(reports(result)).toEqual([
      "board.dts:3:7: &uart1: no node has this label",
      "board.dts:4:6: &nowhere: no node has this label",
      "board.dts:7:1: &missing refers to no node that stands above",
    ]);
    expect(result.diagnostics[0]!.hint).toBe("did you mean &uart0?");
  });

  test("an unknown path", () => {
    expect(mistakes(board("\ta = <&{/n@1/m}>;\n\tn@1 { };"))).toEqual(["board.dts:3:7: &{/n@1/m} names no node"]);
  });

  test("a duplicate label, with the place of the first", () => {
    const result = parse(board("\tl: a { };\n\tl: b { };\n"));
    expect(reports(result)).toEqual(["board.dts:4:2: label l stands on two things"]);
    expect(result.sources.locate(result.diagnostics[0]!.related![0]!.span)).toMatchObject({ line: 3, column: 2 });
  });

  test("duplicate nodes, properties and phandles", () => {
    expect(mistakes(board("\ta;\n\ta;\n\tn { phandle = <1>; };\n\tn { };\n\tm { phandle = <1>; };"))).toEqual([
      "board.dts:4:2: property a stands twice in /",
      "board.dts:6:2: node n stands twice in /",
      "board.dts:7:6: phandle 0x1 is /n's already",
    ]);
  });

  test("an unterminated string does not swallow the lines after it", () => {
    expect(mistakes(board('\ta = "one;\n\tb = "two";\n\tc = "three", "four;\n\td = <1>'))).toEqual([
      "board.dts:3:6: this string has no closing quote",
      "board.dts:5:15: this string has no closing quote",
      "board.dts:6:9: expected ';' after property d",
    ]);
  });

  test("a file that does not exist says where it was looked for", () => {
    expect(
      mistakes(
        '/dts-v1/;\n#include <nope.h>\n#include "nope.dtsi"\n/include/ "gone.dtsi"\n/ { a = /incbin/("x.bin"); };',
      ),
    ).toEqual([
      "board.dts:2:1: #include <nope.h>: no such file; tried inc/nope.h",
      'board.dts:3:1: #include "nope.dtsi": no such file; tried nope.dtsi, inc/nope.dtsi',
      'board.dts:4:1: /include/ "gone.dtsi": no such file; tried gone.dtsi, inc/gone.dtsi',
      'board.dts:5:18: /incbin/("x.bin"): no such file; tried x.bin, inc/x.bin',
    ]);
  });

  test("a mistake in an included file is placed there, with the chain of includes", () => {
    const result = parse('/dts-v1/;\n#include "a.dtsi"\n', {
      "a.dtsi": '\n#include "b.dtsi"\n',
      "b.dtsi": "/ {\n\tx = <1>\n};\n",
    });
    expect(reports(result)).toEqual(["b.dtsi:2:9: expected ';' after property x"]);
    const chain = result.sources.includeChain(result.diagnostics[0]!.span.start);
    expect(chain.map((start) => result.sources.locate({ start, end: start })?.file)).toEqual(["a.dtsi", "board.dts"]);
  });

  test.each(['#include "loop.dtsi"\n', '/include/ "loop.dtsi"\n'])("an include loop: %s", (line) => {
    expect(mistakes(`/dts-v1/;\n${line}/ { };`, { "loop.dtsi": line })).toEqual([
      "loop.dtsi:1:1: loop.dtsi includes itself, 200 files deep",
    ]);
  });

  test("files that include one another twice over are stopped", () => {
    const twice = '#include "bomb.dtsi"\n#include "bomb.dtsi"\n';
    const [report] = mistakes(`/dts-v1/;\n${twice}`, { "bomb.dtsi": twice });
    expect(report).toContain("includes itself");
  });

  test("unbalanced conditionals", () => {
    expect(mistakes("/dts-v1/;\n#if 1\n/ { };\n")).toEqual(["board.dts:2:1: this conditional has no #endif"]);
    expect(mistakes("/dts-v1/;\n/ { };\n#endif\n#else\n#elif 1\n")).toEqual([
      "board.dts:3:1: #endif without #if",
      "board.dts:4:1: #else without #if",
      "board.dts:5:1: #elif without #if",
    ]);
    expect(mistakes("/dts-v1/;\n/ { };\n#if 1\n#else\n#else\n#endif\n")).toEqual(["board.dts:5:1: #else after #else"]);
  });

  test("a conditional that cannot be weighed", () => {
    expect(mistakes("/dts-v1/;\n#if 1 +\n#endif\n#if (1\n#endif\n#if 1 / 0\n#endif\n#if 1 2\n#endif\n/ { };")).toEqual([
      "board.dts:2:1: this #if ends where a value should stand",
      "board.dts:4:1: this #if lacks a closing parenthesis",
      "board.dts:6:1: this #if divides by zero",
      "board.dts:8:1: #if goes on after its expression, at 2",
    ]);
  });

  test("#error speaks its text", () => {
    expect(mistakes("/dts-v1/;\n#error this board is gone\n/ { };\n")).toEqual([
      "board.dts:2:1: #error this board is gone",
    ]);
  });

  test("a cell over 32 bits, and elements that do not fit theirs", () => {
    expect(mistakes(board("\ta = <1 0x100000000 (1 << 32)>;\n\tb = /bits/ 8 <256 255 (-129) (-128)>;"))).toEqual([
      "board.dts:3:9: 0x100000000 does not fit a cell of 32 bits",
      "board.dts:3:21: 0x100000000 does not fit a cell of 32 bits",
      "board.dts:4:16: 0x100 does not fit a cell of 8 bits",
    ]);
  });

  test("literals that are none", () => {
    expect(mistakes(board("\ta = <08 0x 1k 0x10000000000000000 '' 'ab'>;"))).toEqual([
      "board.dts:3:7: 08 is no integer",
      "board.dts:3:10: 0x is no integer",
      "board.dts:3:13: 1k is no integer",
      "board.dts:3:16: 0x10000000000000000 does not fit 64 bits",
      "board.dts:3:36: a character literal holds no character",
      "board.dts:3:39: a character literal holds one character",
    ]);
  });

  test("a macro that nobody defined", () => {
    expect(mistakes(board("\ta = <GIC_SPI 4 IRQ(3, 4) (5 + FOO)>;"))).toEqual([
      "board.dts:3:7: GIC_SPI is not a number, and no macro of that name is defined here",
      "board.dts:3:17: IRQ is not a number, and no macro of that name is defined here",
      "board.dts:3:32: FOO is not a number, and no macro of that name is defined here",
    ]);
  });

  test("a mistake inside a macro is placed where the macro is used, and names the macro", () => {
    const result = parse(`#define WRONG (1 + )\n${board("\ta = <1 WRONG>;")}`);
    expect(reports(result)).toEqual(["board.dts:4:9: expected a number in this expression, found ')'"]);
    expect(result.diagnostics[0]!.related).toMatchObject([
      { message: "in the expansion of macro WRONG, defined here" },
    ]);
  });

  test("macros called with too few or too many arguments, or never closed", () => {
    expect(mistakes(`#define F(a, b) a b\n${board("\tx = <F(1)>;\n\ty = <F(1, 2, 3)>;")}`)).toEqual([
      "board.dts:4:7: macro F takes 2 arguments, not 1",
      "board.dts:5:7: macro F takes 2 arguments, not 3",
    ]);
    expect(mistakes(`#define F(a) a\n${board("\tx = <F(1>;")}`)[0]).toBe(
      "board.dts:4:7: the call of macro F has no closing parenthesis",
    );
  });

  test("expressions that break off", () => {
    expect(mistakes(board("\ta = <(1 + )>;\n\tb = <(1 / 0)>;\n\tc = <(2>;"))).toEqual([
      "board.dts:3:12: expected a number in this expression, found ')'",
      "board.dts:4:10: division by zero",
      "board.dts:5:10: expected a number in this expression, found ';'",
    ]);
  });

  test("cell lists: commas, an operator, a missing bracket", () => {
    expect(mistakes(board("\ta = <1, 2>;\n\tb = <1 + 2>;\n\tc = <1 2;\n\td = <3>;"))).toEqual([
      "board.dts:3:8: cells are separated by spaces, not commas",
      "board.dts:4:9: '+' cannot stand in a cell list outside parentheses",
      "board.dts:5:10: the cell list is not closed: expected '>'",
    ]);
  });

  test("values that lack their brackets or quotes", () => {
    const result = parse(board("\ta = 5;\n\tb = okay;\n\tc = ;"));
    expect(reports(result)).toEqual([
      "board.dts:3:6: expected a value (a string, <cells>, [bytes] or a reference), found '5'",
      "board.dts:4:6: expected a value (a string, <cells>, [bytes] or a reference), found 'okay'",
      "board.dts:5:5: expected a value (a string, <cells>, [bytes] or a reference), found ';'",
    ]);
    expect(result.diagnostics.map(({ hint }) => hint)).toEqual([
      "write numbers in angle brackets: <5>",
      'write strings in double quotes: "okay"',
      undefined,
    ]);
  });

  test("byte strings of anything but pairs of hex digits", () => {
    expect(mistakes(board("\ta = [0 123 0x12 zz 11];"))).toEqual([
      "board.dts:3:7: a byte string holds pairs of hex digits, not '0'",
      "board.dts:3:9: a byte string holds pairs of hex digits, not '123'",
      "board.dts:3:13: a byte string holds pairs of hex digits, not '0x12'",
      "board.dts:3:18: a byte string holds pairs of hex digits, not 'zz'",
    ]);
  });

  test("a property after a child node", () => {
    expect(mistakes(board("\tn { };\n\ta = <1>;"))).toEqual(["board.dts:4:2: property a stands after a child node"]);
  });

  test("a source without its header, and an empty one", () => {
    expect(mistakes("/ { };\n")).toEqual(["board.dts:1:1: the source does not begin with /dts-v1/;"]);
    expect(mistakes("")).toEqual(["board.dts:1:1: the source does not begin with /dts-v1/;"]);
    expect(mistakes("/dts-v1/;\n")).toEqual(["board.dts:1:1: there is no tree here: expected / { … };"]);
  });

  test("a comment that never ends", () => {
    expect(mistakes("/dts-v1/;\n/ { };\n/* and so on\n")).toEqual(["board.dts:3:1: this comment has no end"]);
  });

  test("phandles that mean nothing", () => {
    expect(mistakes(board("\tn { phandle = <0>; };\n\tm { phandle = <&n>; };\n\tn: o { phandle = [00]; };"))).toEqual([
      "board.dts:3:6: phandle of /n is 0x0, which means none",
      "board.dts:4:17: phandle of /m refers to another node",
      "board.dts:5:9: phandle of /o has 1 bytes, not 4",
    ]);
  });

  test("nodes nested beyond reason", () => {
    const deep = `/dts-v1/;\n/ {${" n {".repeat(600)}${" };".repeat(600)} };\n`;
    expect(mistakes(deep)).toEqual(["board.dts:2:2051: nodes are nested more than 512 deep"]);
  });

  test("macros that expand without end are stopped", () => {
    let source = "/dts-v1/;\n#define M0 1 1\n";
    for (let i = 1; i < 64; i++) source += `#define M${i} M${i - 1} M${i - 1}\n`;
    const [report] = mistakes(`${source}/ { a = <M63>; };`);
    expect(report).toMatch(/macros expand to more than|hold too many bytes/);
  });
});
