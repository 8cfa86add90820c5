/** The memory map as rows of things, and the places where something is wrong. */
import { hexAddress, sizeText } from "../../core/machine/units.ts";
import { type MapLayer, memoryLayers } from "../formats/memory-map.ts";
import type { InputReport } from "../report.ts";
import { shownFindings, shownThings } from "./limits.ts";
import type { Extent } from "./map-layout.ts";

export interface MapThing extends Extent {
  /** Stands on it where there is room. */
  readonly name: string;
  /** Stands there where there is more. */
  readonly longName: string;
  /** All there is to say of it. */
  readonly text: string;
  readonly what: string;
  readonly isBad: boolean;
}

export interface MapRow {
  readonly kind: "memory" | "tagged" | "tags" | "reserved" | "zone";
  readonly title: string;
  /** Ascending. */
  readonly things: readonly MapThing[];
  /** How many more there are, without room for them. */
  readonly left: number;
}

/** Something wrong at an address. */
export interface MapMark {
  readonly address: number;
  readonly text: string;
  readonly isError: boolean;
  /** Index of the finding that tells of it. */
  readonly finding: number;
}

export interface MapModel {
  readonly extent: Extent;
  /** Without those that are empty. */
  readonly rows: readonly MapRow[];
  /** Ascending. */
  readonly marks: readonly MapMark[];
}

const ROWS: readonly (readonly [MapRow["kind"], string])[] = [
  ["memory", "Memory"],
  ["tagged", "Tagged memory"],
  ["tags", "Tag storage"],
  ["reserved", "Reserved memory"],
  ["zone", "Zones"],
];

/** Null where the input cannot be read or has no memory. */
export function mapModel(report: InputReport): MapModel | null {
  const layers = memoryLayers(report);
  if (layers.every(({ kind }) => kind === "zone")) return null;
  const shared = sharedLayers(layers);
  const things = layers.map((layer) => {
    const { start, end, kind, label, row, nodes, broken } = layer;
    const rules = [...new Set(broken)].join(", ");
    const what = kind === "zone" ? `zone ${label}` : label;
    const range = `${hexAddress(BigInt(start))}-${hexAddress(BigInt(end - 1))}`;
    const size = sizeText(BigInt(end - start));
    const name = kind === "zone" ? label : kind === "memory" ? size : row === null ? lastName(nodes) : `#${row}`;
    const isShared = shared.has(layer);
    const told = `${isShared ? "; overlaps" : ""}${rules === "" ? "" : `; broken: ${rules}`}`;
    return {
      kind,
      row,
      nodes,
      thing: {
        start,
        end,
        name,
        longName: name === size ? name : `${name}, ${size}`,
        what,
        text: `${what}: ${range}, ${size}${told}`,
        isBad: isShared || rules !== "",
      },
    };
  });
  return {
    extent: {
      start: layers.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY),
      end: layers.reduce((most, { end }) => Math.max(most, end), 0),
    },
    rows: ROWS.map(([kind, title]) => {
      const all = things.filter((thing) => thing.kind === kind).map(({ thing }) => thing);
      const shown = shownThings(all.sort((a, b) => a.start - b.start));
      return { kind, title, things: shown, left: all.length - shown.length };
    }).filter(({ things: own }) => own.length > 0),
    marks: marksOf(report, things),
  };
}

/** Tag storage and tagged memory that overlap others of either kind. */
function sharedLayers(layers: readonly MapLayer[]): ReadonlySet<MapLayer> {
  const ordered = layers.filter(({ kind }) => kind === "tags" || kind === "tagged").sort((a, b) => a.start - b.start);
  let end = 0;
  return new Set(
    ordered.filter((layer, index) => {
      const overlapsEarlier = layer.start < end;
      end = Math.max(end, layer.end);
      return overlapsEarlier || (ordered[index + 1]?.start ?? Number.POSITIVE_INFINITY) < layer.end;
    }),
  );
}

function lastName(nodes: readonly string[]): string {
  return nodes[0]?.split("/").at(-1) ?? "";
}

/** A counterexample is marked at its page and at its block; any other finding where its node's things begin. */
function marksOf(
  { findings, proof, config }: InputReport,
  things: readonly { readonly nodes: readonly string[]; readonly thing: MapThing }[],
): MapMark[] {
  const firstOf = new Map<string, MapThing>();
  for (const { nodes, thing } of things) {
    for (const node of nodes) if (!firstOf.has(node)) firstOf.set(node, thing);
  }
  const marks = shownFindings(findings).flatMap(([finding, { rule, severity, node }]) => {
    if (severity === "note") return [];
    const isError = severity === "error";
    const broken = proof?.obligations.find(({ name }) => name === rule)?.counterexample ?? null;
    if (broken !== null && isError) {
      const order = broken.order === null ? "" : `, order ${broken.order}`;
      const at = (pfn: number, what: string) => ({
        address: pfn * config.pageSize,
        text: `${rule}${order}, ${what} ${pfn}`,
        isError,
        finding,
      });
      return [at(broken.pfn, "at PFN"), ...(broken.block === null ? [] : [at(broken.block, "block")])];
    }
    const first = node === null ? undefined : firstOf.get(node);
    if (first === undefined) return [];
    return [{ address: first.start, text: `${rule}: ${first.what}`, isError, finding }];
  });
  return mergedMarks(marks.sort((a, b) => a.address - b.address));
}

/** What is at one address is one mark, which leads to the first of its findings. */
function mergedMarks(marks: readonly MapMark[]): MapMark[] {
  const merged: MapMark[] = [];
  for (const mark of marks) {
    const last = merged.at(-1);
    if (last?.address !== mark.address) merged.push(mark);
    else {
      const text = `${last.text}; ${mark.text}`;
      merged[merged.length - 1] = { ...last, text, isError: last.isError || mark.isError };
    }
  }
  return merged;
}
