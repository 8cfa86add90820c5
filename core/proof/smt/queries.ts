/** The six obligations of docs/domain.md as queries: each asks for a counterexample, so `unsat` proves the obligation. */
import type { TagRegion } from "../../region.ts";
import type { Breach, Counterexample, ObligationName, OrderRow, Proof } from "../proof.ts";
import { and, comment, or } from "./expression.ts";

/** What a query is made from: the proof gives the verdict that is to be checked, and no part of a formula. */
type Verdicts = Pick<Proof, "orders" | "obligations">;

/** Decided for the table as a whole, from its ranges. */
interface TableQuery {
  readonly asks: string;
  /** Constants whose values tell the counterexample. */
  readonly constants: string;
  assertion(regions: readonly TagRegion[]): string;
}

const TABLE_QUERIES: Readonly<Partial<Record<ObligationName, TableQuery>>> = {
  containment: {
    asks: "a page pfn of tagged memory, of row region, whose block is not inside the row's tag storage",
    constants: "region pfn block",
    assertion: (regions) =>
      or(
        ...regions.map(({ blockPages }, row) =>
          and(
            `(= region ${row})`,
            `(memory_${row} pfn)`,
            `(= block (block_${row} pfn))`,
            `(not (inside_${row} block ${blockPages}))`,
          ),
        ),
      ),
  },
  disjointness: {
    asks: "a page pfn that is tagged memory and tag storage, or either of them in two rows, region the later",
    constants: "region other pfn",
    assertion: () =>
      and(
        "(<= other region)",
        or(
          "(and (in_memory region) (in_tags other))",
          "(and (in_tags region) (in_memory other))",
          "(and (< other region) (in_memory region) (in_memory other))",
          "(and (< other region) (in_tags region) (in_tags other))",
        ),
      ),
  },
};

/**
 * Decided a row at a time: what a solver has to tell apart for one row does not add up with the other rows', and it is
 * through in a fraction of the time.
 */
interface RowQuery {
  /** What the allocation and the block of a counterexample are. */
  readonly asks: string;
  /** The allocations that break it, as the proof counts them. */
  breaches(row: OrderRow): readonly Breach[];
  conditions(region: TagRegion, row: number): readonly string[];
}

const ROW_QUERIES: Readonly<Partial<Record<ObligationName, RowQuery>>> = {
  coverage: {
    asks: "m > 0, but block is not reserved, c = 0",
    breaches: ({ unprotected }) => [unprotected],
    conditions: (_region, row) => [`(> m_${row} 0)`, `(not (> c_at_${row} 0))`],
  },
  precision: {
    asks: "block is reserved, c > 0, but m = 0 or it is not inside the row's tag storage",
    breaches: ({ overReserved, outOfRegion }) => [overReserved, outOfRegion],
    conditions: (_region, row) => [
      `(> c_at_${row} 0)`,
      `(or (= m_${row} 0) (not (inside_${row} block c_pages_at_${row})))`,
    ],
  },
  release: {
    asks: "c is more than the pages give back, freed one at a time: m, or nothing where block is not inside tag storage",
    breaches: ({ leaks }) => [leaks],
    conditions: ({ blockPages }, row) => [`(> c_at_${row} (ite (inside_${row} block ${blockPages}) m_${row} 0))`],
  },
  retention: {
    asks: "block is reserved, c > 0, with fewer references than m",
    breaches: ({ earlyReleases }) => [earlyReleases],
    conditions: (_region, row) => [`(> c_at_${row} 0)`, `(< c_at_${row} m_${row})`],
  },
};

/** The queries of one obligation: a single one, or one for each row. */
export function obligationLines(regions: readonly TagRegion[], verdicts: Verdicts, name: ObligationName): string[] {
  const whole = TABLE_QUERIES[name];
  if (whole !== undefined) {
    const counterexample = verdicts.obligations.find((obligation) => obligation.name === name)?.counterexample ?? null;
    return [
      comment(`${name}: is there ${whole.asks}?`),
      ...queryLines(name, whole.assertion(regions), counterexample, whole.constants),
    ];
  }
  const { asks, breaches, conditions } = ROW_QUERIES[name]!;
  return [
    comment(`${name}: is there an allocation and a block where ${asks}?`),
    ...regions.flatMap((region, row) => {
      const label = regions.length === 1 ? name : `${name}, row ${row}`;
      const assertion = and(`(= region ${row})`, `allocation_${row}`, ...conditions(region, row));
      return queryLines(label, assertion, smallestBreach(verdicts.orders, row, breaches), "region order pfn block");
    }),
  ];
}

type Told = Pick<Counterexample, "region" | "order" | "pfn">;

/** The smallest order first, then the lowest PFN; null where no allocation of the row breaks the obligation. */
function smallestBreach(orders: readonly OrderRow[], region: number, breaches: RowQuery["breaches"]): Told | null {
  for (const row of orders) {
    if (row.region !== region) continue;
    const firsts = breaches(row).flatMap(({ first }) => (first === null ? [] : [first]));
    if (firsts.length > 0) return { region, order: row.order, pfn: Math.min(...firsts) };
  }
  return null;
}

/**
 * One query. Its `:status` is the proof's verdict: a solver that finds otherwise says so. Values are asked for where the
 * proof has a counterexample, as asking is an error to solvers where there is no model.
 */
function queryLines(label: string, assertion: string, told: Told | null, constants: string): string[] {
  const answer =
    told === null
      ? "carveout: no"
      : `carveout: yes, the smallest at region ${told.region}, ${told.order === null ? "" : `order ${told.order}, `}pfn ${told.pfn}`;
  return [
    "(reset-assertions)",
    `(echo "${label}")`,
    `(assert ${assertion})`,
    comment(answer),
    `(set-info :status ${told === null ? "unsat" : "sat"})`,
    "(check-sat)",
    ...(told === null ? [] : [`(get-value (${constants}))`]),
  ];
}
