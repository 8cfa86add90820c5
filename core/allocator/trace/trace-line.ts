/**
 * A line of a trace as tracefs (`trace`, `trace_pipe`), `trace-cmd report` and `perf script` print it, read for the two
 * events that tell of pages coming and going. In all three the event's name comes after whatever says who and when, and
 * its fields, by name, come last:
 *
 *     comm-pid [cpu] flags time: mm_page_alloc: page=… pfn=0x… order=0 migratetype=1 gfp_flags=GFP_KERNEL    tracefs
 *     comm-pid [cpu] time: mm_page_alloc:        page=0x… pfn=0x… …                                          trace-cmd
 *     comm pid [cpu] time: kmem:mm_page_alloc: page=0x… pfn=0x… …                                            perf
 *
 * Where `trace-cmd` and `perf` cannot make out the format that the kernel gives them, as with arm64's, whose PFN is worked
 * out with `__builtin_constant_p`, they say `[FAILED TO PARSE]` and print each field as it is, flags as a number:
 *
 *     comm-pid [cpu] time: mm_page_alloc: [FAILED TO PARSE] pfn=0x… order=0 gfp_flags=0x140cca migratetype=1
 *
 * Kernels up to 5.12 print the PFN in decimal (`pfn=%lu`), later ones in hexadecimal (`pfn=0x%lx`).
 */

export type TraceLine =
  | {
      readonly kind: "allocate";
      readonly pfn: number;
      readonly order: number;
      /** `enum migratetype` of the request: 0 unmovable, 1 movable, 2 reclaimable. */
      readonly migrateType: number;
      /** As printed: names with `|` between them. */
      readonly gfpFlags: string;
    }
  | { readonly kind: "free"; readonly pfn: number; readonly order: number }
  /** `mm_page_alloc` without a page: the kernel had none to give. */
  | { readonly kind: "failed" }
  /** Events that were overwritten or dropped before they could be printed. */
  | { readonly kind: "lost"; readonly events: number }
  /** One of the two events, but cut short or garbled. */
  | { readonly kind: "malformed" }
  /** Another event, a comment, a call chain. */
  | { readonly kind: "other" };

const OTHER: TraceLine = { kind: "other" };
const MALFORMED: TraceLine = { kind: "malformed" };
const FAILED: TraceLine = { kind: "failed" };

/** A PFN has at most 40 bits where addresses have 52. */
const PFN_LIMIT = 2 ** 40;
const ORDER_LIMIT = 31;
const MIGRATE_TYPES = 3;

/** Reads one line, without its line end. Any text will do; nothing is thrown. */
export function readTraceLine(line: string): TraceLine {
  const start = eventStart(line);
  if (start < 0) return lostEvents(line);
  const end = line.indexOf(":", start);
  const fields = line.slice(end + 1);
  const isAllocation = line.startsWith("mm_page_alloc:", start);
  // mm_page_free_batched, mm_page_pcpu_drain and the rest tell of pages that have an mm_page_free of their own
  if (!isAllocation && !line.startsWith("mm_page_free:", start)) return OTHER;
  const pfn = numberField(fields, "pfn");
  const order = numberField(fields, "order");
  if (order < 0 || order >= ORDER_LIMIT) return MALFORMED;
  if (!isAllocation) return pfn < 0 || pfn >= PFN_LIMIT ? MALFORMED : { kind: "free", pfn, order };
  if (isNullPage(fields, pfn)) return FAILED;
  const migrateType = numberField(fields, "migratetype");
  const gfpFlags = wordField(fields, "gfp_flags");
  if (pfn < 0 || pfn >= PFN_LIMIT || migrateType < 0 || migrateType >= MIGRATE_TYPES || gfpFlags === null) {
    return MALFORMED;
  }
  return { kind: "allocate", pfn, order, migrateType, gfpFlags };
}

/**
 * Name of the process that a line tells of, as printed: `<...>` where the kernel no longer knew it. Null where the line
 * has none. A process can have any name, blanks and brackets included: what comes after it is looked for from the end.
 */
export function commandOf(line: string): string | null {
  const start = eventStart(line);
  const head = /^(.*)\[\d+\]/.exec(start < 0 ? line : line.slice(0, start));
  const match = /^\s*(.*?)(?:-|\s+)\d+(?:\/\d+)?\s*(?:\((?:\s*\d+|-+)\)\s*)?$/.exec(head?.[1] ?? "");
  return match === null ? null : match[1]!;
}

/** Where the event's name begins, -1 where there is none of the page allocator's. Its fields hold no name of a process. */
function eventStart(line: string): number {
  const at = line.lastIndexOf("mm_page_");
  if (at <= 0) return -1;
  const before = line[at - 1]!;
  return before === " " || before === ":" || before === "\t" ? at : -1;
}

const LOST = /^\s*CPU:\d+ \[(?:LOST (\d+) EVENTS|(\d+) EVENTS DROPPED)\]/;
/** What tracefs says of a buffer that wrapped: entries still there, entries ever written. */
const WRAPPED = /^# entries-in-buffer\/entries-written: (\d+)\/(\d+)/;

function lostEvents(line: string): TraceLine {
  const lost = line.includes("[") ? LOST.exec(line) : null;
  if (lost !== null) return { kind: "lost", events: Number(lost[1] ?? lost[2]) };
  const wrapped = line.startsWith("# e") ? WRAPPED.exec(line) : null;
  const events = wrapped === null ? 0 : Number(wrapped[2]) - Number(wrapped[1]);
  return events > 0 ? { kind: "lost", events } : OTHER;
}

function isNullPage(fields: string, pfn: number): boolean {
  const page = wordField(fields, "page");
  if (page !== null) return /^(?:(?:0x)?0+|\((?:null|nil)\))$/.test(page);
  // perf and trace-cmd print the record as it stands where they cannot follow the format: -1UL
  return pfn >= 2 ** 63;
}

/** Value of a field, up to the next blank; null where it is not there. */
function wordField(fields: string, name: string): string | null {
  for (let at = fields.indexOf(`${name}=`); at >= 0; at = fields.indexOf(`${name}=`, at + 1)) {
    if (at > 0 && fields[at - 1] !== " ") continue;
    const start = at + name.length + 1;
    const end = fields.indexOf(" ", start);
    return end < 0 ? fields.slice(start) : fields.slice(start, end);
  }
  return null;
}

/** The same as a whole number, -1 where it is none. */
function numberField(fields: string, name: string): number {
  const word = wordField(fields, name);
  if (word === null || !/^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i.test(word)) return -1;
  return Number(word);
}
