/** Overlays with one mistake each, and what is said of it. */
export interface OverlayMistake {
  readonly name: string;
  readonly base?: string;
  readonly overlay: string;
  readonly rule: string;
  readonly severity?: "warning";
  readonly place?: string;
  readonly node?: string;
  readonly message: RegExp;
  readonly hint: RegExp;
  /** Where fdtoverlay 1.6.1 does not refuse: it writes the blob all the same, or ends without a word or not at all. */
  readonly fdtoverlay?: "applies" | "breaks";
}

export const overlayText = (text: string) => `/dts-v1/;\n/plugin/;\n${text}`;

/** The base of those that name no other. */
export const BASE = "/ { uart0: uart@1 { phandle = <1>; }; uart1: uart@2 { }; };";

/** A fragment and lists of references as a blob could have them. */
const raw = (content: string) =>
  `/ { fragment@0 { target-path = "/"; __overlay__ { p = [00 00 00 00 00]; }; }; ${content} };`;

export const MISTAKES: readonly OverlayMistake[] = [
  {
    name: "an unknown label",
    overlay: "&uart00 { };",
    rule: "overlay-label",
    place: "overlay.dts:3:1",
    node: "/fragment@0",
    message: /^&uart00 is no label of the base; .*FDT_ERR_NOTFOUND/,
    hint: /did you mean &uart0\?/,
  },
  {
    name: "an unknown label in a value",
    overlay: "&uart0 { a = <1 &clock 2>; b = <&clock>; };",
    rule: "overlay-label",
    place: "overlay.dts:3:17",
    node: "/fragment@0/__overlay__",
    message: /^&clock is no label of the base/,
    hint: /dtc -@/,
  },
  {
    name: "a base without labels",
    base: "/ { };",
    overlay: "&uart0 { }; &uart1 { };",
    rule: "overlay-label",
    place: "overlay.dts:3:1",
    message: /^the base has no __symbols__, so &uart0 and 1 more cannot be found/,
    hint: /dtc -@/,
  },
  {
    name: "a label whose node is gone",
    base: '/ { __symbols__ { uart0 = "/uart@9"; }; };',
    overlay: "&uart0 { };",
    rule: "overlay-label",
    message: /^&uart0 is \/uart@9 in the base's __symbols__, and the base has no such node/,
    hint: /.*/,
  },
  {
    name: "a label whose node has no phandle",
    base: '/ { n { }; __symbols__ { n = "/n"; }; };',
    overlay: "&n { };",
    rule: "overlay-label",
    message: /^&n is \/n, which has no phandle in the base/,
    hint: /.*/,
  },
  {
    name: "a reference to the base by path inside a value",
    overlay: "&uart0 { p = <&{/uart@2}>; };",
    rule: "overlay-label",
    place: "overlay.dts:3:15",
    message: /^&\{\/uart@2\} is no label of the base/,
    hint: /by label only/,
  },
  {
    name: "a path to no node",
    overlay: "&{/uart@1/child} { };",
    rule: "overlay-target",
    place: "overlay.dts:3:1",
    node: "/fragment@0",
    message: /target-path of \/fragment@0 is "\/uart@1\/child", and the base has no such node; .*FDT_ERR_NOTFOUND/,
    hint: /^\/uart@1 has no child child/,
  },
  {
    name: "a path that does not end",
    // "/uart@1" without its NUL; the byte that aligns it is 0
    overlay: "/ { f { target-path = [2f 75 61 72 74 40 31]; __overlay__ { }; }; };",
    rule: "overlay-target",
    place: "overlay.dts:3:9",
    message: /^target-path of \/f has no closing NUL; libfdt reads on/,
    hint: /one string/,
    fdtoverlay: "applies",
  },
  {
    name: "a label whose path is an alias that there is not",
    base: '/ { __symbols__ { uart0 = "serial0"; }; };',
    overlay: "&uart0 { };",
    rule: "overlay-label",
    message: /^&uart0 is serial0 in the base's __symbols__, and the base has no such node; .*FDT_ERR_BADPATH/,
    hint: /.*/,
  },
  {
    name: "an alias that there is not",
    overlay: '/ { f { target-path = "serial9/x"; __overlay__ { }; }; };',
    rule: "overlay-target",
    place: "overlay.dts:3:9",
    message: /"serial9\/x", and the base has no such node; .*BADPATH/,
    hint: /\/aliases/,
  },
  {
    name: "aliases that lead in a circle",
    base: '/ { aliases { a = "b"; b = "a"; }; };',
    overlay: '/ { f { target-path = "a"; __overlay__ { }; }; };',
    rule: "overlay-target",
    message: /no such node; its aliases lead in a circle/,
    hint: /.*/,
    fdtoverlay: "breaks",
  },
  {
    name: "no target at all",
    overlay: "/ { f { __overlay__ { }; }; };",
    rule: "overlay-target",
    place: "overlay.dts:3:5",
    message: /^\/f has an __overlay__ but no target; .*FDT_ERR_BADOVERLAY/,
    hint: /&label/,
  },
  {
    name: "a target that is no phandle",
    overlay: "/ { f { target = <1 2>; __overlay__ { }; }; };",
    rule: "overlay-target",
    place: "overlay.dts:3:9",
    message: /^target of \/f is 8 bytes, not 4; .*FDT_ERR_BADPHANDLE/,
    hint: /&label/,
  },
  {
    name: "a target that no node has",
    overlay: "/ { f { target = <77>; __overlay__ { }; }; };",
    rule: "overlay-target",
    message: /^target of \/f is phandle 0x4d, which no node of the base has/,
    hint: /&label/,
  },
  {
    name: "a phandle without room above",
    overlay: "&uart0 { n { phandle = <0xfffffffd>; }; };",
    rule: "overlay-phandle",
    place: "overlay.dts:3:14",
    // The base's highest is 2: 0xfffffffd + 2 is the number that means none
    message: /^phandle 0xfffffffd .* becomes 0xffffffff when the base's highest phandle, 0x2, is added.*NOPHANDLES/,
    hint: /let the compiler/,
  },
  {
    name: "a list of references that is no list",
    overlay: raw('__fixups__ { uart0 = "/fragment@0/__overlay__:p"; };'),
    rule: "overlay-fixup",
    node: "/__fixups__",
    message: /lists "\/fragment@0\/__overlay__:p" for uart0, which is not of the form path:property:offset/,
    hint: /compile the overlay again/,
  },
  {
    name: "an offset below 0, which makes libfdt write before the property",
    overlay: raw('__fixups__ { uart0 = "/fragment@0/__overlay__:p:-4"; };'),
    rule: "overlay-fixup",
    message: /and the property has 5 bytes; libfdt keeps 32 bits/,
    hint: /.*/,
    fdtoverlay: "breaks",
  },
  {
    name: "an offset beyond the property",
    overlay: raw('__fixups__ { uart0 = "/fragment@0/__overlay__:p:2"; };'),
    rule: "overlay-fixup",
    message: /and the property has 5 bytes; .*NOSPACE/,
    hint: /.*/,
    fdtoverlay: "breaks",
  },
  {
    name: "an offset that overflows 32 bits",
    overlay: raw('__fixups__ { uart0 = "/fragment@0/__overlay__:p:4294967296"; };'),
    rule: "overlay-fixup",
    message: /and the property has 5 bytes; libfdt keeps 32 bits/,
    hint: /.*/,
    fdtoverlay: "applies",
  },
  {
    name: "a reference in a node that is not there",
    overlay: raw('__fixups__ { uart0 = "/fragment@0/nowhere:p:0"; };'),
    rule: "overlay-fixup",
    message: /the overlay has no such node; .*BADOVERLAY/,
    hint: /.*/,
  },
  {
    name: "a reference in a property that is not there",
    overlay: raw('__fixups__ { uart0 = "/fragment@0/__overlay__:q:0"; };'),
    rule: "overlay-fixup",
    message: /the node has no such property; .*NOTFOUND/,
    hint: /.*/,
  },
  {
    name: "a list of references without an end",
    overlay: raw("__fixups__ { uart0 = [2f 66]; };"),
    rule: "overlay-fixup",
    message: /lists "\/f" for uart0/,
    hint: /.*/,
  },
  {
    name: "an empty list of references",
    overlay: raw("__fixups__ { uart0; };"),
    rule: "overlay-fixup",
    message: /names no place/,
    hint: /.*/,
  },
  {
    name: "local references to a node that is not there",
    overlay: raw("__local_fixups__ { fragment@1 { p = <0>; }; };"),
    rule: "overlay-fixup",
    node: "/__local_fixups__/fragment@1",
    message: /stands for no node: \/ has no fragment@1/,
    hint: /.*/,
  },
  {
    name: "local references to a property that is not there",
    overlay: raw("__local_fixups__ { fragment@0 { __overlay__ { q = <0>; }; }; };"),
    rule: "overlay-fixup",
    message: /names the property q, and \/fragment@0\/__overlay__ has none/,
    hint: /.*/,
  },
  {
    name: "a local reference beyond the property",
    overlay: raw("__local_fixups__ { fragment@0 { __overlay__ { p = <1 2>; }; }; };"),
    rule: "overlay-fixup",
    message: /names offset 2 of p, which has 5 bytes/,
    hint: /.*/,
  },
  {
    name: "a local reference that overflows in libfdt",
    overlay: raw("__local_fixups__ { fragment@0 { __overlay__ { p = <0xfffffffc>; }; }; };"),
    rule: "overlay-fixup",
    message: /names offset 4294967292 .* libfdt finds that it fits/,
    hint: /.*/,
    fdtoverlay: "breaks",
  },
  {
    name: "local references that are no list of cells",
    overlay: raw("__local_fixups__ { fragment@0 { __overlay__ { p = [00]; }; }; };"),
    rule: "overlay-fixup",
    message: /has 1 bytes for p, which is no list of offsets/,
    hint: /.*/,
  },
  {
    name: "a label of the overlay's without a path",
    overlay: raw("__symbols__ { l = <1>; };"),
    rule: "overlay-symbol",
    node: "/__symbols__",
    message: /^l of __symbols__ is no path that begins with a slash; .*BADVALUE/,
    hint: /.*/,
  },
  {
    name: "a label of the overlay's in a fragment that is not there",
    overlay: raw('__symbols__ { l = "/fragment@1/__overlay__/n"; };'),
    rule: "overlay-symbol",
    message: /the overlay has no such fragment; .*BADOVERLAY/,
    hint: /.*/,
  },
  {
    name: "a node outside of fragments",
    overlay: "/ { tag-storage@1 { }; }; &uart0 { };",
    rule: "overlay-ignored",
    severity: "warning",
    place: "overlay.dts:3:5",
    node: "/tag-storage@1",
    message: /goes nowhere/,
    hint: /&label/,
  },
  {
    name: "an overlay without a fragment",
    overlay: "/ { };",
    rule: "overlay-ignored",
    severity: "warning",
    message: /has no fragment/,
    hint: /-a/,
  },
  {
    name: "a memory reservation",
    overlay: "/memreserve/ 0x1000 0x1000; &uart0 { };",
    rule: "overlay-ignored",
    severity: "warning",
    place: "overlay.dts:3:1",
    message: /memory reservations of an overlay are lost/,
    hint: /\/reserved-memory/,
  },
  {
    name: "a label that takes a node of the base its phandle",
    overlay: "&{/} { mine: uart@1 { }; };",
    rule: "overlay-phandle-replaced",
    severity: "warning",
    // The base's highest is 2, mine is 1 in the overlay
    message: /^\/uart@1 of the base has phandle 0x1, which becomes 0x3/,
    hint: /&label/,
  },
  {
    name: "a path of the overlay's own",
    overlay: "&{/} { p = &l; l: n { }; };",
    rule: "overlay-path-reference",
    severity: "warning",
    place: "overlay.dts:3:12",
    message: /^&l stands for a path inside the overlay, \/fragment@0\/__overlay__\/n/,
    hint: /inside < >/,
  },
];
