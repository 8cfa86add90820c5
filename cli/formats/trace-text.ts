/** What `run --replay` prints of a kernel's trace. */
import type { TraceCounts } from "../../core/allocator/trace/replay-trace.ts";
import { type Column, tableLines } from "../table.ts";
import { wrap } from "../wrap.ts";
import { countText } from "./report-text.ts";

const ORDER_COLUMNS: readonly Column[] = [
  { title: "order", align: "right" },
  { title: "allocated", align: "right" },
  { title: "freed", align: "right" },
];

export function traceLines(trace: TraceCounts): string[] {
  const { allocationsByOrder, freesByOrder } = trace;
  const orders = Array.from({ length: Math.max(allocationsByOrder.length, freesByOrder.length) }, (_, order) => [
    String(order),
    String(allocationsByOrder[order] ?? 0),
    String(freesByOrder[order] ?? 0),
  ]);
  const sentences = [...tagSentences(trace), ...placeSentences(trace), ...endSentences(trace), ...gapSentences(trace)];
  return [...tableLines(ORDER_COLUMNS, orders), "", ...sentences.flatMap((sentence) => wrap(sentence, 78)), ""];
}

function tagSentences({ tagged }: TraceCounts): string[] {
  return tagged.asked === 0 ? ["no allocation is tagged by this rule (--tag-gfp, --tag-comm, --tag-share)"] : [];
}

/** Where allocations are in the model: there, or why not, the latter only where there is any. */
function placeSentences({ placed }: TraceCounts): string[] {
  const elsewhere: readonly (readonly [number, string])[] = [
    [placed.taken, "as that was in use here"],
    [placed.tagStorage, "as it is tag storage, which they do not get"],
    [placed.refused, "as data could not be moved out of its tag storage"],
    [placed.outside, "as this layout has no such memory for them"],
  ];
  const told = elsewhere.filter(([count]) => count > 0).map(([count, why]) => `${count} elsewhere, ${why}`);
  return [[`${countText(placed.there, "allocation")} placed where the trace has them`, ...told].join("; ")];
}

function endSentences({ liveBlocks, livePages, splits }: TraceCounts): string[] {
  return [
    `still allocated at the end: ${countText(liveBlocks, "block")}, ${countText(livePages, "page")}; ${countText(splits, "block")} freed in parts`,
  ];
}

/** What the trace and the model do not agree on, each only where there is any. */
function gapSentences(trace: TraceCounts): string[] {
  const told: readonly (readonly [number, string])[] = [
    [trace.failedHere, "allocations found no memory in this layout"],
    [trace.failedThere, "allocations had failed on the traced machine, and are left out"],
    [trace.unknownFrees, `frees (${trace.unknownFreePages} pages) of what was allocated before the trace began`],
    [trace.missedFrees, "blocks were allocated again without a free, and are taken to be freed"],
    [trace.mismatchedFrees, "frees do not fit what is allocated"],
    [trace.lostEvents, "events were lost by the kernel: a larger buffer (trace-cmd record -b) keeps them"],
    [
      trace.malformedLines,
      `lines are events that cannot be read, the first of them line ${trace.firstMalformedLine}: cut short, or of another format`,
    ],
  ];
  return told.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
}
