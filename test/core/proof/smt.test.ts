import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Obligation } from "../../../core/proof/proof.ts";
import { prove } from "../../../core/proof/prove.ts";
import { smtScript } from "../../../core/proof/smt/script.ts";
import { type PfnRange, rangePages, type TagRegion } from "../../../core/region.ts";
import { SERIES } from "../../../core/series.ts";
import { type Layout, layouts, overlappingLayouts } from "./layouts.ts";
import { liesInside, slowBlock, slowBreaches } from "./slow-walk.ts";
import { type Assignment, readExpressions, readScript, type SmtQuery } from "./smt-language.ts";

function scriptOf({ regions, series, maxOrder }: Layout): string {
  return smtScript(regions, series, maxOrder, prove(regions, series, maxOrder));
}

function region(m0: number, memoryPages: number, t0: number, tagPages: number, blockPages: number): TagRegion {
  return {
    node: "/tags",
    memoryNode: "/memory",
    memory: { start: m0, end: m0 + memoryPages - 1 },
    tags: { start: t0, end: t0 + tagPages - 1 },
    blockPages,
    numaNode: null,
  };
}

/** What a solver is free to choose; `index` is the one that makes `pfn` aligned. */
function choose(row: number, order: number, pfn: number, block: number): Assignment {
  return { region: row, other: row, order, pfn, block, index: Math.floor(pfn / 2 ** order) };
}

function labels(regions: readonly TagRegion[]): string[] {
  const rows = (name: string) => regions.map((_, row) => (regions.length === 1 ? name : `${name}, row ${row}`));
  return ["containment", "disjointness", ...["coverage", "precision", "release", "retention"].flatMap(rows)];
}

describe("the script", () => {
  it("is S-expressions of standard commands, with every symbol declared before its use, linear, a query for each obligation", () => {
    fc.assert(
      fc.property(fc.oneof(layouts, overlappingLayouts), (layout) => {
        const { queries } = readScript(scriptOf(layout));
        expect(queries.map(({ label }) => label)).toEqual(labels(layout.regions));
      }),
      { numRuns: 60 },
    );
  });

  it("takes the largest table, orders, addresses and blocks there are", () => {
    const regions = Array.from({ length: 32 }, (_, row) =>
      region(2 ** 47 * row, 2 ** 46, 2 ** 52 - 100 - row, 1, 2 ** 32),
    );
    for (const series of SERIES)
      expect(readScript(scriptOf({ regions, series, maxOrder: 20 })).queries).toHaveLength(130);
  });

  it("stays whole whatever the nodes are called", () => {
    const odd = { ...region(0, 64, 1000, 2, 1), node: '/a\n(exit)"|\u2028', memoryNode: "/\x1b[31mö\r(exit)" };
    expect(readScript(scriptOf({ regions: [odd], series: "exact", maxOrder: 1 })).queries).toHaveLength(6);
    expect(scriptOf({ regions: [odd], series: "exact", maxOrder: 1 })).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it("asks for the values that tell a counterexample, where there is one", () => {
    // 320 pages of memory with tags for 160: containment and coverage are broken, the walk leaves the tags.
    const { queries } = readScript(scriptOf({ regions: [region(0, 320, 10000, 5, 1)], series: "rfc-v3", maxOrder: 6 }));
    expect(queries.map(({ status, constants }) => [status, constants.join(" ")])).toEqual([
      ["sat", "region pfn block"],
      ["unsat", ""],
      ["sat", "region order pfn block"],
      ["sat", "region order pfn block"],
      ["sat", "region order pfn block"],
      ["unsat", ""],
    ]);
  });
});

/** Blocks that an allocation may need or get at either end, what lies beside them, and some that are no blocks. */
function candidateBlocks({ regions }: Layout, order: number, pfn: number): Set<number> {
  const candidates = new Set<number>();
  const reach = Math.ceil(2 ** order / 32);
  for (const { memory, tags, blockPages } of regions) {
    const own = tags.start + blockPages * Math.floor(Math.floor((pfn - memory.start) / 32) / blockPages);
    for (const step of [-1, 0, 1, 2, reach - 1, reach, reach + 1]) candidates.add(own + blockPages * step);
    for (const page of [own + 1, tags.start, tags.end, tags.end + 1]) candidates.add(page);
  }
  return candidates;
}

/** Holds each query's formula against the slow definition, for every allocation of the layout with every block. */
function checkEveryAllocation(layout: Layout): void {
  const { regions, maxOrder } = layout;
  const { queries } = readScript(scriptOf(layout));
  const query = (label: string) => queries.find((candidate) => candidate.label === label)!;
  const found = new Set<string>();
  regions.forEach((own, row) => {
    const label = (name: string) => (regions.length === 1 ? name : `${name}, row ${row}`);
    const rowQueries = ["coverage", "precision", "release", "retention"].map((name) => query(label(name)));
    for (let order = 0; order <= maxOrder; order++) {
      const pages = 2 ** order;
      const first = Math.floor(own.memory.start / pages) * pages;
      for (let pfn = first; pfn <= own.memory.end; pfn += pages)
        checkAllocation(layout, row, order, pfn, rowQueries, found);
    }
  });
  checkEveryPage(layout, query("containment"), query("disjointness"), found);
  for (const { label, status } of queries) expect([label, status]).toEqual([label, found.has(label) ? "sat" : "unsat"]);
}

/** One allocation, with the four queries of its row; the labels of those that hold of it go into `found`. */
function checkAllocation(
  layout: Layout,
  row: number,
  order: number,
  pfn: number,
  queries: readonly SmtQuery[],
  found: Set<string>,
): void {
  const { regions, series } = layout;
  const own = regions[row]!;
  const last = pfn + 2 ** order - 1;
  // What begins before the memory or ends behind it is no allocation of the row: no formula may hold of it.
  const isInside = contains(own.memory, pfn) && contains(own.memory, last);
  const homes = new Array<TagRegion>(2 ** order).fill(own);
  const broken = isInside ? slowBreaches(regions, series, order, pfn, homes) : NOTHING_BROKEN;
  const { missing, extra, outside, leaking, early } = broken;
  const slow = [missing, [...extra, ...outside], leaking, early];
  const blocks = new Set([...candidateBlocks(layout, order, pfn), ...slow.flatMap((all) => all.slice(0, 1))]);
  for (const block of blocks) {
    const chosen = choose(row, order, pfn, block);
    queries.forEach((query, index) => {
      const holds = query.evaluate(chosen);
      if (holds !== slow[index]!.includes(block)) {
        expect.fail(`${query.label}: ${holds} of row ${row}, order ${order}, pfn ${pfn}, block ${block}`);
      }
      if (holds) found.add(query.label);
    });
  }
}

const NOTHING_BROKEN = { missing: [], extra: [], outside: [], leaking: [], early: [] };

function contains({ start, end }: PfnRange, pfn: number): boolean {
  return start <= pfn && pfn <= end;
}

/** The same for the two obligations that are about pages. */
function checkEveryPage(layout: Layout, containment: SmtQuery, disjointness: SmtQuery, found: Set<string>): void {
  const { regions } = layout;
  regions.forEach((own, row) => {
    for (let pfn = own.memory.start - 2; pfn <= own.memory.end + 2; pfn++) {
      const isOwn = contains(own.memory, pfn);
      const block = isOwn ? slowBlock(own, pfn) : own.tags.end + 1;
      const isOutside = isOwn && !liesInside(own, block, own.blockPages);
      const holds = containment.evaluate(choose(row, 0, pfn, block));
      if (holds !== isOutside) expect.fail(`containment: ${holds} of row ${row}, pfn ${pfn}, block ${block}`);
      if (containment.evaluate(choose(row, 0, pfn, block + 1))) expect.fail(`containment of no block, pfn ${pfn}`);
      if (isOutside) found.add(containment.label);
    }
    const edges = regions.flatMap(({ memory, tags }) => [memory.start, memory.end, tags.start, tags.end]);
    for (const pfn of edges.flatMap((edge) => [edge - 1, edge, edge + 1])) {
      const holds = regions.some((_, other) => disjointness.evaluate({ ...choose(row, 0, pfn, 0), other }));
      expect(holds).toBe(isUsedTwice(layout, row, pfn));
      if (holds) found.add(disjointness.label);
    }
  });
}

/** True where a range of `row` shares the page with the row's other range, or with a range of a row before it. */
function isUsedTwice({ regions }: Layout, row: number, pfn: number): boolean {
  const uses = regions
    .slice(0, row + 1)
    .flatMap(({ memory, tags }, user) => [memory, tags].filter((range) => contains(range, pfn)).map(() => user));
  return uses.includes(row) && uses.length > 1;
}

/** Few enough pages to look at each allocation. */
function small(arbitrary: fc.Arbitrary<Layout>): fc.Arbitrary<Layout> {
  return arbitrary.filter(({ regions }) => regions.every(({ memory }) => rangePages(memory) <= 700));
}

describe("the formulas say what docs/domain.md says, for every allocation with every block", () => {
  const timeout = 300_000;

  it("on random layouts of one to three regions", { timeout }, () => {
    fc.assert(fc.property(small(layouts), checkEveryAllocation), { numRuns: 25 });
  });

  it("on regions that share memory and tags", { timeout }, () => {
    fc.assert(fc.property(small(overlappingLayouts), checkEveryAllocation), { numRuns: 15 });
  });

  it("on each series' own breach: a block too many, one too few, one shared by two rows", { timeout }, () => {
    for (const series of SERIES) {
      checkEveryAllocation({ regions: [region(0, 640, 10000, 20, 2)], series, maxOrder: 8 });
      checkEveryAllocation({ regions: [region(16, 320, 10000, 10, 1)], series, maxOrder: 8 });
      const twoRows = [region(0, 640, 10000, 20, 1), region(0, 640, 10000, 20, 2)];
      checkEveryAllocation({ regions: twoRows, series, maxOrder: 8 });
    }
  });
});

describe("a formula holds of the counterexample that the proof gives", () => {
  /** What the proof leaves open: the second row where ranges overlap, the block where it names none. */
  function holdsOf(layout: Layout, query: SmtQuery, { counterexample }: Obligation): boolean {
    const { region: row, order, pfn, block } = counterexample!;
    return layout.regions.some((_, other) => query.evaluate({ ...choose(row, order ?? 0, pfn, block ?? 0), other }));
  }

  it("on random layouts, near the top of what a PFN can be included", () => {
    fc.assert(
      fc.property(fc.oneof(layouts, overlappingLayouts), (layout) => {
        const proof = prove(layout.regions, layout.series, layout.maxOrder);
        const { queries } = readScript(scriptOf(layout));
        for (const obligation of proof.obligations) {
          const own = queries.filter(({ label }) => label.startsWith(obligation.name));
          expect(own.some(({ status }) => status === "sat")).toBe(!obligation.holds);
          if (!obligation.holds) expect(own.some((query) => holdsOf(layout, query, obligation))).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("the reader that these tests rest on", () => {
  it("refuses what is not in order", () => {
    const script = (line: string) => `(set-logic QF_LIA)(declare-const a Int)${line}`;
    expect(() => readExpressions("(a (b)")).toThrow("not closed");
    expect(() => readExpressions("(a))")).toThrow("too many");
    expect(() => readScript(script("(define-fun f () Int b)"))).toThrow("b is not declared");
    expect(() => readScript(script("(define-fun f () Int (g a))"))).toThrow("g is not declared");
    expect(() => readScript(script("(define-fun f ((p Int)) Int p)(define-fun g () Int (f a a))"))).toThrow(
      "arguments",
    );
    expect(() => readScript(script("(declare-const a Int)"))).toThrow("twice");
    expect(() => readScript(script("(define-fun f () Int (* a a))"))).toThrow("not linear");
    expect(() => readScript(script("(define-fun f () Int (div 3 a))"))).toThrow("no numeral");
    expect(() => readScript(script("(check-sat)"))).toThrow("unfinished");
    expect(() => readScript(script("(pop 1)"))).toThrow("no command");
  });

  it("divides as SMT-LIB does: rounding down, with remainders from 0 on", () => {
    const { term } = readScript(
      "(set-logic QF_LIA)(declare-const a Int)(define-fun q () Int (div a 32))(define-fun r () Int (mod a 32))",
    );
    expect([-33, -32, -1, 0, 31, 32].map((a) => [term("q", { a }), term("r", { a })])).toEqual([
      [-2, 31],
      [-1, 0],
      [-1, 31],
      [0, 0],
      [0, 31],
      [1, 0],
    ]);
  });
});
