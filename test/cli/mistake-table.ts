/**
 * What is to be said of each mistake of test/golden/mistakes, stated by hand: rule and mend as the mistake asks for
 * them, places as counted in the boards, where a tab is one column.
 */
export interface ExpectedReport {
  /** The folder. */
  readonly name: string;
  readonly rule: string;
  /** `error` where not given. */
  readonly severity?: "warning";
  /** Where the mistake is, `file:line:column`. */
  readonly place: string;
  /** Words of the report that tell how to mend it. */
  readonly mend: RegExp;
  /** Files and lines whose lines brought the place in, innermost first. */
  readonly includes?: readonly string[];
  /** Where the macros, or other places that matter, are: `file:line:column` of each note. */
  readonly notes?: readonly string[];
  /** The file and line that dtc, or cpp before it, names first. */
  readonly dtcPlace: string;
  /** Why another line than dtc's is the better one. */
  readonly better?: string;
  /** True where it shows only in a tree that can be read whole. */
  readonly needsTree?: boolean;
  /** Mistakes that are not told of beside it. */
  readonly hides?: readonly string[];
}

export const MISTAKES: readonly ExpectedReport[] = [
  {
    name: "01-property-semicolon",
    rule: "syntax",
    place: "board.dts:10:31",
    mend: /expected ';'/,
    dtcPlace: "board.dts:11",
    better: "the ';' belongs at the end of line 10; line 11 is in order",
  },
  {
    name: "02-node-semicolon",
    rule: "syntax",
    place: "board.dts:8:2",
    mend: /expected ';'/,
    dtcPlace: "board.dts:10",
    better: "the ';' belongs behind the '}' of line 8; line 10 is in order",
  },
  {
    name: "03-closing-brace",
    rule: "syntax",
    place: "soc.dtsi:7:37",
    mend: /put '};' here/,
    includes: ["board.dts:3", "board.dts:3"],
    notes: ["soc.dtsi:5:2"],
    dtcPlace: "board.dts:5",
    better: "board.dts is in order; the node that is open is in soc.dtsi, lines 5 to 7",
  },
  {
    name: "04-open-string",
    rule: "syntax",
    place: "board.dts:9:29",
    mend: /one may be missing there/,
    dtcPlace: "board.dts:9",
  },
  {
    name: "05-comma-in-cells",
    rule: "syntax",
    place: "board.dts:9:13",
    mend: /take the commas out/,
    dtcPlace: "board.dts:9",
  },
  {
    name: "06-lists-without-comma",
    rule: "syntax",
    place: "board.dts:10:24",
    mend: /expected ','/,
    dtcPlace: "board.dts:10",
  },
  {
    name: "07-no-brackets",
    rule: "syntax",
    place: "board.dts:10:21",
    mend: /<400000>/,
    dtcPlace: "board.dts:10",
  },
  {
    name: "08-missing-0x",
    rule: "undefined-macro",
    place: "board.dts:10:14",
    mend: /0xfe201000/,
    dtcPlace: "board.dts:10",
  },
  {
    name: "09-wide-cell",
    rule: "cell-range",
    place: "board.dts:10:10",
    mend: /<0x8 0xf8000000>/,
    notes: ["memory-map.h:4:26", "memory-map.h:1:23"],
    includes: ["board.dts:3", "board.dts:3"],
    dtcPlace: "board.dts:10",
  },
  {
    name: "10-macro-semicolon",
    rule: "syntax",
    place: "board.dts:11:22",
    mend: /take the ';' out of the macro/,
    notes: ["clocks.h:1:31"],
    includes: ["board.dts:3"],
    dtcPlace: "board.dts:11",
  },
  {
    name: "11-macro-arguments",
    rule: "preprocessor",
    place: "board.dts:11:17",
    mend: /SPI\(number, trigger\)/,
    notes: ["interrupts.h:5:9"],
    includes: ["board.dts:3"],
    dtcPlace: "board.dts:11",
  },
  {
    name: "12-undefined-macro",
    rule: "undefined-macro",
    place: "leds.dtsi:6:21",
    mend: /include the header/,
    includes: ["soc.dtsi:12", "board.dts:3"],
    dtcPlace: "leds.dtsi:6",
  },
  {
    name: "13-missing-header",
    rule: "include",
    place: "soc.dtsi:1:1",
    mend: /spelling.*-I/,
    includes: ["board.dts:3"],
    dtcPlace: "soc.dtsi:1",
    // The header that is not there might define the label.
    hides: ["16-unknown-label"],
  },
  {
    name: "14-open-ifdef",
    rule: "preprocessor",
    place: "pins.h:1:1",
    mend: /put an #endif/,
    includes: ["board.dts:3"],
    dtcPlace: "pins.h:1",
  },
  {
    name: "15-c-header",
    rule: "syntax",
    place: "power.h:3:1",
    mend: /#define lines alone/,
    includes: ["board.dts:3"],
    dtcPlace: "power.h:3",
  },
  {
    name: "16-unknown-label",
    rule: "unknown-reference",
    place: "board.dts:5:1",
    mend: /&uart0/,
    dtcPlace: "board.dts:5",
  },
  {
    name: "17-duplicate-label",
    rule: "duplicate_label",
    place: "board.dts:6:2",
    mend: /rename one/,
    notes: ["soc.dtsi:5:2"],
    includes: ["board.dts:3"],
    dtcPlace: "board.dts:6",
  },
  {
    name: "18-property-after-child",
    rule: "syntax",
    place: "board.dts:15:3",
    mend: /move it up/,
    dtcPlace: "board.dts:15",
  },
  {
    name: "19-unit-address",
    rule: "simple_bus_reg",
    severity: "warning",
    place: "board.dts:18:3",
    mend: /serial@50002000/,
    // The first of the notes is that the tree shows no series.
    notes: ["board.dts:4:1", "board.dts:19:4"],
    dtcPlace: "board.dts:18",
    needsTree: true,
  },
  {
    name: "20-reg-cells",
    rule: "schema-reg-length",
    place: "board.dts:10:3",
    mend: /multiple of 4/,
    notes: ["board.dts:4:1", "board.dts:5:2", "board.dts:6:2"],
    dtcPlace: "board.dts:10",
    needsTree: true,
    // dtc's simple_bus_reg has reg_format for a prerequisite, and so has ours.
    hides: ["19-unit-address"],
  },
];
