import { describe, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { LIMITS } from "../../dts/limits.ts";
import { begin, end, finish, type Item, prop, writeBlob } from "./blob-writer.ts";
import { parse } from "./memory-files.ts";

const root = (body: string): string => `/dts-v1/;\n/ {\n${body}\n};\n`;

/** The rules of the errors; empty where there is a tree. */
function rulesOf(source: string, files: Readonly<Record<string, string>> = {}): string[] {
  const { tree, diagnostics } = parse(source, files);
  expect(tree === null).toBe(diagnostics.length > 0);
  return diagnostics.map(({ rule }) => rule);
}

function messagesOf(source: string, files: Readonly<Record<string, string>> = {}): string[] {
  return parse(source, files).diagnostics.map(({ message }) => message);
}

function blobRules(items: readonly Item[], reserves: readonly (readonly [number, number])[] = []): string[] {
  const { tree, diagnostics } = readBlob(writeBlob({ items, reserves }).bytes);
  expect(tree === null).toBe(diagnostics.length > 0);
  return diagnostics.map(({ rule }) => rule);
}

/** The last that is read has no error, the first that is not has one, of this rule. */
function expectEdge(limit: number, rule: string, rulesAt: (size: number) => string[]): void {
  expect(rulesAt(limit)).toEqual([]);
  expect(rulesAt(limit + 1)).toEqual([rule]);
}

describe("depth of nodes", () => {
  const nested = (levels: number): string => "a {".repeat(levels) + "};".repeat(levels);

  test("in one statement, the root counted", () => {
    expectEdge(LIMITS.nodeDepth, "limit", (depth) => rulesOf(root(nested(depth - 1))));
    expect(messagesOf(root(nested(LIMITS.nodeDepth)))[0]).toContain(`more than ${LIMITS.nodeDepth} deep`);
  });

  test("in statements that each go on where the last one ended", () => {
    // The label stands at half the depth.
    const half = LIMITS.nodeDepth / 2;
    const source = (depth: number): string =>
      `${root(`${"a {".repeat(half - 2)} l: a { }; ${"};".repeat(half - 2)}`)}&l { ${nested(depth - half)} };`;
    expectEdge(LIMITS.nodeDepth, "limit", (depth) => rulesOf(source(depth)));
  });

  test("in an overlay one less, as __local_fixups__ repeats its nodes one deeper", () => {
    const header = "/dts-v1/;\n/plugin/;\n";
    expectEdge(LIMITS.nodeDepth - 1, "limit", (depth) => rulesOf(`${header}/ { ${nested(depth - 1)} };`));
    // A fragment and its __overlay__ lie between the root and what is written.
    expectEdge(LIMITS.nodeDepth - 1, "limit", (depth) => rulesOf(`${header}&l { ${nested(depth - 3)} };`));
  });

  test("in a blob", () => {
    const items = (depth: number): Item[] => [
      ...Array.from({ length: depth }, (_, level) => begin(level === 0 ? "" : "a")),
      ...Array.from({ length: depth }, () => end),
      finish,
    ];
    expectEdge(LIMITS.nodeDepth, "blob-limit", (depth) => blobRules(items(depth)));
  });
});

describe("includes", () => {
  test("their depth, the input counted", () => {
    const files = (depth: number): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: depth - 1 }, (_, i) => [`f${i + 1}`, i + 2 < depth ? `#include "f${i + 2}"\n` : ""]),
      );
    const source = `#include "f1"\n${root("")}`;
    expectEdge(LIMITS.includeDepth, "include", (depth) => rulesOf(source, files(depth)));
  });

  test("their number, each inclusion counted", () => {
    expectEdge(LIMITS.includes, "limit", (count) => rulesOf('#include "f"\n'.repeat(count) + root(""), { f: "" }));
  });

  test("characters of the input", () => {
    const source = (characters: number): string => {
      const text = root("");
      return `${text}/*${" ".repeat(characters - text.length - 4)}*/`;
    };
    // One is counted for the end of the file.
    expectEdge(LIMITS.sourceCharacters - 1, "limit", (characters) => rulesOf(source(characters)));
  });

  test("characters of all inclusions together", () => {
    const times = 64;
    const source = '#include "f"\n'.repeat(times) + root("");
    // 64 inclusions and the input, with one more for the end of each.
    const fitting = Math.floor((LIMITS.sourceCharacters - source.length - 1) / times) - 1;
    expectEdge(fitting, "limit", (characters) => rulesOf(source, { f: " ".repeat(characters) }));
  });

  test("characters that are only looked at, or included as bytes", () => {
    const large = " ".repeat(LIMITS.sourceCharacters / 2);
    const ask = '#if __has_include("a")\n#endif\n#if __has_include("b")\n#endif\n';
    const take = '/incbin/("c", 0, 1)';
    expect(rulesOf(ask + root(""), { a: large, b: large })).toEqual([]);
    expect(rulesOf(ask + root(`p = ${take};`), { a: large, b: large, c: "x" })).toEqual(["limit"]);
    // A file that was read once is not read again.
    expect(rulesOf(root(`p = ${`${take}, `.repeat(9)} ${take};`), { c: large })).toEqual([]);
  });
});

describe("tokens", () => {
  test("of a source", () => {
    // /dts-v1/ ; / { p = < ( ) > ; }; and the end are the 13 others, }; being a statement on a line of its own.
    expectEdge(LIMITS.tokens - 13, "limit", (count) => rulesOf(root(`p = <(1) ${"1 ".repeat(count - 1)}>;`)));
  }, 20_000);

  test("of all inclusions together", () => {
    const file = "p = <1 1 1 1>;".repeat(1000).replaceAll("p", "/delete-property/ q; p");
    const tokensOfFile = 1000 * 12 + 1;
    const times = Math.floor(LIMITS.tokens / tokensOfFile) + 1;
    const source = root(`#include "f"\n`.repeat(times));
    expect(rulesOf(source, { f: file })).toEqual(["limit"]);
  });

  test("that macros expand to, one counted for each expansion", () => {
    const define = "#define NINE 1 1 1 1 1 1 1 1 1\n";
    expectEdge(LIMITS.expandedTokens / 10, "limit", (uses) => rulesOf(define + root(`p = <${"NINE ".repeat(uses)}>;`)));
  });

  test("that # and ## make, in characters, one counted for each token in a string", () => {
    const define = "#define STRING(x) #x\n";
    expectEdge(LIMITS.pastedCharacters - 1, "limit", (length) =>
      rulesOf(define + root(`p = STRING(${"x".repeat(length)});`)),
    );
  });
});

describe("depth of expressions", () => {
  const within = (depth: number, open: string, close: string): string => open.repeat(depth) + 1 + close.repeat(depth);

  test("parentheses", () => {
    expectEdge(LIMITS.expressionDepth, "limit", (depth) => rulesOf(root(`p = <${within(depth, "(", ")")}>;`)));
  });

  test("signs", () => {
    // The parenthesis is one level.
    expectEdge(LIMITS.expressionDepth - 1, "limit", (depth) => rulesOf(root(`p = <(${within(depth, "~", "")})>;`)));
  });

  test("conditionals", () => {
    expectEdge(LIMITS.expressionDepth - 1, "limit", (depth) => rulesOf(root(`p = <(${within(depth, "1?", ":1")})>;`)));
  });

  test("parentheses of #if", () => {
    expectEdge(LIMITS.expressionDepth - 1, "limit", (depth) =>
      rulesOf(`#if ${within(depth, "(", ")")}\n#endif\n${root("")}`),
    );
  });

  test("calls within arguments", () => {
    expectEdge(LIMITS.expressionDepth, "limit", (depth) =>
      rulesOf(`#define F(x) x\n${root(`p = <${within(depth + 1, "F(", ")")}>;`)}`),
    );
  });
});

describe("names", () => {
  const name = (length: number): string => "n".repeat(length);

  test.each<[string, (length: number) => string]>([
    ["of a node", (length) => root(`${name(length)} { };`)],
    ["of a property", (length) => root(`${name(length)};`)],
    ["a label", (length) => root(`${name(length)}: n { };`)],
    ["a label of a property", (length) => root(`${name(length)}: p;`)],
    [
      "a label that an overlay leaves to its base",
      (length) => `/dts-v1/;\n/plugin/;\n&{/} { p = <&${name(length)}>; };`,
    ],
    ["a label put on later", (length) => `${root("l: n { };")}${name(length)}: &l { };`],
  ])("%s", (_, source) => {
    expectEdge(LIMITS.nameBytes, "limit", (length) => rulesOf(source(length)));
  });

  test("in a blob", () => {
    expectEdge(LIMITS.nameBytes, "blob-structure", (length) =>
      blobRules([begin(""), begin(name(length)), end, end, finish]),
    );
    expectEdge(LIMITS.nameBytes, "blob-offset", (length) => blobRules([begin(""), prop(name(length)), end, finish]));
  });

  test("backslashes at line ends do not count", () => {
    expect(rulesOf(root(`${"n\\\n".repeat(LIMITS.nameBytes)};`))).toEqual([]);
  });
});

describe("numbers", () => {
  test("of nodes and properties", () => {
    const half = LIMITS.nodesAndProperties / 2;
    const source = (count: number): string => {
      let body = "";
      for (let i = 0; i < half; i++) body += `p${i};`;
      for (let i = half; i < count; i++) body += `n${i}{};`;
      return root(body);
    };
    expectEdge(LIMITS.nodesAndProperties, "limit", (count) => rulesOf(source(count)));
  }, 20_000);

  test("of nodes and properties that are deleted again", () => {
    const source = (count: number): string => root("") + "/ { p; /delete-property/ p; };".repeat(count / 2);
    expect(rulesOf(source(LIMITS.nodesAndProperties))).toEqual([]);
    expect(rulesOf(source(LIMITS.nodesAndProperties + 2))).toEqual(["limit"]);
  }, 20_000);

  test("of memory reservations", () => {
    const source = (count: number): string => `/dts-v1/;\n${"/memreserve/ 0 1;".repeat(count)}/ { };`;
    expectEdge(LIMITS.memReserves, "limit", (count) => rulesOf(source(count)));
    expectEdge(LIMITS.memReserves, "blob-limit", (count) =>
      blobRules(
        [begin(""), end, finish],
        Array.from({ length: count }, () => [0, 1] as const),
      ),
    );
  });

  test("of errors", () => {
    expect(rulesOf(root("p = <x>;\n".repeat(LIMITS.errors + 50)))).toHaveLength(LIMITS.errors);
    expect(rulesOf(root(`${"p = <&x>, <y>;\n".repeat(LIMITS.errors - 50)}`)).length).toBeLessThanOrEqual(LIMITS.errors);
  });
});

describe("bytes", () => {
  test("of all properties together", () => {
    const files = { f: "x".repeat(LIMITS.propertyBytes / 2) };
    const source = (last: string): string => root(`a = /incbin/("f"); b = /incbin/("f"); ${last}`);
    expect(rulesOf(source(""), files)).toEqual([]);
    expect(rulesOf(source("c = [01];"), files)).toEqual(["limit"]);
    expect(rulesOf(root('a = /incbin/("f"), /incbin/("f"), [01];'), files)).toEqual(["limit"]);
  });

  test("of the paths that references stand for", () => {
    const name = "n".repeat(LIMITS.nameBytes);
    const depth = 256;
    // Each path has 256 names of 255 characters with a slash, and a NUL.
    const fitting = Math.floor(LIMITS.propertyBytes / (depth * (LIMITS.nameBytes + 1) + 1));
    const source = (count: number): string =>
      root(
        `p = ${"&l, ".repeat(count - 1)} &l; ${`${name} {`.repeat(depth - 1)} l: ${name} { };${"};".repeat(depth - 1)}`,
      );
    expectEdge(fitting, "limit", (count) => rulesOf(source(count)));
  });

  test("of a blob", () => {
    const rules = (length: number): string[] => {
      const bytes = new Uint8Array(length);
      bytes.set(writeBlob({ items: [begin(""), end, finish] }).bytes);
      return readBlob(bytes).diagnostics.map(({ rule }) => rule);
    };
    expectEdge(LIMITS.blobBytes, "blob-limit", rules);
  });

  test("nodes and properties of a blob", () => {
    // Tokens by hand: so many empty properties, each of the name at 0.
    const rules = (count: number): string[] => {
      const { bytes, structureAt } = writeBlob({ items: [begin(""), end, finish], strings: [97, 0] });
      const added = (count - 1) * 12;
      const grown = new Uint8Array(bytes.length + added);
      grown.set(bytes.subarray(0, structureAt + 8));
      for (let at = structureAt + 8; at < structureAt + 8 + added; at += 12) grown[at + 3] = 3;
      grown.set(bytes.subarray(structureAt + 8), structureAt + 8 + added);
      const view = new DataView(grown.buffer);
      for (const field of [4, 12, 36]) view.setUint32(field, view.getUint32(field) + added);
      return readBlob(grown).diagnostics.map(({ rule }) => rule);
    };
    expectEdge(LIMITS.blobNodesAndProperties, "blob-limit", rules);
  }, 20_000);
});
