/** The memory map as rows of things, and the places where something is wrong. */
import { hexAddress, sizeText } from "../../core/machine/units.ts";
import { memoryLayers } from "../formats/memory-map.ts";
import type { InputReport } from "../report.ts";
import type { Extent } from "./map-layout.ts";

export interface MapThing extends Extent {
  /** Stands on it where there is room. */
  readonly name: string;
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
  if (layers.length === 0) return null;
  const things = layers.map((layer) => {
    const { start, end, kind, label, row, nodes, broken } = layer;
    const rules = [...new Set(broken)].join(", ");
    const what = kind === "zone" ? `zone ${label}` : label;
    const range = `${hexAddress(BigInt(start))}-${hexAddress(BigInt(end - 1))}`;
    const told = rules === "" ? "" : `; broken: ${rules}`;
    return {
      kind,
      row,
      nodes,
      thing: {
        start,
        end,
        name: kind === "zone" ? label : row === null ? lastName(nodes) : `#${row}`,
        what,
        text: `${what}: ${range}, ${sizeText(BigInt(end - start))}${told}`,
        isBad: rules !== "",
      },
    };
  });
  return {
    extent: {
      start: layers.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY),
      end: layers.reduce((most, { end }) => Math.max(most, end), 0),
    },
    rows: ROWS.map(([kind, title]) => ({
      kind,
      title,
      things: things
        .filter((thing) => thing.kind === kind)
        .map(({ thing }) => thing)
        .sort((a, b) => a.start - b.start),
    })).filter(({ things: own }) => own.length > 0),
    marks: marksOf(report, things),
  };
}

function lastName(nodes: readonly string[]): string {
  return nodes[0]?.split("/").at(-1) ?? "";
}

/** A counterexample is marked at its page; any other finding where its node's things begin. */
function marksOf(
  { findings, proof, config }: InputReport,
  things: readonly { readonly nodes: readonly string[]; readonly kind: string; readonly thing: MapThing }[],
): MapMark[] {
  const marks = findings.flatMap(({ rule, severity, node }, finding) => {
    if (severity === "note") return [];
    const isError = severity === "error";
    const broken = proof?.obligations.find(({ name }) => name === rule)?.counterexample ?? null;
    if (broken !== null && isError) {
      const order = broken.order === null ? "" : `, order ${broken.order}`;
      return [
        { address: broken.pfn * config.pageSize, text: `${rule}${order}, at PFN ${broken.pfn}`, isError, finding },
      ];
    }
    const first = things.find(({ nodes, kind }) => kind !== "tagged" && node !== null && nodes.includes(node));
    if (first === undefined) return [];
    return [{ address: first.thing.start, text: `${rule}: ${first.thing.what}`, isError, finding }];
  });
  return marks.sort((a, b) => a.address - b.address);
}
