/**
 * JSON Schemas (draft-07) of what the program prints with `--format json`: the reference of the output is made of them,
 * and the tests hold every output against them. Nothing stands in an output that is not described here.
 */
import { bootSchema } from "./boot-schema.ts";
import type { JsonSchema } from "./node-schemas.ts";
import { count, flag, list, number, object, orNull, text } from "./output-words.ts";

const range = (description: string) => object(description, { start: count("First PFN"), end: count("Last PFN") });

const breach = (description: string) =>
  object(description, {
    allocations: count("Allocations that show it"),
    first: orNull(count("PFN of the lowest of them")),
  });

const orderRow = (description: string) =>
  object(description, {
    region: count("Index in `regions`"),
    order: count("Order of the allocations"),
    allocations: count("Allocations of that order in the region's memory"),
    unprotected: object("A page's tags lie in a block that is not reserved", {
      allocations: count("Allocations that show it"),
      pages: count("Their pages whose tags are not reserved for"),
      first: orNull(count("PFN of the lowest of them")),
    }),
    overReserved: object("A block is reserved that no page of the allocation has its tags in", {
      allocations: count("Allocations that show it"),
      blocks: count("Blocks that are reserved for nothing, summed over them"),
      first: orNull(count("PFN of the lowest of them")),
    }),
    outOfRegion: breach("A block outside the region's tag range is reserved"),
    leaks: breach("A block gets more references than it has pages' tags: freed page by page, it never returns"),
    earlyReleases: breach("A block gets fewer references than it has pages' tags: it returns while tags are in it"),
  });

const obligation = object("One of the six obligations", {
  name: {
    description: "Which",
    enum: ["containment", "disjointness", "coverage", "precision", "release", "retention"],
  },
  holds: flag("Whether it is proved"),
  counterexample: orNull(
    object("The smallest order that breaks it, then the lowest PFN", {
      region: count("Index in `regions`"),
      order: orNull(count("Order of the allocation; null where no allocation is needed to show it")),
      pfn: count("PFN of its first page"),
      block: orNull(count("PFN of the first page of the block at fault")),
    }),
  ),
});

const location = orNull(
  object("Where it stands in the source; null for blobs and for what stands nowhere", {
    file: text("Path as it was given, or as an include found it"),
    line: count("From 1"),
    column: count("From 1, in bytes of the source"),
    endLine: count("Line of the end"),
    endColumn: count("Column after the end"),
  }),
);

const SEVERITIES = ["error", "warning", "note"];

const finding = object("One mistake", {
  rule: text("Its rule; `carveout explain RULE` tells its story"),
  severity: { description: "How bad", enum: SEVERITIES },
  consequence: {
    description: "What becomes of the machine",
    enum: ["disabled", "ignored", "corruption", "overrun", "leak", "waste", "crash", "none"],
  },
  message: text("One sentence"),
  node: orNull(text("Path of the node")),
  location,
});

const breachCount = object("A breach that operations showed", {
  name: text("Its name, an obligation's or one that only sequences show"),
  count: count("Allocations or frees that showed it"),
  first: object("The first of them", {
    operation: count("Number of the operation, from 1"),
    pfn: count("PFN of the allocation or free"),
    order: count("Its order"),
    block: orNull(count("PFN of the block at fault")),
  }),
});

const operation: JsonSchema = {
  description: "One operation, as replay files hold it",
  type: "object",
  properties: {
    kind: { description: "What is done", enum: ["allocate", "free", "split", "protect", "retry", "pin"] },
    pfn: orNull(count("PFN of the block's first page; null where the page allocator is to choose")),
    order: count("Order of the block"),
    use: text("Of an allocation: what for"),
    newOrder: count("Of a split: order of the parts"),
    isPinned: flag("Of a pin: held or let go"),
  },
  required: ["kind", "pfn"],
  additionalProperties: false,
};

const meanAndPeak = (what: string) =>
  object(what, { mean: number("Pages, on average over the operations"), peak: count("Pages, at the most") });

const taggedCounts = (what: string) =>
  object(what, {
    asked: count("All of them"),
    waited: count("Of these, had data migrated first"),
    without: count("Of these, went ahead without tag storage"),
    failed: count("Of these, failed"),
  });

const workloadFields = object("", {
  name: text("Its name, `replay` for a file's"),
  seed: count("Seed: the same one gives the same run"),
  operations: count("Operations done"),
  pagesVisited: count("Pages that they touched, each as often as it was"),
  violations: count("Allocations and frees that broke something"),
  interrupted: flag("Whether Ctrl-C ended it"),
  parameters: {
    description: "The workload's parameters by name; null for a replay",
    type: ["object", "null"],
    additionalProperties: { type: "number" },
  },
  stopped: orNull(flag("Whether a breach ended it; null for a replay")),
  breaches: list("What broke, by kind", breachCount),
  shortest: orNull(
    object("The fewest operations that show the breach it was stopped for", {
      breach: text("Name of the breach"),
      operations: list("Them, in order", operation),
    }),
  ),
  replayFile: orNull(text("Where they were written")),
  replayCommand: orNull(text("The command that shows the breach again")),
  idleBlocks: count("Blocks reserved at the end while no live tagged page needs them"),
  lostBlocks: orNull(
    count("Blocks that are still reserved once everything is freed; null for a replay, which frees nothing"),
  ),
  lostPages: orNull(count("Their pages")),
  tagged: taggedCounts("Tagged allocations"),
  data: object("Other allocations", { asked: count("All of them"), failed: count("Of these, failed") }),
  migrations: object("Data moved out of tag storage", {
    blocks: count("Blocks of data"),
    pages: count("Their pages"),
    failed: count("Attempts that failed"),
    split: count("Huge blocks that were split for want of another"),
  }),
  tagStorage: object("What tag storage was used for", {
    pages: count("Pages of tag storage"),
    data: meanAndPeak("Those that held data"),
    tags: meanAndPeak("Those that were reserved for tags"),
    overTime: list(
      "The run in stretches",
      object("One of them", {
        operations: count("Operations in it"),
        data: meanAndPeak("Pages that held data"),
        tags: object("Pages that were reserved for tags", { mean: number("On average") }),
      }),
    ),
  }),
  vmstat: {
    description: "What `/proc/vmstat` of a kernel of the series would show",
    type: "object",
    additionalProperties: { type: "integer" },
  },
  withoutEffect: orNull(count("Of a replay: operations that did not apply; null for a workload")),
  trace: orNull(
    object("Of a trace: what its lines came to; null for all else", {
      lines: count("Lines read"),
      allocationsByOrder: list("mm_page_alloc events with a page, from order 0 on", { type: "integer" }),
      freesByOrder: list("mm_page_free events, from order 0 on", { type: "integer" }),
      failedThere: count("Allocations that the traced kernel had no page for"),
      failedHere: count("Allocations that the model had no memory for"),
      lostEvents: count("Events that were lost before they were printed, as the trace says"),
      unknownFrees: count("Frees of what was allocated before the trace began"),
      unknownFreePages: count("Their pages"),
      missedFrees: count("Blocks allocated again without having been freed"),
      mismatchedFrees: count("Frees that do not fit what is allocated"),
      splits: count("Blocks that were freed in parts"),
      placed: object("Where the allocations are that the model had memory for", {
        there: count("At the PFN that the trace has"),
        taken: count("Elsewhere: that was in use here"),
        tagStorage: count("Elsewhere: that is tag storage, which only untagged, movable memory gets"),
        refused: count("Elsewhere: data could not be moved out of its tag storage"),
        outside: count("Elsewhere: this layout has no such memory for them"),
      }),
      tagged: taggedCounts("Allocations that were to be tagged, as `workload.tagged`"),
      liveBlocks: count("Blocks that are still allocated at the end"),
      livePages: count("Their pages"),
      peakDataPages: count("Pages of tag storage that held data, at the most"),
      dataPages: count("The same at the end"),
      malformedLines: count("Lines that are one of the events, and cannot be read"),
      firstMalformedLine: orNull(count("Number of the first of them, from 1")),
    }),
  ),
});

/** What there is to say of the sweep, too. */
const SWEEP_FIELDS = 5;

const workload: JsonSchema = {
  ...workloadFields,
  description: "A workload and what it met; the sweep, which allocates nothing, has no field after `violations`",
  required: workloadFields.required.slice(0, SWEEP_FIELDS),
  if: { properties: { name: { const: "sweep" } } },
  // all of them: no others are allowed
  else: { minProperties: workloadFields.required.length },
};

const interleavingBreach = (description: string) =>
  object(description, {
    what: text("What breaks"),
    pages: list("For each page, the blocks that its tags need", { type: "object" }),
    threads: list("For each thread, its page", { type: "integer" }),
    schedule: list("The steps", object("One of them", { thread: count("Which thread"), step: text("What it does") })),
  });

const interleavings = object("The series' locking protocol, explored", {
  threads: count("Threads at the most"),
  blocks: count("Blocks at the most"),
  omission: orNull(text("The part of the protocol that was left out on purpose")),
  scenarios: count("Scenarios within these bounds"),
  states: count("States met"),
  transitions: count("Steps from state to state"),
  cutShort: count("Scenarios with more states than were allowed: these are not explored to the end"),
  breach: orNull(
    interleavingBreach(
      "The shortest schedule that breaks something; with a part left out, something that holds with it",
    ),
  ),
  knownLoss: orNull(
    interleavingBreach("The shortest schedule to what the series loses by itself: rfc-v2, with blocks of one page"),
  ),
});

const region = object("A row of the kernel's `tag_regions`", {
  node: text("Path of the tag storage node"),
  memoryNode: text("Path of the memory node whose tags it holds"),
  memory: range("Memory whose tags lie in `tags`"),
  tags: range("Tag storage"),
  blockPages: count("Pages that are reserved as one"),
  numaNode: orNull(count("NUMA node; null where the tree has none")),
});

const SERIES = { description: "rfc-v1, rfc-v2, rfc-v3 or exact", enum: ["rfc-v1", "rfc-v2", "rfc-v3", "exact"] };

const report = object("What `check`, `regions`, `prove` and `run` tell of one input; a list of these for several", {
  carveout: text("Version of the program"),
  input: text("Path as given"),
  series: {
    ...SERIES,
    description: `${SERIES.description}; null where the input cannot be parsed and nobody named it`,
    enum: [...SERIES.enum, null],
  },
  pageSize: { description: "Bytes a page", enum: [4096, 16384, 65536] },
  maxOrder: count("Largest order of the page allocator"),
  pageblockOrder: count("Order of a pageblock"),
  outcome: {
    description:
      "`managed`, `disabled` (tag storage found, and turned off) or `absent` (none seen); null where the input cannot be parsed",
    enum: ["managed", "disabled", "absent", null],
  },
  safe: orNull(flag("Whether all six obligations hold; null unless managed")),
  regions: list("The table as it stands when boot is done; empty unless managed", region),
  proof: orNull(
    object("The proof; null unless managed", {
      orders: list("Exact counts, by region and order", orderRow("One region and order")),
      obligations: list("The six", obligation),
      straddles: list(
        "Allocations across the edge of two adjacent regions, counted apart",
        orderRow("One region, whose upper edge it is, and order"),
      ),
    }),
  ),
  workload: orNull(workload),
  findings: list("All that is to be said, in the order of the rooms that say it", finding),
  "interleavings?": interleavings,
  "suppressed?": list(
    "Findings that do not count",
    object("One of them", {
      rule: text("Its rule"),
      by: text("What keeps it from counting: an option, a comment, the baseline"),
      reason: orNull(text("The reason that a comment gives")),
      message: text("One sentence"),
      node: orNull(text("Path of the node")),
      location,
    }),
  ),
});

const bytes = (description: string) =>
  object(description, { start: count("First byte"), end: count("Byte after the last") });

const cost = object("What a constraint costs", {
  constraint: text("Which: placement, image, reserved, initrd, clear, zones, pageblocks or regions"),
  bytes: count("Taggable bytes that there would be more without it"),
});

const plan = object("What `plan` tells", {
  carveout: text("Version of the program"),
  input: text("Path as given"),
  series: SERIES,
  pageSizes: list("Page sizes that it was planned for, in bytes", { type: "integer" }),
  blockSize: count("Bytes that are reserved as one"),
  fits: flag("Whether there is a plan"),
  best: orNull(flag("Whether no layout has more taggable memory; false where the search was cut short")),
  regions: list(
    "Tag storage, chosen; empty where there is no plan",
    object("One node", {
      node: text("Name of the node"),
      memory: bytes("Memory whose tags it holds, in bytes"),
      tags: bytes("Where they lie, in bytes"),
    }),
  ),
  memoryBytes: orNull(count("Memory of the machine")),
  taggableBytes: count("Memory that can be tagged"),
  tagBytes: count("Tag storage"),
  untaggedBytes: orNull(count("Memory that is reserved, and stays without tags: the kernel never tags it")),
  leftOutBytes: orNull(count("Memory that is left out of the memory nodes, as no tags would belong to it")),
  costs: list("What each constraint costs; where there is no plan, which are to blame", cost),
  reason: orNull(text("Why there is no plan")),
  hint: orNull(text("How there would be one")),
  findings: list(
    "What the kernel has against the layout that fits best",
    object("A finding", {
      rule: text("The rule: `carveout explain` tells it"),
      severity: text("error or warning"),
      message: text("What is wrong"),
      node: orNull(text("Path of the node")),
    }),
  ),
});

const matrix = object("What several kernels make of one input", {
  carveout: text("Version of the program"),
  input: text("Path as given"),
  matrix: list("For each series and page size, the object that it gives where it is asked for alone", report),
});

const DRAFT = "http://json-schema.org/draft-07/schema#";

/** By name, with a line on which commands print it. */
export const outputSchemas: Readonly<Record<string, JsonSchema>> = {
  report: { $schema: DRAFT, title: "carveout check, regions, prove and run, with --format json", ...report },
  matrix: {
    $schema: DRAFT,
    title: "carveout check, regions and prove of several kernels, with --format json",
    ...matrix,
  },
  plan: { $schema: DRAFT, title: "carveout plan, with --format json", ...plan },
  boot: { $schema: DRAFT, title: "carveout boot, with --format json", ...bootSchema },
};
