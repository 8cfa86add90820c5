import { expect, test } from "vitest";
import { carveout } from "./program.ts";

/** Two banks that meet at 0xc0100000, 1 MiB past a multiple of the largest allocation, and tags for each. */
function banks(secondTags: string): string {
  return `/dts-v1/;
/ { #address-cells = <2>; #size-cells = <2>;
memory0: memory@80100000 { device_type = "memory"; reg = <0x0 0x80100000 0x0 0x40000000>; };
memory1: memory@c0100000 { device_type = "memory"; reg = <0x0 0xc0100000 0x0 0x40000000>; };
memory@880000000 { device_type = "memory"; reg = <0x8 0x80000000 0x1 0x0>; };
tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; reg = <0x8 0xf8000000 0x0 0x2000000>;
	block-size = <0x1000>; memory = <&memory0>; };
tag-storage@${secondTags} { compatible = "arm,mte-tag-storage"; reg = <0x${secondTags[0]} 0x${secondTags.slice(1)} 0x0 0x2000000>;
	block-size = <0x1000>; memory = <&memory1>; };
};`;
}

function prove(input: string, ...args: string[]) {
  return carveout(["prove", "-", "--kernel", "rfc-v2", ...args], { input });
}

test("JSON has a row for each order whose allocations lie across two regions, after the obligations", () => {
  const { code, out } = prove(banks("900000000"), "--format", "json");
  const { proof, safe } = JSON.parse(out);
  // The obligations hold, and the finding is an error all the same.
  expect([code, safe]).toEqual([1, true]);
  expect(Object.keys(proof)).toEqual(["orders", "obligations", "straddles"]);
  // PFN 786688 is 256 past multiples of 512 and of 1024. Of 512 pages the walk takes 16 blocks, 8 of them behind the first
  // region's tags; the 256 pages in the second region have theirs elsewhere. Of 1024, at the same PFN, 24 of 32.
  const row = (order: number, unprotectedPages: number, blocks: number) => ({
    region: 0,
    order,
    allocations: 1,
    unprotected: { allocations: 1, pages: unprotectedPages, first: 786432 },
    overReserved: { allocations: 1, blocks, first: 786432 },
    outOfRegion: { allocations: 1, first: 786432 },
    leaks: { allocations: 1, first: 786432 },
    earlyReleases: { allocations: 0, first: null },
  });
  expect(JSON.stringify(proof.straddles)).toBe(JSON.stringify([row(9, 256, 8), row(10, 768, 24)]));
});

test("text has them after the counts, and nothing where there are none", () => {
  const { out } = prove(banks("900000000"));
  expect(out).toContain("2 allocations lie across the memory of several regions");
  expect(out).toMatch(/^ +0 +9 +1 +1 @786432 +1 @786432 +1 @786432 +1 @786432 +-$/m);
  const followed = prove(banks("8fa000000"));
  expect(followed.out).toMatch(/2 allocations lie across .*: none breaks an obligation/);
  expect(followed.code).toBe(0);
  expect(prove(banks("900000000"), "--max-order", "8").out).not.toContain("lie across");
});
