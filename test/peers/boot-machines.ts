/** Machines for a kernel to be booted on, drawn from a seed: any memory that QEMU's virt machine can have. */
import { randomBelow, seededRandom } from "../../core/allocator/random.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

export interface BootableMachine {
  readonly source: string;
  /** More words for `carveout boot`. */
  readonly words: readonly string[];
}

interface Bank {
  readonly start: number;
  readonly size: number;
}

/** The draws of one machine, and its numbers as its cells have them. */
function draws(seed: number) {
  const random = seededRandom(seed);
  const below = (bound: number) => randomBelow(random, bound);
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)]!;
  const chance = (percent: number) => below(100) < percent;
  const { address: addressCells, size: sizeCells } = pick([
    { address: 2, size: 2 },
    { address: 2, size: 2 },
    { address: 2, size: 1 },
    { address: 1, size: 1 },
  ]);
  const cells = (value: number, count: number) =>
    [Math.floor(value / 2 ** 32), value % 2 ** 32]
      .slice(2 - count)
      .map((cell) => `0x${cell.toString(16)}`)
      .join(" ");
  const pair = (start: number, size: number) => `${cells(start, addressCells)} ${cells(size, sizeCells)}`;
  return { below, pick, chance, addressCells, sizeCells, cells, pair };
}

type Draws = ReturnType<typeof draws>;

export function bootableMachine(seed: number): BootableMachine {
  const draw = draws(seed);
  const { pick, chance, addressCells, sizeCells } = draw;
  const banks = drawBanks(draw);
  const counts = `#address-cells = <${addressCells}>; #size-cells = <${sizeCells}>;`;
  const limit = draw.cells(2 ** pick([30, 31, 32, 33, 36]), 2);
  const bus = `soc { ${counts.replace(/<\d>/g, "<2>")} ranges; dma-ranges = <0 0 ${draw.cells(0, addressCells)} ${limit}>; };`;
  const total = banks.reduce((sum, { size }) => sum + size, 0);
  const mem = pick([0, 100, 256 * MIB, 256 * MIB + 0x800, Math.floor(total / 2), total - 4096, total, total + GIB]);
  const source = [
    "/dts-v1/;",
    ...(chance(40) ? reservations(draw, banks) : []),
    `/ { ${counts}`,
    ...memoryNodes(draw, banks),
    ...(chance(80) ? reservedMemory(draw, banks, counts) : []),
    ...(chance(20) ? [bus] : []),
    "};",
    "",
  ];
  return { source: source.join("\n"), words: chance(25) ? ["--mem", String(mem)] : [] };
}

function drawBanks({ below, pick, chance, addressCells, sizeCells }: Draws): Bank[] {
  const end = addressCells === 1 ? 2 ** 32 : 60 * GIB;
  const banks: Bank[] = [];
  let start = GIB + pick([0, 2 * MIB, GIB, GIB - MIB, 3 * GIB - 256 * MIB, addressCells === 1 ? 0 : 7 * GIB]);
  for (let count = 1 + below(5); count > 0; count--) {
    let size = pick([64 * MIB, 512 * MIB, GIB, GIB + 300 * MIB, 2 * GIB, 3 * GIB]);
    // The kernel and its own tables have to fit
    if (banks.length === 0) size = Math.max(size, 256 * MIB);
    if (chance(30)) size += pick([4096, 0x800, -0x800, -4096, 123]);
    if (chance(30)) start += pick([4096, 0x800, 0xfff, 123]);
    if (start + size > end) break;
    banks.push({ start, size: sizeCells === 1 ? Math.min(size, 2 ** 32 - 4096) : size });
    start += size + pick([0, 0, 4096, 2 * MIB, 128 * MIB, GIB, 5 * GIB, 13 * MIB + 0x800]);
  }
  return banks.length > 0 ? banks : [{ start: GIB, size: 512 * MIB }];
}

function memoryNodes({ below, pick, chance, pair }: Draws, banks: readonly Bank[]): string[] {
  const hasNuma = chance(35);
  const nodes: string[] = [];
  for (let at = 0; at < banks.length; ) {
    const ofNode = banks.slice(at, at + pick([1, 1, 2]));
    const [{ start, size }] = ofNode as [Bank];
    const words = [`reg = <${ofNode.map((bank) => pair(bank.start, bank.size)).join(" ")}>;`];
    if (hasNuma && chance(95)) words.push(`numa-node-id = <${below(2)}>;`);
    if (at > 0 && chance(10)) words.push(`status = "${pick(["disabled", "okay", "ok"])}";`);
    if (chance(15)) words.push(`linux,usable-memory = <${pair(start, size - pick([0, MIB, 4096, 100]))}>;`);
    nodes.push(`memory@${start.toString(16)} { device_type = "memory"; ${words.join(" ")} };`);
    at += ofNode.length;
  }
  return nodes;
}

function reservations({ below, pick }: Draws, banks: readonly Bank[]): string[] {
  return Array.from({ length: 1 + below(3) }, () => {
    const { start, size } = pick(banks);
    const at = start + below(size / 2);
    return `/memreserve/ 0x${at.toString(16)} 0x${pick([1, 0x800, 4096, MIB, 5 * MIB, 0]).toString(16)};`;
  });
}

function reservedMemory(draw: Draws, banks: readonly Bank[], counts: string): string[] {
  const { below, pick, chance, addressCells, sizeCells, cells, pair } = draw;
  const highest = addressCells === 1 ? 2 ** 32 - 32 * MIB : 2 ** 40;
  const nodes = Array.from({ length: below(8) }, (_, index) => {
    const { start, size } = pick(banks);
    const offset = chance(70) ? below(size / 4096) * 4096 : below(size);
    const bytes = pick([0x800, 4096, 4097, 65536, MIB, 2 * MIB, 8 * MIB, 20 * MIB + 0x123, 0]);
    // What begins in memory may end beyond it
    const at = Math.min(start + (chance(90) ? offset : size - 0x800), highest);
    const second = chance(15) ? ` ${pair(start + below(size / 4096) * 4096, pick([4096, MIB]))}` : "";
    const place = chance(8)
      ? `size = <${cells(pick([MIB, 4 * MIB]), sizeCells)}>;`
      : `reg = <${pair(at, bytes)}${second}${chance(5) ? " 0" : ""}>;`;
    const words = [
      ...(chance(40) ? ["no-map;"] : []),
      ...(chance(10) ? ['status = "disabled";'] : []),
      ...(chance(20) ? ["reusable;"] : []),
      ...(chance(20) ? ['compatible = "shared-dma-pool";'] : []),
    ];
    return `r${index}@${at.toString(16)} { ${[place, ...words].join(" ")} };`;
  });
  return [`reserved-memory { ${counts} ${chance(95) ? "ranges;" : ""}`, ...nodes, "};"];
}
