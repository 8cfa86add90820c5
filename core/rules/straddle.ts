/** What a table owes beyond the six obligations, which are about allocations that lie wholly in one region. */
import { SERIES } from "../series.ts";
import { ruleList } from "./rule.ts";
import { trialsAlone } from "./trial.ts";

const TAG_STORAGE = `tag-storage@8f8000000 {
	compatible = "arm,mte-tag-storage";
	reg = <0x8 0xf8000000 0x0 0x2000000>;
	block-size = <0x1000>;
	memory = <&memory0>;
};
tag-storage@900000000 {
	compatible = "arm,mte-tag-storage";
	reg = <0x9 0x0 0x0 0x2000000>;
	block-size = <0x1000>;
	memory = <&memory1>;
};`;

export const STRADDLE_RULES = ruleList([
  {
    id: "straddling-allocation",
    title:
      "An allocation that lies across the memory of several regions has the right blocks reserved for all its pages",
    severity: "error",
    consequence: "corruption",
    series: SERIES,
    checks:
      "For each naturally aligned allocation that lies in the memory of several regions of one NUMA node, and wholly in none, reserve_tag_storage reserves the blocks of all its pages and no others. It looks up the region of the first page alone, and its walk does not end where that region does.",
    breach:
      "The tags of the pages in the further regions are written over data that is in use, and blocks behind the first region's tag storage can be taken from their owner.",
    mend: "Let tagged memory that runs on into other tagged memory end at a multiple of the largest allocation (4 MiB with 4 KiB pages), or make one memory node and one tag range of the two.",
    bad: `memory0: memory@80100000 {
	device_type = "memory";
	reg = <0x0 0x80100000 0x0 0x40000000>;
};
memory1: memory@c0100000 {	/* 1 MiB past a multiple of 4 MiB, and no gap */
	device_type = "memory";
	reg = <0x0 0xc0100000 0x0 0x40000000>;
};
${TAG_STORAGE}`,
    good: `memory0: memory@80000000 {
	device_type = "memory";
	reg = <0x0 0x80000000 0x0 0x40000000>;
};
memory1: memory@c0000000 {
	device_type = "memory";
	reg = <0x0 0xc0000000 0x0 0x40000000>;
};
${TAG_STORAGE}`,
    trials: trialsAlone(["rfc-v2"]),
  },
]);
