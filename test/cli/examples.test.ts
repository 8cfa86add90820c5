import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { carveout } from "./program.ts";

interface Expected {
  readonly outcome: "managed" | "disabled" | "absent" | null;
  readonly safe: boolean | null;
  /** Rules of the errors, in order. */
  readonly errors: readonly string[];
  readonly kernel?: string;
  /** An overlay to apply. */
  readonly overlay?: string;
}

const SAFE: Expected = { outcome: "managed", safe: true, errors: [] };

/** What each example shows, as its first comment and README.md say. */
const EXAMPLES: Readonly<Record<string, Expected>> = {
  "fvp-rfc-v2.dts": SAFE,
  "fvp-rfc-v3.dts": SAFE,
  "qemu-virt.dts": SAFE,
  "qemu-virt-plain.dts": { outcome: "absent", safe: null, errors: [] },
  "qemu-virt-plain.dts with its overlay": { ...SAFE, overlay: "tag-storage-overlay.dts" },
  "tag-storage-overlay.dts": { outcome: "absent", safe: null, errors: ["overlay-alone"] },
  "machine.yaml": SAFE,
  "plain-machine.yaml": { outcome: "absent", safe: null, errors: [] },
  "server-64k.yaml": SAFE,
  "zone-split.yaml": {
    outcome: "managed",
    safe: false,
    errors: ["containment", "coverage", "release", "straddling-allocation"],
  },
  "blocks-8k.dts": { outcome: "managed", safe: false, errors: ["precision", "release"] },
  "broken-syntax.dts": { outcome: null, safe: null, errors: ["syntax", "syntax", "phandle_references"] },
  "broken-reg-short.dts": { outcome: "disabled", safe: null, errors: ["reg-short"] },
  "broken-tags-short.dts": { outcome: "disabled", safe: null, errors: ["tag-range-size"] },
  "broken-tags-unaligned.dts": { outcome: "disabled", safe: null, errors: ["tag-range-alignment"] },
  "broken-memory-phandle.dts": { outcome: "disabled", safe: null, errors: ["memory-node"] },
  "broken-no-block-size.dts": { outcome: "disabled", safe: null, errors: ["block-size"] },
  "broken-second-region.dts": { outcome: "disabled", safe: null, errors: ["block-size", "tag-table-emptied"] },
  "broken-name.dts": { outcome: "absent", safe: null, errors: [], kernel: "rfc-v2" },
  "broken-overlap.dts": { outcome: "managed", safe: false, errors: ["disjointness"] },
  "broken-memory-start.dts": { outcome: "managed", safe: false, errors: ["coverage", "release"] },
};

describe("each example shows what its README says", () => {
  test("and there is no other example", () => {
    const trees = readdirSync("examples").filter((name) => /\.(dts|yaml)$/.test(name));
    const shown = new Set(Object.keys(EXAMPLES).map((name) => name.split(" ")[0]));
    expect(trees.sort()).toEqual([...shown].sort());
  });

  test.each(Object.entries(EXAMPLES))("%s", (name, { outcome, safe, errors, kernel, overlay }) => {
    const flags = kernel === undefined ? [] : ["--kernel", kernel];
    if (overlay !== undefined) flags.push("-a", `examples/${overlay}`);
    const { code, out, err } = carveout(["check", `examples/${name.split(" ")[0]}`, "--format", "json", ...flags]);
    const report = JSON.parse(out);
    expect(err).toBe("");
    expect(report).toMatchObject({ outcome, safe });
    const found = report.findings.filter(({ severity }: { severity: string }) => severity === "error");
    expect(found.map(({ rule }: { rule: string }) => rule)).toEqual(errors);
    expect(report.findings.filter(({ location }: { location: unknown }) => location === null)).toEqual([]);
    expect(code).toBe(errors.length > 0 ? 1 : 0);
  });

  test("the review's layout, to the count", () => {
    const { out } = carveout(["prove", "examples/blocks-8k.dts", "--format", "json"]);
    const { orders } = JSON.parse(out).proof;
    // 2 GiB hold 8192 allocations of order 6; each takes one block too many, the last one, 64 pages before the end
    // (PFN 1048576 - 64), outside the region.
    expect(orders[6]).toEqual({
      region: 0,
      order: 6,
      allocations: 8192,
      unprotected: { allocations: 0, pages: 0, first: null },
      overReserved: { allocations: 8192, blocks: 8192, first: 524288 },
      outOfRegion: { allocations: 1, first: 1048512 },
      leaks: { allocations: 8192, first: 524288 },
      earlyReleases: { allocations: 0, first: null },
    });
    for (const row of orders.slice(0, 6)) {
      for (const group of ["unprotected", "overReserved", "outOfRegion", "leaks", "earlyReleases"]) {
        expect(row[group]).toMatchObject({ allocations: 0, first: null });
      }
    }
  });
});
