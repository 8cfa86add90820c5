/**
 * Small sources, each for one part of the language, with the property bytes that they must give, worked out by hand.
 * `npm test` holds our parser against the bytes; `npm run test:peers` holds `cpp | dtc` against our whole blob.
 */
export interface LanguageCase {
  readonly name: string;
  readonly source: string;
  /** Other files, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Path of a node, `:`, name of a property; its bytes in hex. `null`: no such property. */
  readonly expect: Readonly<Record<string, string | null>>;
}

const root = (body: string): string => `/dts-v1/;\n/ {\n${body}\n};\n`;

export const LANGUAGE_CASES: readonly LanguageCase[] = [
  {
    name: "cells in decimal, octal, hex and with suffixes",
    source: root("a = <10 010 0x10 0XfF 1U 2L 3UL 4LL 5ULL>;"),
    expect: { "/:a": "0000000a 00000008 00000010 000000ff 00000001 00000002 00000003 00000004 00000005" },
  },
  {
    name: "a property without a value is empty",
    source: root("a; b = <>;"),
    expect: { "/:a": "", "/:b": "" },
  },
  {
    name: "strings with all escapes",
    source: root(String.raw`a = "\a\b\t\n\v\f\r\"\\\'\q"; b = "\101\60x\x41\x4g"; c = "one", "two"; d = "";`),
    expect: {
      "/:a": "07 08 09 0a 0b 0c 0d 22 5c 27 71 00",
      "/:b": "41 30 78 41 04 67 00",
      "/:c": "6f6e6500 74776f00",
      "/:d": "00",
    },
  },
  {
    name: "bytes above 127 pass through strings unchanged",
    source: root('a = "\u00c2\u00b5";'),
    expect: { "/:a": "c2b5 00" },
  },
  {
    name: "byte strings, spaced and run together",
    source: root("a = [00 11 aAbB cc]; b = []; c = [0e1f 123456];"),
    expect: { "/:a": "00 11 aa bb cc", "/:b": "", "/:c": "0e1f123456" },
  },
  {
    name: "character literals",
    source: root(String.raw`a = <'a' '\n' '\x7f' '\'' '"'>; b = <('a' + 1)>;`),
    expect: { "/:a": "00000061 0000000a 0000007f 00000027 00000022", "/:b": "00000062" },
  },
  {
    name: "elements of 8, 16, 32 and 64 bits, negative ones sign-extended",
    source: root(
      "a = /bits/ 8 <1 0xff (-1)>, /bits/ 16 <0xfffe (-2)>, /bits/ 32 <3>, /bits/ 64 <0x123456789abcdef0 (-1)>;",
    ),
    expect: { "/:a": "01 ff ff fffe fffe 00000003 123456789abcdef0 ffffffffffffffff" },
  },
  {
    name: "mixed values and a value after a comma",
    source: root('a = "x", <1 2>, [03], "y";'),
    expect: { "/:a": "7800 00000001 00000002 03 7900" },
  },
  {
    name: "expressions have C's precedence",
    source: root("a = <(1 + 2 * 3) (1 << 2 + 1) (1 | 2 ^ 3 & 4) (7 & 3 == 3) (10 - 4 - 3) (100 / 7 % 4)>;"),
    // 1+6=7; 1<<(2+1)=8; 1|(2^(3&4))=1|(2^0)=3; 7&(3==3)=7&1=1; (10-4)-3=3; (100/7)%4=14%4=2
    expect: { "/:a": "00000007 00000008 00000003 00000001 00000003 00000002" },
  },
  {
    name: "comparison, logic and the conditional",
    source: root(
      "a = <(1 < 2) (2 <= 1) (3 > 2) (3 >= 4) (1 == 1) (1 != 1) (1 && 0) (1 || 0) (!5) (!0) (1 ? 7 : 8) (0 ? 7 : 0 ? 8 : 9)>;",
    ),
    expect: {
      "/:a":
        "00000001 00000000 00000001 00000000 00000001 00000000 00000000 00000001 00000000 00000001 00000007 00000009",
    },
  },
  {
    name: "arithmetic is unsigned and of 64 bits",
    source: root(
      "a = /bits/ 64 <(0 - 1) (~0) (0xffffffffffffffff + 2) (1 << 63) (1 << 64) (0xffffffffffffffff >> 63) (-1 / 2) (0x100000000 * 0x100000000) ((-1) > 1)>;",
    ),
    // -1/2 is (2^64-1)/2 = 0x7fff…; 2^32 * 2^32 wraps to 0; (-1) > 1 holds, unsigned
    expect: {
      "/:a":
        "ffffffffffffffff ffffffffffffffff 0000000000000001 8000000000000000 0000000000000000 0000000000000001 7fffffffffffffff 0000000000000000 0000000000000001",
    },
  },
  {
    name: "negative cells are sign-extended",
    source: root("a = <(-1) (-2147483648) (~0)>;"),
    expect: { "/:a": "ffffffff 80000000 ffffffff" },
  },
  {
    name: "phandles are given in the order in which references are met",
    source: root("x = <&two &one>; y = <&one>; one: n1 { }; two: n2 { self = <&three>; three: n3 { }; };"),
    expect: {
      "/:x": "00000001 00000002",
      "/:y": "00000002",
      "/n2:phandle": "00000001",
      "/n1:phandle": "00000002",
      "/n2/n3:phandle": "00000003",
      "/n2:self": "00000003",
    },
  },
  {
    name: "given phandles are kept and passed over when others are given out",
    source: root("x = <&b &a>; a: a { }; b: b { phandle = <1>; }; c { linux,phandle = <2>; };"),
    expect: { "/:x": "00000001 00000003", "/a:phandle": "00000003" },
  },
  {
    name: "a node may ask for a phandle by referring to itself",
    source: root("a: a { phandle = <&a>; };"),
    expect: { "/a:phandle": "00000001" },
  },
  {
    name: "references by path, in cells and as strings",
    source: root('a = <&{/n@1/m}>; b = &n; c = &{/n@1/m}; d = "x", &m, "y"; n: n@1 { m: m { }; };'),
    expect: {
      "/:a": "00000001",
      "/:b": "2f6e403100",
      "/:c": "2f6e40312f6d00",
      "/:d": "7800 2f6e40312f6d00 7900",
      "/n@1/m:phandle": "00000001",
    },
  },
  {
    name: "labels may stand anywhere in a value",
    source: root('l0: a = l1: <l2: 1 l3: 2 l4:> l5: , l6: [l7: 00 l8: 11 l9:], l10: "x" l11:; l12: l13: n { };'),
    expect: { "/:a": "00000001 00000002 0011 7800" },
  },
  {
    name: "nodes are reopened by path, label and name; later values win at the earlier place",
    source: `${root("a = <1>; b = <2>; l: n { p = <1>; q = <2>; };")}
/ { b = <3>; c = <4>; n { q = <5>; r = <6>; }; };
&l { p = <7>; };
&{/n} { s = <8>; };
more: &l { t; };
x: &more { u; };`,
    expect: {
      "/:b": "00000003",
      "/:c": "00000004",
      "/n:p": "00000007",
      "/n:q": "00000005",
      "/n:r": "00000006",
      "/n:s": "00000008",
      "/n:t": "",
      "/n:u": "",
    },
  },
  {
    name: "deleted properties and nodes are gone, and come back at their old place",
    source: `${root("a = <1>; b = <2>; c = <3>; l: x { p; }; y { }; z { };")}
/ { /delete-property/ a; /delete-property/ nothing; /delete-node/ y; /delete-node/ nothing; };
/ { a = <9>; y { back; }; };
/delete-node/ &l;
/delete-node/ &{/z};`,
    expect: { "/:a": "00000009", "/y:back": "", "/x:p": null },
  },
  {
    name: "what is deleted where it is first written leaves nothing",
    source: root("/delete-property/ a; b; /delete-node/ n; m { };"),
    expect: { "/:a": null, "/:b": "" },
  },
  {
    name: "/omit-if-no-ref/ leaves out what nothing refers to",
    source: `${root("r = <&used>; p = &path; /omit-if-no-ref/ used: a { x; }; /omit-if-no-ref/ b { x; }; path: c { x; }; d: d { x; };")}
/omit-if-no-ref/ &path;
/omit-if-no-ref/ &d;`,
    expect: { "/a:x": "", "/b:x": null, "/c:x": "", "/d:x": null },
  },
  {
    name: "/memreserve/ with labels and expressions",
    source: `/dts-v1/;
l: /memreserve/ 0x10000000 (1 << 20);
/memreserve/ 0x100000000 0x4000;
/ { };`,
    expect: {},
  },
  {
    name: "names with every legal character, and an escaped one",
    source: root(String.raw`#a,b._+*?-c = <1>; 1d = <2>; \delete = <3>; n,1._+-x@1f,2 { };`),
    expect: { "/:#a,b._+*?-c": "00000001", "/:1d": "00000002", "/:delete": "00000003" },
  },
  {
    name: "a property called name that repeats the node's name is left out",
    source: root('n@1 { name = "n"; a; };'),
    expect: { "/n@1:name": null, "/n@1:a": "" },
  },
  {
    name: "both kinds of comments, anywhere",
    source: `/* a */ /dts-v1/ /* b
 * c */ ; // d
/ { // e
	a /* f */ = /* g */ < /* h */ 1 // i
	/**/ 2 /***/ > /* j */ ; };`,
    expect: { "/:a": "00000001 00000002" },
  },
  {
    name: "/include/ reads a file in place",
    source: '/dts-v1/;\n/include/ "part.dtsi"\n/ { b = <2>;\n/include/ "sub/inner.dtsi"\n};',
    files: {
      "part.dtsi": "/ { a = <1>; };",
      "sub/inner.dtsi": '/include/ "innermost.dtsi"',
      "sub/innermost.dtsi": "c = <3>;",
    },
    expect: { "/:a": "00000001", "/:b": "00000002", "/:c": "00000003" },
  },
  {
    name: "/incbin/, whole and in part",
    source: root('a = /incbin/("data.bin"); b = /incbin/("data.bin", 1, 2), <1>; c = /incbin/("data.bin", 3, 99);'),
    files: { "data.bin": "\x00\x01\xff\x7f" },
    expect: { "/:a": "0001ff7f", "/:b": "01ff 00000001", "/:c": "7f" },
  },
  {
    name: "headers may repeat",
    source: "/dts-v1/;\n/dts-v1/;\n/ { a; };",
    expect: { "/:a": "" },
  },
  {
    name: "object-like and function-like macros",
    source: `#define ONE 1
#define TWO (ONE + 1)
#define ADD(a, b) ((a) + (b))
#define PAIR(x) x x
${root("a = <ONE TWO ADD(TWO, 3) ADD(ADD(1, 2), ADD(3, 4)) PAIR(ONE)>; b = <ADD (1,\n 2)>;")}`,
    expect: { "/:a": "00000001 00000002 00000005 0000000a 00000001 00000001", "/:b": "00000003" },
  },
  {
    name: "# makes a string, ## joins",
    source: `#define STR(x) #x
#define XSTR(x) STR(x)
#define CAT(a, b) a ## b
#define XCAT(a, b) CAT(a, b)
#define N 12
#define AB 7
${root('a = STR(N), XSTR(N), STR( a  "b\\n"  c ); b = <CAT(A, B) CAT(1, 2) XCAT(N, 3) CAT(0x, ff) CAT(,5) CAT(6,)>;')}`,
    // STR( a  "b\n"  c ) is the string a "b\\n" c with one space for each run of them
    expect: {
      "/:a": "4e00 313200 61 20 22 62 5c 6e 22 20 63 00",
      "/:b": "00000007 0000000c 0000007b 000000ff 00000005 00000006",
    },
  },
  {
    name: "## joins in object-like macros too, and # is a character there",
    source: `#define AB 1 ## 2
#define HEX 0x ## f ## f
#
${root("a = <AB HEX>; #ab-cells = <3>;")}`,
    expect: { "/:a": "0000000c 000000ff", "/:#ab-cells": "00000003" },
  },
  {
    name: "variadic macros, named and not, and the comma that goes with no arguments",
    source: `#define LIST(...) <__VA_ARGS__>
#define SUM(first, rest...) (first + rest)
#define CALL(n, ...) F(n, ## __VA_ARGS__)
#define F(...) <(0 , ## __VA_ARGS__)>
#define CELLS(n, args...) n args
${root("a = LIST(1 2); b = <SUM(1, 2)>; c = <CELLS(1) CELLS(2, 3)>;")}`,
    expect: { "/:a": "00000001 00000002", "/:b": "00000003", "/:c": "00000001 00000002 00000003" },
  },
  {
    name: "a macro does not expand within itself, and a name without arguments stays",
    source: `#define f(x) x + f
#define foo foo2
#define foo2 foo
#define g(x) x
${root("foo = <(f(1)(2))>; g = <3>;").replace("f(1)(2)", "g(1) + 2")}`,
    expect: { "/:foo": "00000003", "/:g": "00000003" },
  },
  {
    name: "macros expand inside names, and spaces appear as cpp makes them",
    source: `#define ADDR 1f00
#define UART uart
#define LBL(x) pre_ ## x
#define DEF(x) LBL(x): x@ADDR { reg = <1>; }
${root("UART@ADDR { a; }; DEF(spi); r = <&LBL(spi)>;").replace("r = <&LBL(spi)>;", "")}
&LBL(spi) { more; };`,
    expect: { "/uart@1f00:a": "", "/spi@1f00:reg": "00000001", "/spi@1f00:more": "" },
  },
  {
    name: "conditionals with full expressions",
    source: `#define A 3
#define EMPTY
#if A == 3 && defined(A) && !defined B && (A << 1) == 6
#define X 1
#else
#define X 2
#endif
#if 0
# error not here
don't care "about this
#elif A > 4 || -1 > 0u
#define Y 1
#else
#define Y 2
#endif
#ifdef NOPE
#error no
#elif defined(EMPTY) && 'a' == 97 && (1 ? 2 : 3) == 2 && UNKNOWN == 0
#define Z 1
#endif
#ifndef NOPE
#if 1
#undef A
#define A 4
#endif
#else
#error no
#endif
${root("a = <X Y Z A>;")}`,
    // -1 > 0u is an unsigned comparison and holds
    expect: { "/:a": "00000001 00000001 00000001 00000004" },
  },
  {
    name: "#include in both forms, guards, and a macro for a name",
    source: `#include <dt-bindings/a.h>
#include "local.dtsi"
#include "local.dtsi"
#define FILE <dt-bindings/b.h>
#include FILE
${root("a = <A B L>;")}`,
    files: {
      "inc/dt-bindings/a.h": "#ifndef A_H\n#define A_H\n#define A 1\n#endif\n#include <dt-bindings/b.h>\n",
      "inc/dt-bindings/b.h": "#ifndef B_H\n#define B_H\n#define B 2\n#endif",
      "local.dtsi": "#undef L\n#define L 3\n",
    },
    expect: { "/:a": "00000001 00000002 00000003" },
  },
  {
    name: "a # that is no directive is part of a name",
    source: root("#address-cells = <2>;\n  #size-cells = <2>;\n#\n"),
    expect: { "/:#address-cells": "00000002", "/:#size-cells": "00000002" },
  },
  {
    name: "lines that end in a backslash go on",
    source: `#define LONG(a, \\
	b) \\
	a \\
	b
${root("a = <LONG(1, \\\n 2)>;")}`,
    expect: { "/:a": "00000001 00000002" },
  },
  {
    name: "a number with an exponent's sign is one token to cpp and three to dtc",
    source: `#define e 5\n${root("a = <(0xe+1) (0xe-1)>;")}`,
    expect: { "/:a": "0000000f 0000000d" },
  },
  {
    name: "arguments in parentheses, commas inside them and empty ones",
    source: `#define TWO(a, b) <a b>
#define NONE() 9
#define PAREN (1, 2)
#define ID(x) x
#define AFTER ID
${root("a = TWO((1 + 2), ID((3))); b = TWO(, 4); c = <NONE()>; d = <AFTER(5)>;")}`,
    expect: { "/:a": "00000003 00000003", "/:b": "00000004", "/:c": "00000009", "/:d": "00000005" },
  },
  {
    name: "an input that was preprocessed already",
    source:
      '# 0 "board.dts"\n# 1 "board.dts"\n/dts-v1/;\n# 1 "soc.dtsi" 1\n/ { a = <1>; };\n# 3 "board.dts" 2\n/ { b = <2>; };\n',
    expect: { "/:a": "00000001", "/:b": "00000002" },
  },
  {
    name: "__LINE__, __DTS__ and __COUNTER__",
    source: `/dts-v1/;
/ { a = <__LINE__ __DTS__>;
b = <__LINE__ __COUNTER__ __COUNTER__>; };`,
    expect: { "/:a": "00000002 00000001", "/:b": "00000003 00000000 00000001" },
  },
];
