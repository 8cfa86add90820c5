/** What `boot --format json` prints: see report-schema.ts. */
import type { JsonSchema } from "./node-schemas.ts";
import { count, flag, list, object, orNull, text } from "./output-words.ts";

const hex = (description: string): JsonSchema => ({ description, type: "string", pattern: "^0x[0-9a-f]+$" });

const pfnRange = (description: string) =>
  object(description, { start: count("First PFN"), end: count("Last PFN, itself included") });

/** Which fields it has is for each kind of line to say: those of one kind come together. */
const value = (description: string): JsonSchema => ({
  ...object(description, {
    "pages?": list("Of memory: its pages", pfnRange("A range")),
    "pagesAnywhere?": count("Of memory that the kernel places itself: how many pages"),
    "start?": count("Of a zone: its first PFN"),
    "spanned?": count("Of a zone: pages from its first to its last"),
    "present?": count("Of a zone: pages that there are"),
    "bytes?": list(
      "Of a node: its ranges, in bytes",
      object("A range", { address: hex("Where it starts"), size: hex("How long it is") }),
    ),
    "words?": list("Of a node: what else it says", { type: "string" }),
  }),
  minProperties: 1,
  dependencies: { start: ["spanned", "present"], bytes: ["words"] },
});

export const bootSchema = object("What a kernel that was booted made of a tree's memory, beside what carveout says", {
  carveout: text("Version of the program"),
  input: text("Path as given"),
  kernel: text("The kernel's `/proc/version`"),
  commandLine: text("Its command line, as it had it"),
  pageSize: { description: "Bytes a page", enum: [4096, 16384, 65536] },
  agrees: flag("Whether all comparisons agree"),
  comparisons: list(
    "A line about each thing",
    object("One line", {
      topic: {
        description:
          "`tree` (a node, as it reached the kernel), `memory`, `no-map` (not mapped), `reserved` (never given to the page allocator) or `zone`",
        enum: ["tree", "memory", "no-map", "reserved", "zone"],
      },
      name: orNull(text("The node or the zone; null where it is about memory as a whole")),
      agrees: flag("Whether both sides are the same"),
      carveout: orNull(value("What carveout says; null where it has nothing there")),
      kernel: orNull(value("What the kernel has; null where it has nothing there")),
    }),
  ),
  kernelsOwn: list(
    "Memory that the kernel reserved for itself",
    object("A range", {
      what: { description: "What lies there", enum: ["kernel image", "initramfs", "blob", "other"] },
      start: count("First PFN"),
      end: count("Last PFN, itself included"),
    }),
  ),
  notes: list(
    "What the kernel does with a node where the tree does not show it",
    object("About one node", { node: text("Path of the node"), message: text("One sentence") }),
  ),
  log: list("Lines of the kernel's log about memory", { type: "string" }),
});
