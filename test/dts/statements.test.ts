import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenKind } from "../../dts/tokens.ts";
import { countOf, told } from "./told.ts";

/** A gap of five characters that a statement may hold and still be read whole, and one that it may not. */
const BLANKS = "     ";
const COMMENT = "/**/ ";

function expectSame(make: (gap: string) => string): void {
  const whole = make(BLANKS);
  const apart = make(COMMENT);
  expect(told(whole)).toEqual(told(apart));
}

describe("a statement that is read whole", () => {
  const forms: readonly [string, string][] = [
    ["a flag", "dma-coherent GAP;"],
    ["one string", 'compatible GAP= "arm,pl011";'],
    ["several strings, over lines", 'compatible GAP= "a,b",\n    "c", "";'],
    ["bytes that are no ASCII", 'model GAP= "\xe9\x80";'],
    ["cells", "reg GAP= <0x0 0x80000000 0 017>;"],
    ["several lists, over lines", "reg GAP= <0 1>,\n   <2\n3>;"],
    ["no cells", "ranges GAP= <>;"],
    ["references", "clocks GAP= <&a 1 &b>, <&a>;"],
    ["macros that stand for a number", "interrupts GAP= <SPI 4 LEVEL>;"],
    ["a macro that stands for more", "interrupts GAP= <SUM 4>;"],
    ["a macro that stands for a reference", "interrupts GAP= <REF 4>;"],
    ["a macro that takes arguments, without any", "interrupts GAP= <CALL 4>;"],
    ["a macro as the label of a reference", "clocks GAP= <&LABEL>;"],
    ["a macro as the name", "NAME GAP= <1>;"],
    ["a macro within the name", "vendor,small GAP= <1>;"],
    ["a word that is no macro", "reg GAP= <NOWHERE>;"],
    ["a number that is none", "reg GAP= <0x 09 1>;"],
    ["a number that is too large", "reg GAP= <0x100000000>;"],
    ["suffixes", "reg GAP= <1U 2ULL 3ull>;"],
    ["an exponent, which is no integer", "reg GAP= <1e5>;\nsize GAP= <2E1 0x2e1>;"],
    ["the largest cells", "reg GAP= <4294967295 0xffffffff 4294967296>;"],
    ["an unknown label", "clocks GAP= <&nowhere>;"],
    ["an & on its own", "clocks GAP= <& a>;"],
    ["an & in the middle", "clocks GAP= <a&b>;"],
    ["two & ", "clocks GAP= <&a&b>;"],
    ["a number after &", "clocks GAP= <&1>;"],
    ["#address-cells", "#address-cells GAP= <2>;"],
    ["a # that is a directive", "#line-cells GAP= <2>;\nx;"],
    ["a property that is written twice", "reg GAP= <1>;\nreg GAP= <2>;"],
    ["a child", "uart@1000 GAP{\nreg GAP= <0x1000>;\n};"],
    ["a labelled child", "l: uart@1000 GAP{\n};\nm: n GAP{\n};"],
    ["a property after a child", "n GAP{\n};\nreg GAP= <1>;"],
    ["a child that is written twice", "n GAP{\n};\nn GAP{\n};"],
    ["a missing semicolon", "reg GAP= <1>\nsize GAP= <2>;"],
    ["a missing >", "reg GAP= <1;\nsize GAP= <2>;"],
    ["a missing brace", "n GAP{\nreg GAP= <1>;\n"],
    ["a brace too many", "n GAP{\n};\n};\nreg GAP= <1>;"],
    ["a name that is too long", `${"n".repeat(300)} GAP= <1>;`],
    ["deletions between", "a GAP;\n/delete-property/ a;\na GAP= <1>;\nn GAP{\n};\n/delete-node/ n;\nn GAP{\n};"],
    ["a conditional between", "a GAP;\n#if 0\nb GAP;\n#else\nc GAP= <1>;\n#endif\nd GAP;"],
    ["a definition between", "small GAP;\n#define small large\nsmall GAP;\n#undef small\nsmall GAP;"],
    ["arguments of a macro", "BODY(a;\nb GAP= <1>;\n)\nc GAP;"],
  ];
  test.each(forms)("%s: is as it is token by token", (_, statement) => {
    expectSame((gap) => inBoard(statement.replaceAll("GAP", gap)));
  });

  test.each(forms.slice(0, 9))("%s: is read whole", (_, statement) => {
    const board = inBoard(statement.replaceAll("GAP", BLANKS));
    const apart = inBoard(statement.replaceAll("GAP", COMMENT));
    expect(countOf(TokenKind.statement, board)).toBe(countOf(TokenKind.statement, apart) + 1);
  });
});

function inBoard(body: string): string {
  const macros = [
    "SPI 0",
    "LEVEL 0x4",
    "SUM (1 + 2)",
    "REF &a",
    "CALL(x) x",
    "LABEL a",
    "NAME reg",
    "small large",
    "BODY(x) x",
  ];
  const defines = macros.map((macro) => `#define ${macro}\n`).join("");
  return `/dts-v1/;\n${defines}/ {\na: first {\n};\nb: second {\n};\nboard {\n${body}\n};\n};\n`;
}

test("a later { … } of a node takes whole statements too, in the place of earlier ones", () => {
  expectSame(
    (gap) => `/dts-v1/;
/ {
	n: node ${gap}{
		reg ${gap}= <1 2>;
		flag ${gap};
		text ${gap}= "a";
	};
};
&n {
	reg ${gap}= "text";
	flag ${gap}= <&n>;
	text ${gap};
	child ${gap}{
	};
};
`,
  );
});

const words = fc.constantFrom(
  "0",
  "0x10",
  "&a",
  "&b",
  "SPI",
  "LEVEL",
  "077",
  "1U",
  "1e2",
  "12a",
  "SUM",
  "&nowhere",
  "NOWHERE",
);
const cells = fc.array(words, { maxLength: 5 }).map((list) => `<${list.join(" ")}>`);
const strings = fc.constantFrom('"a"', '""', '"b,c"', '"with \\" quote"');
const list = (item: fc.Arbitrary<string>) =>
  fc
    .array(item, { minLength: 1, maxLength: 3 })
    .chain((items) => fc.constantFrom(", ", ",\n\t", ",").map((comma) => items.join(comma)));
const names = fc.constantFrom("reg", "status", "#size-cells", "vendor,prop", "NAME", "small", "x.y_z", "0num");
const property = fc
  .tuple(names, fc.oneof(list(cells), list(strings), fc.constant("")), fc.constantFrom(";", ";", ";", "", "\n;"))
  .map(([name, value, end]) => `${name} GAP${value === "" ? "" : `= ${value}`}${end}`);
const { body } = fc.letrec<{ body: string; node: string }>((tie) => ({
  node: fc
    .tuple(fc.constantFrom("", "l: ", "m: ", "small: "), fc.constantFrom("n@1", "o", "small"), tie("body"))
    .map(([label, name, inner]) => `${label}${name} GAP{\n${inner}\n};`),
  body: fc
    .array(fc.oneof({ weight: 4, arbitrary: property }, { weight: 1, arbitrary: tie("node") }), { maxLength: 4 })
    .map((lines) => lines.join("\n")),
}));

test("whatever stands in a board, reading statements whole changes nothing", () => {
  fc.assert(
    fc.property(body, (statements) => {
      expectSame((gap) => inBoard(statements.replaceAll("GAP", gap)));
    }),
    { numRuns: 1000 },
  );
});
