import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SCHEMA_RULES } from "../../core/rules/schema.ts";
import { parseYaml } from "../../dts/yaml/parse.ts";
import { validateDescription } from "../../schema/validate-description.ts";

function validated(text: string) {
  const { document, diagnostics } = parseYaml("m.yaml", text);
  expect(diagnostics).toEqual([]);
  return validateDescription(document!);
}

/** `line rule "marked text"` for each finding. */
function findings(text: string): string[] {
  return validated(text).map(({ rule, span }) => {
    const line = text.slice(0, span.start).split("\n").length;
    return `${line} ${rule} ${JSON.stringify(text.slice(span.start, span.end))}`;
  });
}

const MACHINE = `machine: Arm FVP Base
compatible: ["arm,fvp-base", "arm,vexpress"]
memory:
  - name: dram0
    base: 0x80000000
    size: 2G
    numa-node: 0
  - name: dram1
    base: 0x880000000
    size: 0x78000000
tag-storage:
  - name: tags0
    base: 0x8f8000000
    size: 64MiB
    block-size: 4k
    memory: dram0
  - base: 0x8fc000000
    size: 60M
    block-size: 4096
    memory: dram1
reserved-memory:
  - name: secure
    base: 0xff000000
    size: 16M
    no-map: true
`;

/** The machine with one piece of its text changed. */
function changed(from: string, to: string): string {
  expect(MACHINE.split(from)).toHaveLength(2);
  return MACHINE.replace(from, to);
}

describe("a description that is right has no findings", () => {
  test.each([
    ["with everything", MACHINE],
    ["with memory alone", "memory: [{ name: a, base: 0, size: 1 }]"],
    ["with its last byte at the end of 64 bits", "memory: [{ name: a, base: 0xfffffffffffff000, size: 4k }]"],
    ["with numbers as texts, and a whole number with an exponent", 'memory: [{ name: a, base: "0x10", size: 1e6 }]'],
    ["with names that are no labels", "memory: [{ name: dram-0, base: 0, size: 1 }]"],
    ["with empty sections", "memory: [{ name: a, base: 0, size: 1 }]\ntag-storage: []\nreserved-memory: []"],
  ])("%s", (_, text) => expect(findings(text)).toEqual([]));
});

describe("one mistake is one finding, at its place", () => {
  test.each([
    ["nothing at all", "", ['1 description-type ""']],
    ["a list", "- a\n", ['1 description-type "- a"']],
    ["no memory", "machine: x\n", ['1 description-missing-field "machine"']],
    ["an empty memory", "memory: []\n", ['1 description-value "[]"']],
    ["memory without a value", "memory:\n", ['1 description-type "memory"']],
    [
      "a section that is no list",
      changed("reserved-memory:\n  - ", "reserved-memory:\n    "),
      ['22 description-type "name: secure\\n    base: 0xff000000\\n    size: 16M\\n    no-map: true"'],
    ],
    ["an entry that is a text", "memory: [{ name: a, base: 0, size: 1 }, b]", ['1 description-type "b"']],
    ["a bank without size", changed("    size: 2G\n", ""), ['4 description-missing-field "dram0"']],
    [
      "a bank without name",
      changed("name: dram1\n    base", "base").replace("memory: dram1", "memory: dram0"),
      ['8 description-missing-field "base"'],
    ],
    ["tag storage without memory", changed("    memory: dram0\n", ""), ['12 description-missing-field "tags0"']],
    ["tag storage without block-size", changed("    block-size: 4096\n", ""), ['17 description-missing-field "base"']],
    ["reserved memory without base", changed("    base: 0xff000000\n", ""), ['22 description-missing-field "secure"']],
    ["an unknown field", changed("numa-node: 0", "numa: 0"), ['7 description-unknown-field "numa"']],
    ["an unknown section", changed("machine:", "title:"), ['1 description-unknown-field "title"']],
    [
      "a misspelt field, which is then not missing too",
      changed("block-size: 4k", "block_size: 4k"),
      ['15 description-unknown-field "block_size"'],
    ],
    ["a size with a blank", changed("size: 2G", "size: 2 GB"), ['6 description-type "2 GB"']],
    ["a size that is a list", changed("size: 2G", "size: [2G]"), ['6 description-type "[2G]"']],
    ["a size that is a fraction", changed("size: 2G", "size: 1.5"), ['6 description-type "1.5"']],
    [
      "a base that is not written",
      changed("base: 0x80000000\n    size: 2G", "base:\n    size: 2G"),
      ['5 description-type "base"'],
    ],
    ["a name that is a number", changed("name: tags0", "name: 0"), ['12 description-type "0"']],
    ["a name with a blank", changed("name: tags0", "name: tags 0"), ['12 description-value "tags 0"']],
    [
      "a name of 32 letters",
      changed("name: tags0", `name: ${"x".repeat(32)}`),
      [`12 description-value "${"x".repeat(32)}"`],
    ],
    ["yes for true", changed("no-map: true", "no-map: yes"), ['25 description-type "yes"']],
    ["a negative base", changed("base: 0x80000000", "base: -1"), ['5 description-value "-1"']],
    ["a size of 0", changed("size: 2G", "size: 0"), ['6 description-value "0"']],
    ["a size of 0, as a text", changed("size: 2G", "size: 0k"), ['6 description-value "0k"']],
    [
      "a base of 2^64",
      changed("base: 0x80000000", "base: 0x10000000000000000"),
      ['5 description-value "0x10000000000000000"'],
    ],
    ["a base of 2^64, as a text", changed("base: 0x80000000", "base: 16777216T"), ['5 description-value "16777216T"']],
    [
      "an end beyond 2^64",
      "memory: [{ name: a, base: 0xfffffffffffff000, size: 0x1001 }]",
      ['1 description-value "0x1001"'],
    ],
    ["a block size of 2^32", changed("block-size: 4k", "block-size: 4G"), ['15 description-value "4G"']],
    [
      "a block size of 2^32, as a number",
      changed("block-size: 4k", "block-size: 0x100000000"),
      ['15 description-value "0x100000000"'],
    ],
    ["a NUMA node of 2^32", changed("numa-node: 0", "numa-node: 4294967296"), ['7 description-value "4294967296"']],
    ["a NUMA node as a size", changed("numa-node: 0", "numa-node: 1k"), ['7 description-type "1k"']],
    ["a machine without letters", changed("machine: Arm FVP Base", 'machine: ""'), ['1 description-value "\\"\\""']],
    ["a compatible that is no text", changed('"arm,vexpress"', "1"), ['2 description-type "1"']],
    [
      "a memory that is not there",
      changed("memory: dram1", "memory: dram2"),
      ['20 description-unknown-memory "dram2"'],
    ],
    [
      "a name given twice in one section",
      changed("name: dram1", "name: dram0").replace("memory: dram1", "memory: dram0"),
      ['8 description-duplicate "dram0"'],
    ],
    ["a name given twice in two sections", changed("name: tags0", "name: dram0"), ['12 description-duplicate "dram0"']],
    ["two banks at one address", changed("base: 0x880000000", "base: 2G"), ['9 description-duplicate "2G"']],
  ])("%s", (_, text, expected) => expect(findings(text)).toEqual(expected));

  test("several mistakes are all found, in the order of the source", () => {
    const text = changed("size: 2G", "size: x").replace("memory: dram1", "memory: no").replace("machine", "machin");
    expect(findings(text)).toEqual([
      '1 description-unknown-field "machin"',
      '6 description-type "x"',
      '20 description-unknown-memory "no"',
    ]);
  });
});

describe("findings are in words", () => {
  const first = (text: string) => validated(text)[0]!;

  test("about the entry by its name, or else its number", () => {
    expect(first(changed("    size: 2G\n", "")).message).toBe("memory dram0 has no size");
    expect(first(changed("    block-size: 4096\n", "")).message).toBe("tag-storage entry 2 has no block-size");
    expect(first(changed("no-map: true", "no-map: 1")).message).toBe(
      "no-map of reserved-memory secure is 1; it takes true or false",
    );
  });

  test("with what was probably meant", () => {
    expect(first(changed("numa-node: 0", "numa_node: 0")).hint).toContain("did you mean numa-node?");
    expect(first(changed("memory: dram1", "memory: dram2")).hint).toContain("did you mean dram");
    expect(first(changed("memory: dram1", "memory: x")).hint).toBe("the banks are dram0, dram1");
    expect(first(changed("size: 2G", "size: 2 GB")).hint).toContain("64M");
  });

  test("with the first place of a name that is given twice", () => {
    const text = changed("name: tags0", "name: dram0");
    const [place] = first(text).related!;
    expect(text.slice(place!.span.start, place!.span.end)).toBe("dram0");
    expect(place!.span.start).toBeLessThan(first(text).span.start);
  });

  test("short, whatever the input says", () => {
    const long = "y".repeat(1000);
    for (const text of [
      changed("memory: dram1", `memory: ${long}`),
      changed("numa-node: 0", `${long}: 0`),
      changed("size: 2G", `size: ${"9".repeat(5000)}`),
    ]) {
      const { message, hint } = first(text);
      expect(message.length).toBeLessThan(200);
      expect(hint?.length ?? 0).toBeLessThan(200);
    }
  });
});

describe("for any document", () => {
  const scalar = fc.constantFrom(
    "0",
    "1",
    "-1",
    "1.5",
    "0x80000000",
    "4k",
    "2 G",
    "x",
    "dram0",
    "true",
    "",
    "~",
    "99999999T",
    "0xffffffffffffffff",
    "1e300",
    ".nan",
    ".inf",
    "[]",
    "{}",
    "[1]",
  );
  const field = fc.constantFrom(
    "name",
    "base",
    "size",
    "numa-node",
    "block-size",
    "memory",
    "no-map",
    "bse",
    "toString",
    "__proto__",
  );
  const entry = fc.dictionary(field, scalar, { maxKeys: 5, noNullPrototype: true }).map(
    (fields) =>
      `{ ${Object.entries(fields)
        .map(([key, value]) => `${key}: ${value}`)
        .join(", ")} }`,
  );
  const section = fc.oneof(
    scalar,
    fc.array(fc.oneof(entry, scalar), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
  );
  const sections = fc.constantFrom("machine", "compatible", "memory", "tag-storage", "reserved-memory", "constructor");
  const text = fc.dictionary(sections, section, { noNullPrototype: true }).map((parts) =>
    Object.entries(parts)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(""),
  );

  test("findings have a message, a rule of the catalogue and a place in the text", () => {
    const rules = new Set<string>(SCHEMA_RULES.map(({ id }) => id));
    fc.assert(
      fc.property(text, (source) => {
        const { document } = parseYaml("m.yaml", source);
        if (document === null) return;
        const found = validateDescription(document);
        for (const { rule, message, span } of found) {
          expect(rules.has(rule)).toBe(true);
          expect(message).toMatch(/^\S.*[^.\s]$/);
          expect(message).not.toMatch(/must |undefined|NaN is/);
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeLessThanOrEqual(source.length);
        }
        const places = found.map(({ rule, span, message }) => `${span.start} ${rule} ${message}`);
        expect(new Set(places).size).toBe(places.length);
      }),
      { numRuns: 3000 },
    );
  });
});
