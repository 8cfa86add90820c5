/** The scripts of `prove --format smt2` put to z3: the proof's verdict each time, and models that are counterexamples. */
import { beforeAll, describe, expect, test } from "vitest";
import { OBLIGATIONS, type ObligationName } from "../../core/proof/proof.ts";
import { prove } from "../../core/proof/prove.ts";
import { smtScript } from "../../core/proof/smt/script.ts";
import type { PfnRange, TagRegion } from "../../core/region.ts";
import { SERIES } from "../../core/series.ts";
import { COMBINATIONS, familyLayout } from "../core/proof/layout-family.ts";
import type { Layout } from "../core/proof/layouts.ts";
import { liesInside, slowBlock, slowBreaches } from "../core/proof/slow-walk.ts";
import { type Expression, readExpressions } from "../core/proof/smt-language.ts";
import { eachAtOnce, outputOf } from "./processes.ts";
import { requireProgram } from "./tools.ts";

/** z3's answer to one query; `model` holds the constants that it was asked for. */
interface Answer {
  readonly label: string;
  readonly isSat: boolean;
  readonly model: Readonly<Record<string, number>>;
}

/** What z3 says to a script. The verdicts in it are taken out, so that z3 knows nothing of them. */
async function askZ3(script: string): Promise<Answer[]> {
  const out = await outputOf("z3", ["-in", "-T:120"], { input: script.replace(/\(set-info :status \w+\)/g, "") });
  const answers: Answer[] = [];
  let label = "";
  for (const [line] of out.toString().matchAll(/^\((?:[^\n]|\n )*\)$|^[^(\n]+$/gm)) {
    if (line === "sat" || line === "unsat") answers.push({ label, isSat: line === "sat", model: {} });
    else if (line.startsWith("((")) answers.push({ ...answers.pop()!, model: readModel(line) });
    else label = line;
  }
  return answers;
}

/** `((region 0) (pfn (- 1)))`. */
function readModel(text: string): Record<string, number> {
  const [pairs] = readExpressions(text) as [readonly (readonly [string, Expression])[]];
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, typeof value === "string" ? Number(value) : -Number(value[1])]),
  );
}

/** Decided by z3, all obligations; each model a counterexample by the slow definition. Gives the obligations broken. */
async function checkWithZ3(layout: Layout): Promise<ReadonlySet<ObligationName>> {
  const { regions, series, maxOrder } = layout;
  const proof = prove(regions, series, maxOrder);
  const answers = await askZ3(smtScript(regions, series, maxOrder, proof));
  const broken = new Set<ObligationName>();
  for (const { name, holds } of proof.obligations) {
    const own = answers.filter(({ label }) => label.startsWith(name));
    const isOfTable = name === "containment" || name === "disjointness";
    const about = `${name} of ${JSON.stringify(layout)}`;
    expect(own.length, about).toBe(isOfTable ? 1 : regions.length);
    expect(
      own.some(({ isSat }) => isSat),
      about,
    ).toBe(!holds);
    for (const { isSat, model } of own) {
      if (isSat) expect(isCounterexample(layout, name, model), `${about}: ${JSON.stringify(model)}`).toBe(true);
    }
    if (!holds) broken.add(name);
  }
  return broken;
}

function contains({ start, end }: PfnRange, pfn: number): boolean {
  return start <= pfn && pfn <= end;
}

type Model = Answer["model"];

/** By the slow definition. Throws where the model is no page, or no allocation, of the table. */
function isCounterexample({ regions, series, maxOrder }: Layout, name: ObligationName, model: Model): boolean {
  const { order, other, block } = model;
  const pfn = model.pfn!;
  const region = regions[model.region!]!;
  if (name === "containment") {
    expect(contains(region.memory, pfn)).toBe(true);
    expect(block).toBe(slowBlock(region, pfn));
    return !liesInside(region, block!, region.blockPages);
  }
  if (name === "disjointness") {
    const rangesOf = ({ memory, tags }: TagRegion) => [memory, tags].filter((range) => contains(range, pfn));
    const second = other === model.region ? [] : rangesOf(regions[other!]!);
    return rangesOf(region).length + second.length > 1;
  }
  const pages = 2 ** order!;
  expect(order).toSatisfy((value: number) => value >= 0 && value <= maxOrder);
  expect(pfn % pages).toBe(0);
  expect(contains(region.memory, pfn) && contains(region.memory, pfn + pages - 1)).toBe(true);
  const homes = new Array<TagRegion>(pages).fill(region);
  const { missing, extra, outside, leaking, early } = slowBreaches(regions, series, order!, pfn, homes);
  const blocks = { coverage: missing, precision: [...extra, ...outside], release: leaking, retention: early }[name];
  return blocks.includes(block!);
}

/** A region with tags for all of its memory in whole blocks. */
function region(row: number, m0: number, memoryPages: number, blockPages: number): TagRegion {
  const t0 = 2 ** 24 * (row + 1);
  return {
    node: `/tags@${row}`,
    memoryNode: `/memory@${row}`,
    memory: { start: m0, end: m0 + memoryPages - 1 },
    tags: { start: t0, end: t0 + Math.ceil(memoryPages / 32 / blockPages) * blockPages - 1 },
    blockPages,
    numaNode: null,
  };
}

/** 2 GiB at 2 GiB, as on the FVP, and 96 KiB further on, under each page size with blocks that hardware could have. */
function boards(): Layout[] {
  const GIB = 2 ** 30;
  const pageSizes = [
    { pageBytes: 4096, maxOrder: 10, blocks: [1, 2, 4, 512, 3] },
    { pageBytes: 16384, maxOrder: 11, blocks: [1, 2, 4, 128, 3] },
    { pageBytes: 65536, maxOrder: 13, blocks: [1, 2, 32, 3] },
  ];
  return SERIES.flatMap((series) =>
    pageSizes.flatMap(({ pageBytes, maxOrder, blocks }) =>
      blocks.flatMap((blockPages) =>
        [0, 96 * 1024].map((shift) => {
          const m0 = Math.floor((2 * GIB + shift) / pageBytes);
          return { regions: [region(0, m0, (2 * GIB) / pageBytes, blockPages)], series, maxOrder };
        }),
      ),
    ),
  );
}

beforeAll(() => requireProgram("z3", "z3"));

/** How many layouts z3 found safe, and how many it found to break each obligation. */
async function tally(layouts: readonly Layout[]): Promise<Record<ObligationName | "safe", number>> {
  const results = await eachAtOnce(layouts, checkWithZ3);
  const counts = OBLIGATIONS.map((name) => [name, results.filter((broken) => broken.has(name)).length]);
  return { ...Object.fromEntries(counts), safe: results.filter(({ size }) => size === 0).length };
}

describe("z3 decides all six obligations, for all orders, as the proof does, and its models are counterexamples", () => {
  test("for 240 layouts of the family: all series, page sizes and shapes, tags short and long", async () => {
    // A step that shares no factor with the number of combinations comes by every value of every choice.
    const step = 37;
    const layouts = Array.from({ length: 240 }, (_, index) => familyLayout((index * step) % COMBINATIONS, 1));
    expect(new Set(layouts.map(({ series, maxOrder }) => `${series} ${maxOrder}`)).size).toBe(12);
    const counts = await tally(layouts);
    // Nothing is decided where only one verdict ever comes up.
    for (const name of OBLIGATIONS)
      expect([name, counts[name] > 0 && counts[name] < layouts.length]).toEqual([name, true]);
    expect(counts.safe).toBeGreaterThan(0);
  });

  test("for 2 GiB of memory with blocks of a page to 2 MiB", async () => {
    const counts = await tally(boards());
    expect(counts).toMatchObject({ containment: 0, disjointness: 0, retention: 0 });
    // Whatever the blocks and the start, exact is safe: a quarter of the layouts at the least.
    expect(counts.safe).toBeGreaterThanOrEqual(boards().length / 4);
    expect(Math.min(counts.coverage, counts.precision, counts.release)).toBeGreaterThan(0);
  });

  test("for a table of 32 rows", async () => {
    const rows = Array.from({ length: 32 }, (_, row) => region(row, 2 ** 20 * (row + 1), 2 ** 18, 1 + (row % 2)));
    await checkWithZ3({ regions: rows, series: "rfc-v2", maxOrder: 10 });
  });
});

test("the one step that the formulas take beyond the definitions, the pages of a block, is itself decided by z3", async () => {
  for (let index = 0; index < 20; index++) {
    const { regions, series, maxOrder } = familyLayout(index * 41, 1);
    const script = smtScript(regions, series, maxOrder, prove(regions, series, maxOrder));
    const definitions = script.slice(0, script.indexOf("(reset-assertions)"));
    const queries = regions.map(({ tags, blockPages }, row) => {
      const isOf = `(= (block_${row} pfn) block)`;
      const isBlock = `(= (mod (- block ${tags.start}) ${blockPages}) 0)`;
      const isAmong = `(and (<= block_first_${row} pfn) (< pfn (+ block_first_${row} ${32 * blockPages})))`;
      return `(reset-assertions)(echo "${row}")(assert (not (= ${isOf} (and ${isBlock} ${isAmong}))))(check-sat)\n`;
    });
    const answers = await askZ3(definitions + queries.join(""));
    expect(answers.map(({ isSat }) => isSat)).toEqual(regions.map(() => false));
  }
});
