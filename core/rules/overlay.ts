/** Rules about overlays: what libfdt asks for when it applies one, as fdtoverlay and boot loaders do. */
import { ruleList } from "./rule.ts";

/** What all of these have in common. */
const ABOUT_OVERLAYS = { severity: "error", consequence: "none", series: null } as const;
const ABOUT_RESULTS = { severity: "warning", consequence: "none", series: null } as const;

const REFUSED =
  "fdtoverlay writes nothing. A boot loader stops, or boots the base as it was or half changed: U-Boot marks the tree as damaged.";

const RECOMPILE = "Compile the overlay again: dtc writes this node itself for a source that says /plugin/.";

export const OVERLAY_RULES = ruleList([
  {
    id: "overlay-alone",
    title: "A tree to boot is no overlay",
    ...ABOUT_OVERLAYS,
    consequence: "crash",
    checks: "The input neither says /plugin/ nor has fragments with __overlay__ in them.",
    breach:
      "An overlay alone has no memory, no processors and no tag storage where a kernel looks for them: what it describes stands below its fragments. A kernel that is given one does not come up.",
    mend: "Give the base, and the overlay with -a: carveout check base.dts -a overlay.dts.",
    bad: "carveout check overlay.dts",
    good: "carveout check base.dts -a overlay.dts",
  },
  {
    id: "overlay-plugin",
    title: "The source of an overlay says that it is one",
    ...ABOUT_OVERLAYS,
    severity: "note",
    checks: "A source that is given with -a and cannot be read has /plugin/; after /dts-v1/;.",
    breach: "References to labels of the base are errors, as in any tree of which they are no part.",
    mend: "Begin the source with /dts-v1/; /plugin/;.",
    bad: '/dts-v1/;\n&uart0 { status = "okay"; };',
    good: '/dts-v1/;\n/plugin/;\n&uart0 { status = "okay"; };',
  },
  {
    id: "overlay-label",
    title: "Labels that an overlay refers to are labels of its base",
    ...ABOUT_OVERLAYS,
    checks:
      "Each label in the overlay's __fixups__ is in the base's __symbols__, whose path leads to a node with a phandle: overlay_fixup_one_phandle of libfdt. A base that is given as source has all its labels there, as with dtc -@.",
    breach: REFUSED,
    mend: "Correct the label; compile the base with dtc -@; or name the node by its path, &{/soc/uart@1000} { … };, which needs no label.",
    bad: '&uart00 { status = "okay"; };',
    good: '&uart0 { status = "okay"; };',
  },
  {
    id: "overlay-fixup",
    title: "The overlay's lists of references are well formed",
    ...ABOUT_OVERLAYS,
    checks:
      "Each string of __fixups__ is path:property:offset, __local_fixups__ repeats nodes and properties of the overlay, and each offset leaves room for a phandle in its property: overlay_fixup_phandle and overlay_update_local_node_references of libfdt.",
    breach: `${REFUSED} Where an offset lies beyond the property of a __fixups__ entry, fdtoverlay 1.6.1 asks for more and more memory instead; offsets that overflow make libfdt write outside of the property.`,
    mend: RECOMPILE,
    bad: '__fixups__ { uart0 = "/fragment@0:target"; };',
    good: '__fixups__ { uart0 = "/fragment@0:target:0"; };',
  },
  {
    id: "overlay-target",
    title: "Each fragment of an overlay has a target in the base",
    ...ABOUT_OVERLAYS,
    checks:
      "A fragment with an __overlay__ has a target, the phandle of a node, or a target-path that leads to one: overlay_get_target of libfdt. The path may begin with an alias.",
    breach: REFUSED,
    mend: "Correct the path, unit addresses included, or refer to the node by label; check that this is the base that the overlay was written for.",
    bad: "&{/reserved-memry} { };",
    good: "&{/reserved-memory} { };",
  },
  {
    id: "overlay-phandle",
    title: "The overlay's phandles have room above those of the base",
    ...ABOUT_OVERLAYS,
    checks:
      "Each phandle and linux,phandle of the overlay is one cell and, with the base's highest phandle added, below 0xffffffff: overlay_phandle_add_offset of libfdt.",
    breach: REFUSED,
    mend: "Leave phandles to the compiler: write a label, and refer to it.",
    bad: "phandle = <0xfffffffe>;",
    good: "label: node { };",
  },
  {
    id: "overlay-symbol",
    title: "The overlay's own labels are paths into its fragments",
    ...ABOUT_OVERLAYS,
    checks:
      "Each property of the overlay's __symbols__ is one string that begins with a slash, and a path through __overlay__ names a fragment that is there: overlay_symbol_update of libfdt.",
    breach: REFUSED,
    mend: RECOMPILE,
    bad: '__symbols__ { tags = "/fragment@9/__overlay__/tags"; };',
    good: '__symbols__ { tags = "/fragment@0/__overlay__/tags"; };',
  },
  {
    id: "overlay-limit",
    title: "An overlay stays within what carveout applies",
    ...ABOUT_OVERLAYS,
    checks:
      "Depth of the nodes that come of it, bytes of the paths of its labels, and searches for phandles that several nodes share. Each limit is far above any board's needs.",
    breach: "Applying stops: the result would take unbounded time or memory.",
    mend: "Look for what generated the overlay.",
    bad: "a thousand overlays, each one node deeper than the last",
    good: "one overlay",
  },
  {
    id: "overlay-ignored",
    title: "All of an overlay goes into the base",
    ...ABOUT_RESULTS,
    consequence: "ignored",
    checks: "The overlay has fragments; its root has no other nodes of its own; it has no memory reservations.",
    breach:
      "What stands outside of fragments is passed over without a word by libfdt: a node of tag storage that is written there does not exist for the kernel.",
    mend: "Put nodes into &label { … }; or &{/} { … };, and memory reservations into the base.",
    bad: "/plugin/;\n/ { tag-storage@8f8000000 { }; };",
    good: "/plugin/;\n&{/} { tag-storage@8f8000000 { }; };",
  },
  {
    id: "overlay-name-match",
    title: "Nodes of an overlay have the names that they have in the base",
    ...ABOUT_RESULTS,
    checks:
      "A node whose name has no unit address meets no node of the base that has that name with one. libfdt takes the first such node for it: fdt_nodename_eq_.",
    breach:
      "fdtoverlay and boot loaders change a node that the overlay does not name. Linux, which applies overlays by full names, adds a node instead.",
    mend: "Write the unit address.",
    bad: "&{/} { memory { }; };",
    good: "&{/} { memory@80000000 { }; };",
  },
  {
    id: "overlay-phandle-replaced",
    title: "Nodes of the base keep their phandles",
    ...ABOUT_RESULTS,
    checks:
      "No phandle of the overlay goes onto a node of the base that has another one. dtc -@ gives one to each node with a label, also where the node is the base's.",
    breach:
      "Whatever refers to the node in the base holds its old phandle, and leads nowhere or to another node: a tag storage node loses its memory.",
    mend: "Change the node by the base's label, &label { … };, and give it no label in the overlay.",
    bad: "&{/} { ram: memory@80000000 { }; };",
    good: "&ram { };",
  },
  {
    id: "overlay-symbol-replaced",
    title: "Labels of an overlay are new to the base",
    ...ABOUT_RESULTS,
    checks: "No label of the overlay is in the base's __symbols__ for another node.",
    breach:
      "fdtoverlay and boot loaders give the label to the overlay's node: the overlays that follow change that one. Linux refuses the overlay.",
    mend: "Rename the label in the overlay.",
    bad: "&{/} { uart0: serial@2000 { }; };",
    good: "&{/} { uart1: serial@2000 { }; };",
  },
  {
    id: "overlay-path-reference",
    title: "An overlay does not hold paths of its own nodes",
    ...ABOUT_RESULTS,
    checks: "No reference stands outside of < > in what a fragment brings: there, it is the full path of the node.",
    breach: "The value is a path such as /fragment@0/__overlay__/uart, which no node has once the overlay is applied.",
    mend: "Write the path that the node has in the base as a string.",
    bad: "&{/aliases} { serial1 = &uart1; };",
    good: '&{/aliases} { serial1 = "/soc/uart@2000"; };',
  },
]);
