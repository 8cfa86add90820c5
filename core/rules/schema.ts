/**
 * Rules about the input itself, whatever kernel reads it: what cannot be read as YAML, as a machine description, or as
 * the nodes that the schemas know. Raised by dts/yaml and schema/; what a kernel makes of the tree is told apart.
 */
import { ruleList } from "./rule.ts";

const YAML_RULES = ruleList([
  {
    id: "yaml-syntax",
    title: "The input is YAML",
    severity: "error",
    consequence: "none",
    series: null,
    checks:
      "The text is one YAML 1.2 document: fields as name: value, lists as lines that begin with -, quotes closed.",
    breach: "The input cannot be read, and nothing is said about the machine.",
    mend: "Look at the marked line: a missing colon or quote, or a line that begins in another column than its neighbours.",
    bad: `memory:
  - name: dram0
    base 0x80000000`,
    good: `memory:
  - name: dram0
    base: 0x80000000`,
  },
  {
    id: "yaml-tab-indent",
    title: "YAML is indented with blanks",
    severity: "error",
    consequence: "none",
    series: null,
    checks: "No line begins with a tab. YAML has no width for a tab, so a line that begins with one is in no column.",
    breach: "The input cannot be read, and nothing is said about the machine.",
    mend: "Replace each tab at the beginning of a line with blanks, and set the editor to do so in YAML files.",
    bad: `memory:
	- name: dram0`,
    good: `memory:
  - name: dram0`,
  },
  {
    id: "yaml-duplicate-key",
    title: "A field stands once in its mapping",
    severity: "error",
    consequence: "none",
    series: null,
    checks: "No mapping has two fields of one name.",
    breach: "One of the two values would be lost, so neither is taken: the input counts as not read.",
    mend: "Delete one of them. Where the second belongs to another entry of a list, begin that entry with a dash.",
    bad: `- name: dram0
  base: 0x80000000
  base: 0x880000000`,
    good: `- name: dram0
  base: 0x80000000`,
  },
  {
    id: "yaml-unsupported",
    title: "The input uses plain YAML: maps, lists, texts, numbers",
    severity: "error",
    consequence: "none",
    series: null,
    checks: "No value has a tag (!name), no list or mapping is the name of a field, and the file holds one document.",
    breach: "The input cannot be read, and nothing is said about the machine.",
    mend: "Write the value without its tag; put a second document in a file of its own.",
    bad: "base: !!int 0x80000000",
    good: "base: 0x80000000",
  },
  {
    id: "yaml-limit",
    title: "The input is of a reasonable size",
    severity: "error",
    consequence: "none",
    series: null,
    checks: "At most 131072 characters, 100000 values once aliases are written out, and 64 levels of nesting.",
    breach: "The input is not read: a file beyond these limits is no machine, and may be made to exhaust memory.",
    mend: "Write the machine out without aliases of aliases.",
    bad: `a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]`,
    good: "a: [x, x]",
  },
]);

const BANK = `memory:
  - name: dram0
    base: 0x80000000
    size: 2G`;

const DESCRIPTION_RULES = ruleList([
  {
    id: "description-missing-field",
    title: "A machine description has every field that it needs",
    severity: "error",
    consequence: "none",
    series: null,
    checks:
      "The description has memory; each bank name, base and size; each tag storage base, size, block-size and memory; each reserved range name, base and size.",
    breach: "There is no device tree to write for such a machine, and nothing is said about it.",
    mend: "Add the field that the message names.",
    bad: `memory:
  - name: dram0
    base: 0x80000000`,
    good: BANK,
  },
  {
    id: "description-unknown-field",
    title: "A machine description has no field that means nothing",
    severity: "error",
    consequence: "none",
    series: null,
    checks: "Each field is one that the description's schema knows at its place.",
    breach: "A misspelt field would go unnoticed, and the machine described would be another than the one meant.",
    mend: "Correct the name, or delete the field; notes go into comments.",
    bad: BANK.replace("base", "bse"),
    good: BANK,
  },
  {
    id: "description-type",
    title: "A field of a machine description has a value of its type",
    severity: "error",
    consequence: "none",
    series: null,
    checks:
      "Addresses and sizes are numbers, plain or 0x, or texts such as 64M, 4k, 2GiB; names are texts, no-map is true or false, sections are lists.",
    breach: "The value cannot be taken, and nothing is said about the machine.",
    mend: "Write the value as the message says. Sizes have no blank before the unit, and no decimal point.",
    bad: BANK.replace("2G", "2 GB"),
    good: BANK,
  },
  {
    id: "description-value",
    title: "A value of a machine description is one that a machine can have",
    severity: "error",
    consequence: "none",
    series: null,
    checks:
      "Addresses, sizes and the ends of ranges fit in 64 bits, block sizes and NUMA ids in 32; sizes are not 0; names are fit for a device tree; memory has a bank.",
    breach: "The value cannot be written into a device tree, and nothing is said about the machine.",
    mend: "Correct the number or name that the message shows.",
    bad: BANK.replace("2G", "0"),
    good: BANK,
  },
  {
    id: "description-duplicate",
    title: "Entries of a machine description have names and addresses of their own",
    severity: "error",
    consequence: "none",
    series: null,
    checks: "No two entries, of whatever section, have one name; no two banks and no two tag storages have one base.",
    breach: "Names become labels and addresses become node names, and neither may stand twice in a device tree.",
    mend: "Rename one of the two, or correct its base.",
    bad: `memory:
  - { name: dram, base: 0x80000000, size: 2G }
  - { name: dram, base: 0x880000000, size: 2G }`,
    good: `memory:
  - { name: dram0, base: 0x80000000, size: 2G }
  - { name: dram1, base: 0x880000000, size: 2G }`,
  },
  {
    id: "description-unknown-memory",
    title: "Tag storage serves a bank that is described",
    severity: "error",
    consequence: "none",
    series: null,
    checks: "The memory field of each tag storage is the name of an entry under memory.",
    breach: "Nothing says whose tags the range holds, and nothing is said about the machine.",
    mend: "Write the name of the bank as it stands under memory.",
    bad: `${BANK}
tag-storage:
  - base: 0x8f8000000
    size: 64M
    block-size: 4k
    memory: dram1`,
    good: `${BANK}
tag-storage:
  - base: 0x8f8000000
    size: 64M
    block-size: 4k
    memory: dram0`,
  },
]);

const TAG_NODE = `tag-storage@8f8000000 {
	compatible = "arm,mte-tag-storage";
	reg = <0x8 0xf8000000 0x0 0x4000000>;
	block-size = <0x1000>;
	tagged-memory = <&memory0>;
	reusable;
};`;

const TREE_RULES = ruleList([
  {
    id: "schema-property-type",
    title: "A property's bytes are of its type",
    severity: "error",
    consequence: "ignored",
    series: null,
    checks:
      "In the root, memory nodes, /reserved-memory and its children, and tag storage: cells are whole, block-size, numa-node-id and phandles are one cell, texts end in NUL.",
    breach:
      "Readers of the tree take something else than was meant, or nothing: kernels read the first cell of a property and leave the rest.",
    mend: "Write the property as its type: <0x1000> for one cell, <&label> for a phandle, a quoted text for a string.",
    bad: TAG_NODE.replace("<0x1000>", "<0x0 0x1000>"),
    good: TAG_NODE,
  },
  {
    id: "schema-reg-length",
    title: "Addresses and sizes have the cells that the parent says",
    severity: "error",
    consequence: "ignored",
    series: null,
    checks:
      "reg and linux,usable-memory are whole pairs of #address-cells and #size-cells of the parent, and at least one; size and alignment have #size-cells; tag storage at the root has one range.",
    breach:
      "The cells are read with the wrong boundaries. Reserved memory is skipped, memory loses its last range, and tag storage at the root is refused.",
    mend: "Count the cells against #address-cells and #size-cells of the parent node: with 2 and 2, <high low high low>.",
    bad: `#address-cells = <2>;
#size-cells = <2>;
memory@80000000 {
	device_type = "memory";
	reg = <0x80000000 0x0 0x80000000>;
};`,
    good: `#address-cells = <2>;
#size-cells = <2>;
memory@80000000 {
	device_type = "memory";
	reg = <0x0 0x80000000 0x0 0x80000000>;
};`,
  },
  {
    id: "schema-missing-property",
    title: "A node has the properties without which it says nothing",
    severity: "error",
    consequence: "ignored",
    series: null,
    checks:
      "Memory has reg, /reserved-memory has both cells properties and ranges, its children reg or size, and tag storage reg, block-size and memory or tagged-memory. Nodes that a status turns off need none.",
    breach: "The node describes nothing, and kernels pass over it, or turn tag storage off because of it.",
    mend: "Add the property that the message names.",
    bad: TAG_NODE.replace("\tblock-size = <0x1000>;\n", ""),
    good: TAG_NODE,
  },
  {
    id: "schema-binding",
    title: "A node is as its binding asks",
    severity: "warning",
    consequence: "none",
    series: null,
    checks:
      "What devicetree bindings ask and no kernel needs: one or two root cells, device_type in memory nodes, known status values, flags without value, not both no-map and reusable; in rfc-v3 tag storage reusable, one range, described as memory too, and nothing that the binding does not know.",
    breach: "dt-validate complains; the kernels that are modelled go by the rules of their own.",
    mend: "Do as the hint says.",
    bad: TAG_NODE.replace("\treusable;\n", ""),
    good: TAG_NODE,
  },
  {
    id: "schema-user",
    title: "A node is as the schemas that were given ask",
    severity: "error",
    consequence: "none",
    series: null,
    checks:
      "Each node that a schema of --schema selects is held against it, by the rules of dt-schema; `carveout schema` prints schemas to begin with.",
    breach: "The tree is not what the author of the schema asks for; what the kernel makes of it is told apart.",
    mend: "Mend the node, or the schema, whose place is told beside it.",
    bad: `uart@9000000 { compatible = "acme,uart"; };
/* with --schema:
properties: { compatible: { const: "acme,uart" }, reg: { maxItems: 1 } }
required: [compatible, reg]
*/`,
    good: `uart@9000000 { compatible = "acme,uart"; reg = <0x0 0x9000000 0x0 0x1000>; };`,
  },
  {
    id: "dangling-phandle",
    title: "The memory that tag storage names is there",
    severity: "error",
    consequence: "disabled",
    series: null,
    checks: "memory (rfc-v1, rfc-v2) or tagged-memory (rfc-v3) is the phandle of some node.",
    breach: "No series finds the memory whose tags the range holds, and each turns tag storage management off.",
    mend: "Label the memory node and write the reference as <&label>, so that the numbers cannot part.",
    bad: TAG_NODE.replace("<&memory0>", "<0x2a>"),
    good: TAG_NODE,
  },
]);

export const SCHEMA_RULES = [...YAML_RULES, ...DESCRIPTION_RULES, ...TREE_RULES] as const;
