import { describe, expect, test } from "vitest";
import { checkTree } from "../../core/check.ts";
import { kernelConfig } from "../../core/kernel/config.ts";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { LIMITS } from "../../dts/limits.ts";
import { SourceCache } from "../../dts/load-source.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { SourceMap } from "../../dts/source.ts";
import { TreeNode } from "../../dts/tree.ts";
import { writeSource } from "../../dts/write-source.ts";
import { MAX_YAML_DIAGNOSTICS } from "../../dts/yaml/limits.ts";
import { parseYaml } from "../../dts/yaml/parse.ts";
import { validateDescription } from "../../schema/validate-description.ts";
import { gathered } from "../dts/gathered.ts";
import { times } from "../dts/hostile/case.ts";
import { memoryFiles, parse } from "../dts/memory-files.ts";
import { runInput } from "./pipeline.ts";

/** What the fuzzer and the hostile inputs found on the way, as small as it could be made. */

const root = (body: string): string => `/dts-v1/;\n/ {\n${body}\n};\n`;

describe("reports", () => {
  test.each([
    ["a property twice", "F(q, r); F(q, r);"],
    ["a property twice, with values", "F(q, r) = <1>; F(q, r) = <2>;"],
    ["a node twice", "F(q, r) { }; F(q, r) { };"],
    ["a node without its body", "F(q, r) }"],
  ])("end where they begin, or behind it: a name from a macro that swaps its arguments, %s", (_name, body) => {
    const { diagnostics } = parse(`#define F(a, b) b-a\n${root(body)}`);
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const { span, related = [] } of diagnostics) {
      for (const { start, end } of [span, ...related.map((place) => place.span)]) {
        expect(end).toBeGreaterThanOrEqual(start);
      }
    }
  });

  test("of a description are as many as those of other mistakes in YAML", () => {
    const { document } = parseYaml("m.yaml", `memory:\n${"- 1\n".repeat(1000)}`);
    const diagnostics = validateDescription(document!);
    expect(diagnostics).toHaveLength(MAX_YAML_DIAGNOSTICS);
    // In the order of the file: the first is about the first entry.
    expect(document!.sources.locate(diagnostics[0]!.span)).toMatchObject({ line: 2 });
  });
});

test.each([".8", "8.2", "0x8", "9".repeat(400)])(
  "a line marker with %s in the place of a line gives none",
  (number) => {
    const sources = new SourceMap();
    const text = `/dts-v1/;\n#${number} "other.dts"\n/ { p = <&m>; };\n`;
    const options = { files: memoryFiles({}), includeDirs: [], sources };
    const { diagnostics } = parseSource("board.dts", text, options);
    const missing = diagnostics.find(({ rule }) => rule === "phandle_references")!;
    expect(sources.locate(missing.span)).toMatchObject({ file: "board.dts", line: 3, column: 10 });
  },
);

test.each([
  ["a list that begins as bytes", "p = [00 01 x\n#if 0\n>; };\n#endif\n"],
  ["a node's name with too much before its brace", "n ] m\n#if 0\n{ };\n#endif\n"],
])("what ends %s is not looked for without end where #if 0 leaves it out", (_name, body) => {
  expect(parse(`/dts-v1/;\n/ {\n${body}`).diagnostics.length).toBeGreaterThan(0);
});

test("#ifdef of something that is no word asks for no macro, whatever an earlier source with this cache defined", () => {
  const files = memoryFiles({});
  const names = Array.from({ length: 300 }, (_, i) => `#define M${i} 1\n`).join("");
  const options = { files, includeDirs: [], cache: new SourceCache(files) };
  parseSource("before.dts", `${names}${root("")}`, options);
  const source = `#ifdef /\n#endif\n#ifndef <\n#endif\n${root("")}`;
  const messages = ({ diagnostics }: ReturnType<typeof parseSource>) => diagnostics.map(({ message }) => message);
  const after = messages(parseSource("board.dts", source, options));
  expect(after).toEqual(["#ifdef takes the name of a macro", "#ifndef takes the name of a macro"]);
  expect(after).toEqual(messages(parseSource("board.dts", source, { files, includeDirs: [] })));
});

test("a label that is too long is refused in a plain statement on a line of its own too", () => {
  const source = (length: number): string => `/dts-v1/;\n/plugin/;\n&l {\np = <&${"n".repeat(length)}>;\n};`;
  expect(parse(source(LIMITS.nameBytes)).diagnostics).toEqual([]);
  const { diagnostics, sources } = parse(source(LIMITS.nameBytes + 1));
  expect(diagnostics.map(({ rule }) => rule)).toEqual(["limit"]);
  expect(sources.locate(diagnostics[0]!.span)).toMatchObject({ line: 4 });
});

test("tag storage for the second of two nodes of one path is managed, and told without a word about the first", () => {
  // 64 MiB of memory, a 32nd of which, 2 MiB, holds its tags.
  const { tree } = parse(
    root(`#address-cells = <2>; #size-cells = <2>;
m: memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x4000000>; };
memory@50000000 { device_type = "memory"; reg = <0 0x50000000 0 0x200000>; };
reserved-memory {
  #address-cells = <2>; #size-cells = <2>; ranges;
  tag-storage@50000000 {
    compatible = "arm,mte-tag-storage"; reusable; reg = <0 0x50000000 0 0x200000>;
    block-size = <4096>; tagged-memory = <&m>;
  };
};`),
  );
  tree!.root.children.unshift(new TreeNode("memory@40000000", tree!.root));
  const { boot } = checkTree(tree!, kernelConfig({ series: "exact" }));
  expect(boot.outcome).toBe("managed");
});

describe("very many lines that cannot be read whole", () => {
  test("are read token by token, with the same tree", () => {
    const body = (value: string): string => times(3000, (i) => `p${i} = <${value}>;\n`);
    const macros = parse(`#define ONE (1)\n${root(body("ONE"))}`).tree!;
    expect(writeBlob(macros)).toEqual(writeBlob(parse(root(body("1"))).tree!));
    // 3,000 lines on from the directive, / and the root's brace.
    const last = macros.root.property("p2999")!;
    expect(macros.sources.locate(last.span)).toMatchObject({
      line: 3003,
      column: 1,
      endColumn: "p2999 = <ONE>".length + 1,
    });
  });

  test("count with all their tokens", () => {
    // p = < ONE ONE ONE ONE > ; are nine tokens a line.
    const lines = Math.ceil(LIMITS.tokens / 8);
    const { diagnostics } = parse(`#define ONE (1)\n${root("p = <ONE ONE ONE ONE>;\n".repeat(lines))}`);
    expect(diagnostics.map(({ rule }) => rule)).toContain("limit");
  }, 20_000);

  test("are found again where a macro's call goes over them and is given up", () => {
    const lines = times(3000, (i) => `p${i} = <ONE>;\n`);
    const { diagnostics, sources } = parse(
      `#define ONE (1)\n#define F(x) x\n${root(`${lines}q = <F(1>;\nr = <2>;\ns = ;`)}`,
    );
    expect(diagnostics.map(({ rule }) => rule)).toEqual(["preprocessor", "syntax"]);
    expect(diagnostics.map(({ span }) => sources.locate(span)?.line)).toEqual([3005, 3007]);
  });
});

describe("trees as large as they may be take little more than their own size", () => {
  test("the pieces of values are not kept once they were written", () => {
    const { tree } = parse(root(times(1000, (i) => `p${i} = <1 2 3>, "four";\n`)));
    const property = tree!.root.property("p7")!;
    const before = property.readMarks();
    gathered(writeSource, tree!);
    // Whoever asks for them to be kept gets the same ones each time; whoever only reads them gets new ones.
    expect(property.readMarks()).toEqual(before);
    expect(property.readMarks()).not.toBe(property.readMarks());
    expect(property.marks).toBe(property.marks);
  });

  test("long names of a blob are its bytes", () => {
    const name = Array.from({ length: 255 }, (_, i) => String.fromCharCode(33 + (i % 90)))
      .join("")
      .replaceAll(/[^\w]/g, "x");
    const tree = readBlob(writeBlob(parse(root(`${name} { };`)).tree!)).tree!;
    expect(tree.root.children[0]!.name).toBe(name);
  });
});

test("a name that says what the node's own name says is left out by source, as by dtc, and is no difference", () => {
  const { tree } = parse(root("a { };"));
  tree!.root.addProperty("name", new Uint8Array([6]));
  const outcome = runInput(
    { kind: "dtb", bytes: writeBlob(tree!) },
    { path: "b.dtb", files: memoryFiles({}), includeDirs: [] },
  );
  expect(outcome.errors).toEqual([]);
});
