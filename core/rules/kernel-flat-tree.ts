/** Rules of the series that read the flat tree: rfc-v1 and rfc-v2, and exact on their trees. */
import { ruleList } from "./rule.ts";
import { memoryAcrossZones, trialsIn } from "./trial.ts";

export const FLAT_TREE_RULES = ruleList([
  {
    id: "tag-node-name",
    title: "A tag storage node has the name that the kernel looks for",
    severity: "warning",
    consequence: "ignored",
    series: ["rfc-v1", "rfc-v2", "exact"],
    checks: "The node's name contains metadata (rfc-v1) or tag-storage (rfc-v2), anywhere in it.",
    functions: { "rfc-v1": "fdt_init_tag_storage", "rfc-v2": "fdt_init_tag_storage" },
    breach: "The kernel passes over the node without a word: its memory has no tag storage.",
    mend: "Rename the node.",
    bad: `tags@8f8000000 { compatible = "arm,mte-tag-storage"; };`,
    good: `tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; };`,
    trials: trialsIn(["rfc-v2"], "/"),
  },
  {
    id: "reg-one-range",
    title: "reg holds one address and one size, no more",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "exact"],
    checks:
      "reg of the tag storage node, and linux,usable-memory or reg of its memory node, have no more cells than the root's #address-cells and #size-cells together.",
    functions: { "rfc-v1": "tag_storage_of_flat_get_range", "rfc-v2": "tag_storage_of_flat_get_range" },
    breach: "Tag storage management is turned off.",
    mend: "Give each range a memory node and a tag storage node of its own.",
    bad: `memory@80000000 {
	reg = <0x0 0x80000000 0x0 0x80000000>,
	      <0x8 0x80000000 0x0 0x80000000>;
};`,
    good: `memory@80000000 { reg = <0x0 0x80000000 0x0 0x80000000>; };
memory@880000000 { reg = <0x8 0x80000000 0x0 0x80000000>; };`,
    trials: trialsIn(["rfc-v1", "rfc-v2"], "/"),
  },
  {
    id: "reg-no-page",
    title: "reg holds at least one whole page",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "exact"],
    checks:
      "The size in reg, divided by the page size and rounded down, is not 0, for the tag storage node and its memory node alike.",
    functions: { "rfc-v1": "tag_storage_of_flat_get_range", "rfc-v2": "tag_storage_of_flat_get_range" },
    breach: "Tag storage management is turned off.",
    mend: "Mend the size, and the order of the cells.",
    bad: "reg = <0x8 0xf8000000 0x0 0x800>;",
    good: "reg = <0x8 0xf8000000 0x0 0x4000000>;",
    trials: trialsIn(["rfc-v1", "rfc-v2"], "&tags"),
  },
  {
    id: "tag-range-alignment",
    title: "A tag range starts and ends at pageblock boundaries",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "exact"],
    checks: "The tag range's first PFN and its number of pages are multiples of pageblock_nr_pages.",
    functions: { "rfc-v1": "fdt_init_tag_storage", "rfc-v2": "fdt_init_tag_storage" },
    breach: "Tag storage management is turned off.",
    mend: "Align the tag range to the pageblock: 2 MiB with 4 KiB pages, 32 MiB with 16 KiB, 512 MiB with 64 KiB.",
    bad: "reg = <0x8 0xf8100000 0x0 0x4000000>;",
    good: "reg = <0x8 0xf8000000 0x0 0x4000000>;",
    trials: trialsIn(["rfc-v1", "rfc-v2"], "&tags"),
  },
  {
    id: "memory-property",
    title: "A tag storage node names its memory node",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "exact"],
    checks: "The tag storage node has the property memory.",
    functions: { "rfc-v1": "tag_storage_get_memory_node", "rfc-v2": "tag_storage_get_memory_node" },
    breach: "Tag storage management is turned off.",
    mend: "Add memory with the phandle of the memory node whose tags the range holds.",
    bad: `tag-storage@8f8000000 {
	compatible = "arm,mte-tag-storage";
	tagged-memory = <&memory0>;	/* rfc-v3's name for it */
};`,
    good: `tag-storage@8f8000000 {
	compatible = "arm,mte-tag-storage";
	memory = <&memory0>;
};`,
    trials: trialsIn(["rfc-v2"], "/", { without: "memory = <&memory0>;" }),
  },
  {
    id: "memory-node",
    title: "The memory property leads to a memory node at the root",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "exact"],
    checks:
      "The first cell of memory is the phandle of a child of the root whose device_type is memory. A node without phandle counts as phandle 0.",
    functions: { "rfc-v1": "fdt_find_memory_node", "rfc-v2": "fdt_find_memory_node" },
    breach: "Tag storage management is turned off.",
    mend: 'Point memory at the memory node, and give that device_type = "memory".',
    bad: "memory = <&uart0>;",
    good: "memory = <&memory0>;",
    trials: trialsIn(["rfc-v1", "rfc-v2"], "&tags"),
  },
  {
    id: "block-zones",
    title: "All pages of a block lie in one zone",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v1", "rfc-v2", "exact"],
    checks: "Where blocks have more than one page, a block's pages are in the same zone.",
    functions: { "rfc-v1": "mte_tag_storage_check_zone", "rfc-v2": "mte_tag_storage_check_zone" },
    breach: "Tag storage management is turned off: alloc_contig_range cannot take such a block.",
    mend: "Place the tag range so that the zone boundary (4 GiB, and that of ZONE_DMA) falls between two blocks.",
    bad: `/* blocks of 3 pages from 0xffe00000: 512 pages below 4 GiB, no multiple of 3 */
reg = <0x0 0xffe00000 0x0 0x600000>;
block-size = <0x3000>;`,
    good: `reg = <0x1 0x0 0x0 0x600000>;
block-size = <0x3000>;`,
    trials: trialsIn(["rfc-v1", "rfc-v2"], "&tags", { besides: memoryAcrossZones(0xc000000n) }),
  },
]);
