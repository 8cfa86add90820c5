/**
 * For each rule of the kernels and of hardware and each dialect, a tree that breaks the rule and no other: a good tree with one thing
 * changed. Where a dialect has no such tree, the reason.
 */

import type { ManagedBoot, UnmanagedBoot } from "../../../core/kernel/boot.ts";
import type { KernelOptions } from "../../../core/kernel/config.ts";
import type { RuleId } from "../../../core/rules/catalogue.ts";
import {
  ACROSS_ZONES,
  acrossZones,
  bankAt,
  type Dialect,
  goodTree,
  MIB,
  manyBanks,
  oneBank,
  regText,
  TAG_NAMES,
  tagText,
} from "./good-trees.ts";

export interface BrokenTree {
  readonly good: string;
  /** A piece that the good tree has once. */
  readonly was: string;
  /** What stands there instead. */
  readonly is: string;
  /** What the finding points at: a piece that the broken tree has once. */
  readonly at: string;
  readonly outcome: ManagedBoot["outcome"] | UnmanagedBoot["outcome"];
  /** Errors that cannot but come with this one. */
  readonly alsoErrors?: readonly RuleId[];
  readonly options?: Partial<KernelOptions>;
}

/** A tree that breaks the rule, or why there is none. */
export type Cell = BrokenTree | string;

/** `exact` is asked of the tree of each dialect: `same` where it does as the dialect's own series does. */
export interface RuleRow extends Readonly<Record<Dialect, Cell>> {
  readonly exact: "same" | readonly BrokenTree[] | string;
}

export const DIALECTS: readonly Dialect[] = ["rfc-v1", "rfc-v2", "rfc-v3"];

type Change = Omit<BrokenTree, "good" | "outcome"> & {
  readonly good?: string;
  readonly outcome?: BrokenTree["outcome"];
};

/** Of the good tree of one bank, where no other is named; disabled, where nothing else is said. */
function broken(dialect: Dialect, change: Change): BrokenTree {
  return { good: oneBank(dialect), outcome: "disabled", ...change };
}

type ChangeIn = (dialect: Dialect) => Change;

function everySeries(change: ChangeIn): RuleRow {
  const cell = (dialect: Dialect) => broken(dialect, change(dialect));
  return { "rfc-v1": cell("rfc-v1"), "rfc-v2": cell("rfc-v2"), "rfc-v3": cell("rfc-v3"), exact: "same" };
}

/** A rule of rfc-v1 and rfc-v2, and why rfc-v3 has none. */
function flatTree(change: ChangeIn, reason: string): RuleRow {
  const cell = (dialect: Dialect) => broken(dialect, change(dialect));
  return { "rfc-v1": cell("rfc-v1"), "rfc-v2": cell("rfc-v2"), "rfc-v3": reason, exact: "same" };
}

/** A rule of rfc-v3, and why rfc-v1 and rfc-v2 have none. */
function reservedMemory(change: Change, reason: string): RuleRow {
  return { "rfc-v1": reason, "rfc-v2": reason, "rfc-v3": broken("rfc-v3", change), exact: "same" };
}

const TAG_REG = regText(0x90000000n, 2n * MIB);
const MEMORY_REG = regText(0xa0000000n, 64n * MIB);
const BLOCK_SIZE = "block-size = <0x1000>;";
const COMPATIBLE = 'compatible = "arm,mte-tag-storage"';
const MEMORY_LABEL = "	memory0:";
const RANGES = "	ranges;\n";

const tagName = (dialect: Dialect) => `${TAG_NAMES[dialect]}@90000000`;

/** As it stands without its semicolon, which is where a property's span ends. */
const property = (text: string) => text.slice(0, -1);

const NO_RESERVED_MEMORY = "rfc-v1 and rfc-v2 find tag storage at the root";
const NO_CMA_AREA =
  "rfc-v1 and rfc-v2 hand tag storage to CMA a pageblock at a time, without an area that could be refused";

/** The tag node of one bank more, put where `before` stands. */
function oneMore(dialect: Dialect, index: number, before: string): Pick<BrokenTree, "was" | "is" | "at"> {
  const bank = bankAt(index);
  return { was: before, is: tagText(dialect, bank) + before, at: `${TAG_NAMES[dialect]}@${bank.tags.toString(16)}` };
}

const END_OF_TAGS: Readonly<Record<Dialect, string>> = {
  "rfc-v1": "\n};\n",
  "rfc-v2": "\n};\n",
  "rfc-v3": "\n	};\n};\n",
};

function addAtEnd(dialect: Dialect, index: number): Pick<BrokenTree, "was" | "is" | "at"> {
  const end = END_OF_TAGS[dialect];
  const { is, at } = oneMore(dialect, index, end.slice(1));
  return { was: end, is: `\n${is}`, at };
}

/** Reserved memory of one page each, from 2.25 GiB and 2 MiB on: 64 leave no room for another. */
const SIXTY_FOUR_PAGES = Array.from({ length: 64 }, (_, index) => {
  const start = 0x90200000n + BigInt(index) * 0x1000n;
  return `	hole@${start.toString(16)} { ${regText(start, 0x1000n)} };\n`;
}).join("");

/** {@link ACROSS_ZONES} beside other banks: its memory is out of their way, and 0x90000000 to 0x1007fffff is tags. */
const SPLIT_BANK = { ...ACROSS_ZONES, memory: 0x400000000n };

export const RULE_TREES: Readonly<Record<string, RuleRow>> = {
  "region-table-full": {
    "rfc-v1": broken("rfc-v1", { good: manyBanks("rfc-v1", 33, 32), ...addAtEnd("rfc-v1", 32) }),
    "rfc-v2": broken("rfc-v2", { good: manyBanks("rfc-v2", 33, 32), ...addAtEnd("rfc-v2", 32) }),
    "rfc-v3": broken("rfc-v3", {
      good: manyBanks("rfc-v3", 33, 32),
      ...addAtEnd("rfc-v3", 32),
      alsoErrors: ["tag-table-emptied"],
      options: { cmaAreas: 64 },
    }),
    exact: "same",
  },
  "reg-missing": {
    "rfc-v1": broken("rfc-v1", { was: TAG_REG, is: "", at: tagName("rfc-v1") }),
    "rfc-v2": broken("rfc-v2", { was: TAG_REG, is: "", at: tagName("rfc-v2") }),
    "rfc-v3": broken("rfc-v3", { was: MEMORY_REG, is: "", at: "memory@a0000000" }),
    exact: "same",
  },
  "reg-short": {
    "rfc-v1": broken("rfc-v1", {
      was: TAG_REG,
      is: "reg = <0x0 0x90000000 0x200000>;",
      at: "reg = <0x0 0x90000000 0x200000>",
    }),
    "rfc-v2": broken("rfc-v2", {
      was: TAG_REG,
      is: "reg = <0x0 0x90000000 0x200000>;",
      at: "reg = <0x0 0x90000000 0x200000>",
    }),
    "rfc-v3": broken("rfc-v3", {
      was: MEMORY_REG,
      is: "reg = <0x0 0xa0000000 0x4000000>;",
      at: "reg = <0x0 0xa0000000 0x4000000>",
    }),
    exact: "same",
  },
  "block-size": everySeries(() => ({ was: BLOCK_SIZE, is: "block-size = <0x0>;", at: "block-size = <0x0>" })),
  // 512 pages of tags in blocks of 3
  "block-size-multiple": everySeries(() => ({
    was: BLOCK_SIZE,
    is: "block-size = <0x3000>;",
    at: "block-size = <0x3000>",
  })),
  // 4 MiB of tags serve 128 MiB, and the memory has 64
  "tag-range-size": {
    ...flatTree(
      () => ({ was: TAG_REG, is: regText(0x90000000n, 4n * MIB), at: "reg = <0x0 0x90000000 0x0 0x400000>" }),
      "rfc-v3 does not compare the two: memory without tags breaks containment, tags without memory are not missed",
    ),
    exact: [
      broken("rfc-v1", { was: TAG_REG, is: regText(0x90000000n, 4n * MIB), at: "reg = <0x0 0x90000000 0x0 0x400000>" }),
      broken("rfc-v2", { was: TAG_REG, is: regText(0x90000000n, 4n * MIB), at: "reg = <0x0 0x90000000 0x0 0x400000>" }),
      broken("rfc-v3", { was: MEMORY_REG, is: regText(0xa0000000n, 128n * MIB), at: property(TAG_REG) }),
    ],
  },
  // 2^48, the first address that 48 bits do not reach
  "tag-range-outside-memory": everySeries(() => ({
    was: TAG_REG,
    is: "reg = <0x10000 0x0 0x0 0x200000>;",
    at: "reg = <0x10000 0x0 0x0 0x200000>",
  })),
  "tag-node-place": everySeries(() => ({
    was: MEMORY_LABEL,
    is: `	soc { carve-out { compatible = "arm,mte-tag-storage", "x"; }; };\n${MEMORY_LABEL}`,
    at: `${COMPATIBLE}, "x"`,
    outcome: "managed",
  })),
  "series-assumed": {
    "rfc-v1": "raised where nobody names the series, before any kernel reads the tree: detect-series.test.ts",
    "rfc-v2": "as for rfc-v1",
    "rfc-v3": "as for rfc-v1",
    exact: "as for rfc-v1",
  },
  "tag-node-name": flatTree(
    () => ({
      was: MEMORY_LABEL,
      is: `	carve-out { ${COMPATIBLE}; };\n${MEMORY_LABEL}`,
      at: "carve-out",
      outcome: "managed",
    }),
    "rfc-v3 takes any name",
  ),
  "reg-one-range": flatTree(
    () => ({
      was: TAG_REG,
      is: `reg = <0x0 0x90000000 0x0 0x200000>, <0x0 0x90200000 0x0 0x200000>;`,
      at: "reg = <0x0 0x90000000 0x0 0x200000>, <0x0 0x90200000 0x0 0x200000>",
    }),
    "rfc-v3 makes the region of the first range and reserves the others",
  ),
  "reg-no-page": flatTree(
    () => ({ was: TAG_REG, is: "reg = <0x0 0x90000000 0x0 0x800>;", at: "0x0 0x800" }),
    "rfc-v3 counts from the page of the first byte to that of the last: every size but 0 has a page",
  ),
  "tag-range-alignment": flatTree(
    () => ({ was: TAG_REG, is: "reg = <0x0 0x90100000 0x0 0x200000>;", at: "0x0 0x90100000" }),
    "rfc-v3 leaves it to CMA: cma-alignment",
  ),
  "memory-property": flatTree(
    (dialect) => ({ was: "memory = <&memory0>;", is: "", at: tagName(dialect) }),
    "rfc-v3 calls it tagged-memory: tagged-memory-property",
  ),
  "memory-node": flatTree(
    () => ({ was: "memory = <&memory0>;", is: "memory = <0x99>;", at: "memory = <0x99>" }),
    "rfc-v3 takes a node of any depth and device_type: tagged-memory-node",
  ),
  // 1024 pages below 4 GiB: no multiple of 3
  "block-zones": flatTree(
    (dialect) => ({
      good: acrossZones(dialect),
      was: BLOCK_SIZE,
      is: "block-size = <0x3000>;",
      at: property(regText(ACROSS_ZONES.tags, ACROSS_ZONES.tagBytes)),
    }),
    "rfc-v3 splits the tag range at the boundary: zone-split-alignment",
  ),
  "reserved-memory-format": reservedMemory(
    { was: RANGES, is: "", at: "reserved-memory", outcome: "absent" },
    NO_RESERVED_MEMORY,
  ),
  "tag-node-status": reservedMemory(
    { was: BLOCK_SIZE, is: `${BLOCK_SIZE}\n\t\tstatus = "disabled";`, at: 'status = "disabled"', outcome: "absent" },
    "rfc-v1 and rfc-v2 do not look at status",
  ),
  "tag-node-reg": reservedMemory(
    {
      was: TAG_REG,
      is: "reg = <0x0 0x90000000 0x200000>;",
      at: "reg = <0x0 0x90000000 0x200000>",
      outcome: "absent",
    },
    "rfc-v1 and rfc-v2 refuse the node rather than pass over it: reg-missing, reg-short, reg-no-page",
  ),
  "reserved-region-limit": reservedMemory(
    { was: RANGES, is: RANGES + SIXTY_FOUR_PAGES, at: COMPATIBLE, outcome: "absent" },
    NO_RESERVED_MEMORY,
  ),
  "tagged-memory-property": reservedMemory(
    { was: "tagged-memory = <&memory0>;", is: "", at: tagName("rfc-v3") },
    "rfc-v1 and rfc-v2 call it memory: memory-property",
  ),
  "tag-table-emptied": reservedMemory(
    {
      good: manyBanks("rfc-v3", 2, 2),
      was: `${regText(0x90200000n, 2n * MIB)}\n\t\t${BLOCK_SIZE}`,
      is: regText(0x90200000n, 2n * MIB),
      at: "tag-storage@90000000",
      // A region is lost only to a node that breaks some other rule
      alsoErrors: ["block-size"],
    },
    "rfc-v1 and rfc-v2 stop at the first node that they refuse and turn management off: there is no table to lose",
  ),
  "tagged-memory-node": reservedMemory(
    { was: "tagged-memory = <&memory0>;", is: "tagged-memory = <0x99>;", at: "tagged-memory = <0x99>" },
    "rfc-v1 and rfc-v2 have it as memory-node",
  ),
  // A bus without ranges
  "tagged-memory-address": reservedMemory(
    {
      was: `${MEMORY_LABEL} memory@a0000000 {\n\t\tdevice_type = "memory";\n\t\t${MEMORY_REG}\n\t};`,
      is: `	soc {\n\t${MEMORY_LABEL} memory@a0000000 {\n\t\tdevice_type = "memory";\n\t\t${MEMORY_REG}\n\t};\n\t};`,
      at: property(MEMORY_REG),
    },
    "rfc-v1 and rfc-v2 take children of the root alone, whose addresses are the processor's",
  ),
  "tagged-memory-size": reservedMemory(
    { was: MEMORY_REG, is: "reg = <0x0 0xa0000000 0x0 0x0>;", at: "0x0 0x0" },
    "rfc-v1 and rfc-v2 ask for a whole page: reg-no-page",
  ),
  // PFN 1048576 is 3 * 349525 + 1, and 1024 pages into the range: neither count, from 0 nor from t0, is a multiple of 3
  "zone-split-alignment": reservedMemory(
    {
      good: acrossZones("rfc-v3"),
      was: BLOCK_SIZE,
      is: "block-size = <0x3000>;",
      at: property(regText(ACROSS_ZONES.tags, ACROSS_ZONES.tagBytes)),
    },
    "rfc-v1 and rfc-v2 split nothing: block-zones",
  ),
  "zone-split-room": reservedMemory(
    {
      // 30 banks and one across 4 GiB, which takes two rows: with a 32nd node, the table is full before the split
      good: goodTree(
        "rfc-v3",
        [SPLIT_BANK, ...Array.from({ length: 31 }, (_, index) => bankAt(index))],
        { start: 0x90000000n, bytes: 0x70c00000n },
        31,
      ),
      ...addAtEnd("rfc-v3", 30),
      at: property(regText(ACROSS_ZONES.tags, ACROSS_ZONES.tagBytes)),
      options: { cmaAreas: 64 },
    },
    "rfc-v1 and rfc-v2 split nothing",
  ),
  // The kernel's default area takes one of 20
  "cma-slots": reservedMemory({ good: manyBanks("rfc-v3", 20, 19), ...addAtEnd("rfc-v3", 19) }, NO_CMA_AREA),
  "cma-reserved": reservedMemory({ was: BLOCK_SIZE, is: `${BLOCK_SIZE}\n\t\tno-map;`, at: "no-map" }, NO_CMA_AREA),
  "cma-alignment": reservedMemory(
    {
      was: TAG_REG,
      is: "reg = <0x0 0x90100000 0x0 0x200000>;",
      at: "reg = <0x0 0x90100000 0x0 0x200000>",
    },
    "rfc-v1 and rfc-v2 check it when they read the node: tag-range-alignment",
  ),
  // 1 MiB of the 2 is described as memory
  "cma-pages": reservedMemory(
    {
      was: regText(0x90000000n, 4n * MIB),
      is: regText(0x90000000n, 1n * MIB),
      at: property(TAG_REG),
    },
    "rfc-v1 and rfc-v2 add the tag range to the kernel's memory themselves",
  ),
  // 4 MiB are 1024 pages, and a pageblock has 512
  "cma-granule": {
    ...reservedMemory(
      {
        good: goodTree(
          "rfc-v3",
          [{ label: "memory0", memory: 0xa0000000n, memoryBytes: 128n * MIB, tags: 0x90000000n, tagBytes: 4n * MIB }],
          { start: 0x90000000n, bytes: 4n * MIB },
        ),
        was: BLOCK_SIZE,
        is: "block-size = <0x400000>;",
        at: "block-size = <0x400000>",
        outcome: "managed",
      },
      NO_CMA_AREA,
    ),
    exact: "exact is no kernel, and has no bitmap of granules",
  },
  "reserved-overlap": everySeries((dialect) => {
    const firmware = `	firmware@901ff000 { ${regText(0x901ff000n, 0x2000n)} no-map; };\n`;
    const node = `	reserved-memory {\n	#address-cells = <2>; #size-cells = <2>;\n${RANGES}${firmware}	};\n`;
    const [was, is] = dialect === "rfc-v3" ? [RANGES, RANGES + firmware] : [MEMORY_LABEL, node + MEMORY_LABEL];
    return { was, is, at: property(TAG_REG), outcome: "managed" };
  }),
  // PFN 655376 is 16 pages past a multiple of 32: 32 aligned pages have their tags in two blocks, 16 in each. The walk
  // takes the first of them alone, and gives it 32 references for 16 pages.
  "memory-start-alignment": {
    ...everySeries(() => ({
      was: MEMORY_REG,
      is: regText(0xa0010000n, 64n * MIB),
      at: property(regText(0xa0010000n, 64n * MIB)),
      outcome: "managed",
      alsoErrors: ["coverage", "release"],
    })),
    exact: "exact reserves the blocks that the pages are in, wherever the memory starts",
  },
  "zone-split-memory": {
    ...reservedMemory(
      {
        good: goodTree(
          "rfc-v3",
          [{ ...ACROSS_ZONES, memoryBytes: 128n * MIB, tags: 0x100000000n, tagBytes: 4n * MIB }],
          { start: 0xffe00000n, bytes: 8n * MIB },
        ),
        was: regText(0x100000000n, 4n * MIB),
        is: regText(0xffe00000n, 4n * MIB),
        at: property(regText(0xffe00000n, 4n * MIB)),
        outcome: "managed",
        // What breaks is worked out in zone-split.test.ts
        alsoErrors: ["containment", "coverage", "release", "straddling-allocation"],
      },
      "rfc-v1 and rfc-v2 split nothing",
    ),
    exact: "exact splits where hardware has the boundary",
  },
  "tagged-memory-ranges": reservedMemory(
    {
      was: MEMORY_REG,
      is: "reg = <0x0 0xa0000000 0x0 0x4000000 0x0 0xb0000000 0x0 0x4000000>;",
      at: "0x0 0xb0000000 0x0 0x4000000",
      outcome: "managed",
    },
    "rfc-v1 and rfc-v2 refuse such memory: reg-one-range",
  ),
  // 2^48, the first address that 48 bits do not reach
  "tagged-memory-absent": everySeries((dialect) => ({
    was: MEMORY_REG,
    is: "reg = <0x10000 0x0 0x0 0x4000000>;",
    at: `${dialect === "rfc-v3" ? "tagged-memory" : "memory"} = <&memory0>`,
    outcome: "managed",
  })),
  "usable-memory-not-read": reservedMemory(
    {
      was: MEMORY_REG,
      is: `${MEMORY_REG} linux,usable-memory = <0x0 0xa0000000 0x0 0x8000000>;`,
      at: "linux,usable-memory = <0x0 0xa0000000 0x0 0x8000000>",
      outcome: "managed",
    },
    "rfc-v1 and rfc-v2 take tagged memory from linux,usable-memory too",
  ),
  // 64 MiB of memory need 2 MiB of tags, a pageblock
  "tag-range-excess": {
    ...reservedMemory(
      {
        good: goodTree(
          "rfc-v3",
          [{ label: "memory0", memory: 0xa0000000n, memoryBytes: 64n * MIB, tags: 0x90000000n, tagBytes: 2n * MIB }],
          { start: 0x90000000n, bytes: 8n * MIB },
        ),
        was: TAG_REG,
        is: regText(0x90000000n, 4n * MIB),
        at: "reg = <0x0 0x90000000 0x0 0x400000>",
        outcome: "managed",
      },
      "rfc-v1 and rfc-v2 refuse it: tag-range-size",
    ),
    exact: "exact refuses it: tag-range-size",
  },
  // rfc-v3 reads the status of tag storage, as of all reserved memory, but not of the memory node
  "status-not-read": everySeries((dialect) => {
    const was = dialect === "rfc-v3" ? MEMORY_REG : BLOCK_SIZE;
    return { was, is: `${was} status = "disabled";`, at: 'status = "disabled"', outcome: "managed" };
  }),
  "tag-node-compatible": everySeries(() => ({
    was: MEMORY_LABEL,
    is: `	tag-storage-2 { };\n${MEMORY_LABEL}`,
    at: "tag-storage-2",
    outcome: "managed",
  })),
};
