/** What the guest printed, taken apart: see guest-init.ts. */
import type { PfnRange } from "../../core/region.ts";
import { MARKER } from "./guest-init.ts";

/** Each file by its name; null where the guest did not get to its end. */
export function guestFiles(output: string): ReadonlyMap<string, string> | null {
  const files = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of output.split("\n")) {
    if (!line.startsWith(MARKER)) {
      lines.push(line);
      continue;
    }
    const name = line.slice(MARKER.length);
    if (name === "end") return new Map([...files].map(([key, value]) => [key, value.join("\n").trim()]));
    lines = [];
    files.set(name, lines);
  }
  return null;
}

const LOG_LINES = 20;
const LOG_CHARACTERS = 200;

/** What the kernel's log says of tag storage and reserved memory, without levels and times. Bounded. */
export function logLines(log: string): string[] {
  return log
    .split("\n")
    .filter((line) => /tag[ _-]?storage|reserved mem/i.test(line))
    .slice(0, LOG_LINES)
    .map((line) =>
      line
        .replace(/^<\d+>/, "")
        .replace(/^\[[ \d.]+\] /, "")
        .slice(0, LOG_CHARACTERS),
    );
}

/** A line of `/proc/iomem`: bytes, the end included. */
export interface IoResource {
  readonly start: bigint;
  readonly end: bigint;
  readonly name: string;
  readonly children: readonly IoResource[];
}

/** The lines of `/proc/iomem` as a tree, which they are by their indentation. Other lines are passed over. */
export function parseIomem(text: string): IoResource[] {
  interface Draft extends IoResource {
    readonly children: Draft[];
  }
  const top: Draft[] = [];
  const open: { depth: number; resource: Draft }[] = [];
  for (const line of text.split("\n")) {
    const match = /^( *)([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.*)$/.exec(line);
    if (match === null) continue;
    const depth = match[1]!.length;
    const resource: Draft = {
      start: BigInt(`0x${match[2]}`),
      end: BigInt(`0x${match[3]}`),
      name: match[4]!,
      children: [],
    };
    while (open.length > 0 && open.at(-1)!.depth >= depth) open.pop();
    (open.at(-1)?.resource.children ?? top).push(resource);
    open.push({ depth, resource });
  }
  return top;
}

export interface GuestZone {
  readonly numaNode: number;
  readonly name: string;
  readonly start: number;
  readonly spanned: number;
  readonly present: number;
}

/** The zones of `/proc/zoneinfo` that have pages. */
export function parseZoneinfo(text: string): GuestZone[] {
  const zones: GuestZone[] = [];
  for (const section of text.split(/^(?=Node )/m)) {
    const title = /^Node (\d+), zone +(\w+)/.exec(section);
    const number = (pattern: RegExp) => Number(pattern.exec(section)?.[1] ?? 0);
    const present = number(/^ +present +(\d+)$/m);
    if (title === null || present === 0) continue;
    zones.push({
      numaNode: Number(title[1]),
      name: title[2]!,
      start: number(/^ +start_pfn: +(\d+)$/m),
      spanned: number(/^ +spanned +(\d+)$/m),
      present,
    });
  }
  return zones;
}

/** What the kernel has of memory, in pages. */
export interface GuestMemory {
  /** Ascending. */
  readonly systemRam: readonly PfnRange[];
  /** `reserved` beside `System RAM`. */
  readonly noMap: readonly PfnRange[];
  /** What lies within `System RAM` and is no free memory, with its name. */
  readonly taken: readonly (PfnRange & { readonly name: string })[];
}

export function guestMemory(resources: readonly IoResource[], pageSize: number): GuestMemory {
  const page = BigInt(pageSize);
  const pages = ({ start, end }: IoResource): PfnRange => ({ start: Number(start / page), end: Number(end / page) });
  const named = (name: string) => resources.filter((resource) => resource.name === name);
  return {
    systemRam: named("System RAM").map(pages),
    noMap: named("reserved").map(pages),
    taken: named("System RAM").flatMap(({ children }) =>
      children.map((child) => ({ ...pages(child), name: child.name })),
    ),
  };
}
