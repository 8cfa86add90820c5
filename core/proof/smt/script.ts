/** A proof as a script in SMT-LIB 2.6, so that any solver can check it. */
import type { TagRegion } from "../../region.ts";
import type { Series } from "../../series.ts";
import { OBLIGATIONS, type Proof } from "../proof.ts";
import { and, comment, define, firstOf, or } from "./expression.ts";
import { obligationLines } from "./queries.ts";
import { allocationLines, rowLines } from "./row.ts";

/**
 * The script for a region table under one series' arithmetic: for each obligation an `echo` of its name and a
 * `check-sat`, to which `unsat` means proved; after `sat`, the values of a counterexample. Coverage, precision, release
 * and retention are decided for each row alone, and echo it (`coverage, row 1`) where there are several. The logic is
 * QF_LIA, with `div` and `mod` by numerals.
 *
 * `regions`, `series`, `maxOrder`: as for `prove`. `verdicts`: what `prove` makes of them; they become the `:status` of
 * each query and no part of a formula.
 */
export function smtScript(
  regions: readonly TagRegion[],
  series: Series,
  maxOrder: number,
  verdicts: Pick<Proof, "orders" | "obligations">,
): string {
  const groups = [
    preambleLines(series, maxOrder),
    ...regions.map((region, row) => rowLines(region, row, series)),
    tableLines(regions),
    ...OBLIGATIONS.map((name) => obligationLines(regions, verdicts, name)),
  ];
  return `${groups.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** What a solver may choose, and what does not depend on the row. */
function preambleLines(series: Series, maxOrder: number): string[] {
  const orders = Array.from({ length: maxOrder + 1 }, (_, order) => order);
  const pagesOf = (order: number): [string, string] => [`(= order ${order})`, String(2 ** order)];
  // The multiple is a constant and no mod: the remainders for all orders would be in each other's way.
  const alignedTo = orders.map((order) => and(`(= order ${order})`, `(= pfn (* ${2 ** order} index))`));
  return [
    comment(
      "Each query asks for a counterexample. unsat: there is none, the obligation is proved. sat: the values are one.",
    ),
    "(set-info :smt-lib-version 2.6)",
    "(set-option :produce-models true)",
    "(set-option :global-declarations true)",
    "(set-logic QF_LIA)",
    "",
    comment(
      "A counterexample: an allocation of 2^order pages from page pfn on, in the tagged memory of row region, and a",
    ),
    comment(
      "block of tag storage, named by its first page. Where two rows are in each other's way, other is the second.",
    ),
    comment("Everything counts pages, from the start of the address space; div rounds down."),
    ...["region", "other", "order", "pfn", "block"].map((name) => `(declare-const ${name} Int)`),
    "",
    define("smaller", "((a Int) (b Int))", "Int", "(ite (<= a b) a b)"),
    define("larger", "((a Int) (b Int))", "Int", "(ite (<= a b) b a)"),
    comment("2^order"),
    define("pages", "()", "Int", firstOf(orders.slice(0, -1).map(pagesOf), String(2 ** maxOrder))),
    define("last_pfn", "()", "Int", "(- (+ pfn pages) 1)"),
    comment("order is one that the page allocator has, and pfn divisible by 2^order: index times 2^order."),
    "(declare-const index Int)",
    define("aligned", "()", "Bool", or(...alignedTo)),
    ...(series === "exact" ? [] : kernelTagPages(series)),
  ];
}

function kernelTagPages(series: Series): string[] {
  return [
    comment(`Tag pages that ${series} takes the allocation to need: max(floor(2^order / 32), 1).`),
    define("kernel_tag_pages", "()", "Int", "(larger (div pages 32) 1)"),
  ];
}

/** What the rows are to one another. */
function tableLines(regions: readonly TagRegion[]): string[] {
  const rowOf = (has: string) => or(...regions.map((_, row) => and(`(= r ${row})`, `(${has}_${row} pfn)`)));
  return [
    comment(
      "Allocations in the memory of row N alone, naturally aligned: c_at_N is c(block), c_pages_at_N the B of its walk.",
    ),
    comment(
      "The lookup takes the first row that it can; where there is none, nothing is reserved. It cannot take a row whose",
    ),
    comment("memory has no page of row N's, so that such rows are left out."),
    ...regions.flatMap((_, row) => allocationLines(regions, row)),
    comment("Row r has pfn in its tagged memory, or in its tag storage."),
    define("in_memory", "((r Int))", "Bool", rowOf("memory")),
    define("in_tags", "((r Int))", "Bool", rowOf("tags")),
  ];
}
