import fc from "fast-check";
import { expect, test } from "vitest";
import { LANGUAGE_CASES } from "./language-cases.ts";
import { parse } from "./memory-files.ts";

const PIECES = [
  "{",
  "}",
  ";",
  "<",
  ">",
  "(",
  ")",
  "[",
  "]",
  '"',
  "'",
  "&",
  "&{/",
  ":",
  "=",
  ",",
  "/",
  "\\",
  "#",
  "##",
  "\n",
  "\0",
  "/* ",
  "*/",
  "//",
  "#if 1\n",
  "#endif\n",
  "#else\n",
  "#define A A B\n#define B A(\n",
  '#include "a.dtsi"\n',
  '/include/ "a.dtsi"',
  "/delete-node/ ",
  "/delete-property/ ",
  "/omit-if-no-ref/ ",
  "/bits/ 64 ",
  "/plugin/;",
  "/memreserve/ 1 2;",
  '/incbin/("a")',
  "0xffffffffffffffffff",
  "(1 << ",
  "? 1 : ",
  "l:",
  "\xff",
];

const mutation = fc.record({
  at: fc.nat(),
  cut: fc.nat(12),
  piece: fc.constantFrom(...PIECES),
});

const source = fc.constantFrom(...LANGUAGE_CASES);

test("any input, however broken, gives either a tree or errors with places", () => {
  fc.assert(
    fc.property(source, fc.array(mutation, { minLength: 1, maxLength: 6 }), (original, mutations) => {
      let text = original.source;
      for (const { at, cut, piece } of mutations) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + piece + text.slice(place + cut);
      }
      const result = parse(text, { ...original.files, "a.dtsi": "a { b = <1>; };\n#if 0\n" });
      const errors = result.diagnostics.filter(({ severity }) => severity === "error");
      expect(result.tree === null).toBe(errors.length > 0);
      for (const { span } of errors) expect(result.sources.locate(span)).not.toBeNull();
    }),
    { numRuns: 6000 },
  );
});
