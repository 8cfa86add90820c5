/** After a mistake, reading goes on where it makes sense: one mistake, one report; two mistakes, two. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../dts/diagnostic.ts";
import { parse, reports } from "./memory-files.ts";
import { MISTAKE_KINDS, seededNumbers, singleMistakes } from "./single-mistakes.ts";

const board = (body: string): string => `/dts-v1/;\n/ {\n${body}\n};\n`;

/** Line, column and message of each report on the body of a board, whose first line is line 3. */
const said = (body: string, files: Readonly<Record<string, string>> = {}): string[] =>
  reports(parse(board(body), files)).map((report) => report.replace("board.dts:", ""));

interface Case {
  readonly name: string;
  readonly body: string;
  readonly said: readonly string[];
}

const BRACES: readonly Case[] = [
  {
    name: "a node without its '}' is named where its siblings go on",
    body: "\ta {\n\t\tx;\n\n\tb {\n\t\ty;\n\t};",
    said: ["4:5: the node is not closed: expected '}'"],
  },
  {
    name: "a lost '}' that leaves its ';' is told at the ';'",
    body: "\ta {\n\t\tx;\n\t;\n\tb {\n\t\ty;\n\t};",
    said: ["5:2: expected '}' before this ';'"],
  },
  {
    name: "a lost '}' on one line",
    body: '\ta { status = "okay"; ;\n\tb { };',
    said: ["3:23: expected '}' before this ';'"],
  },
  {
    name: "a ';' too many is no '}'",
    body: "\ta {\n\t\tx;;\n\t\ty;\n\t};",
    said: ["4:5: this ';' ends nothing"],
  },
  {
    name: "a '}' too many is told where the indentation has it",
    body: "\ta {\n\t\tb {\n\t\t\tx;\n\t\t};\n\t\t};\n\t\tc {\n\t\t\ty;\n\t\t};\n\t};\n\n\td {\n\t\tz = <&nowhere>;\n\t};",
    said: ["7:3: this '}' closes nothing: there is one too many", "14:8: &nowhere: no node has this label"],
  },
  {
    name: "a doubled '}'",
    body: "\ta {\n\t\tx;\n\t}};\n\tb { };",
    said: ["5:3: this '}' closes nothing: there is one too many"],
  },
  {
    name: "two '}' that touch where a ';' is missing between them",
    body: "\ta { b { x; }};\n\tc { };",
    said: ["3:14: expected ';' after the node's '}'"],
  },
  {
    name: "a node without its '{'",
    body: "\ta@1\n\t\treg = <1>;\n\t\tb { };\n\t};\n\tc { };",
    said: ["3:5: expected '{' after the name of the node"],
  },
  {
    name: "a node without its '{', known by its label, by what is indented, or by its '}'",
    body: "\tl: a\n\tx;\n\t};\n\tb\n\t\ty;\n\t};\n\tc\n\t};\n\td = <&l>;",
    said: [
      "3:6: expected '{' after the name of the node",
      "6:3: expected '{' after the name of the node",
      "9:3: expected '{' after the name of the node",
      "11:2: property d stands after a child node",
    ],
  },
  {
    name: "a node of one line without its '{'",
    body: "\tn  a = <1>; };\n\tm { };",
    said: ["3:3: expected '{' after the name of the node"],
  },
  {
    name: "a node without its name, labelled or not",
    body: "\tl: { };\n\tb { c = <&l>; };\n\t{\n\t\td;\n\t};\n\te { };",
    said: ["3:5: expected the name of a node after its label", "5:2: expected the name of a node before this '{'"],
  },
  {
    name: "another bracket in the place of a '{'",
    body: "\tl: n (\n\t\ta;\n\t};\n\tm [\n\t\tb = <&l>;\n\t};\n\to :\n\t\tc;\n\t};",
    said: [
      "3:7: expected '{' after the name of the node, found '('",
      "6:4: expected '{' after the name of the node, found '['",
      "9:4: expected '{' after the name of the node, found ':'",
    ],
  },
  {
    name: "another bracket in the place of a '}'",
    body: "\tn {\n\t\ta;\n\t);\n\tm {\n\t\tb;\n\t{;\n\to { };",
    said: ["5:2: expected '}', found ')'", "8:2: expected '}', found '{'"],
  },
  {
    name: "a '=' before the '{' of a node, or junk, leaves what is in it known",
    body: "\tn = {\n\t\tl: a { };\n\t};\n\to/p {\n\t\tm: b { };\n\t};\n\tc { d = <&l &m>; };",
    said: ["3:4: a node has no '=' before its '{'", "6:3: expected '{' after the name of the node, found '/'"],
  },
  {
    name: "a ':' too many after a label",
    body: "\tl:: n { };\n\tm { };",
    said: ["3:4: this ':' follows no label"],
  },
  {
    name: "a comment without its end",
    body: "\tm { a = <1>; /* x ; };",
    said: ["3:15: this comment has no end"],
  },
  {
    name: "a comment without its end in a cell list, which takes labels along",
    body: "\tm { a = <&l /* x >; };\n\tl: n { };",
    said: ["3:14: this comment has no end"],
  },
  {
    name: "a lost '}' is told once, whatever stands at the top level next",
    body: "\tn: a {\n\t\tx;\n};\n/omit-if-no-ref/ &n;\n/delete-node/ &n;\nl: &n { y; };\n/ { z = <&l>;",
    said: ["4:5: the node is not closed: expected '}'"],
  },
  {
    name: "a lost '}' keeps what was to be deleted or replaced: what that leads to is not told",
    body: "\tm: g { };\n\ta {\n\t\tx;\n\tn: d { };\n\tc { o: f { r = <&m>; }; };\n};\n/ {\n\t/delete-node/ g;\n\t/delete-node/ d;\n\tn: e { };\n\tc { o: f { r = <1>; }; };",
    said: ["5:5: the node is not closed: expected '}'"],
  },
  {
    name: "a '}' too many is told once, whatever stands at the top level behind what it cut off",
    body: "\tn: a {\n\t\tx;\n\t};\n\t};\n\tb;\n};\n/delete-node/ &n;\n/ {\n\tc;",
    said: ["6:2: this '}' closes nothing: there is one too many"],
  },
  {
    name: "a lost ':' among labels that stand on lines of their own",
    body: "\tl:\n\tm\n\tn: a {\n\t\tx = <&l &m &n>;\n\t};\n\to_p\n\tq: b {\n\t\tx = <&o_p &q>;\n\t};\n\tr {\n\t\tfine\n\t\ts: t { };\n\t};",
    said: [
      "4:3: expected ':' after label m",
      "8:5: expected ':' after label o_p",
      "13:7: expected ';' after property fine",
    ],
  },
  {
    name: "a doubled '{'",
    body: "\ta {{\n\t\tx;\n\t};\n\tb { };",
    said: ["3:5: this '{' opens nothing: there is one too many"],
  },
];

const VALUES: readonly Case[] = [
  {
    name: "a call without its '('",
    body: "\ta = <1 MASKX) 2>, <3>;\n\tb = <1 (MASKY4) | 2)>;\n\tc = <1 GPIOZ, 4) 5>;\n\td = <7>;",
    said: [
      "3:9: MASKX is not a number, and no macro of that name is defined here",
      "4:10: MASKY4 is not a number, and no macro of that name is defined here",
      "5:9: GPIOZ is not a number, and no macro of that name is defined here",
    ],
  },
  {
    name: "a comment without its beginning in a cell list",
    body: "\ta = <1\n\t\tMikroBus Reset */\n\t\t2>;\n\tb = <&nowhere>;",
    said: ["4:18: this '*/' ends no comment", "6:7: &nowhere: no node has this label"],
  },
  {
    name: "a ':' for the '=' before a value that begins on the next line",
    body: "\tn {\n\t\ta-b:\n\t\t\t<1 2>,\n\t\t\t<3 4>;\n\t};\n\tm { };",
    said: ["4:6: expected '=' after property a-b, found ':'"],
  },
  {
    name: "a '{' for the ';' of a property or a node",
    body: "\tn {\n\t\ta = <1>{\n\t\tb = <2>;\n\t}{\n\tm { c = <&nowhere>; };",
    said: [
      "4:10: expected ';' after property a, found '{'",
      "6:3: expected ';' after the node's '}', found '{'",
      "7:11: &nowhere: no node has this label",
    ],
  },
  {
    name: "a unit address without its '@'",
    body: "\tl: serial 7000 {\n\t\ta = <&l>;\n\t};\n\tm 0 { };",
    said: [
      "3:11: expected '@' between the name of the node and its unit address",
      "6:3: expected '@' between the name of the node and its unit address",
    ],
  },
  {
    name: "misspelt keywords, which do what was meant",
    body: "\tl: n {\n\t\ta;\n\t\t/delete-prop/ a;\n\t\tb = <&m>;\n\t};\n\t/delete-nod/ n;\n\t/omit-if-noref/ m: o { };\n\tc { };",
    said: ["5:3: /delete-prop/ is no keyword", "8:2: /delete-nod/ is no keyword", "9:2: /omit-if-noref/ is no keyword"],
  },
  {
    name: "the line that begins a node is missing: told at its first property",
    body: "\tn {\n\t};\n\n\t\ta = <1>;\n\t\tb = <2>;\n\t};\n\tm { c = <&l>; };",
    said: ["6:3: property a stands after a child node"],
  },
  {
    name: "a missing '=' before a list that goes over several lines",
    body: "\tn {\n\t\ta  <\n\t\t\t1 2\n\t\t>;\n\t};\n\tm { };",
    said: ["4:4: expected '=' after property a"],
  },
  {
    name: "a ',' in the place of the ';' before a labelled node, an empty line between",
    body: "\ta = <1>,\n\n\tl: m: n {\n\t\tb = <&l &m>;\n\t};",
    said: ["3:9: expected ';' in place of this ',': the value ends here"],
  },
  {
    name: "a lost quote makes no label of what stands in the string",
    body: '\taliases { serial0: n { }; };\n\ta = serial0:115200n8";\n\tb = ""serial0:115200n8";',
    said: [
      "4:14: expected a value (a string, <cells>, [bytes] or a reference), found '115200n8'",
      "5:16: expected ';' after property b, found '115200n8'",
    ],
  },
  {
    name: "a missing '=' is told, and the value read",
    body: '\ta "x";\n\tb <1 2>;\n\tc [00];\n\td = <&nowhere>;',
    said: [
      "3:3: expected '=' after property a",
      "4:3: expected '=' after property b",
      "5:3: expected '=' after property c",
      "6:7: &nowhere: no node has this label",
    ],
  },
  {
    name: "a ':' or ':=' for the '='",
    body: '\ta: "x";\n\tb : <1 2>;\n\tc := [00];\n\td:= "y";\n\te: <&nowhere>;',
    said: [
      "3:3: expected '=' after property a, found ':'",
      "4:4: expected '=' after property b, found ':'",
      "5:4: expected '=' after property c, found ':'",
      "6:3: expected '=' after property d, found ':'",
      "7:3: expected '=' after property e, found ':'",
      "7:6: &nowhere: no node has this label",
    ],
  },
  {
    name: "another bracket at one end of a list",
    body: "\ta = <1 2);\n\tb = <1], <2<;\n\tc = [0 1>;\n\td = {2>;\n\te = <00 11];",
    said: [
      "3:10: expected '>' at the end of the cell list, found ')'",
      "4:8: expected '>' at the end of the cell list, found ']'",
      "4:13: expected '>' at the end of the cell list, found '<'",
      "5:6: this list begins with '[' and ends with '>'",
      "6:6: expected a value (a string, <cells>, [bytes] or a reference), found '{'",
      "7:12: expected '>' at the end of the cell list, found ']'",
    ],
  },
  {
    name: "a missing '(' in a cell list, or a '[' for it",
    body: "\ta = <2 * 4)>;\n\tb = <[2 * 4)>;",
    said: ["3:9: '*' cannot stand in a cell list outside parentheses", "4:7: '[' cannot stand in a cell list"],
  },
  {
    name: "a doubled '&'",
    body: "\ta = <&&b>;",
    said: ["3:7: a reference begins with one '&'"],
  },
  {
    name: "a missing ',' is told once a value",
    body: '\ta = <1> <2>, <3> <4>;\n\tb = "x"\n\t    "y", "z";\n\tc = <5>\n\t    <6>;',
    said: [
      "3:9: expected ',' between the parts of the value",
      "4:9: expected ',' between the parts of the value",
      "6:9: expected ',' between the parts of the value",
    ],
  },
  {
    name: "a ',' where the value ends",
    body: "\ta = <1>,\n\tb = <2>;",
    said: ["3:9: expected ';' in place of this ',': the value ends here"],
  },
  {
    name: "a missing '>' before a ',', another list or the next line",
    body: "\ta = <1, <2>;\n\tb = <1 <2>;\n\tc = <1\n\td = <2>;",
    said: [
      "3:8: the cell list is not closed: expected '>'",
      "4:8: the cell list is not closed: expected '>'",
      "5:8: the cell list is not closed: expected '>'",
    ],
  },
  {
    name: "a '>' too many",
    body: "\ta = <1>>;\n\tb = <2>;",
    said: ["3:9: this '>' closes nothing: there is one too many"],
  },
  {
    name: "a missing '<'",
    body: "\ta = 1 2>, <3>;\n\tb =\n\t\t4 5>;\n\tc = <6>;",
    said: [
      "3:6: expected a value (a string, <cells>, [bytes] or a reference), found '1'",
      "5:3: expected a value (a string, <cells>, [bytes] or a reference), found '4'",
    ],
  },
  {
    name: "a comma in a cell list is told once a list",
    body: "\ta = <1, 2, 3>, <4, 5>;",
    said: ["3:8: cells are separated by spaces, not commas", "3:19: cells are separated by spaces, not commas"],
  },
  {
    name: "an expression without its parentheses is told once a list",
    body: "\ta = <1 + 2 + 3>, <1 ? 2 : 3>;\n\tb = <1 << 2 | 3>;\n\tc = <16 >> 2 >> 1>;\n\td = <-1 ~0>;",
    said: [
      "3:9: '+' cannot stand in a cell list outside parentheses",
      "3:22: '?' cannot stand in a cell list outside parentheses",
      "4:9: '<<' cannot stand in a cell list outside parentheses",
      "5:10: '>>' cannot stand in a cell list outside parentheses",
      "6:7: '-' cannot stand in a cell list outside parentheses",
    ],
  },
  {
    name: "a quote that is missing does not take the lines after it along",
    body: '\ta = "one", "two,\n\t    "three";\n\tb = okay";\n\tc = "x, "y";\n\td = <1>',
    said: [
      "3:13: this string has no closing quote",
      "5:6: expected a value (a string, <cells>, [bytes] or a reference), found 'okay'",
      "6:11: expected ';' after property c, found 'y'",
      "7:9: expected ';' after property d",
    ],
  },
  {
    name: "a missing ';' before a line that begins with a label",
    body: "\ta = <1>\n\tl: b { };\n\tm: c { d = <&l &m>; };",
    said: ["3:9: expected ';' after property a"],
  },
  {
    name: "a missing ':' after a label leaves the label known",
    body: "\tl a@1 { };\n\tb { c = <&l>; };",
    said: ["3:3: expected ':' after label l"],
  },
  {
    name: "a reference without its '{'",
    body: "\ta = <&/b/c@1}>, <2>;\n\td = <3>;",
    said: ["3:7: '&' must be followed at once by a label or {/path}"],
  },
  {
    name: "comments do not nest",
    body: "\t/* a /* b */ c */\n\td = <1>;\n\te; /* f /* g */ h */\n\ti = <2>",
    said: [
      "3:17: expected ';' after property c, found '*'",
      "5:20: expected ';' after property h, found '*'",
      "6:9: expected ';' after property i",
    ],
  },
  {
    name: "properties after a child are told once for each child",
    body: "\ta { };\n\tb; c; d;\n\te { };\n\tf;",
    said: ["4:2: property b stands after a child node", "6:2: property f stands after a child node"],
  },
  {
    name: "no-break spaces are told once",
    body: "\xc2\xa0\xc2\xa0a = <1>;\n\xc2\xa0\xc2\xa0b = <2>;",
    said: ["3:1: byte 0xc2, as of a no-break space, cannot stand here"],
  },
  {
    // é, ü and ж in UTF-8, a byte a character.
    name: "a character beyond ASCII is shown, once a name",
    body: "\t\xc3\xa9 = <1>;\n\tso\xc3\xbcc@1 { };\n\tb { c = <\xd0\xb6>; };",
    said: [
      "3:2: 'é' cannot stand in a name",
      "4:4: 'ü' cannot stand in a name",
      "5:11: 'ж' cannot stand in a cell list",
    ],
  },
  {
    name: "an unknown label and an undefined macro are told once, however often they stand",
    body: "\ta = <&l 1>, <&l 2>, <M>, <M>;\n\tb = <M>, <&l 3>;",
    said: ["3:7: &l: no node has this label", "3:23: M is not a number, and no macro of that name is defined here"],
  },
];

describe("braces", () => {
  test.each(BRACES)("$name", (one) => expect(said(one.body)).toEqual(one.said));

  test("a lost '}' is told once where the next statement of the top level, or the end of the source, shows it", () => {
    const [next] = parse(`${board("\tn {\n\t\tx;")}&l { };\n/ { l: m { }; };\n`).diagnostics;
    expect(next).toMatchObject({ rule: "syntax", hint: "put '};' here, going by the indentation" });
    expect(reports(parse("/dts-v1/;\n/ {\n\tl: n {\n\t\tx;\n\t};\n\n&l {\n\ty;\n};\n"))).toEqual([
      "board.dts:5:4: the node is not closed: expected '}'",
    ]);
    expect(reports(parse("/dts-v1/;\n/ {\n\tl: n { };\n};\n&l {\n\ty {\n\t\tz;\n};\n"))).toEqual([
      "board.dts:7:5: the node is not closed: expected '}'",
    ]);
  });

  test("&label { … } inside a node is told, and read where it belongs", () => {
    const source = "/dts-v1/;\n/ {\n\tl: n { };\n\tm {\n\t\t&l {\n\t\t\tx = <&nowhere>;\n\t\t};\n\t};\n};\n";
    expect(reports(parse(source))).toEqual([
      "board.dts:5:3: a reference cannot stand inside a node",
      "board.dts:6:9: &nowhere: no node has this label",
    ]);
  });

  test("what a mistake leaves out is not missed: neither a label nor, without /dts-v1/, anything else", () => {
    expect(reports(parse("/dts-v1/;\n{\n\tl: n { };\n};\n&l { x; };\n"))).toEqual([
      "board.dts:2:1: expected a node at the top level, found '{'",
    ]);
    expect(reports(parse("/dts-v1;\n/memreserve/ 0 1;\n/ { };\n"))).toEqual([
      "board.dts:1:1: the source does not begin with /dts-v1/;",
    ]);
  });

  test("a label at the top level without its '&' is told, and read as meant", () => {
    expect(reports(parse(`${board("\tl: n { };")}l {\n\tm: o { };\n};\n&m { x; };\n`))).toEqual([
      "board.dts:5:1: expected '&' before the label l",
    ]);
  });

  test("where a conditional without its #endif left out the rest, that alone is told", () => {
    expect(reports(parse("/dts-v1/;\n/ {\n\tn {\n#ifdef NOBODY\n\t};\n};\n"))).toEqual([
      "board.dts:4:1: this conditional has no #endif",
    ]);
  });
});

describe("values", () => {
  test.each(VALUES)("$name", (one) => expect(said(one.body)).toEqual(one.said));
});

test("250 operators without parentheses are one mistake, with the way to mend it", () => {
  const { diagnostics } = parse(board(`\ta = <1${" + 1".repeat(250)}>;`));
  expect(diagnostics.map(({ hint }) => hint)).toEqual(["put the whole expression in parentheses: <(1 + 2)>"]);
});

describe("a macro that names itself", () => {
  // As C has it: within its own expansion the name is left alone.
  test.each([
    ["#define LOOP LOOP\n", "LOOP"],
    ["#define LOOP LOOP2\n#define LOOP2 LOOP\n", "LOOP"],
    ["#define LOOP(a) (LOOP(a) + 1)\n", "LOOP(1)"],
  ])("is told to: %j", (definitions, use) => {
    const [only, ...more] = parse(`${definitions}${board(`\ta = <${use}>;`)}`).diagnostics;
    expect([only!.message, more]).toEqual(["macro LOOP expands to itself", []]);
  });

  test("and one that is used without its arguments is told to take some", () => {
    const { diagnostics } = parse(`#define F(a) (a)\n${board("\ta = <F>;")}`);
    expect(diagnostics.map(({ message }) => message)).toEqual(["macro F takes arguments: F(…)"]);
  });
});

describe("what is missing explains what it would have defined", () => {
  test("a header that cannot be found", () => {
    expect(reports(parse(`/dts-v1/;\n#include <pins.h>\n/ { a = <PIN 1>; };\n&pins { };\n`))).toEqual([
      "board.dts:2:1: #include <pins.h>: no such file; tried inc/pins.h",
    ]);
  });

  test("but not what stands before it", () => {
    expect(reports(parse("/dts-v1/;\n/ { a = <PIN>; };\n#include <pins.h>\n"))).toEqual([
      "board.dts:2:10: PIN is not a number, and no macro of that name is defined here",
      "board.dts:3:1: #include <pins.h>: no such file; tried inc/pins.h",
    ]);
  });

  test("a file that is included twice is told of once", () => {
    const files = { "n.dtsi": "/ {\n\ta = <1 2;\n};\n" };
    expect(reports(parse(`/dts-v1/;\n#include "n.dtsi"\n#include "n.dtsi"\n`, files))).toEqual([
      "n.dtsi:2:10: the cell list is not closed: expected '>'",
    ]);
  });

  test("a ';' too many in the header leaves what follows in its place", () => {
    const files = { "n.dtsi": "/dts-v1/;\n/ { };\n" };
    expect(reports(parse(`/dts-v1/;;\n#include "n.dtsi"\n`, files))).toEqual(["board.dts:1:10: this ';' ends nothing"]);
  });

  test("a '}' too many behind a path", () => {
    expect(reports(parse("/dts-v1/;\n/plugin/;\n&{/}} {\n\ta;\n};\n"))).toEqual([
      "board.dts:3:5: this '}' closes nothing: there is one too many",
    ]);
  });

  test("/delete-node/ without its '&' deletes the node all the same", () => {
    const source = "/dts-v1/;\n/ { l: a { }; m: b { c = <&l>; }; };\n/delete-node/ &l;\n/delete-node/ m;\n";
    expect(reports(parse(source))).toEqual([
      "board.dts:4:15: /delete-node/ takes a reference here: &label or &{/path}",
    ]);
  });

  test("a misspelt #include, and what its file would have defined", () => {
    const source = `/dts-v1/;\n#inclde "pins.h"\n/ {\n\ta = <PIN 1>;\n\tb = FUNCTION;\n\tc = <&pins>;\n};\n&pins { };\n`;
    expect(reports(parse(source))).toEqual(["board.dts:2:1: #inclde is no directive"]);
    expect(reports(parse(board("\tn {\n#inclde <x.h>\n\t};")))).toEqual(["board.dts:4:1: #inclde is no directive"]);
  });

  test("a property whose name is nearly a directive is one", () => {
    expect(reports(parse(board("\t#includes = <1>;\n\t#elsei;")))).toEqual([]);
  });

  test("a file name without its closing quote", () => {
    expect(reports(parse('/dts-v1/;\n#include "pins.h\n/ { a = <PIN>, FUNCTION; };\n&pins { };\n'))).toEqual([
      'board.dts:2:1: #include takes "file" or <file>',
    ]);
  });

  test("a misspelt /delete-node/ of the top level deletes the node", () => {
    const source = "/dts-v1/;\n/ { l: a { }; };\n/delete-nod/ &l;\n/ { l: b { }; };\n";
    expect(reports(parse(source))).toEqual(["board.dts:3:1: /delete-nod/ is no keyword"]);
  });

  test("a comment without its beginning before /dts-v1/", () => {
    expect(reports(parse(" * Copyright\n */\n/dts-v1/;\n/ { };\n"))).toEqual([
      "board.dts:1:2: the source does not begin with /dts-v1/;",
    ]);
  });

  test("a label that is misspelt where its node is extended, and what was to be replaced there", () => {
    const source =
      "/dts-v1/;\n/ { k: o { }; l: n { a = <&k>; e: p { }; }; };\n/delete-node/ &k;\n&lx { a = <1>; e: p { }; };\n";
    expect(reports(parse(source))).toEqual(["board.dts:4:1: &lx refers to no node that stands above"]);
  });

  describe("a comment that goes on to the end of the next", () => {
    const BEGINS = "this comment does not end before the next one begins";

    test("explains the labels that it has swallowed", () => {
      const body = "\ta = <&l>;\n\t/* one\n\tl: n { };\n\t/* two */\n\tm { };";
      expect(reports(parse(board(body)))).toEqual([`board.dts:4:2: ${BEGINS}`]);
    });

    test("explains the braces, the header and the files that it has swallowed", () => {
      expect(reports(parse(board("\tn {\n\t\ta; /* one\n\t};\n\t/* two */\n\tm { };")))).toEqual([
        `board.dts:4:6: ${BEGINS}`,
      ]);
      expect(reports(parse("/* one\n/dts-v1/;\n#include <a.h>\n/* two */\n/ { a = <A>; };\n&l { };\n"))).toEqual([
        `board.dts:1:1: ${BEGINS}`,
      ]);
    });

    test("is none where nothing is missing that it holds", () => {
      expect(reports(parse(board("\t/* one /* l: n { }; */\n\ta = <&k>;")))).toEqual([
        "board.dts:4:7: &k: no node has this label",
      ]);
    });
  });

  test("C in a header is told once", () => {
    const header = "typedef int number;\nstruct s {\n\tint a;\n\tint b;\n};\nenum { A, B };\nextern int f(void);\n";
    expect(reports(parse(`/dts-v1/;\n#include "c.h"\n/ { };\n`, { "c.h": header }))).toEqual([
      "c.h:1:1: expected a node at the top level, found 'typedef'",
    ]);
  });

  test("a macro call without its parenthesis ends with the statement", () => {
    const source = `#define F(a) (a + 1)\n${board("\tx = <F(1>;\n\ty = <2>\n\tn { z; };")}`;
    expect(reports(parse(source))).toEqual([
      "board.dts:4:7: the call of macro F has no closing parenthesis",
      "board.dts:5:9: expected ';' after property y",
    ]);
  });

  test("a macro call with too few arguments has no second report for what it then expands to", () => {
    const source = `#define IOPAD(a, b, c) ((a) & 0xff) ((b) | (c))\n${board("\tx = <IOPAD(0x38, (1 << 3) 10)>;")}`;
    expect(reports(parse(source))).toEqual(["board.dts:4:7: macro IOPAD takes 3 arguments, not 2"]);
  });

  test("a mistake in a macro is told once, however often the macro is used", () => {
    const source = `#define CLOCK 100;\n${board("\ta = <CLOCK>;\n\tb = <CLOCK 1>;\n\tc = <(CLOCK + 1)>;")}`;
    expect(reports(parse(source))).toEqual([
      "board.dts:4:7: macro CLOCK brings a ';' into the cell list",
      "board.dts:6:8: macro CLOCK brings a ';' into the expression",
    ]);
  });
});

describe("hints name what was probably meant", () => {
  const hints = (body: string, before = ""): (string | undefined)[] =>
    parse(before + board(body)).diagnostics.map(({ hint }) => hint);

  test("in cells", () => {
    const before = "#define GIC_SPI 0\n#define F(a) a\n";
    expect(
      hints("\ta = <GIC_SPII 1>;\n\tb = <fe201000>;\n\tc = <8f8000000>;\n\td = <l>;\n\te = <F>;\n\tl: n { };", before),
    ).toEqual([
      "did you mean GIC_SPI?",
      "hexadecimal numbers begin with 0x: 0xfe201000",
      "hexadecimal numbers begin with 0x: 0x8f8000000",
      "to refer to the node with this label, write &l",
      undefined,
    ]);
  });

  test("in values", () => {
    expect(hints("\ta = 0x0 0x1000;\n\tb = vendor,board;\n\tc = 'okay';\n\td = (1 + 2);")).toEqual([
      "write numbers in angle brackets: <0x0 0x1000>",
      'write strings in double quotes: "vendor,board"',
      'write strings in double quotes: "okay"',
      "write numbers in angle brackets: <(1 + 2)>",
    ]);
  });
});

/** `file:line:column message` of each place that goes with a report. */
function related(diagnostic: Diagnostic, result: ReturnType<typeof parse>): string[] {
  return (diagnostic.related ?? []).map(({ message, span }) => {
    const at = result.sources.locate(span)!;
    return `${at.file}:${at.line}:${at.column} ${message}`;
  });
}

describe("the chain of macros that led to a mistake", () => {
  const chain = (source: string, files: Readonly<Record<string, string>> = {}): string[] => {
    const result = parse(source, files);
    expect(result.diagnostics).toHaveLength(1);
    return [...reports(result), ...related(result.diagnostics[0]!, result)];
  };

  test("in the body of nested macros, from several files: each with the place in it", () => {
    const files = {
      "a.h": '#include "b.h"\n#define TOP (1 + MIDDLE)\n',
      "b.h": "\n#define MIDDLE \\\n\t2 * LOW\n#define LOW NOBODY\n",
    };
    expect(chain(`#include "a.h"\n${board("\tx = <0 TOP>;")}`, files)).toEqual([
      "board.dts:4:9: NOBODY is not a number, and no macro of that name is defined here",
      "a.h:2:18 in the expansion of macro TOP, defined here",
      "b.h:3:6 in the expansion of macro MIDDLE, defined here",
      "b.h:4:13 in the expansion of macro LOW, defined here",
    ]);
  });

  test("in an argument: the place is the argument's own", () => {
    expect(chain(`#define IRQ(n) 0 (n) 4\n${board("\tx = <IRQ(NOBODY)>;")}`)).toEqual([
      "board.dts:4:11: NOBODY is not a number, and no macro of that name is defined here",
      "board.dts:1:9 in an argument of macro IRQ, defined here",
    ]);
  });

  test("in a macro that an argument names", () => {
    expect(chain(`#define IRQ(n) 0 (n) 4\n#define LINE NOBODY\n${board("\tx = <IRQ(LINE)>;")}`)).toEqual([
      "board.dts:5:11: NOBODY is not a number, and no macro of that name is defined here",
      "board.dts:2:14 in the expansion of macro LINE, defined here",
      "board.dts:1:9 in an argument of macro IRQ, defined here",
    ]);
  });

  test("where a macro lacks something: at its call, with the place where it is missing", () => {
    expect(chain(`#define NODE(n) n { reg = <1> }\n${board("\tNODE(a);\n\tNODE(b);")}`)).toEqual([
      "board.dts:4:2: expected ';' after property reg",
      "board.dts:1:31 in the expansion of macro NODE, defined here",
    ]);
  });

  test("what is missing behind a call is missing behind its parenthesis", () => {
    expect(chain(`#define LIST(a) <a>\n${board("\tx = LIST(1)\n\ty;")}`)).toEqual([
      "board.dts:4:13: expected ';' after property x",
    ]);
  });

  test("where the mistake shows only when the whole source is read", () => {
    expect(chain(`#define GIC &gic9\n${board("\tx = <GIC>;")}`)).toEqual([
      "board.dts:4:7: &gic9: no node has this label",
      "board.dts:1:9 in the expansion of macro GIC, defined here",
    ]);
  });
});

test("the names are defined that cpp defines for assembler", () => {
  const source = `#ifdef __ASSEMBLER__\n${board("\ta = <__ASSEMBLER__ __STDC__ __STDC_HOSTED__>;")}#endif\n`;
  expect(parse(source).tree?.root.property("a")?.value).toEqual(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1));
});

describe("one token wrong in an example gives one report", () => {
  const sources = readdirSync("examples").filter((name) => /^(fvp|qemu|blocks).*\.dtsi?$/.test(name));
  const next = seededNumbers(1);

  test.each(MISTAKE_KINDS)("%s", (kind) => {
    for (const name of sources) {
      for (const { text, line } of singleMistakes(readFileSync(`examples/${name}`, "latin1"), kind, 4, next)) {
        const files = { "fvp.dtsi": readFileSync("examples/fvp.dtsi", "latin1") };
        const source = name.endsWith(".dtsi") ? `/dts-v1/;\n#include "${name}"\n` : text;
        const result = parse(source, name.endsWith(".dtsi") ? { [name]: text } : files);
        // A comma in a name is part of it: without it, it is another name.
        if (kind.includes(",") && result.tree !== null) continue;
        expect(reports(result), `${name}:${line}`).toHaveLength(1);
      }
    }
  });
});
