import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entryOf, nodeAtPointer, textOf, valueAt, type YamlNode } from "../../dts/yaml/document.ts";
import { MAX_YAML_CHARS, MAX_YAML_DEPTH } from "../../dts/yaml/limits.ts";
import { parseYaml } from "../../dts/yaml/parse.ts";

/** The value without its places: plain maps and lists. */
function plain(node: YamlNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "sequence") return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.value)]));
}

function parsed(text: string): unknown {
  const { document, diagnostics } = parseYaml("m.yaml", text);
  expect(diagnostics).toEqual([]);
  return plain(document!.root);
}

/** `line:column rule "marked text"` for each diagnostic. */
function reports(text: string): string[] {
  const { document, diagnostics, sources } = parseYaml("m.yaml", text);
  expect(document === null).toBe(diagnostics.length > 0);
  return diagnostics.map(({ rule, severity, span }) => {
    expect(severity).toBe("error");
    const place = sources.locate(span)!;
    return `${place.line}:${place.column} ${rule} ${JSON.stringify(text.slice(span.start, span.end))}`;
  });
}

function messages(text: string): string[] {
  return parseYaml("m.yaml", text).diagnostics.map(({ message }) => message);
}

describe("values", () => {
  test("integers are exact beyond 2^53, in hexadecimal and in decimal", () => {
    expect(parsed("a: 0xffffffffffffffff\nb: 9007199254740993\nc: -5\nd: 0x80000000")).toEqual({
      a: 0xffff_ffff_ffff_ffffn,
      b: 9007199254740993n,
      c: -5n,
      d: 0x8000_0000n,
    });
  });

  test("other scalars are those of YAML 1.2's core schema, so yes and 64M are texts", () => {
    expect(parsed('a: 64M\nb: yes\nc: true\nd: ~\ne: 1.5\nf: "0x10"\ng:\n1: x')).toEqual({
      a: "64M",
      b: "yes",
      c: true,
      d: null,
      e: 1.5,
      f: "0x10",
      g: null,
      "1": "x",
    });
  });

  test("an empty file is null", () => {
    expect(parsed("")).toBeNull();
    expect(parsed("# only a comment\n")).toBeNull();
  });

  test("an alias is the value of its anchor", () => {
    expect(parsed("a: &x [1, 2]\nb: *x")).toEqual({ a: [1n, 2n], b: [1n, 2n] });
  });

  test("a field may be called like something of Object.prototype", () => {
    const { document } = parseYaml("m.yaml", "__proto__: 1\nconstructor: 2");
    expect(textOf(document!.root)).toBeNull();
    expect(plain(valueAt(document!.root, "__proto__")!)).toBe(1n);
    expect(plain(valueAt(document!.root, "constructor")!)).toBe(2n);
    expect(valueAt(document!.root, "toString")).toBeNull();
  });

  test("any JSON is read as it is", () => {
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.string(), fc.boolean(), fc.constant(null), tie("list"), tie("map")),
      list: fc.array(tie("value"), { maxLength: 4 }),
      map: fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
        tie("value"),
        { maxKeys: 4, noNullPrototype: true },
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        expect(parsed(JSON.stringify(value))).toEqual(value);
      }),
    );
  });
});

describe("places", () => {
  const text = 'memory:\r\n  - name: "dräm"   # first\r\n    base: 0x80000000\r\n  - {name: b, base: 1}\r\n';
  const { document, sources } = parseYaml("m.yaml", text);
  const root = document!.root;
  const at = (pointer: string) => {
    const { start, end } = nodeAtPointer(document!, pointer)!.span;
    return text.slice(start, end);
  };

  test("a value's span is the value, quotes included, comments and line ends left out", () => {
    expect(at("/memory/0/name")).toBe('"dräm"');
    expect(at("/memory/0/base")).toBe("0x80000000");
    expect(at("/memory/1")).toBe("{name: b, base: 1}");
    expect(at("/memory/1/base")).toBe("1");
    expect(at("/memory/0")).toBe('name: "dräm"   # first\r\n    base: 0x80000000');
  });

  test("a key's span is the key", () => {
    const { keySpan } = entryOf(nodeAtPointer(document!, "/memory/0")!, "base")!;
    expect(text.slice(keySpan.start, keySpan.end)).toBe("base");
    expect(sources.locate(keySpan)).toEqual({ file: "m.yaml", line: 3, column: 5, endLine: 3, endColumn: 9 });
  });

  test("a pointer that leads nowhere gives null", () => {
    expect(nodeAtPointer(document!, "")).toBe(root);
    for (const pointer of ["/memory/2", "/memory/x", "/memory/0/size", "/memory/0/name/x"]) {
      expect(nodeAtPointer(document!, pointer)).toBeNull();
    }
    const odd = parseYaml("m.yaml", '"a/b": {"m~n": 1}').document!;
    expect(plain(nodeAtPointer(odd, "/a~1b/m~0n")!)).toBe(1n);
  });
});

describe("mistakes have their place", () => {
  test.each([
    ["a tab as indentation", "memory:\n\t- name: a\n\t  base: 1\n", ['2:1 yaml-tab-indent "\\t"']],
    ["a tab after blanks", "a:\n  - b: 1\n  \t  c: 2\n    d: 3\n", ['3:3 yaml-tab-indent "\\t"']],
    ["an open quote, where it opens", 'a:\n  b: "abc\nc: 1\n', ['2:6 yaml-syntax "\\""']],
    ["an open bracket", "a: [1, 2\nb: 3\n", ['2:1 yaml-syntax "b"']],
    ["a missing colon", "a:\n  - name: x\n    base 0x8\n    size: 3\n", ['3:5 yaml-syntax "base 0x8"']],
    ["no blank after the colon", "a:\n  - name:x\n    base: 3\n", ['2:5 yaml-syntax "name:x"']],
    ["two fields on one line", "a: b: c\n", ['1:4 yaml-syntax "b"']],
    ["a line too far right", "a:\n  b: 1\n   c: 2\n", ['3:4 yaml-syntax "c: 2"']],
    ["a line too far left", "a:\n  b: 1\n c: 2\n", ['3:1 yaml-syntax " "']],
    ["an item too far left", "a:\n    - b: 1\n      c: 1\n  - d: 1\n", ['4:1 yaml-syntax " "']],
    ["a reserved character", "a: @x\n", ['1:4 yaml-syntax "@"']],
    ["a bracket too many", "{a: 1}}\n", ['1:7 yaml-syntax "}"']],
    ["an alias of nothing", "a: *x\n", ['1:4 yaml-syntax "*x"']],
    ["an alias inside its own anchor", "a: &x [*x]\n", ['1:8 yaml-syntax "*x"']],
    ["a field that stands twice", "a: 1\nb: 2\na: 3\n", ['3:1 yaml-duplicate-key "a"']],
    ["a tag", "a: !foo 1\n", ['1:9 yaml-unsupported "1"']],
    ["a known tag", "a: !!set {b}\n", ['1:10 yaml-unsupported "{b}"']],
    ["a second document", "a: 1\n---\nb: 2\n", ['2:1 yaml-unsupported "---"']],
    ["a list as the name of a field", "? [a]\n: 1\n", ['1:3 yaml-unsupported "["']],
    ["two mistakes", "a: [1\nb: @x\nc: 'x\n", ['2:1 yaml-syntax "b"', '3:4 yaml-syntax "\'"']],
    ["two duplicate keys", "a: 1\na: 2\na: 3\n", ['2:1 yaml-duplicate-key "a"', '3:1 yaml-duplicate-key "a"']],
  ])("%s", (_, text, expected) => expect(reports(text)).toEqual(expected));

  test("a tab is called a tab, and the lines below that have one are counted, not listed", () => {
    const [message, ...others] = messages("a:\n\tb: 1\n\tc: 2\n \td: 3\n");
    expect(others).toEqual([]);
    expect(message).toContain("tab");
    expect(message).toContain("2 more lines");
  });

  test("a duplicate key shows the first one", () => {
    const [diagnostic] = parseYaml("m.yaml", "size: 1\nsize: 2\n").diagnostics;
    expect(diagnostic!.related).toEqual([{ message: "the first one", span: { start: 0, end: 4 } }]);
    expect(diagnostic!.message).toContain('"size"');
  });

  test("control characters of the input do not get into messages", () => {
    for (const text of ["a: *\u001b[31mx\n", '"\\e[31m": 1\n"\\e[31m": 1\n', "a: !\u009bx 1\n"]) {
      for (const message of messages(text)) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }
      expect(messages(text)).not.toEqual([]);
    }
  });
});

describe("limits", () => {
  const tens = (of: string) => `[${Array(10).fill(of).join(", ")}]`;

  test("aliases that multiply are refused, each level counted", () => {
    // 10 + 100 + ... + 100,000 values and the lists that hold them: more than 100,000.
    const levels = ["b", "c", "d", "e"].map((name, i) => `${name}: &${name} ${tens(`*${"abcd"[i]}`)}\n`);
    expect(reports(`a: &a ${tens("x")}\n${levels.join("")}`)).toHaveLength(1);
    expect(reports(`a: &a ${tens("x")}\n${levels.join("")}`)[0]).toContain("yaml-limit");
    expect(reports(`a: &a ${tens("x")}\n${levels.slice(0, 3).join("")}`)).toEqual([]);
  });

  test("nesting is bounded, in the text and through aliases", () => {
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
    expect(reports(nested(MAX_YAML_DEPTH + 1))).toEqual([]);
    expect(reports(nested(MAX_YAML_DEPTH + 2))[0]).toContain("yaml-limit");
    expect(reports(`a: &a ${nested(40)}\nb: &b [[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]\n`)).toEqual([]);
    expect(reports(`a: &a ${nested(40)}\nb: ${"[".repeat(30)}*a${"]".repeat(30)}\n`)[0]).toContain("yaml-limit");
    expect(reports("[".repeat(MAX_YAML_CHARS))[0]).toContain("yaml-limit");
  });

  test("size is bounded", () => {
    expect(reports(`a: ${"x".repeat(MAX_YAML_CHARS - 3)}`)).toEqual([]);
    expect(reports(`a: ${"x".repeat(MAX_YAML_CHARS - 2)}`)).toEqual(['1:1 yaml-limit ""']);
  });

  test("mistakes are reported up to 50", () => {
    expect(reports("- *a\n".repeat(1000))).toHaveLength(50);
    expect(reports("- @\n".repeat(1000))).toHaveLength(50);
  });

  test("any text gives a document or errors with places inside the text", () => {
    const piece = fc.constantFrom(
      ..."[]{}:-?,&*!|>'\"%@`#\n\t \\~a01x.".split(""),
      "\n  - ",
      "&a ",
      "*a",
      ": ",
      "---\n",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        const { document, diagnostics } = parseYaml("m.yaml", text);
        expect(document === null).toBe(diagnostics.length > 0);
        for (const { span } of diagnostics) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThanOrEqual(span.start);
          expect(span.end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
