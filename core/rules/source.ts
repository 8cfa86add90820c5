/** Rules about device tree source: what the preprocessor and the parser ask for. Where dtc has a name for one, it is dtc's. */
import { ruleList } from "./rule.ts";

/** What all of these have in common. */
const ABOUT_SOURCE = { severity: "error", consequence: "none", series: null } as const;

const NOT_READ = "dtc refuses the source too: there is no tree, and nothing is said about any kernel.";

export const SOURCE_RULES = ruleList([
  {
    id: "syntax",
    title: "The source is device tree source",
    ...ABOUT_SOURCE,
    checks:
      "The source follows dtc's grammar: /dts-v1/; first, nodes in { … };, properties as name = value;, properties before child nodes.",
    breach: NOT_READ,
    mend: "Look at the marked place, and at the line before it: a semicolon, bracket or quote is missing or one too many.",
    bad: 'model = "board"\ncompatible = "vendor,board";',
    good: 'model = "board";\ncompatible = "vendor,board";',
  },
  {
    id: "preprocessor",
    title: "Preprocessor directives and macro calls are well formed",
    ...ABOUT_SOURCE,
    checks:
      "Each #if has its #endif, each #define a name, each macro call as many arguments as the macro takes. The rules are those of cpp -x assembler-with-cpp.",
    breach: "cpp refuses the source too, or gives text that dtc cannot read.",
    mend: "Balance the conditionals; compare the call with the definition that the report points at.",
    bad: "#ifdef CONFIG_TAGS\n/ { };",
    good: "#ifdef CONFIG_TAGS\n#endif\n/ { };",
  },
  {
    id: "include",
    title: "Included files exist and do not include themselves without end",
    ...ABOUT_SOURCE,
    checks:
      "#include, /include/ and /incbin/ find their file: beside the file that names it (not for #include <…>), then in each folder given with -I.",
    breach: NOT_READ,
    mend: "Give the folder with -I. For a kernel tree that is scripts/dtc/include-prefixes. Guard files that may be included twice.",
    bad: "#include <dt-bindings/gpio.h>",
    good: "#include <dt-bindings/gpio/gpio.h>",
  },
  {
    id: "error-directive",
    title: "No #error is reached",
    ...ABOUT_SOURCE,
    checks: "An #error in a part of the source that the conditionals let through.",
    breach: "cpp refuses the source with the author's own message.",
    mend: "Do what the message says: its author knew.",
    bad: "#error include the SoC file, not this one",
    good: '#include "soc.dtsi"',
  },
  {
    id: "limit",
    title: "The source stays within what carveout reads",
    ...ABOUT_SOURCE,
    checks:
      "Depth of nodes, includes, macro arguments and expressions; files and characters included; tokens that macros expand to; bytes of all properties. Each limit is far above any board's needs.",
    breach: "Reading stops at the marked place: the source would take unbounded time or memory.",
    mend: "Look for macros that double at each step, files that include one another, or generated nesting.",
    bad: "#define A B B\n#define B C C\t/* and so on, forty times */",
    good: "#define A 1",
  },
  {
    id: "literal",
    title: "Numbers, characters and escapes are well formed",
    ...ABOUT_SOURCE,
    checks:
      "Integers are decimal, octal (0…) or hex (0x…), fit 64 bits, and end in nothing but U, L, UL, LL or ULL; a character literal holds one character; \\x has a hex digit.",
    breach: NOT_READ,
    mend: "Take leading zeros from decimal numbers; write sizes out, as DTS knows no k or M.",
    bad: "clock-frequency = <024000000 64M>;",
    good: "clock-frequency = <24000000 0x4000000>;",
  },
  {
    id: "cell-range",
    title: "Values fit their cells",
    ...ABOUT_SOURCE,
    checks: "A value has no bits beyond its element's width, 32 unless /bits/ says otherwise, except those of a sign.",
    breach: NOT_READ,
    mend: "Write a 64-bit value as two cells, the high one first.",
    bad: "reg = <0x880000000 0x80000000>;",
    good: "reg = <0x8 0x80000000 0x0 0x80000000>;",
  },
  {
    id: "division-by-zero",
    title: "No expression divides by zero",
    ...ABOUT_SOURCE,
    checks: "The right side of / and % in an expression is not 0.",
    breach: NOT_READ,
    mend: "Look at the macros that the divisor is made of.",
    bad: "reg = <(0x1000 / 0)>;",
    good: "reg = <(0x1000 / 2)>;",
  },
  {
    id: "undefined-macro",
    title: "Words in cells are macros",
    ...ABOUT_SOURCE,
    checks: "Where a number belongs stands no word that no #define gave a meaning.",
    breach: "dtc reports a syntax error at the word.",
    mend: "Include the header that defines it; mind that macros are defined from their #define on, and not in files brought in by /include/.",
    bad: "interrupts = <GIC_SPI 5 IRQ_TYPE_LEVEL_HIGH>;",
    good: "#include <dt-bindings/interrupt-controller/arm-gic.h>\n…\ninterrupts = <GIC_SPI 5 IRQ_TYPE_LEVEL_HIGH>;",
  },
  {
    id: "unknown-reference",
    title: "&label { … } and /delete-node/ name a node that stands above",
    ...ABOUT_SOURCE,
    checks:
      "The label or path at the top level belongs to a node that was written, and not deleted, before this place.",
    breach: NOT_READ,
    mend: "Include the file that defines the label first; check its spelling.",
    bad: "&uart00 { };",
    good: "&uart0 { };",
  },
  {
    id: "duplicate_label",
    title: "A label stands on one thing",
    ...ABOUT_SOURCE,
    checks: "Labels of nodes, properties and values share one name space in the finished tree.",
    breach: NOT_READ,
    mend: "Rename one of the two. A node that is reopened keeps its label and needs no second one.",
    bad: "mem: memory@80000000 { };\nmem: memory@880000000 { };",
    good: "mem0: memory@80000000 { };\nmem1: memory@880000000 { };",
  },
  {
    id: "phandle_references",
    title: "References in cells lead to a node",
    ...ABOUT_SOURCE,
    checks: "Each &label and &{/path} inside < > names a node of the finished tree.",
    breach: NOT_READ,
    mend: "Define the label, include the file that does, or correct the spelling.",
    bad: "memory = <&memroy0>;",
    good: "memory = <&memory0>;",
  },
  {
    id: "path_references",
    title: "References to paths lead to a node",
    ...ABOUT_SOURCE,
    checks: "Each &label and &{/path} outside < > names a node of the finished tree.",
    breach: NOT_READ,
    mend: "Define the label, include the file that does, or correct the spelling.",
    bad: "serial0 = &uart9;",
    good: "serial0 = &uart0;",
  },
]);
