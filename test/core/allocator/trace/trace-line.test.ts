import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandOf, readTraceLine } from "../../../../core/allocator/trace/trace-line.ts";

const FLAGS = "GFP_HIGHUSER_MOVABLE|__GFP_ZERO";
const ALLOCATION = { kind: "allocate", pfn: 0x4809e, order: 2, migrateType: 1, gfpFlags: FLAGS };
const FIELDS = `page=00000000d6a637fb pfn=0x4809e order=2 migratetype=1 gfp_flags=${FLAGS}`;

describe("an allocation", () => {
  test.each([
    ["tracefs", `            init-1       [000] d..1.    36.995672: mm_page_alloc: ${FIELDS}`, "init"],
    [
      "tracefs with thread groups",
      `  kworker/0:1-23   (     23) [001] .....  1.5: mm_page_alloc: ${FIELDS}`,
      "kworker/0:1",
    ],
    ["tracefs, thread group not known", `  <...>-23   (-------) [001] .....  1.5: mm_page_alloc: ${FIELDS}`, "<...>"],
    ["trace-cmd", `          <idle>-0     [003]  1234.567890: mm_page_alloc:        ${FIELDS}`, "<idle>"],
    ["perf", `my app [2]  1234/1240  [012]  1234.567890:           kmem:mm_page_alloc: ${FIELDS}`, "my app [2]"],
    ["perf, of a process alone", `swapper     0 [000]     0.123456: kmem:mm_page_alloc: ${FIELDS}`, "swapper"],
  ])("as %s prints it", (_, line, command) => {
    expect(readTraceLine(line)).toEqual(ALLOCATION);
    expect(commandOf(line)).toBe(command);
  });

  test("with a decimal PFN, as kernels up to 5.12 print it", () => {
    const line = `init-1 [000] .... 1.0: mm_page_alloc: page=d6a637fb pfn=294 order=0 migratetype=2 gfp_flags=GFP_KERNEL`;
    expect(readTraceLine(line)).toMatchObject({ kind: "allocate", pfn: 294, migrateType: 2 });
  });

  test("as the record stands, where perf cannot follow the format", () => {
    const line = "init 1 [000] 1.0: kmem:mm_page_alloc: [FAILED TO PARSE] pfn=294 order=0 gfp_flags=3264 migratetype=0";
    expect(readTraceLine(line)).toEqual({ kind: "allocate", pfn: 294, order: 0, migrateType: 0, gfpFlags: "3264" });
  });

  test.each([
    "page=0000000000000000 pfn=0x0",
    "page=(null) pfn=0",
    "page=0x0 pfn=0x0",
    "pfn=0xffffffffffffffff",
    "pfn=18446744073709551615",
  ])("without a page had failed: %s", (page) => {
    const line = `init-1 [000] ..... 1.0: mm_page_alloc: ${page} order=9 migratetype=1 gfp_flags=GFP_TRANSHUGE`;
    expect(readTraceLine(line)).toEqual({ kind: "failed" });
  });
});

describe("other lines", () => {
  test("a free", () => {
    const line = "  init-1  [000] .....  36.99: mm_page_free: page=00000000d6a637fb pfn=0x4809e order=0";
    expect(readTraceLine(line)).toEqual({ kind: "free", pfn: 0x4809e, order: 0 });
  });

  test("a batched free is the same page's mm_page_free once more, and no event of its own", () => {
    const line = "init-1 [000] ..... 1.0: mm_page_free_batched: page=00000000d6a637fb pfn=0x4809e order=0";
    expect(readTraceLine(line)).toEqual({ kind: "other" });
  });

  test("a process named after an event says nothing", () => {
    const line = "mm_page_free: -7 [000] ..... 1.0: sched_switch: prev_comm=x prev_pid=7";
    expect(readTraceLine(line)).toEqual({ kind: "other" });
    const named = `mm_page_free: -7 [000] ..... 1.0: mm_page_alloc: ${FIELDS}`;
    expect(readTraceLine(named)).toEqual(ALLOCATION);
  });

  test.each([
    ["CPU:0 [LOST 123 EVENTS]", 123],
    ["CPU:3 [45 EVENTS DROPPED]", 45],
    ["# entries-in-buffer/entries-written: 600/1000   #P:2", 400],
  ])("lost events: %s", (line, events) => {
    expect(readTraceLine(line)).toEqual({ kind: "lost", events });
  });

  test.each(["CPU:0 [LOST EVENTS]", "# entries-in-buffer/entries-written: 600/600   #P:2", "", "cpus=4"])(
    "%j",
    (line) => {
      expect(readTraceLine(line)).toEqual({ kind: "other" });
    },
  );

  test.each([
    "init-1 [000] ..... 1.0: mm_page_free: page=00000000d6a637fb pfn=0x48",
    "init-1 [000] ..... 1.0: mm_page_free: page=00000000d6a637fb pfn=0xzz order=0",
    "init-1 [000] ..... 1.0: mm_page_free: page=00000000d6a637fb pfn=0x10000000000 order=0",
    "init-1 [000] ..... 1.0: mm_page_alloc: page=00000000d6a637fb pfn=0x48 order=99 migratetype=0 gfp_flags=GFP_DMA",
    "init-1 [000] ..... 1.0: mm_page_alloc: page=00000000d6a637fb pfn=0x48 order=0 migratetype=7 gfp_flags=GFP_DMA",
    "init-1 [000] ..... 1.0: mm_page_alloc: page=00000000d6a637fb pfn=0x48 order=0 migratetype=0",
  ])("an event that is cut short or garbled: %s", (line) => {
    expect(readTraceLine(line)).toEqual({ kind: "malformed" });
  });
});

test("no text whatever throws, and what is read lies within its limits", () => {
  const token = fc.constantFrom(
    ...["mm_page_alloc:", "mm_page_free:", "kmem:", "pfn=", "0x", "order=", "migratetype=", "gfp_flags=", "page="],
    ...["[", "]", "-", " ", "1", "99999999999999999999", "LOST ", "EVENTS", "CPU:0 ", "|", "(null)", "\u0000", "é"],
  );
  const lines = fc.oneof(
    fc.string(),
    fc.array(token, { maxLength: 40 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(lines, (line) => {
      commandOf(line);
      const read = readTraceLine(line);
      if (read.kind === "allocate" || read.kind === "free") {
        expect(read.pfn).toBeLessThan(2 ** 40);
        expect(read.order).toBeLessThan(31);
      }
    }),
    { numRuns: 5000 },
  );
});
