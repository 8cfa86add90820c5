/**
 * A sequence of operations as a replay file: the lines that tracefs prints for `kmem:mm_page_alloc` and
 * `kmem:mm_page_free`, so that whatever reads those reads it, and comments for what these events cannot say. The first
 * line tells it from a trace of a real machine: here each allocation is to be made at its PFN.
 */
import type { Operation, Use } from "./operation.ts";

const HEADER = "# carveout operations 1";

/** By use: `gfp_flags` and `migratetype` of the event. Tagged memory has the flag that the series add. */
const USES: Readonly<Record<Use, { readonly flags: string; readonly type: number }>> = {
  unmovable: { flags: "GFP_KERNEL", type: 0 },
  movable: { flags: "GFP_HIGHUSER_MOVABLE", type: 1 },
  reclaimable: { flags: "GFP_KERNEL|__GFP_RECLAIMABLE", type: 2 },
  tagged: { flags: "GFP_HIGHUSER_MOVABLE|__GFP_TAGGED", type: 1 },
};

/** The text of a replay file; `comments` are lines to stand at its head. */
export function operationsText(operations: readonly Operation[], comments: readonly string[]): string {
  return [HEADER, ...comments.map((line) => `# ${line}`), ...operations.map(operationLine), ""].join("\n");
}

/** True where a text is a replay file of ours, and no trace. */
export function isOperationsText(text: string): boolean {
  return text.startsWith(`${HEADER}\n`) || text.startsWith(`${HEADER}\r\n`);
}

/** An operation has no line of its own in the kernel's events: a comment that means something. */
const NOTE = "# carveout:";

/** The line of an operation, without its end; `index` counts from 0 and stands for the time. */
export function operationLine(operation: Operation, index: number): string {
  const event = (name: string, rest: string) =>
    `        carveout-1       [000] .....     0.${String(index + 1).padStart(6, "0")}: ${name}: ${rest}`;
  switch (operation.kind) {
    case "allocate": {
      const { flags, type } = USES[operation.use];
      // the kernel prints an allocation that failed with a null page, whose PFN is 0
      const where =
        operation.pfn === null ? "page=0000000000000000 pfn=0x0" : `page=(____ptrval____) pfn=${hex(operation.pfn)}`;
      return event("mm_page_alloc", `${where} order=${operation.order} migratetype=${type} gfp_flags=${flags}`);
    }
    case "free":
      return event("mm_page_free", `page=(____ptrval____) pfn=${hex(operation.pfn)} order=${operation.order}`);
    case "split":
      return `${NOTE} split pfn=${hex(operation.pfn)} order=${operation.order} new_order=${operation.newOrder}`;
    case "protect":
      return `${NOTE} protect pfn=${hex(operation.pfn)}`;
    case "retry":
      return `${NOTE} retry pfn=${hex(operation.pfn)} order=${operation.order}`;
    case "pin":
      return `${NOTE} ${operation.isPinned ? "pin" : "unpin"} pfn=${hex(operation.pfn)} order=${operation.order}`;
  }
}

function hex(pfn: number): string {
  return `0x${pfn.toString(16)}`;
}

export interface OperationsProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** Reads a replay file; lines that mean nothing to it are told, comments passed over. */
export function parseOperations(text: string): { operations: Operation[]; problems: OperationsProblem[] } {
  const operations: Operation[] = [];
  const problems: OperationsProblem[] = [];
  text.split(/\r?\n/).forEach((content, index) => {
    const operation = operationOf(content);
    if (operation === "unknown") problems.push({ line: index + 1, message: `this is no operation: ${content.trim()}` });
    else if (operation !== null) operations.push(operation);
  });
  return { operations, problems };
}

const LINE = /^(?:# carveout:|.*: (?=mm_page_(?:alloc|free):))\s*(\w+):?(?:\s|$)(.*)$/;

/** What a line says; null where it says nothing. */
export function operationOf(line: string): Operation | "unknown" | null {
  const match = LINE.exec(line);
  if (match === null) return line.trim() === "" || line.startsWith("#") ? null : "unknown";
  const fields = new Map([...match[2]!.matchAll(/(\w+)=(\S+)/g)].map((field) => [field[1]!, field[2]!]));
  const pfn = numberIn(fields.get("pfn"), 2 ** 52);
  const order = numberIn(fields.get("order"), 20);
  if (pfn === null || (order === null && match[1] !== "protect")) return "unknown";
  switch (match[1]) {
    case "mm_page_alloc": {
      const use = useOf(fields);
      const isFailed = /^0+$/.test(fields.get("page") ?? "");
      return use === null ? "unknown" : { kind: "allocate", pfn: isFailed ? null : pfn, order: order!, use };
    }
    case "mm_page_free":
      return { kind: "free", pfn, order: order! };
    case "split": {
      const newOrder = numberIn(fields.get("new_order"), order!);
      return newOrder === null ? "unknown" : { kind: "split", pfn, order: order!, newOrder };
    }
    case "protect":
      return { kind: "protect", pfn };
    case "retry":
      return { kind: "retry", pfn, order: order! };
    case "pin":
    case "unpin":
      return { kind: "pin", pfn, order: order!, isPinned: match[1] === "pin" };
  }
  return "unknown";
}

function useOf(fields: ReadonlyMap<string, string>): Use | null {
  const flags = fields.get("gfp_flags") ?? "";
  if (flags.split("|").includes("__GFP_TAGGED")) return "tagged";
  const type = fields.get("migratetype");
  const found = Object.entries(USES).find(([, use]) => String(use.type) === type);
  return found === undefined ? null : (found[0] as Use);
}

function numberIn(text: string | undefined, most: number): number | null {
  if (text === undefined || !/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) return null;
  const value = Number(text);
  return value <= most ? value : null;
}
