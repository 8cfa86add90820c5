/**
 * Whole trees for the examples of rules: the FVP of the cover letters in each dialect, with an example put into it. The
 * tests see that each bad example breaks its rule and that each good one does not.
 */
import type { Series } from "../series.ts";

/** Kernels, and how an example becomes a tree that they boot. */
export interface Trial {
  readonly series: readonly Series[];
  readonly treeOf: (example: string) => string;
}

type Dialect = Exclude<Series, "exact">;

/** Where an example is put: the body of the root, or of a node by its label. */
type Into = "/" | "&tags" | "&memory0" | "&reserved";

interface Setting {
  /** A piece of the tree that the example brings itself, or is about the lack of. */
  readonly without?: string;
  /** Source between the tree and the example. */
  readonly besides?: string;
}

export const MEMORY_REG = "reg = <0x0 0x80000000 0x0 0x80000000>;";

export const MEMORY_NODE = `memory0: memory@80000000 { device_type = "memory"; ${MEMORY_REG} };`;

export const RESERVED_MEMORY_CELLS = "#address-cells = <2>; #size-cells = <2>; ranges;";

/** rfc-v3 wants tag storage to be memory too. */
export const TAG_MEMORY_NODE = memoryText(0x8f8000000n, 0x8000000n);

const HEAD = "/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>;\n\tuart0: uart { };\n";

const NAMES: Readonly<Record<Dialect, string>> = {
  "rfc-v1": "metadata",
  "rfc-v2": "tag-storage",
  "rfc-v3": "tag-storage",
};

function cellsText(value: bigint): string {
  return `0x${(value >> 32n).toString(16)} 0x${(value & 0xffff_ffffn).toString(16)}`;
}

function memoryText(start: bigint, bytes: bigint, label = ""): string {
  return `${label}memory@${start.toString(16)} { device_type = "memory"; reg = <${cellsText(start)} ${cellsText(bytes)}>; };`;
}

/** A tag storage node for the memory of a label. */
export function tagText(dialect: Dialect, start: bigint, bytes: bigint, memoryLabel: string, label = ""): string {
  const link = dialect === "rfc-v3" ? "tagged-memory" : "memory";
  return `${label}${NAMES[dialect]}@${start.toString(16)} { compatible = "arm,mte-tag-storage"; reg = <${cellsText(start)} ${cellsText(bytes)}>; block-size = <0x1000>; ${link} = <&${memoryLabel}>; };`;
}

function wholeTree(dialect: Dialect): string {
  const upper = memoryText(0x880000000n, 0x78000000n, "memory1: ");
  const tags = tagText(dialect, 0x8f8000000n, 0x4000000n, "memory0", "tags: ");
  if (dialect !== "rfc-v3") return `${HEAD}\t${MEMORY_NODE}\n\t${upper}\n\t${tags}\n};\n`;
  const above = memoryText(0x900000000n, 0x4000000n);
  return `${HEAD}\t${MEMORY_NODE}\n\t${upper}\n\t${TAG_MEMORY_NODE}\n\t${above}
	reserved: reserved-memory { ${RESERVED_MEMORY_CELLS}\n\t\t${tags}\n\t};\n};\n`;
}

/** One trial for each dialect. */
export function trialsIn(
  dialects: readonly Dialect[],
  into: Into,
  { without = "", besides = "" }: Setting = {},
): Trial[] {
  return dialects.map((dialect) => ({
    series: [dialect],
    treeOf: (example) => `${wholeTree(dialect).replace(without, "")}${besides}\n${into} {\n${example}\n};\n`,
  }));
}

/** For an example that brings all its nodes. */
export function trialsAlone(dialects: readonly Dialect[]): Trial[] {
  return dialects.map((dialect) => ({ series: [dialect], treeOf: (example) => `${HEAD}${example}\n};\n` }));
}

/** The number that an example speaks of: `33` of `33 tag storage nodes`, `65` of `the 65th child`. */
function countIn(example: string): number {
  return Number(/\d+/.exec(example)![0]);
}

/** Trees with as many tag storage nodes as the example says, of which the last can lie across 4 GiB. */
export function trialsOfCount(dialects: readonly Dialect[], isLastAcrossZones = false): Trial[] {
  return dialects.map((dialect) => ({
    series: [dialect],
    treeOf: (example) => {
      const count = countIn(example);
      const indexes = Array.from({ length: count }, (_, index) => index);
      const memory = indexes.map((index) =>
        memoryText(0x200000000n + BigInt(index) * 0x8000000n, 0x8000000n, `m${index}: `),
      );
      const tags = indexes.map((index) => {
        const isAcross = isLastAcrossZones && index === count - 1;
        return tagText(
          dialect,
          isAcross ? 0xffe00000n : 0x90000000n + BigInt(index) * 0x400000n,
          0x400000n,
          `m${index}`,
        );
      });
      const nodes = dialect === "rfc-v3" ? [`reserved-memory { ${RESERVED_MEMORY_CELLS}`, ...tags, "};"] : tags;
      const tagMemory = dialect === "rfc-v3" ? [memoryText(0x90000000n, 0x80000000n)] : [];
      return `${HEAD}${[...memory, ...tagMemory, ...nodes].join("\n")}\n};\n`;
    },
  }));
}

/** rfc-v3's tree with tag storage as the child of /reserved-memory that the example says. */
export const TRIAL_OF_CHILD: Trial = {
  series: ["rfc-v3"],
  treeOf: (example) => {
    const others = Array.from({ length: countIn(example) - 1 }, (_, index) => {
      const start = 0x80000000n + BigInt(index) * 0x1000n;
      return `hole@${start.toString(16)} { reg = <${cellsText(start)} 0x0 0x1000>; };`;
    });
    return wholeTree("rfc-v3").replace(RESERVED_MEMORY_CELLS, [RESERVED_MEMORY_CELLS, ...others].join("\n"));
  },
};

/** Memory of another size for the tags, and a memory node for tags at 4 GiB. */
export function memoryAcrossZones(memoryBytes: bigint): string {
  return `&memory0 { reg = <0x0 0x80000000 ${cellsText(memoryBytes)}>; };\n/ { ${memoryText(0xffc00000n, 0x1000000n)} };`;
}
