/** What `run --interleavings` finds in the locking protocol of a series: about no place in the input. */
import { SERIES } from "../series.ts";
import { ruleList } from "./rule.ts";

export const INTERLEAVING_RULES = ruleList([
  {
    id: "interleaving",
    title: "In whatever order threads take their steps, tag storage is neither lost nor let go while it is needed",
    severity: "error",
    consequence: "corruption",
    series: SERIES,
    checks:
      "run --interleavings explores each order of the steps in which threads reserve and free tag storage, every failure included: no block is lost, none is taken twice, none is let go while a tagged page needs it, and no thread waits for ever.",
    breach:
      "A block that is lost never comes back; one that is let go or taken twice has tags written over data. The schedule in the report shows how, step by step. rfc-v2 loses a block of one page that it takes straight off the free lists and cannot store.",
    mend: "The kernel has to be mended: in rfc-v2, add the reference to the page before the store. Blocks of more than one page are not taken that way.",
    bad: "carveout run board.dts --kernel rfc-v2 --interleavings\t/* block-size = <0x1000>; */",
    good: "carveout run board.dts --kernel rfc-v3 --interleavings\t/* block-size = <0x1000>; */",
  },
  {
    id: "interleavings-cut-short",
    title: "Interleavings are explored to the end",
    severity: "warning",
    consequence: "none",
    series: SERIES,
    checks: "No scenario of run --interleavings has more states than --states allows.",
    breach: "What lies beyond was not looked at: that nothing breaks is not shown.",
    mend: "Allow more states with --states, or bound threads and blocks with --threads and --blocks so that all of them are explored.",
    bad: "carveout run board.dts --interleavings --states 10",
    good: "carveout run board.dts --interleavings",
  },
]);
