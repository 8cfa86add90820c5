/** Macros, conditionals and includes that multiply. */
import { type HostileCase, root, type Sizes, shown, times } from "./case.ts";

const chain = (letter: string, count: number, body: (next: string) => string, last: string): string =>
  `${times(count, (i) => `#define ${letter}${i} ${body(`${letter}${i + 1}`)}\n`)}#define ${letter}${count} ${last}\n`;

export function macroCases({ many, million }: Sizes): readonly HostileCase[] {
  return [
    {
      name: "macros that double forty times",
      kind: "dts",
      make: () => chain("A", 40, (next) => `${next} ${next}`, "1") + root("p = <A0>;"),
      answer: "limit",
    },
    {
      name: "macros that double forty times to nothing",
      kind: "dts",
      make: () => chain("A", 40, (next) => `${next} ${next}`, "") + root("p = <A0>;"),
      answer: "limit",
    },
    {
      name: "function-like macros that double forty times",
      kind: "dts",
      make: () =>
        `${times(40, (i) => `#define F${i}(x) F${i + 1}(x) F${i + 1}(x)\n`)}#define F40(x) x\n${root("p = <F0(1)>;")}`,
      answer: "limit",
    },
    {
      name: "arguments that double forty times",
      kind: "dts",
      make: () => `#define F(x) x x\n${root(`p = <${"F(".repeat(40)}1${")".repeat(40)}>;`)}`,
      answer: "limit",
    },
    {
      name: `calls within calls, ${shown(million)} deep`,
      kind: "dts",
      make: () => `#define F(x) x\n${root(`p = <${"F(".repeat(million)}1${")".repeat(million)}>;`)}`,
      answer: "limit",
    },
    {
      name: "a call whose arguments never end",
      kind: "dts",
      make: () => `#define F(x) x\n${root(`p = <F(${"1,".repeat(million)}`)}`,
      answer: "preprocessor",
    },
    {
      name: `a chain of ${shown(many)} macros`,
      kind: "dts",
      make: () => chain("A", many, (next) => next, "1") + root("p = <A0>;"),
      answer: "tree",
    },
    {
      name: "a macro that names itself, and two that name each other",
      kind: "dts",
      make: () => `#define A A A\n#define B C\n#define C B\n#define F(x) F(F(x))\n${root("p = <A B F(1)>;")}`,
      answer: "undefined-macro",
    },
    {
      name: "a macro that makes its own call over and over",
      kind: "dts",
      make: () =>
        `#define EMPTY()\n#define DEFER(x) x EMPTY()\n#define EVAL(x) EVAL1(EVAL1(EVAL1(x)))\n#define EVAL1(x) EVAL2(EVAL2(EVAL2(x)))\n#define EVAL2(x) EVAL3(EVAL3(EVAL3(x)))\n#define EVAL3(x) EVAL4(EVAL4(EVAL4(x)))\n#define EVAL4(x) EVAL5(EVAL5(EVAL5(x)))\n#define EVAL5(x) EVAL6(EVAL6(EVAL6(x)))\n#define EVAL6(x) EVAL7(EVAL7(EVAL7(x)))\n#define EVAL7(x) EVAL8(EVAL8(EVAL8(x)))\n#define EVAL8(x) x\n#define LOOP() 1 DEFER(LOOP2)()()\n#define LOOP2() LOOP\n${root("p = <EVAL(LOOP())>;")}`,
      answer: "limit",
    },
    {
      name: "names pasted to twice their length, forty times",
      kind: "dts",
      make: () => `#define P(x) x##x\n#define Q(x) P(x)\n${root(`p = <${"Q(".repeat(40)}a${")".repeat(40)}>;`)}`,
      answer: "limit",
    },
    {
      name: "strings of strings, their backslashes doubled forty times",
      kind: "dts",
      make: () => `#define S(x) #x\n#define T(x) S(x)\n${root(`p = ${"T(".repeat(40)}"\\""${")".repeat(40)};`)}`,
      answer: "limit",
    },
    {
      name: "a long name doubled and made a string",
      kind: "dts",
      make: () =>
        `#define F(x) x x\n#define S(x) #x\n#define T(x) S(x)\n${root(`p = T(${"F(".repeat(18)}${"n".repeat(many)}${")".repeat(18)});`)}`,
      answer: "limit",
    },
    {
      name: `a macro of ${shown(many)} parameters`,
      kind: "dts",
      make: () =>
        `#define F(${times(many, (i) => `${i === 0 ? "" : ","}x${i}`)}) ${times(many, (i) => `x${i} `)}\n${root(`p = <F(${times(many, (i) => `${i === 0 ? "" : ","}${i}`)})>;`)}`,
      answer: "tree",
    },
    {
      name: `a body of ${shown(million)} tokens, used a hundred times`,
      kind: "dts",
      make: () => `#define A ${"1 ".repeat(million)}\n${root(`p = <${"A ".repeat(100)}>;`)}`,
      answer: "limit",
    },
    {
      name: `${shown(many)} macros, defined, asked for and undefined`,
      kind: "dts",
      make: () => times(many, (i) => `#define M${i} ${i}\n#ifdef M${i}\n#undef M${i}\n#endif\n`) + root(""),
      answer: "tree",
    },
    {
      name: `${shown(many)} conditionals without an end`,
      kind: "dts",
      make: () => times(many, () => "#if 1\n") + root(""),
      answer: "preprocessor",
    },
    {
      name: `${shown(many)} conditionals within conditionals that do not hold`,
      kind: "dts",
      make: () => times(many, () => "#if 0\n") + times(many, () => "#endif\n") + root(""),
      answer: "tree",
    },
    {
      name: `${shown(many)} branches that do not hold, in each of which the next is sought`,
      kind: "dts",
      make: () => `#if 0\n${times(many, () => "#elif 0\n")}#endif\n${root("")}`,
      answer: "tree",
    },
    {
      name: `${shown(many)} #endif and #else without #if`,
      kind: "dts",
      make: () => times(many, () => "#endif\n#else\n") + root(""),
      answer: "preprocessor",
    },
    {
      name: "a file that includes itself",
      kind: "dts",
      make: () => `#include "self.dtsi"\n${root("")}`,
      files: { "self.dtsi": '#include "self.dtsi"\n' },
      answer: "include",
    },
    {
      name: "a file that includes itself twice, and one by /include/",
      kind: "dts",
      make: () => `/dts-v1/;\n#include "self.dtsi"\n/include/ "self.dtsi"`,
      files: { "self.dtsi": '#include "self.dtsi"\n#include "self.dtsi"\n/include/ "self.dtsi"\n' },
      answer: "include",
    },
    {
      name: "files that each include the next twice, forty deep",
      kind: "dts",
      make: () => `#include "f0"\n${root("")}`,
      files: {
        ...Object.fromEntries(
          Array.from({ length: 40 }, (_, i) => [`f${i}`, `#include "f${i + 1}"\n#include "f${i + 1}"\n`]),
        ),
        f40: "",
      },
      answer: "limit",
    },
    {
      name: "a megabyte included thousands of times",
      kind: "dts",
      make: () => `${'#include "big"\n'.repeat(19_000)}${root("")}`,
      files: { big: `/* ${" ".repeat(1 << 20)} */` },
      answer: "limit",
    },
    {
      name: `200 files that cannot be found, looked for in vain ${shown(many)} times`,
      kind: "dts",
      make: () =>
        times(many, (i) => `#if __has_include("no${i % 200}")\n#endif\n`) + times(many, (i) => `#include "no${i}"\n`),
      answer: "include",
    },
  ];
}
