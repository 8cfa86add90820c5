/** Rules about flattened blobs: what a reader that trusts nothing in them asks for. */
import { ruleList } from "./rule.ts";

/** What all of these have in common. */
const ABOUT_BLOBS = { severity: "error", consequence: "crash", series: null } as const;

const REBUILD =
  "Build the blob again, and look for what cut or patched it: boot loaders that resize it in place, copies of the wrong length.";

export const BLOB_RULES = ruleList([
  {
    id: "blob-magic",
    title: "A blob starts with 0xd00dfeed",
    ...ABOUT_BLOBS,
    checks: "The first word is the magic number of the flattened format: fdt_check_header.",
    breach: "The kernel finds no device tree, and stops before its console is up.",
    mend: "Give the blob itself, not an image that contains it.",
    bad: "00000000: feedd00d",
    good: "00000000: d00dfeed",
  },
  {
    id: "blob-version",
    title: "A blob is of version 16 or 17",
    ...ABOUT_BLOBS,
    checks: "version is at least 16 and last_comp_version at most 17: fdt_check_header.",
    breach: "The kernel refuses the blob.",
    mend: "Build it again with a current dtc.",
    bad: "version 3",
    good: "version 17, last_comp_version 16",
  },
  {
    id: "blob-truncated",
    title: "A blob is as long as its header says",
    ...ABOUT_BLOBS,
    checks: "The header is whole, and totalsize is no more than the bytes that are there.",
    breach: "The kernel reads past the end: whatever lies in memory there counts as device tree.",
    mend: REBUILD,
    bad: "totalsize 0x4000 in a file of 0x3000 bytes",
    good: "totalsize 0x4000 in a file of 0x4000 bytes",
  },
  {
    id: "blob-offset",
    title: "What a blob points at lies inside it",
    ...ABOUT_BLOBS,
    checks:
      "The blocks lie between the header and totalsize, aligned; each property's value lies inside the structure block, its name inside the strings block.",
    breach: "The kernel refuses the blob (fdt_check_header), or reads names and values from elsewhere.",
    mend: REBUILD,
    bad: "off_dt_strings 0xfffffff0",
    good: "off_dt_strings 0x1a40",
  },
  {
    id: "blob-reserve-map",
    title: "The memory reservations end with an entry of zeroes",
    ...ABOUT_BLOBS,
    checks: "The list of pairs of address and size ends inside the blob.",
    breach: "The kernel reserves memory by numbers that are no reservations.",
    mend: REBUILD,
    bad: "a last entry of 0x80000000 0x1000",
    good: "a last entry of 0x0 0x0",
  },
  {
    id: "blob-structure",
    title: "Nodes and properties are properly nested",
    ...ABOUT_BLOBS,
    checks:
      "The structure block is made of known tokens; every node that begins ends; names are terminated; properties belong to a node; one FDT_END closes it.",
    breach: "The kernel stops reading at the damage: nodes behind it do not exist.",
    mend: REBUILD,
    bad: "FDT_BEGIN_NODE, FDT_END",
    good: "FDT_BEGIN_NODE, FDT_END_NODE, FDT_END",
  },
  {
    id: "blob-limit",
    title: "A blob stays within what carveout reads",
    ...ABOUT_BLOBS,
    consequence: "none",
    checks: "Size, number of nodes and properties, depth, length of names. Each limit is far above any board's needs.",
    breach: "Reading stops: the blob would take unbounded time or memory.",
    mend: "Look at what generated it.",
    bad: "a blob of 1 GiB",
    good: "a blob of 100 KiB",
  },
]);
