/**
 * Trees that fail one structure check, and trees that come near to it and fail none. What each should fail is dtc's rule
 * (the specification's where the check is ours), and test/peers/structure.test.ts asks dtc itself.
 */
import { CHECKS } from "../../dts/checks/table.ts";
import { SourceMap } from "../../dts/source.ts";
import { cellsToBytes, DeviceTree, stringsToBytes, TreeNode } from "../../dts/tree.ts";

/** Source of a board whose root has these contents, and cells of 2 and 2. */
export function board(contents: string): string {
  return bareBoard(`#address-cells = <2>;\n#size-cells = <2>;\n${contents}`);
}

/** The same without any cells. */
export function bareBoard(contents: string): string {
  return `/dts-v1/;\n/ {\n${contents}\n};\n`;
}

/** Contents of a root with cells of 2 and 2 that fail a check and no other. */
export interface FailingContents {
  readonly check: string;
  readonly what: string;
  readonly contents: string;
  /** The node that it is told of. */
  readonly node: string;
  /** The source that is marked. */
  readonly marked: string;
}

const SIMPLE_BUS = 'compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges;';
const RESERVED = "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;";

export const FAILING_SOURCES: readonly FailingContents[] = (
  [
    ["node_name_chars", "a # in a name", "n#0 { };", "/n#0", "n#0"],
    ["node_name_chars", "a ? in a unit address", "n@0?1 { reg = <0 1 0 1>; };", "/n@0?1", "n@0?1"],
    ["node_name_format", "two @", "n@1@2 { reg = <0 1 0 1>; };", "/n@1@2", "n@1@2"],
    ["property_name_chars", "an @ in a name", "n { memory@1; };", "/n", "memory@1"],
    ["node_name_vs_property_name", "one name for both", "n { p = <1>; p { }; };", "/n/p", "p"],
    ["address_cells_is_cell", "two cells", "n { #address-cells = <0 1>; };", "/n", "#address-cells = <0 1>"],
    ["address_cells_is_cell", "no value", "n { #address-cells; };", "/n", "#address-cells"],
    ["size_cells_is_cell", "text", 'n { #size-cells = "1"; };', "/n", '#size-cells = "1"'],
    ["device_type_is_string", "a cell", "n { device_type = <1>; };", "/n", "device_type = <1>"],
    ["device_type_is_string", "a cell of 0", "n { device_type = <0>; };", "/n", "device_type = <0>"],
    ["model_is_string", "two texts", 'model = "a", "b";', "/", 'model = "a", "b"'],
    ["model_is_string", "no value", "model;", "/", "model"],
    ["status_is_string", "no NUL", "n { status = [6f 6b]; };", "/n", "status = [6f 6b]"],
    ["compatible_is_string_list", "no NUL", "n { compatible = [61 62]; };", "/n", "compatible = [61 62]"],
    ["compatible_is_string_list", "a second without", 'n { compatible = "a", [62]; };', "/n", 'compatible = "a", [62]'],
    ["reg_format", "three cells of four", "n@1 { reg = <0 1 1>; };", "/n@1", "reg = <0 1 1>"],
    ["reg_format", "five cells of four", "n@1 { reg = <0 1 0 1 0>; };", "/n@1", "reg = <0 1 0 1 0>"],
    ["reg_format", "bytes", "n@1 { reg = [00 01]; };", "/n@1", "reg = [00 01]"],
    ["reg_format", "no value", "n@1 { reg; };", "/n@1", "reg"],
    [
      "reg_format",
      "a value where nothing is counted",
      "b { #address-cells = <0>; #size-cells = <0>; n@1 { reg = <1>; }; };",
      "/b/n@1",
      "reg = <1>",
    ],
    [
      "ranges_format",
      "three cells of 1, 2 and 1",
      "b@0 { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0>; };",
      "/b@0",
      "ranges = <0 0 0>",
    ],
    [
      "ranges_format",
      "three cells of 2, 2 and 1, the defaults",
      "b@0 { ranges = <0 0 0>; };",
      "/b@0",
      "ranges = <0 0 0>",
    ],
    [
      "ranges_format",
      "empty, other addresses",
      "b { #address-cells = <1>; #size-cells = <2>; ranges; };",
      "/b",
      "ranges",
    ],
    ["ranges_format", "empty, other sizes", "b { #address-cells = <2>; #size-cells = <1>; ranges; };", "/b", "ranges"],
    ["ranges_format", "empty, and the default is another size", "b { ranges; };", "/b", "ranges"],
    ["ranges_format", "in the root", "ranges;", "/", "ranges"],
    [
      "dma_ranges_format",
      "three cells of 2, 2 and 2",
      "b { #address-cells = <2>; #size-cells = <2>; ranges; dma-ranges = <0 0 0>; };",
      "/b",
      "dma-ranges = <0 0 0>",
    ],
    ["dma_ranges_format", "empty, and the default is another size", "b { dma-ranges; };", "/b", "dma-ranges"],
    ["dma_ranges_format", "in the root", "dma-ranges = <0 0 0 0 0>;", "/", "dma-ranges = <0 0 0 0 0>"],
    ["unit_address_vs_reg", "no reg", "n@1 { };", "/n@1", "n@1"],
    [
      "unit_address_vs_reg",
      "an empty ranges and no reg",
      "b@1 { #address-cells = <2>; #size-cells = <2>; ranges; };",
      "/b@1",
      "b@1",
    ],
    ["unit_address_vs_reg", "no unit address", "n { reg = <0 1 0 1>; };", "/n", "n"],
    ["unit_address_vs_reg", "an @ with nothing behind it", "n@ { reg = <0 1 0 1>; };", "/n@", "n@"],
    ["unit_address_vs_reg", "no unit address for a ranges", "b { ranges = <0 0 0 0 0>; };", "/b", "b"],
    ["unit_address_format", "0x", "n@0x1 { reg = <0 1 0 1>; };", "/n@0x1", "n@0x1"],
    ["unit_address_format", "a leading zero", "n@01 { reg = <0 1 0 1>; };", "/n@01", "n@01"],
    ["unit_address_format", "both", "n@0x01 { reg = <0 1 0 1>; };", "/n@0x01", "n@0x01"],
    [
      "unit-address-value",
      "memory that begins elsewhere",
      "memory@80000000 { reg = <0 0x90000000 0 1>; };",
      "/memory@80000000",
      "memory@80000000",
    ],
    [
      "unit-address-value",
      "memory by its device_type, 32 GiB higher",
      'dram@80000000 { device_type = "memory"; reg = <8 0x80000000 0 1>; };',
      "/dram@80000000",
      "dram@80000000",
    ],
    [
      "unit-address-value",
      "reserved memory",
      `${RESERVED} n@1 { reg = <0 2 0 1>; }; };`,
      "/reserved-memory/n@1",
      "n@1",
    ],
    ["simple_bus_reg", "another address", `b { ${SIMPLE_BUS} n@1 { reg = <0 2 0 1>; }; };`, "/b/n@1", "n@1"],
    ["simple_bus_reg", "32 bits of 64", `b { ${SIMPLE_BUS} n@1 { reg = <1 1 0 1>; }; };`, "/b/n@1", "n@1"],
    ["simple_bus_reg", "capitals", `b { ${SIMPLE_BUS} n@A { reg = <0 10 0 1>; }; };`, "/b/n@A", "n@A"],
    ["simple_bus_reg", "0x", `b { ${SIMPLE_BUS} n@0xa { reg = <0 10 0 1>; }; };`, "/b/n@0xa", "n@0xa"],
    ["simple_bus_reg", "no address", `b { ${SIMPLE_BUS} n { }; };`, "/b/n", "n"],
    [
      "simple_bus_reg",
      "a bus whose window is elsewhere",
      `b { ${SIMPLE_BUS} c@1 { #address-cells = <1>; #size-cells = <1>; ranges = <1 0 2 1>; }; };`,
      "/b/c@1",
      "c@1",
    ],
    [
      "avoid_default_addr_size",
      "a reg counted by 2 and 1",
      "b { n@1 { reg = <0 1 1>; }; };",
      "/b/n@1",
      "reg = <0 1 1>",
    ],
    [
      "avoid_default_addr_size",
      "sizes counted by 1",
      "b { #address-cells = <1>; n@1 { reg = <1 1>; }; };",
      "/b/n@1",
      "reg = <1 1>",
    ],
    [
      "avoid_default_addr_size",
      "a ranges",
      "b { c { #address-cells = <2>; #size-cells = <1>; ranges; }; };",
      "/b/c",
      "ranges",
    ],
    [
      "avoid_unnecessary_addr_size",
      "children without reg",
      "b { #address-cells = <1>; #size-cells = <0>; n { }; };",
      "/b",
      "#address-cells = <1>",
    ],
    ["unique_unit_address", "two names", "a@1 { reg = <0 1 0 1>; }; b@1 { reg = <0 1 0 1>; };", "/a@1", "a@1"],
    [
      "unique_unit_address",
      "one of them disabled",
      'a@1 { reg = <0 1 0 1>; }; b@1 { reg = <0 1 0 1>; status = "disabled"; };',
      "/a@1",
      "a@1",
    ],
  ] as const
).map(([check, what, contents, node, marked]) => ({ check, what, contents, node, marked }));

/** Contents of a root with cells of 2 and 2 that fail nothing: `[what, contents]`. */
export const SOUND_SOURCES: readonly (readonly [string, string])[] = [
  ["all characters of node names", "aZ09,._+-@0 { reg = <0 0 0 1>; };"],
  ["all characters of property names", "n { aZ09,._+*#?- ; };"],
  ["a property of one name with a grandchild", "n { p; m { p { }; }; };"],
  ["cells of no consequence", "n { #address-cells = <7>; #size-cells = <0xffffffff>; };"],
  ["an empty text", 'model = "";'],
  ["an empty compatible", "n { compatible; };"],
  ["a reg of two ranges", "n@1 { reg = <0 1 0 1>, <0 8 0 1>; };"],
  ["an empty ranges between equal cells", "b { #address-cells = <2>; #size-cells = <2>; ranges; dma-ranges; };"],
  [
    "ranges of two rows",
    "b@0 { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0 1>, <1 0 1 1>; dma-ranges = <0 0 0 1>; };",
  ],
  ["a fragment of an overlay", "fragment@0 { __overlay__ { }; };"],
  ["capitals off simple buses", "n@A { reg = <0 10 0 1>; };"],
  ["a unit address of 0", "n@0 { reg = <0 0 0 1>; };"],
  ["another unit address at the root", "n@1 { reg = <0 2 0 1>; };"],
  ["memory with unit addresses of another form", 'memory@1,0 { device_type = "memory"; reg = <1 0 0 1>; };'],
  [
    "leading zeroes on PCI",
    'pci@0 { device_type = "pci"; reg = <0 0 0 1>; #address-cells = <3>; #size-cells = <2>; n@00 { reg = <0 0 0 0 0>; }; };',
  ],
  ["a simple bus on a simple bus, without address", `b { ${SIMPLE_BUS} c { ${SIMPLE_BUS} }; };`],
  [
    "a simple bus in second place",
    `b { ${SIMPLE_BUS.replace('"simple-bus"', '"x", "simple-bus"')} n@1 { reg = <0 1 0 1>; }; };`,
  ],
  ["what only begins like a simple bus", `b { ${SIMPLE_BUS.replace("simple-bus", "simple-bus2")} n { }; };`],
  [
    "addresses of three cells, of which 64 bits count",
    'b { compatible = "simple-bus"; #address-cells = <3>; #size-cells = <0>; n@200000003 { reg = <1 2 3>; }; };',
  ],
  [
    "cells that a child's reg is counted by",
    "b { #address-cells = <1>; #size-cells = <0>; n { }; m@1 { reg = <1>; }; };",
  ],
  ["cells without children", "b { #address-cells = <1>; #size-cells = <0>; };"],
  ["one of the two cells", "b { #address-cells = <1>; n { }; };"],
  [
    "one unit address below two nodes",
    "a { #address-cells = <1>; #size-cells = <0>; n@1 { reg = <1>; }; }; b { #address-cells = <1>; #size-cells = <0>; m@1 { reg = <1>; }; };",
  ],
  ["a deleted duplicate", "a@1 { reg = <0 1 0 1>; }; b@1 { reg = <0 1 0 1>; }; }; / { /delete-node/ a@1;"],
];

/** Source that fails a check and, in another node, one that it comes after. */
export interface PrerequisiteSource {
  readonly check: string;
  readonly before: string;
  /** Contents of a root with cells of 2 and 2: what fails the check, and what fails the one before it. */
  readonly failing: string;
  readonly prerequisite: string;
}

export const PREREQUISITE_SOURCES: readonly PrerequisiteSource[] = CHECKS.flatMap(({ name: check, after }) =>
  after.map((before) => {
    const contentsOf = (name: string) => FAILING_SOURCES.find((failing) => failing.check === name)!.contents;
    // In nodes of their own, with cells that change nothing; memory has to be in the root.
    const apart = (node: string, contents: string) =>
      `${node} { #address-cells = <2>; #size-cells = <2>; ranges; ${contents} };`;
    const failing = check === "unit-address-value" ? contentsOf(check) : apart("x", contentsOf(check));
    return { check, before, failing, prerequisite: apart("y", contentsOf(before)) };
  }),
);

/** A tree that no source makes, and that fails a check and no other. */
export interface FailingBlob {
  readonly check: string;
  readonly what: string;
  readonly tree: () => DeviceTree;
  readonly node: string;
}

/** A tree whose root has cells of 2 and 2, and what `fill` adds. */
function treeOf(fill: (root: TreeNode) => void): DeviceTree {
  const root = new TreeNode("", null);
  for (const name of ["#address-cells", "#size-cells"]) root.addProperty(name, cellsToBytes([2]));
  fill(root);
  return new DeviceTree(root, new SourceMap());
}

/** Adds a child with properties of cells. */
function child(parent: TreeNode, name: string, properties: Readonly<Record<string, readonly number[]>> = {}): TreeNode {
  const node = parent.addChild(name);
  for (const [property, cells] of Object.entries(properties)) node.addProperty(property, cellsToBytes(cells));
  return node;
}

export const FAILING_BLOBS: readonly FailingBlob[] = [
  {
    check: "duplicate_node_names",
    what: "next to each other",
    tree: () =>
      treeOf((root) => {
        child(root, "n");
        child(root, "n");
      }),
    node: "/n",
  },
  {
    check: "duplicate_node_names",
    what: "among many",
    tree: () =>
      treeOf((root) => {
        const parent = child(root, "p");
        for (const name of [..."abcdefghijk", "c"]) child(parent, name);
      }),
    node: "/p/c",
  },
  {
    check: "duplicate_property_names",
    what: "in a node",
    tree: () =>
      treeOf((root) => {
        const node = child(root, "n", { a: [1], b: [2] });
        node.addProperty("a", cellsToBytes([3]));
      }),
    node: "/n",
  },
  {
    check: "node_name_chars",
    what: "a blank",
    tree: () => treeOf((root) => child(root, "a b")),
    node: "/a b",
  },
  {
    check: "property_name_chars",
    what: "a byte beyond ASCII",
    tree: () => treeOf((root) => child(root, "n", { "p\xe4": [1] })),
    node: "/n",
  },
  {
    check: "name_properties",
    what: "another name",
    tree: () => treeOf((root) => child(root, "n@1", { reg: [0, 1, 0, 1] }).addProperty("name", stringsToBytes(["m"]))),
    node: "/n@1",
  },
  {
    check: "name_properties",
    what: "the unit address too",
    tree: () =>
      treeOf((root) => child(root, "n@1", { reg: [0, 1, 0, 1] }).addProperty("name", stringsToBytes(["n@1"]))),
    node: "/n@1",
  },
  {
    check: "explicit_phandles",
    what: "twice",
    tree: () =>
      treeOf((root) => {
        child(root, "a", { phandle: [7] });
        child(root, "b", { phandle: [7] });
      }),
    node: "/b",
  },
  {
    check: "explicit_phandles",
    what: "twice, by the old name",
    tree: () =>
      treeOf((root) => {
        child(root, "a", { "linux,phandle": [7] });
        child(root, "b", { phandle: [7] });
      }),
    node: "/b",
  },
  {
    check: "explicit_phandles",
    what: "0",
    tree: () => treeOf((root) => child(root, "n", { phandle: [0] })),
    node: "/n",
  },
  {
    check: "explicit_phandles",
    what: "all ones",
    tree: () => treeOf((root) => child(root, "n", { phandle: [0xffffffff] })),
    node: "/n",
  },
  {
    check: "explicit_phandles",
    what: "two cells",
    tree: () => treeOf((root) => child(root, "n", { phandle: [0, 7] })),
    node: "/n",
  },
  {
    check: "explicit_phandles",
    what: "another by the old name",
    tree: () => treeOf((root) => child(root, "n", { phandle: [7], "linux,phandle": [8] })),
    node: "/n",
  },
];

/** Trees that no source makes, and that fail nothing. */
export const SOUND_BLOBS: readonly (readonly [string, () => DeviceTree])[] = [
  [
    "phandles that are given twice in one node",
    () => treeOf((root) => child(root, "n", { phandle: [7], "linux,phandle": [7] })),
  ],
  [
    "a name that says the node's",
    () => treeOf((root) => child(root, "n@1", { reg: [0, 1, 0, 1] }).addProperty("name", stringsToBytes(["n"]))),
  ],
  ["an empty name of the root", () => treeOf((root) => root.addProperty("name", stringsToBytes([""])))],
];
