/** Machines without tag storage, drawn from a seed: banks, holes, reserved memory, NUMA nodes. */
import type { Stretch } from "../../../core/plan/stretch.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const PAGE = 4096;

/** Of banks, for each largest page size: small ones too, but most with room for 32 pageblocks and one of tags. */
const BANK_BYTES = {
  4096: [96 * MIB, 300 * MIB, GIB, 2 * GIB, 8 * GIB, 40 * GIB],
  16384: [600 * MIB, 1200 * MIB, 2 * GIB, 5 * GIB, 8 * GIB, 40 * GIB],
  65536: [8 * GIB, 17 * GIB, 24 * GIB, 34 * GIB, 40 * GIB, 70 * GIB],
};

export interface RandomMachine {
  readonly source: string;
  /** In bytes, ascending, apart. */
  readonly banks: readonly Stretch[];
  /** In bytes. */
  readonly reserved: readonly Stretch[];
  readonly pageSizes: readonly (4096 | 16384 | 65536)[];
  readonly series: "rfc-v1" | "rfc-v2" | "rfc-v3" | "exact";
  readonly blockBytes: number;
  readonly placement: "same-bank" | "anywhere";
}

/** Whole numbers below a bound, the same for a seed everywhere (a linear congruence of Numerical Recipes). */
export function numbers(seed: number): (bound: number) => number {
  let state = (seed * 2654435761) >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

export function randomMachine(seed: number): RandomMachine {
  const below = numbers(seed);
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)]!;
  const cells = (value: number) => `0x${Math.floor(value / 2 ** 32).toString(16)} 0x${(value % 2 ** 32).toString(16)}`;
  const reg = (start: number, size: number) => `reg = <${cells(start)} ${cells(size)}>;`;
  const series = pick(["rfc-v1", "rfc-v2", "rfc-v3", "exact"] as const);
  const pageSizes = pick([[4096], [4096], [16384], [65536], [4096, 16384], [4096, 16384, 65536]] as const);
  const bankBytes = BANK_BYTES[Math.max(...pageSizes) as keyof typeof BANK_BYTES];
  const nodes: string[] = [];
  const memory: Stretch[] = [];
  const holes: Stretch[] = [];
  const reserved: string[] = [];
  const reserves: string[] = [];
  const hasNuma = below(3) === 0;
  let address = pick([0, 0x40000000, 0x80000000, 0xc0000000, 0x880000000]) + below(3) * below(600) * PAGE;
  const banks = 1 + below(4);
  for (let bank = 0; bank < banks; bank++) {
    const size = pick(bankBytes) - below(2) * below(5000) * PAGE;
    memory.push({ start: address, end: address + size });
    const numa = hasNuma ? ` numa-node-id = <${bank & 1}>;` : "";
    nodes.push(`memory@${address.toString(16)} { device_type = "memory"; ${reg(address, size)}${numa} };`);
    for (let hole = below(4); hole > 0; hole--) {
      const at = address + Math.floor(below(size / PAGE)) * PAGE;
      const bytes = (1 + below(pick([4, 4000]))) * PAGE;
      if (at + bytes > address + size) continue;
      holes.push({ start: at, end: at + bytes });
      if (below(3) === 0) reserves.push(`/memreserve/ 0x${at.toString(16)} 0x${bytes.toString(16)};`);
      else {
        const name = `kept@${at.toString(16)}`;
        if (!reserved.some((node) => node.startsWith(`${name} `))) {
          reserved.push(`${name} { ${reg(at, bytes)} ${below(2) === 0 ? "no-map;" : ""} };`);
        }
      }
    }
    address += size + below(3) * below(2000) * MIB;
    if (below(2) === 0) address = Math.ceil(address / (1024 * MIB)) * 1024 * MIB;
  }
  const parent = "#address-cells = <2>; #size-cells = <2>;";
  const kept = reserved.length === 0 ? "" : `reserved-memory { ${parent} ranges; ${reserved.join(" ")} };`;
  // The kernels are right for blocks of one page, as docs/findings.md has it, and rfc-v3 for those that serve its largest
  // allocation too: 4 MiB, of pages of 4 KiB.
  const isLargeBlock = series === "rfc-v3" && pageSizes.length === 1 && pageSizes[0] === 4096 && below(2) === 0;
  const blocks = series === "exact" ? [4096, 8192, 65536, 48 * 1024, 2 * MIB] : [64, 1024, 4096];
  const blockBytes = pick(isLargeBlock ? [128 * 1024, 512 * 1024, 2 * MIB] : blocks);
  return {
    banks: memory,
    reserved: holes,
    source: `/dts-v1/;\n${reserves.join("\n")}\n/ { ${parent}\n${nodes.join("\n")}\n${kept}\n};\n`,
    pageSizes,
    series,
    blockBytes,
    placement: pick(["same-bank", "anywhere"] as const),
  };
}
