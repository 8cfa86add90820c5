/** Rules of rfc-v3, which finds tag storage among reserved memory, and of exact on its trees. */
import { ruleList } from "./rule.ts";
import {
  MEMORY_NODE,
  memoryAcrossZones,
  RESERVED_MEMORY_CELLS,
  TAG_MEMORY_NODE,
  TRIAL_OF_CHILD,
  tagText,
  trialsIn,
  trialsOfCount,
} from "./trial.ts";

/** Tag storage of the second bank, right behind that of the first. */
const SECOND_TAGS = `&reserved { ${tagText("rfc-v3", 0x8fc000000n, 0x3c00000n, "memory1")} };`;

export const RESERVED_MEMORY_RULES = ruleList([
  {
    id: "reserved-memory-format",
    title: "/reserved-memory repeats the root's cells and has ranges",
    severity: "warning",
    consequence: "ignored",
    series: ["rfc-v3", "exact"],
    checks: "/reserved-memory has #address-cells and #size-cells, both the same as the root's, and ranges.",
    functions: { "rfc-v3": "__reserved_mem_check_root" },
    breach: "The kernel ignores all reserved memory, tag storage with it.",
    mend: "Repeat the root's #address-cells and #size-cells in /reserved-memory and add an empty ranges.",
    bad: `reserved-memory {
	tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; };
};`,
    good: `reserved-memory {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
	tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; };
};`,
    trials: trialsIn(["rfc-v3"], "/", { without: RESERVED_MEMORY_CELLS }),
  },
  {
    id: "tag-node-status",
    title: "A tag storage node is not disabled",
    severity: "warning",
    consequence: "ignored",
    series: ["rfc-v3", "exact"],
    checks: "status is absent, okay or ok.",
    functions: { "rfc-v3": "of_fdt_device_is_available, called by fdt_scan_reserved_mem" },
    breach: "The kernel passes over the node without a word, and does not reserve its memory.",
    mend: "Remove status, or set it to okay.",
    bad: `status = "disabled";`,
    good: `status = "okay";`,
    trials: trialsIn(["rfc-v3"], "&tags"),
  },
  {
    id: "tag-node-reg",
    title: "A tag storage node under /reserved-memory has a reg of whole pairs",
    severity: "warning",
    consequence: "ignored",
    series: ["rfc-v3", "exact"],
    checks: "reg is there, is a whole number of address-size pairs, and its first size is not 0.",
    functions: { "rfc-v3": "__reserved_mem_reserve_reg, fdt_init_reserved_mem" },
    breach:
      "The kernel skips the node. With size in place of reg it would choose an address, which is never where hardware keeps tags.",
    mend: "Write reg with the address and the size of the tag storage.",
    bad: "reg = <0x8 0xf8000000 0x4000000>;",
    good: "reg = <0x8 0xf8000000 0x0 0x4000000>;",
    trials: trialsIn(["rfc-v3"], "&tags"),
  },
  {
    id: "reserved-region-limit",
    title: "Tag storage is among the first 64 reserved regions",
    severity: "warning",
    consequence: "ignored",
    series: ["rfc-v3", "exact"],
    checks: "reserved_mem has room (MAX_RESERVED_REGIONS, 64), in the order of the tree.",
    functions: { "rfc-v3": "fdt_reserved_mem_save_node" },
    breach: "The kernel logs that there is not enough space and never looks at the node as tag storage.",
    mend: "Move the node up among the children of /reserved-memory, or merge reserved regions.",
    bad: "/* the 65th child of /reserved-memory */",
    good: "/* the 1st child of /reserved-memory */",
    trials: [TRIAL_OF_CHILD],
  },
  {
    id: "tagged-memory-property",
    title: "A tag storage node names its tagged memory",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v3", "exact"],
    checks: "The tag storage node has the property tagged-memory.",
    functions: { "rfc-v3": "tag_storage_probe" },
    breach: "The kernel empties the table of all regions found before, and frees the node's memory for ordinary use.",
    mend: "Add tagged-memory with the phandle of the memory node whose tags the range holds.",
    bad: `tag-storage@8f8000000 {
	compatible = "arm,mte-tag-storage";
	memory = <&memory0>;	/* rfc-v2's name for it */
};`,
    good: `tag-storage@8f8000000 {
	compatible = "arm,mte-tag-storage";
	tagged-memory = <&memory0>;
};`,
    trials: trialsIn(["rfc-v3"], "&reserved", { without: "tagged-memory = <&memory0>;" }),
  },
  {
    id: "tag-table-emptied",
    title: "No region is lost to a broken node after it",
    severity: "error",
    consequence: "ignored",
    series: ["rfc-v3", "exact"],
    checks:
      "No node is refused after one that was accepted: num_tag_regions is set to 0 at each refusal, whatever the table held.",
    functions: { "rfc-v3": "tag_storage_probe" },
    breach:
      "Regions at lower addresses are gone from the table. Their memory stays reserved but unmanaged, and the memory that they serve has no tag storage.",
    mend: "Mend the node that was refused.",
    bad: `tag-storage@8f8000000 { block-size = <0x1000>; };	/* lost */
tag-storage@8fc000000 { block-size = <0>; };		/* refused */`,
    good: `tag-storage@8f8000000 { block-size = <0x1000>; };
tag-storage@8fc000000 { block-size = <0x1000>; };`,
    trials: trialsIn(["rfc-v3"], "&reserved", { besides: SECOND_TAGS }),
  },
  {
    id: "tagged-memory-node",
    title: "tagged-memory leads to a node",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v3", "exact"],
    checks: "The first cell of tagged-memory is the phandle of a node.",
    functions: { "rfc-v3": "of_find_node_by_phandle, called by mte_find_tagged_memory_regions" },
    breach: "Tag storage management is turned off, for all regions.",
    mend: "Point tagged-memory at the memory node.",
    bad: "tagged-memory = <0x99>;",
    good: "tagged-memory = <&memory0>;",
    trials: trialsIn(["rfc-v3"], "&tags"),
  },
  {
    id: "tagged-memory-address",
    title: "The tagged memory's address translates to the CPU's",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v3", "exact"],
    checks: "The first address in reg of the memory node translates through the ranges of all parents.",
    functions: { "rfc-v3": "of_translate_address, called by mte_find_tagged_memory_regions" },
    breach: "Tag storage management is turned off, for all regions.",
    mend: "Make the memory node a child of the root, or give its parents ranges.",
    bad: `memory-controller {	/* no ranges */
	memory0: memory@80000000 { reg = <0x0 0x80000000 0x0 0x80000000>; };
};`,
    good: "memory0: memory@80000000 { reg = <0x0 0x80000000 0x0 0x80000000>; };",
    trials: trialsIn(["rfc-v3"], "/", { without: MEMORY_NODE }),
  },
  {
    id: "tagged-memory-size",
    title: "The tagged memory has a size",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v3", "exact"],
    checks: "The first size in reg of the memory node is not 0.",
    functions: { "rfc-v3": "mte_find_tagged_memory_regions" },
    breach: "Tag storage management is turned off, for all regions.",
    mend: "Mend the size of the memory node.",
    bad: "reg = <0x0 0x80000000 0x0 0x0>;",
    good: "reg = <0x0 0x80000000 0x0 0x80000000>;",
    trials: trialsIn(["rfc-v3"], "&memory0"),
  },
  {
    id: "zone-split-alignment",
    title: "A zone boundary inside a tag range is a block boundary",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v3", "exact"],
    checks:
      "The first PFN of the next zone is a multiple of B. exact counts blocks from the start of the tag range, as hardware does.",
    functions: { "rfc-v3": "mte_split_tag_regions" },
    breach: "Tag storage management is turned off, for all regions.",
    mend: "Place the tag range within one zone, or use a block size that divides the boundary (4 GiB, and that of ZONE_DMA).",
    bad: `/* across 4 GiB, PFN 1048576: no multiple of 3 */
reg = <0x0 0xffc00000 0x0 0xc00000>;
block-size = <0x3000>;`,
    good: `reg = <0x0 0xffc00000 0x0 0xc00000>;
block-size = <0x2000>;`,
    trials: trialsIn(["rfc-v3"], "&tags", { besides: memoryAcrossZones(0x18000000n) }),
  },
  {
    id: "zone-split-room",
    title: "The table has a free row for each region that is split",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v3", "exact"],
    checks: "num_tag_regions is below MAX_TAG_REGIONS (32) when a tag range spans zones.",
    functions: { "rfc-v3": "mte_split_tag_regions" },
    breach: "Tag storage management is turned off, for all regions.",
    mend: "Use fewer than 32 tag storage nodes, or place each tag range within one zone.",
    bad: "/* 32 tag storage nodes, one of them across 4 GiB */",
    good: "/* 31 tag storage nodes, one of them across 4 GiB */",
    trials: trialsOfCount(["rfc-v3"], true),
  },
  {
    id: "cma-slots",
    title: "There is a CMA area for each region",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v3", "exact"],
    checks:
      "cma_area_count is below the kernel's number of areas, MAX_CMA_AREAS: CONFIG_CMA_AREAS and, up to Linux 6.8, one more.",
    functions: { "rfc-v3": "cma_init_reserved_mem" },
    breach: "Tag storage management is turned off, for all regions.",
    mend: "Raise CONFIG_CMA_AREAS, or use fewer tag storage nodes; the default CMA area and each reusable shared-dma-pool take one too.",
    bad: "/* 20 tag storage nodes: of 20 CMA areas, the kernel's default area takes one */",
    good: "/* 19 tag storage nodes */",
    trials: trialsOfCount(["rfc-v3"]),
  },
  {
    id: "cma-reserved",
    title: "A tag range is reserved, whole pages of it, and not no-map",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v3", "exact"],
    checks:
      "memblock holds all pages of the range as reserved. no-map memory is not; nor is what lies outside reg in a first or last page, nor what a refused node at the same address gave back.",
    functions: { "rfc-v3": "cma_init_reserved_mem" },
    breach: "Tag storage management is turned off, for all regions.",
    mend: "Drop no-map, and let reg start and end at page boundaries.",
    bad: `tag-storage@8f8000000 {
	reg = <0x8 0xf8000000 0x0 0x4000000>;
	no-map;
};`,
    good: `tag-storage@8f8000000 {
	reg = <0x8 0xf8000000 0x0 0x4000000>;
	reusable;
};`,
    trials: trialsIn(["rfc-v3"], "&reserved"),
  },
  {
    id: "cma-alignment",
    title: "A tag range starts and ends at pageblock boundaries",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v3", "exact"],
    checks: "Base and size are multiples of CMA_MIN_ALIGNMENT_BYTES, the pageblock.",
    functions: { "rfc-v3": "cma_init_reserved_mem" },
    breach: "Tag storage management is turned off, for all regions.",
    mend: "Align the tag range to the pageblock: 2 MiB with 4 KiB pages, 32 MiB with 16 KiB, 512 MiB with 64 KiB.",
    bad: "reg = <0x8 0xf8100000 0x0 0x4000000>;",
    good: "reg = <0x8 0xf8000000 0x0 0x4000000>;",
    trials: trialsIn(["rfc-v3"], "&tags"),
  },
  {
    id: "cma-granule",
    title: "A block of a power of two of pages is no larger than a pageblock",
    severity: "warning",
    consequence: "disabled",
    series: ["rfc-v3"],
    checks:
      "B, where it is a power of two, divides CMA_MIN_ALIGNMENT_PAGES, the pageblock: it becomes the area's order_per_bit. Linux 6.10 dropped the check; rfc-v3 is based on 6.8-rc1, which has it. carveout goes by kernels without it, and tells of it.",
    functions: { "rfc-v3": "cma_init_reserved_mem" },
    breach:
      "A kernel built from the series as posted turns tag storage management off, for all regions, and does not say why. One with the later fix manages them.",
    mend: 'Backport "mm/cma: drop incorrect alignment check in cma_init_reserved_mem", or configure larger pageblocks. The block size is the hardware\'s, and not to be changed.',
    bad: "block-size = <0x400000>;	/* 4 MiB, and pageblocks of 2 MiB */",
    good: "block-size = <0x200000>;",
    trials: trialsIn(["rfc-v3"], "&tags"),
  },
  {
    id: "cma-pages",
    title: "A memory node describes all pages of a tag range",
    severity: "error",
    consequence: "disabled",
    series: ["rfc-v3", "exact"],
    checks: "Every page of the CMA area exists, which only pages that the kernel has as memory do.",
    functions: { "rfc-v3": "cma_activate_area" },
    breach: "The CMA area is not activated, and mte_enable_tag_storage turns management off, for all regions.",
    mend: "Add a memory node of its own for the tag storage, or let one cover it that is within the kernel's limits.",
    bad: `reserved-memory {
	tag-storage@8f8000000 { reg = <0x8 0xf8000000 0x0 0x4000000>; };
};`,
    good: `memory@8f8000000 {
	device_type = "memory";
	reg = <0x8 0xf8000000 0x0 0x4000000>;
};
reserved-memory {
	tag-storage@8f8000000 { reg = <0x8 0xf8000000 0x0 0x4000000>; };
};`,
    trials: trialsIn(["rfc-v3"], "/", { without: TAG_MEMORY_NODE }),
  },
]);
