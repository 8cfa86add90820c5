/** What each kernel asks of a tree at boot, in the order of docs/kernels.md. */
import { FLAT_TREE_RULES } from "./kernel-flat-tree.ts";
import { RESERVED_MEMORY_RULES } from "./kernel-reserved-memory.ts";
import { ruleList } from "./rule.ts";
import { MEMORY_REG, trialsIn, trialsOfCount } from "./trial.ts";

/** Rules that more than one dialect has. */
const SHARED_RULES = ruleList([
  {
    id: "region-table-full",
    title: "A tree has at most 32 tag regions",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "rfc-v3", "exact"],
    checks: "num_tag_regions is below MAX_TAG_REGIONS (32) before a node is added.",
    functions: { "rfc-v1": "fdt_init_tag_storage", "rfc-v2": "fdt_init_tag_storage", "rfc-v3": "tag_storage_probe" },
    breach:
      "rfc-v1 and rfc-v2 stop the scan and turn management off. rfc-v3 empties the table and goes on with the nodes after: a 33rd node costs the first 32.",
    mend: "Describe adjacent memory by one memory node with one tag storage node.",
    bad: "/* 33 tag storage nodes */",
    good: "/* 32 tag storage nodes, one of them for two adjacent banks */",
    trials: trialsOfCount(["rfc-v1", "rfc-v2", "rfc-v3"]),
  },
  {
    id: "reg-missing",
    title: "Tag storage and tagged memory have a reg",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "rfc-v3", "exact"],
    checks:
      "The node has reg (for rfc-v1 and rfc-v2, the tag storage node and the memory node, which can have linux,usable-memory instead; for rfc-v3, the memory node).",
    functions: {
      "rfc-v1": "tag_storage_of_flat_get_tag_range, tag_storage_of_flat_get_memory_range",
      "rfc-v2": "tag_storage_of_flat_get_tag_range, tag_storage_of_flat_get_memory_range",
      "rfc-v3": "mte_find_tagged_memory_regions",
    },
    breach: "Tag storage management is turned off.",
    mend: "Add reg with one address and one size.",
    bad: `memory0: memory@80000000 {
	device_type = "memory";
};`,
    good: `memory0: memory@80000000 {
	device_type = "memory";
	reg = <0x0 0x80000000 0x0 0x80000000>;
};`,
    trials: trialsIn(["rfc-v1", "rfc-v2", "rfc-v3"], "/", { without: MEMORY_REG }),
  },
  {
    id: "reg-short",
    title: "reg holds at least one address and one size",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "rfc-v3", "exact"],
    checks: "No kernel checks it: they read one address and one size however long the property is.",
    functions: {
      "rfc-v1": "tag_storage_of_flat_get_range",
      "rfc-v2": "tag_storage_of_flat_get_range",
      "rfc-v3": "mte_find_tagged_memory_regions",
    },
    breach:
      "The kernel reads on past the property's end and takes whatever follows in the blob for a size. What comes of it depends on the layout of the blob; carveout takes it for refused.",
    mend: "Write as many cells as #address-cells and #size-cells ask for.",
    bad: `#address-cells = <2>;
#size-cells = <2>;
memory@80000000 { reg = <0x80000000 0x80000000>; };`,
    good: `#address-cells = <2>;
#size-cells = <2>;
memory@80000000 { reg = <0x0 0x80000000 0x0 0x80000000>; };`,
    trials: trialsIn(["rfc-v1", "rfc-v2", "rfc-v3"], "/"),
  },
  {
    id: "block-size",
    title: "block-size is present and not 0",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "rfc-v3", "exact"],
    checks: "The first cell of block-size, in bytes, is there and not 0.",
    functions: { "rfc-v1": "fdt_init_tag_storage", "rfc-v2": "fdt_init_tag_storage", "rfc-v3": "tag_storage_probe" },
    breach: "rfc-v1 and rfc-v2 turn management off. rfc-v3 empties the table and goes on with the nodes after.",
    mend: "Add block-size with the bytes that the memory controller interleaves tags over; the page size where it does not.",
    bad: "block-size = <0>;",
    good: "block-size = <0x1000>;",
    trials: trialsIn(["rfc-v1", "rfc-v2", "rfc-v3"], "&tags"),
  },
  {
    id: "block-size-multiple",
    title: "A tag range is a whole number of blocks",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "rfc-v3", "exact"],
    checks: "The tag range's pages are a multiple of B = lcm(block-size, page size) / page size.",
    functions: { "rfc-v1": "fdt_init_tag_storage", "rfc-v2": "fdt_init_tag_storage", "rfc-v3": "tag_storage_probe" },
    breach: "rfc-v1 and rfc-v2 turn management off. rfc-v3 empties the table and goes on with the nodes after.",
    mend: "Mend block-size, or choose memory whose tags fill whole blocks.",
    bad: `reg = <0x8 0xf8000000 0x0 0x4000000>;
block-size = <0x3000>;	/* 16384 pages in blocks of 3 */`,
    good: `reg = <0x8 0xf8000000 0x0 0x4000000>;
block-size = <0x1000>;`,
    trials: trialsIn(["rfc-v1", "rfc-v2", "rfc-v3"], "&tags"),
  },
  {
    id: "tag-range-size",
    title: "A tag range has exactly 1/32 of its memory's pages",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "exact"],
    checks:
      "The tag range's pages times 32 equal the memory's pages. rfc-v3 does not check it; exact asks for it in every dialect.",
    functions: { "rfc-v1": "fdt_init_tag_storage", "rfc-v2": "fdt_init_tag_storage" },
    breach: "Tag storage management is turned off.",
    mend: "Make the tag range 1/32 of the memory that it serves.",
    bad: `/* for 2 GiB of memory */
reg = <0x8 0xf8000000 0x0 0x2000000>;`,
    good: `reg = <0x8 0xf8000000 0x0 0x4000000>;`,
    trials: trialsIn(["rfc-v1", "rfc-v2"], "&tags"),
  },
  {
    id: "tag-range-outside-memory",
    title: "A tag range lies in the memory that the kernel can address",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "rfc-v3", "exact"],
    checks:
      "Once memory limits are enforced, the tag range's last page lies below the end of DRAM; rfc-v1 and rfc-v2 also look at the start of DRAM.",
    functions: {
      "rfc-v1": "mte_tag_storage_activate_regions",
      "rfc-v2": "mte_tag_storage_activate_regions",
      "rfc-v3": "mte_init_tag_storage",
    },
    breach: "Tag storage management is turned off.",
    mend: "Move the tag range below the limit of PA bits, linear map and mem=, or configure a kernel that reaches it.",
    bad: "reg = <0x10000 0x0 0x0 0x4000000>;	/* 48 PA bits reach to 0x1000000000000 */",
    good: "reg = <0x8 0xf8000000 0x0 0x4000000>;",
    trials: trialsIn(["rfc-v1", "rfc-v2", "rfc-v3"], "&tags"),
  },
  {
    id: "tag-node-place",
    title: "A tag storage node stands where the kernel looks for it",
    severity: "warning",
    consequence: "ignored",
    series: ["rfc-v1", "rfc-v2", "rfc-v3", "exact"],
    checks:
      "rfc-v1 and rfc-v2 look at the root's children alone (depth 1), rfc-v3 at the children of /reserved-memory.",
    functions: {
      "rfc-v1": "fdt_init_tag_storage",
      "rfc-v2": "fdt_init_tag_storage",
      "rfc-v3": "fdt_scan_reserved_mem",
    },
    breach: "The kernel passes over the node without a word: its memory has no tag storage.",
    mend: "Move the node, or boot the series that it was written for.",
    bad: `soc {
	tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; };
};`,
    good: `reserved-memory {	/* rfc-v3; rfc-v1 and rfc-v2: the root */
	tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; };
};`,
    trials: trialsIn(["rfc-v3"], "/"),
  },
  {
    id: "series-assumed",
    title: "The tree shows which series it was written for",
    severity: "note",
    consequence: "none",
    series: null,
    checks:
      "Without --kernel, tag storage under /reserved-memory means rfc-v3, at the root under a name with tag-storage rfc-v2, with metadata rfc-v1. This is carveout's question, no kernel's.",
    breach: "A tree that says none of these, or more than one, is taken as rfc-v3's.",
    mend: "Name the series with --kernel.",
    bad: `tags@8f8000000 { compatible = "arm,mte-tag-storage"; };`,
    good: `tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; };	/* rfc-v2 */`,
  },
]);

export const KERNEL_RULES = [...SHARED_RULES, ...FLAT_TREE_RULES, ...RESERVED_MEMORY_RULES] as const;
