/** The memory of a machine as stretches of one kind each, for pictures: addresses in bytes, ends exclusive. */
import { firstCell, isCompatible, readPairs, TAG_STORAGE_COMPATIBLE } from "../../core/machine/property.ts";
import { readMachine } from "../../core/machine.ts";
import type { PfnRange } from "../../core/region.ts";
import type { InputReport } from "../report.ts";

/** `overlap`: tags where other tags, or tagged memory, are too. `hole`: no memory. */
export type StretchKind = "tagged" | "tags" | "reserved" | "memory" | "overlap" | "hole";

export interface MapStretch {
  readonly start: number;
  readonly end: number;
  readonly kind: StretchKind;
  /** What lies there, the most telling first. */
  readonly labels: readonly string[];
  /** Null where there is no memory. */
  readonly zone: string | null;
  /** Rules that its nodes break, each once. */
  readonly broken: readonly string[];
}

/** One thing that lies in the address space, whatever else lies there. */
export interface MapLayer {
  readonly start: number;
  readonly end: number;
  readonly kind: Exclude<StretchKind, "overlap" | "hole"> | "zone";
  readonly label: string;
  /** Row of the region table; null where it is none's. */
  readonly row: number | null;
  /** Paths of the nodes that it comes from. */
  readonly nodes: readonly string[];
  /** Rules that these break. */
  readonly broken: readonly string[];
}

/** From the first byte of memory to the last, holes included; empty where the input cannot be read or has no memory. */
export function memoryMap(report: InputReport): MapStretch[] {
  const layers = memoryLayers(report);
  const ordered = [...layers].sort((a, b) => a.start - b.start);
  const cuts = [...new Set(layers.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const stretches: MapStretch[] = [];
  let open: MapLayer[] = [];
  let next = 0;
  for (const [index, start] of cuts.entries()) {
    const end = cuts[index + 1];
    if (end === undefined) break;
    open = open.filter((layer) => layer.end > start);
    while (ordered[next] !== undefined && ordered[next]!.start <= start) open.push(ordered[next++]!);
    add(stretches, stretchOf(start, end, open));
  }
  return stretches;
}

function stretchOf(start: number, end: number, layers: readonly MapLayer[]): MapStretch {
  const of = (kind: MapLayer["kind"]) => layers.filter((layer) => layer.kind === kind);
  const [tags, tagged, reserved, memory, zones] = [of("tags"), of("tagged"), of("reserved"), of("memory"), of("zone")];
  const kind =
    tags.length > 1 || (tags.length > 0 && tagged.length > 0) || tagged.length > 1
      ? "overlap"
      : tags.length > 0
        ? "tags"
        : reserved.length > 0
          ? "reserved"
          : tagged.length > 0
            ? "tagged"
            : memory.length > 0
              ? "memory"
              : "hole";
  const told = [...tags, ...reserved, ...tagged];
  return {
    start,
    end,
    kind,
    labels:
      kind === "memory" ? ["memory without tags"] : kind === "hole" ? ["no memory"] : told.map(({ label }) => label),
    zone: kind === "hole" || zones.length === 0 ? null : zones[0]!.label,
    broken: [...new Set(told.flatMap(({ broken }) => broken))],
  };
}

/** Appends a stretch, or makes the last one longer where it is of the same sort. */
function add(stretches: MapStretch[], stretch: MapStretch): void {
  const last = stretches.at(-1);
  const isSame =
    last !== undefined &&
    last.kind === stretch.kind &&
    last.zone === stretch.zone &&
    last.labels.join("\n") === stretch.labels.join("\n");
  if (isSame) stretches[stretches.length - 1] = { ...last, end: stretch.end };
  else stretches.push(stretch);
}

/** All that is known to lie somewhere, in no order; empty where the input cannot be read. */
export function memoryLayers({ boot, config, tree, findings }: InputReport): MapLayer[] {
  if (boot === null || tree === null) return [];
  const bytes = (range: PfnRange) => ({
    start: range.start * config.pageSize,
    end: (range.end + 1) * config.pageSize,
  });
  const rulesOf = new Map<string, string[]>();
  for (const { severity, node, rule } of findings) {
    if (severity !== "error" || node === null) continue;
    const rules = rulesOf.get(node);
    if (rules === undefined) rulesOf.set(node, [rule]);
    else rules.push(rule);
  }
  const of = (row: number | null, ...nodes: string[]) => ({
    row,
    nodes,
    broken: nodes.flatMap((node) => rulesOf.get(node) ?? []),
  });
  const layers: MapLayer[] = boot.memoryMap.ranges.map((range) => ({
    ...bytes(range),
    kind: "memory",
    label: "memory",
    ...of(null),
  }));
  for (const zone of boot.memoryMap.zones) layers.push({ ...bytes(zone), kind: "zone", label: zone.name, ...of(null) });
  const machine = readMachine(tree);
  if (boot.outcome === "managed") {
    for (const [row, { memory, tags, node, memoryNode }] of boot.regions.entries()) {
      const [tagged, tag] = [of(row, memoryNode), of(row, node)];
      layers.push({ ...bytes(memory), kind: "tagged", label: `#${row} tagged, ${memoryNode}`, ...tagged });
      layers.push({ ...bytes(tags), kind: "tags", label: `#${row} tags, ${node}`, ...tag });
    }
  } else {
    for (const { node } of machine.tagNodes) {
      const reg = node.property("reg");
      const { parent } = node;
      if (reg === null || parent === null) continue;
      const cells = { address: firstCell(parent, "#address-cells") ?? 1, size: firstCell(parent, "#size-cells") ?? 1 };
      for (const range of toBytes(readPairs(reg, cells).slice(0, 1))) {
        layers.push({ ...range, kind: "tags", label: `not managed, ${node.path}`, ...of(null, node.path) });
      }
    }
  }
  for (const { node, ranges } of machine.reservedNodes) {
    if (isCompatible(node, TAG_STORAGE_COMPATIBLE)) continue;
    for (const range of toBytes(ranges)) {
      layers.push({ ...range, kind: "reserved", label: `reserved, ${node.path}`, ...of(null, node.path) });
    }
  }
  for (const range of toBytes(machine.memReserves)) {
    layers.push({ ...range, kind: "reserved", label: "reserved, /memreserve/", ...of(null) });
  }
  return layers;
}

/** Ranges that a picture has room for: what lies above all memory is left out. */
function toBytes(ranges: readonly { readonly address: bigint; readonly size: bigint }[]) {
  return ranges
    .map(({ address, size }) => ({ start: Number(address), end: Number(address + size) }))
    .filter(({ start, end }) => start < end && end <= 2 ** 52);
}
