/** Machines of a few dozen pages under kernels of small pageblocks: an exhaustive search can try all their layouts. */

import { kernelConfig } from "../../../core/kernel/config.ts";
import type { Bank, PlacementRules, Stretch } from "../../../core/plan/stretch.ts";
import type { PlanOptions } from "../../../core/plan-tree.ts";
import { numbers } from "./random-machines.ts";

export interface TinyMachine {
  readonly source: string;
  readonly options: PlanOptions;
  /** The same machine in bytes, worked out from the draw alone, and not from the tree. */
  readonly banks: readonly Bank[];
  readonly rules: PlacementRules;
  readonly mostRows: number;
}

/** Draws a machine in pages of a kernel, with few places for tags: the others are reserved. */
export function tinyMachine(seed: number): TinyMachine {
  const below = numbers(seed);
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)]!;
  const series = pick(["rfc-v1", "rfc-v2", "rfc-v3", "exact"] as const);
  // None of its banks holds 2 MiB in one piece: no kernel's image has room, and none is to be kept clear of.
  const pageSize = pick([4096, 4096, 16384] as const);
  const pageblockOrder = pick([0, 0, 1]);
  // Hardware's blocks of one page, or under the series that is right for them of two.
  const blockPages = series === "exact" ? pick([1, 2]) : 1;
  // Memory of two rows that touch is not drawn into this: allocations are small enough never to lie across.
  const maxOrder = series === "exact" ? 0 : pick([0, 3, 5]);
  const cmaAreas = series === "rfc-v3" ? pick([2, 3, 20]) : 20;
  const config = { ...kernelConfig({ series, pageSize, maxOrder, pageblockOrder }), cmaAreas };
  const pageblock = 2 ** pageblockOrder;
  const unit = Math.max(pageblock, blockPages);
  const first = 0x40000000 / pageSize;
  const banks: { start: number; end: number; spaces: Stretch[]; kept: Stretch[] }[] = [];
  const reserved: Stretch[] = [];
  const initrd: Stretch[] = [];
  let address = first;
  let left = 75 * unit;
  let places = 10;
  for (let count = 1 + below(3); count > 0 && left > 0; count--) {
    const start = address + 1 + below(40);
    const end = start + 1 + below(Math.min(left, 90));
    left -= end - start;
    address = end + 1;
    const spaces: Stretch[] = [];
    let from = start;
    for (let space = below(3); space > 0 && places > 0; space--) {
      const to = roundUp(from + below(40), pageblock);
      const length = Math.min(places, 1 + below(6) * pageblock, end - to);
      const spaceEnd = to + Math.floor(length / pageblock) * pageblock;
      if (spaceEnd <= to) continue;
      spaces.push({ start: to, end: spaceEnd });
      places -= spaceEnd - to;
      from = spaceEnd + 1;
    }
    for (const [at, space] of [...spaces, { start: end, end }].entries()) {
      const before = at === 0 ? start : spaces[at - 1]!.end;
      if (before < space.start) reserved.push({ start: before, end: space.start });
    }
    const kept: Stretch[] = [];
    if (initrd.length === 0 && below(5) === 0 && spaces[0]?.start !== start) {
      kept.push({ start, end: Math.min(start + 1 + below(3), spaces[0]?.start ?? end) });
      initrd.push(kept[0]!);
      places = Math.min(places, 6);
    }
    banks.push({ start, end, spaces, kept });
  }
  return {
    source: sourceOf(banks, reserved, initrd[0] ?? null, pageSize),
    options: { configs: [config], blockBytes: blockPages * pageSize, placement: { kind: "anywhere" }, clear: [] },
    banks,
    rules: {
      unitBytes: unit,
      tagAlignBytes: pageblock,
      memoryAlignBytes: series === "exact" ? 1 : 32 * blockPages,
      splitAlignBytes: 1,
      tagsAt: null,
      isExact: series !== "rfc-v3",
    },
    mostRows: series === "rfc-v3" ? cmaAreas - 1 : 32,
  };
}

function sourceOf(banks: readonly Stretch[], reserved: readonly Stretch[], initrd: Stretch | null, pageSize: number) {
  const cells = (value: number) => `0x${Math.floor(value / 2 ** 32).toString(16)} 0x${(value % 2 ** 32).toString(16)}`;
  const hex = (page: number) => `0x${(page * pageSize).toString(16)}`;
  const reserves = reserved.map(({ start, end }) => `/memreserve/ ${hex(start)} ${hex(end - start)};`);
  const nodes = banks.map(
    ({ start, end }) =>
      `memory@${hex(start).slice(2)} { device_type = "memory"; reg = <${cells(start * pageSize)} ${cells((end - start) * pageSize)}>; };`,
  );
  const chosen =
    initrd === null
      ? ""
      : `chosen { linux,initrd-start = <${cells(initrd.start * pageSize)}>; linux,initrd-end = <${cells(initrd.end * pageSize)}>; };`;
  return `/dts-v1/;\n${reserves.join("\n")}\n/ { #address-cells = <2>; #size-cells = <2>;\n${chosen}\n${nodes.join("\n")}\n};\n`;
}

function roundUp(address: number, step: number): number {
  return Math.ceil(address / step) * step;
}
