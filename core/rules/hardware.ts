/** What no kernel checks and hardware needs: trees that boot, and do not do what their author meant. */
import { SERIES } from "../series.ts";
import { ruleList } from "./rule.ts";
import { memoryAcrossZones, trialsIn } from "./trial.ts";

export const HARDWARE_RULES = ruleList([
  {
    id: "reserved-overlap",
    title: "Tag storage overlaps no other reserved memory",
    severity: "warning",
    consequence: "corruption",
    series: SERIES,
    checks:
      "No range of another child of /reserved-memory, and no entry of /memreserve/, lies in a tag range. rfc-v3 logs it where a reserved region reaches into the next by address (__rmem_check_for_overlap), and uses both; rfc-v1 and rfc-v2 do not look.",
    breach: "Data or tags are written into memory that is reserved for somebody else.",
    mend: "Move one of the two regions.",
    bad: `firmware@8f8000000 { reg = <0x8 0xf8000000 0x0 0x200000>; no-map; };
tag-storage@8f8000000 { reg = <0x8 0xf8000000 0x0 0x4000000>; };`,
    good: `firmware@8f7e00000 { reg = <0x8 0xf7e00000 0x0 0x200000>; no-map; };
tag-storage@8f8000000 { reg = <0x8 0xf8000000 0x0 0x4000000>; };`,
    trials: trialsIn(["rfc-v3"], "&reserved"),
  },
  {
    id: "memory-start-alignment",
    title: "Tagged memory starts at a multiple of 32 * B pages",
    severity: "warning",
    consequence: "corruption",
    series: ["rfc-v1", "rfc-v2", "rfc-v3"],
    checks:
      "The first PFN of tagged memory is a multiple of 32 * B. Hardware counts the pages of a block from there, and reserve_tag_storage takes blocks by the order of an allocation alone, as if they were counted from PFN 0. Raised where the proof finds an obligation broken.",
    breach:
      "An aligned allocation has tags in one block more than the kernel reserves, and fewer in its first and last than it counts.",
    mend: "Move the start of the memory node up to the boundary, and leave the memory below it to a memory node without tag storage.",
    bad: "reg = <0x0 0x80010000 0x0 0x80000000>;	/* PFN 524304, 16 past a multiple of 32 */",
    good: "reg = <0x0 0x80000000 0x0 0x80000000>;",
    trials: trialsIn(["rfc-v1", "rfc-v2", "rfc-v3"], "&memory0"),
  },
  {
    id: "zone-split-memory",
    title: "A tag range that is split at a zone boundary keeps its memory",
    severity: "warning",
    consequence: "corruption",
    series: ["rfc-v3"],
    checks:
      "No tag range spans zones under rfc-v3: mte_split_tag_regions ends the first part's memory at the first page whose tags lie in the last tag page kept, 31 pages before hardware's end, and gives those 31 pages to the second part.",
    breach:
      "All of the second part is off by 31 pages: of every 32 pages, 31 have their tags in the tag page before the one that the kernel reserves, and the last pages of the memory have none.",
    mend: "Place the tag range within one zone: below or above 4 GiB, and the end of ZONE_DMA.",
    bad: `/* 4 MiB of tags across 4 GiB, for 128 MiB of memory */
reg = <0x0 0xffe00000 0x0 0x400000>;`,
    good: `reg = <0x1 0x0 0x0 0x400000>;`,
    trials: trialsIn(["rfc-v3"], "&tags", { besides: memoryAcrossZones(0x8000000n) }),
  },
  {
    id: "tagged-memory-ranges",
    title: "Tagged memory is one range",
    severity: "warning",
    consequence: "ignored",
    series: ["rfc-v3", "exact"],
    checks:
      "reg of the node that tagged-memory names has one address-size pair: mte_find_tagged_memory_regions reads the first and passes over the others.",
    breach:
      "The memory of the other ranges is the kernel's like any other, and has no tag storage: its pages cannot be used as tagged memory.",
    mend: "Give each range a memory node and a tag storage node of its own.",
    bad: `memory0: memory@80000000 {
	device_type = "memory";
	reg = <0x0 0x80000000 0x0 0x80000000>,
	      <0x9 0x00000000 0x0 0x80000000>;
};`,
    good: `memory0: memory@80000000 {
	device_type = "memory";
	reg = <0x0 0x80000000 0x0 0x80000000>;
};
memory@900000000 {
	device_type = "memory";
	reg = <0x9 0x00000000 0x0 0x80000000>;
};`,
    trials: trialsIn(["rfc-v3"], "/"),
  },
  {
    id: "tagged-memory-absent",
    title: "The kernel has the memory that a region serves",
    severity: "warning",
    consequence: "waste",
    series: SERIES,
    checks:
      "At least one page of a region's memory is memory of the kernel's, once its limits are enforced. mte_find_tagged_memory_regions (rfc-v3) takes a node of any depth and any device_type; the kernel's memory is children of the root with device_type memory alone (early_init_dt_scan_memory).",
    breach:
      "Tag storage is set aside for memory that is never allocated, and the memory that it was meant for is missing, or has no tag storage.",
    mend: 'Let memory or tagged-memory name the memory node itself, at the root and with device_type = "memory".',
    bad: "tagged-memory = <&sram>;	/* a node without device_type */",
    good: "tagged-memory = <&memory0>;",
    trials: trialsIn(["rfc-v3"], "&tags", {
      besides: "/ { sram: sram@20000000 { reg = <0x0 0x20000000 0x0 0x40000000>; }; };",
    }),
  },
  {
    id: "usable-memory-not-read",
    title: "Memory that the kernel uses lies in the reg that its tags are found by",
    severity: "warning",
    consequence: "ignored",
    series: ["rfc-v3", "exact"],
    checks:
      "Where tagged memory has linux,usable-memory, each of its ranges lies in the first range of reg: the kernel's memory is read from the one (early_init_dt_scan_memory), tagged memory from the other (mte_find_tagged_memory_regions).",
    breach: "The memory outside of reg is the kernel's like any other, and has no tag storage.",
    mend: "Let reg hold all of linux,usable-memory.",
    bad: "linux,usable-memory = <0x0 0x80000000 0x1 0x0>;	/* 4 GiB, of which reg has 2 */",
    good: "linux,usable-memory = <0x0 0x80000000 0x0 0x40000000>;",
    trials: trialsIn(["rfc-v3"], "&memory0"),
  },
  {
    id: "tag-range-excess",
    title: "A tag range is no longer than its memory needs",
    severity: "note",
    consequence: "none",
    series: ["rfc-v3"],
    checks:
      "The tag range has at most 1/32 of its memory's pages, rounded up to whole blocks and pageblocks. rfc-v1, rfc-v2 and exact refuse any other size; rfc-v3 compares nothing (tag_storage_probe).",
    breach:
      "The rest is managed as tag storage and never holds a tag: nothing is lost. It may be that the memory node is shorter than the memory, or names the wrong one.",
    mend: "Make the tag range 1/32 of its memory, or the memory node as long as the memory.",
    bad: "reg = <0x0 0x80000000 0x0 0x40000000>;	/* 1 GiB, and tags for 2 */",
    good: "reg = <0x0 0x80000000 0x0 0x80000000>;",
    trials: trialsIn(["rfc-v3"], "&memory0"),
  },
  {
    id: "status-not-read",
    title: "Nodes that tag storage is read from are not disabled",
    severity: "warning",
    consequence: "ignored",
    series: SERIES,
    checks:
      "status, where the kernel does not read it, is absent, okay or ok: on tag storage nodes and the memory nodes that they name under rfc-v1 and rfc-v2 (fdt_init_tag_storage), on memory nodes alone under rfc-v3 (mte_find_tagged_memory_regions).",
    breach:
      "The node counts all the same. Tag storage that was meant to be off is managed; memory that was meant to be off has tag storage set aside for it, while the kernel does not use the memory itself.",
    mend: "Delete the node (/delete-node/) rather than disable it, or drop its status.",
    bad: `memory0: memory@80000000 { status = "disabled"; };`,
    good: `memory0: memory@80000000 { status = "okay"; };`,
    trials: trialsIn(["rfc-v1", "rfc-v2", "rfc-v3"], "/"),
  },
  {
    id: "tag-node-compatible",
    title: "A node that describes tag storage says so in compatible",
    severity: "warning",
    consequence: "ignored",
    series: SERIES,
    checks:
      "compatible holds arm,mte-tag-storage, in whatever case, on nodes at the root and under /reserved-memory that are called tag-storage or have block-size beside memory or tagged-memory. The kernels know tag storage by it alone: fdt_init_tag_storage (rfc-v1, rfc-v2), RESERVEDMEM_OF_DECLARE (rfc-v3).",
    breach: "The kernel passes over the node without a word: its memory has no tag storage.",
    mend: 'Write compatible = "arm,mte-tag-storage".',
    bad: `tag-storage@8f8000000 { compatible = "arm,mte-tag-store"; };`,
    good: `tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; };`,
    trials: trialsIn(["rfc-v2"], "/"),
  },
]);
