/**
 * Rules about the shape of any device tree, as dtc checks it before it writes anything, under dtc's names (checks.c):
 * those that bear on memory layouts, and one of ours. Raised by dts/checks; those about duplicates and phandles by the
 * parser of source too, where dtc's refusal leaves no tree at all.
 */
import { ruleList } from "./rule.ts";

/** dtc's errors. */
const REFUSED_BY_DTC = { severity: "error", consequence: "none", series: null } as const;
/** dtc's warnings. */
const WARNED_OF_BY_DTC = { severity: "warning", consequence: "none", series: null } as const;

const NO_BLOB = "dtc writes nothing, unless it is forced.";

/** What the examples have around what they show. */
const CELLS = "#address-cells = <2>;\n#size-cells = <2>;\n";
const MEMORY = `${CELLS}memory@80000000 { reg = <0x0 0x80000000 0x0 0x80000000>; };`;
const RESERVED_MEMORY = `${CELLS}reserved-memory {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
};`;
const DMA_BUS = `${CELLS}soc {
	#address-cells = <1>;
	#size-cells = <1>;
	ranges = <0x0 0x0 0x0 0x40000000>;
	dma-ranges = <0x0 0x0 0x0 0x40000000>;
};`;
const SIMPLE_BUS = `soc {
	compatible = "simple-bus";
	#address-cells = <1>;
	#size-cells = <1>;
	uart@9001000 { reg = <0x9001000 0x1000>; };
};`;

const DUPLICATE_RULES = ruleList([
  {
    id: "duplicate_node_names",
    title: "Sibling nodes have different names",
    ...REFUSED_BY_DTC,
    checks: "No two children of a node have one name, unit address included; in source, within one { … }.",
    breach: `${NO_BLOB} In a blob that was patched, Linux finds the first of the two by its path, and may not look at the other.`,
    mend: "Correct the unit address, or add to the first node by its label.",
    bad: "memory@80000000 { };\nmemory@80000000 { };",
    good: "memory@80000000 { };\nmemory@880000000 { };",
  },
  {
    id: "duplicate_property_names",
    title: "A property stands once in its node",
    ...REFUSED_BY_DTC,
    checks:
      "No two properties of a node have one name; in source, within one { … }: a later { … } of the same node may replace a value.",
    breach: `${NO_BLOB} In a blob that was patched, Linux reads the first of the two.`,
    mend: "Keep one of the two.",
    bad: "reg = <0x0>;\nreg = <0x1>;",
    good: "reg = <0x1>;",
  },
  {
    id: "explicit_phandles",
    title: "Phandles that are written out are usable",
    ...REFUSED_BY_DTC,
    checks:
      "phandle and linux,phandle are one cell, neither 0 nor 0xffffffff, agree with each other, and are no other node's.",
    breach: `${NO_BLOB} In a blob that was patched, a reference leads to the first node that has the number.`,
    mend: "Leave phandles to the compiler: write a label, and refer to it.",
    bad: "a { phandle = <1>; };\nb { phandle = <1>; };",
    good: "a: a { };\nb: b { };",
  },
]);

const NAME_RULES = ruleList([
  {
    id: "node_name_chars",
    title: "Node names are made of the characters that the specification has",
    ...REFUSED_BY_DTC,
    checks:
      "Letters, digits and , . _ + - with @ before the unit address. dtc's grammar also lets * # ? through, for properties.",
    breach: NO_BLOB,
    mend: "Take the character out of the name.",
    bad: "memory#0@80000000 { };",
    good: "memory@80000000 { };",
  },
  {
    id: "node_name_format",
    title: "A node's name has at most one @",
    ...REFUSED_BY_DTC,
    checks: "What stands after the first @ is the unit address, and holds no other @.",
    breach: NO_BLOB,
    mend: "Write the name, one @, and the first address of reg.",
    bad: "memory@0@80000000 { };",
    good: "memory@80000000 { };",
  },
  {
    id: "property_name_chars",
    title: "Property names are made of the characters that the specification has",
    ...REFUSED_BY_DTC,
    checks: "Letters, digits and , . _ + * # ? -. dtc's grammar also lets @ through, for nodes.",
    breach: NO_BLOB,
    mend: "Take the character out of the name. Where a node was meant, give it its { }.",
    bad: "memory@80000000;",
    good: "memory@80000000 { };",
  },
  {
    id: "name_properties",
    title: "A property called name repeats the node's name",
    ...REFUSED_BY_DTC,
    checks:
      "name, a left-over of old firmware, is the node's name without unit address. Source and live trees then lose it again, as with dtc.",
    breach: `${NO_BLOB} Linux makes such a property itself, and keeps one that it finds.`,
    mend: "Leave the property out.",
    bad: 'uart@1000 { name = "serial"; };',
    good: "uart@1000 { };",
  },
  {
    id: "node_name_vs_property_name",
    title: "No property and child node of a node share a name",
    ...WARNED_OF_BY_DTC,
    checks: "No child of a node has the name of one of its properties.",
    breach:
      "Linux shows properties and nodes side by side, as files and folders of /proc/device-tree. It renames one of the two, with #1 behind it (safe_name), and programs that look for it do not find it.",
    mend: "Rename one of the two.",
    bad: "ports = <1>;\nports { };",
    good: "port-count = <1>;\nports { };",
  },
]);

const TYPE_RULES = ruleList([
  {
    id: "address_cells_is_cell",
    title: "#address-cells is one cell",
    ...WARNED_OF_BY_DTC,
    checks: "Where a node has #address-cells, its value is 4 bytes. What is counted by it is not checked otherwise.",
    breach: "Readers take the first cell, or fail, and count the addresses of all child nodes by it.",
    mend: "Write one number in angle brackets.",
    bad: "#address-cells = <0 2>;",
    good: "#address-cells = <2>;",
  },
  {
    id: "size_cells_is_cell",
    title: "#size-cells is one cell",
    ...WARNED_OF_BY_DTC,
    checks: "Where a node has #size-cells, its value is 4 bytes. What is counted by it is not checked otherwise.",
    breach: "Readers take the first cell, or fail, and count the sizes of all child nodes by it.",
    mend: "Write one number in angle brackets.",
    bad: '#size-cells = "2";',
    good: "#size-cells = <2>;",
  },
  {
    id: "device_type_is_string",
    title: "device_type is one string",
    ...WARNED_OF_BY_DTC,
    checks: "Where a node has device_type, it is one text with its NUL, and no more.",
    breach: 'Linux knows memory by device_type = "memory" alone: a node with another value describes no memory.',
    mend: "Write one text in double quotes.",
    bad: "device_type = <0>;",
    good: 'device_type = "memory";',
  },
  {
    id: "model_is_string",
    title: "model is one string",
    ...WARNED_OF_BY_DTC,
    checks: "Where a node has model, it is one text with its NUL, and no more.",
    breach: "Linux prints the first text of it, or what follows in memory.",
    mend: "Write one text in double quotes.",
    bad: 'model = "Board", "Rev B";',
    good: 'model = "Board Rev B";',
  },
  {
    id: "status_is_string",
    title: "status is one string",
    ...WARNED_OF_BY_DTC,
    checks: "Where a node has status, it is one text with its NUL, and no more.",
    breach: "Linux takes whatever is neither okay nor ok for disabled, and passes over the node.",
    mend: "Write one text in double quotes.",
    bad: "status = <1>;",
    good: 'status = "okay";',
  },
  {
    id: "compatible_is_string_list",
    title: "compatible is a list of strings",
    ...WARNED_OF_BY_DTC,
    checks: "Where a node has compatible, the last of its texts ends in NUL.",
    breach: "Linux finds no driver for the node, and no tag storage in it.",
    mend: "Write texts in double quotes, with commas between.",
    bad: "compatible = [61 62 63];",
    good: 'compatible = "vendor,new", "vendor,old";',
  },
]);

const CELL_RULES = ruleList([
  {
    id: "reg_format",
    title: "reg is whole pairs of address and size",
    ...WARNED_OF_BY_DTC,
    checks:
      "reg is not empty, and its length a multiple of #address-cells and #size-cells of the parent together, 2 and 1 where that has none. The root has no reg.",
    breach: "Addresses and sizes are read with the wrong boundaries, or not at all.",
    mend: "Count the cells: with 2 and 2, <high low high low>.",
    bad: `${CELLS}uart@9000000 { reg = <0x9000000 0x1000>; };`,
    good: `${CELLS}uart@9000000 { reg = <0x0 0x9000000 0x0 0x1000>; };`,
  },
  {
    id: "ranges_format",
    title: "ranges is whole rows, or empty between equal cells",
    ...WARNED_OF_BY_DTC,
    checks:
      "A row is an address by the node's own #address-cells, one by the parent's, and a size by its own #size-cells. An empty ranges says that addresses are those of the parent, and asks for the same cells. The root has none.",
    breach:
      "Addresses of what is below do not translate. Of a /reserved-memory with other cells than the root's Linux reads nothing.",
    mend: "Repeat the parent's cells, or write out a row for each window.",
    bad: RESERVED_MEMORY.replace("\t#address-cells = <2>", "\t#address-cells = <1>"),
    good: RESERVED_MEMORY,
  },
  {
    id: "dma_ranges_format",
    title: "dma-ranges is whole rows, or empty between equal cells",
    ...WARNED_OF_BY_DTC,
    checks: "The same as ranges_format, of dma-ranges: the memory that devices on a bus reach.",
    breach:
      "Linux works out from these rows how far devices reach, and from that where ZONE_DMA ends (of_dma_get_max_cpu_address): with wrong boundaries, it ends anywhere.",
    mend: "Repeat the parent's cells, or write out a row for each window.",
    bad: DMA_BUS.replace("dma-ranges = <0x0 0x0 ", "dma-ranges = <"),
    good: DMA_BUS,
  },
  {
    id: "avoid_default_addr_size",
    title: "The parent of a reg or ranges says how it is counted",
    ...WARNED_OF_BY_DTC,
    checks: "The parent of a node with reg or ranges has both #address-cells and #size-cells.",
    breach:
      "The specification's default is 2 and 1. Linux takes those of the next node above that has them, and 1 and 1 above the root.",
    mend: "Write both into the parent.",
    bad: "soc {\n\tuart@9000000 { reg = <0x0 0x9000000 0x1000>; };\n};",
    good: "soc {\n\t#address-cells = <1>;\n\t#size-cells = <1>;\n\tuart@9000000 { reg = <0x9000000 0x1000>; };\n};",
  },
  {
    id: "avoid_unnecessary_addr_size",
    title: "#address-cells and #size-cells count something",
    ...WARNED_OF_BY_DTC,
    checks:
      "A node, not the root, that has both and child nodes has a ranges, or a child with a reg. Unlike dtc, the check does not count child nodes that the source deletes again.",
    breach: "Nothing: the two say nothing about anything, and may stand in the wrong node.",
    mend: "Leave the two out, or move them to the node whose child nodes have a reg.",
    bad: "leds {\n\t#address-cells = <1>;\n\t#size-cells = <0>;\n\tled-0 { };\n};",
    good: "leds {\n\tled-0 { };\n};",
  },
]);

const UNIT_ADDRESS_RULES = ruleList([
  {
    id: "unit_address_vs_reg",
    title: "A node has a unit address where it has a reg, and nowhere else",
    ...WARNED_OF_BY_DTC,
    checks:
      "A node whose name has a unit address has a reg, or a ranges that is not empty, and the other way round. What the numbers are is a matter of simple_bus_reg and unit-address-value.",
    breach: "A name without its unit address clashes with its neighbours'; one with a stray unit address misleads.",
    mend: "End the name in @ and the first address of reg, or take the unit address off.",
    bad: MEMORY.replace("@80000000", ""),
    good: MEMORY,
  },
  {
    id: "unit_address_format",
    title: "A unit address is bare hex digits",
    ...WARNED_OF_BY_DTC,
    checks:
      "No 0x and no leading zeroes; below PCI buses, and simple buses, whose own checks say more, nothing is asked.",
    breach: "Paths and aliases that write the address as others do lead nowhere.",
    mend: "Take off 0x and leading zeroes.",
    bad: MEMORY.replace("@80000000", "@0x080000000"),
    good: MEMORY,
  },
  {
    id: "unit-address-value",
    title: "The unit address of memory is the address that its reg begins with",
    ...WARNED_OF_BY_DTC,
    checks:
      "Of memory nodes at the root and the children of /reserved-memory, where a unit address of hex digits and a whole reg are there: the specification's rule (2.2.1). A rule of carveout's own: dtc compares the two on simple buses and a few others alone.",
    breach:
      "One of the two is wrong. Linux goes by reg: where that is the wrong one, memory is used that is not there, or belongs to somebody else.",
    mend: "Find out which one is wrong, and write the other.",
    bad: MEMORY.replace("<0x0 0x80000000", "<0x0 0x90000000"),
    good: MEMORY,
  },
  {
    id: "simple_bus_reg",
    title: "What stands on a simple bus has an address there, and its unit address says so",
    ...WARNED_OF_BY_DTC,
    checks:
      "A child of a node that is compatible with simple-bus has a reg, or a ranges that is not empty, and a unit address that is the first address of it in hex.",
    breach: "The name misleads; where reg is the wrong one, drivers write to the registers of another device.",
    mend: "Correct the name or reg. Move nodes without an address out of the bus, to the root.",
    bad: SIMPLE_BUS.replace("uart@9001000", "uart@9000000"),
    good: SIMPLE_BUS,
  },
  {
    id: "unique_unit_address",
    title: "Sibling nodes have different unit addresses",
    ...WARNED_OF_BY_DTC,
    checks:
      "In a node with #address-cells and #size-cells, no two children have one unit address, whatever stands before the @, and whatever their status.",
    breach: "Two devices are said to be in one place. Where at most one of them is ever enabled, nothing.",
    mend: "Correct one of the two, or leave out the one that the machine has not.",
    bad: `${CELLS}memory@80000000 { };\ntag-storage@80000000 { };`,
    good: `${CELLS}memory@80000000 { };\ntag-storage@8f8000000 { };`,
  },
]);

export const STRUCTURE_RULES = [
  ...DUPLICATE_RULES,
  ...NAME_RULES,
  ...TYPE_RULES,
  ...CELL_RULES,
  ...UNIT_ADDRESS_RULES,
] as const;
