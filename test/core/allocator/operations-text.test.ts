import fc from "fast-check";
import { expect, it } from "vitest";
import type { Operation } from "../../../core/allocator/operation.ts";
import { isOperationsText, operationsText, parseOperations } from "../../../core/allocator/operations-text.ts";

const pfn = fc.integer({ min: 1, max: 2 ** 40 });
const order = fc.integer({ min: 0, max: 20 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant("allocate" as const),
    pfn: fc.option(pfn),
    order,
    use: fc.constantFrom("unmovable", "movable", "reclaimable", "tagged"),
  }),
  fc.record({ kind: fc.constant("free" as const), pfn, order }),
  fc.tuple(pfn, order).chain(([at, from]) =>
    fc.record({
      kind: fc.constant("split" as const),
      pfn: fc.constant(at),
      order: fc.constant(from),
      newOrder: fc.integer({ min: 0, max: from }),
    }),
  ),
  fc.record({ kind: fc.constant("protect" as const), pfn }),
  fc.record({ kind: fc.constant("retry" as const), pfn, order }),
  fc.record({ kind: fc.constant("pin" as const), pfn, order, isPinned: fc.boolean() }),
);

it("reads back the operations that it wrote", () => {
  fc.assert(
    fc.property(fc.array(operation), fc.array(fc.stringMatching(/^[ -~]*$/)), (operations, comments) => {
      const text = operationsText(
        operations,
        comments.map((line) => `a ${line}`),
      );
      expect(isOperationsText(text)).toBe(true);
      expect(parseOperations(text)).toEqual({ operations, problems: [] });
      expect(parseOperations(text.replaceAll("\n", "\r\n"))).toEqual({ operations, problems: [] });
    }),
  );
});

it("writes allocations and frees as tracefs prints the kernel's events", () => {
  const text = operationsText(
    [
      { kind: "allocate", pfn: 0x80200, order: 6, use: "tagged" },
      { kind: "free", pfn: 0x80200, order: 6 },
    ],
    [],
  );
  expect(
    text
      .split("\n")
      .slice(1, 3)
      .map((line) => line.replace(/^.*: mm_/, "mm_")),
  ).toEqual([
    "mm_page_alloc: page=(____ptrval____) pfn=0x80200 order=6 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_TAGGED",
    "mm_page_free: page=(____ptrval____) pfn=0x80200 order=6",
  ]);
});

it.each([
  "what is this",
  "# carveout: split pfn=0x10 order=2 new_order=3",
  "# carveout: free pfn=0x10",
  "# carveout: dance pfn=0x10 order=1",
  " x-1 [000] ..... 0.1: mm_page_alloc: page=0x1 pfn=0x10 order=21 migratetype=1 gfp_flags=GFP_KERNEL",
  " x-1 [000] ..... 0.1: mm_page_alloc: page=0x1 pfn=0x10 order=2 migratetype=9 gfp_flags=GFP_KERNEL",
  " x-1 [000] ..... 0.1: mm_page_free: page=0x1 pfn=-5 order=2",
])("tells of the line %s", (line) => {
  const { problems, operations } = parseOperations(`# carveout operations 1\n\n${line}\n`);
  expect(operations).toEqual([]);
  expect(problems).toEqual([{ line: 3, message: `this is no operation: ${line.trim()}` }]);
});

it("takes a trace for none of its own", () => {
  expect(isOperationsText("# tracer: nop\n")).toBe(false);
  expect(isOperationsText("")).toBe(false);
});
