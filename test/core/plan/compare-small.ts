/** Plans for small machines against an exhaustive search. */
import { planTree } from "../../../core/plan-tree.ts";
import { betterLayout, isManagedAndSafe, type Row, TooLarge } from "./exhaustive-layout.ts";
import { type SmallMachine, smallMachine } from "./small-machine.ts";
import { machineSource, optionsOf, parse } from "./small-machine-source.ts";

export interface Comparison {
  /** Plans than which the search found nothing better. */
  plans: number;
  /** Machines without a plan for which the search found no layout. */
  refusals: number;
  /** Machines whose layouts are too many to try them all. */
  tooLarge: number;
  /** Plans that are told to be the best of those tried, and no more. */
  uncertain: number;
  readonly wrong: Disagreement[];
}

/** What there is to see where plan is wrong. */
export interface Disagreement {
  readonly seed: number;
  readonly source: string;
  readonly cells: number;
  /** A layout that is better; null where the plan's own is not managed and safe. */
  readonly better: readonly Row[] | null;
}

/** Compares for machines of seeds `first … end - 1`; see {@link betterLayout} for `mostSteps`. */
export function compareSmall(first: number, end: number, mostSteps: number): Comparison {
  const comparison: Comparison = { plans: 0, refusals: 0, tooLarge: 0, uncertain: 0, wrong: [] };
  for (let seed = first; seed < end; seed++) {
    const machine = smallMachine(seed);
    const source = machineSource(machine);
    const plan = planTree(parse(source), optionsOf(machine));
    const cells = plan.kind === "plan" ? plan.taggableBytes / machine.cellBytes : 0;
    const isRight = plan.kind === "none" || isManagedAndSafe(plan.tree, machine.configs);
    if (!isRight) comparison.wrong.push({ seed, source, cells, better: null });
    if (plan.kind === "plan" && !plan.isBest) comparison.uncertain++;
    const better = search(machine, cells, mostSteps);
    if (better === "too large") comparison.tooLarge++;
    else if (better !== null) comparison.wrong.push({ seed, source, cells, better });
    else if (plan.kind === "plan") comparison.plans++;
    else comparison.refusals++;
  }
  return comparison;
}

function search(machine: SmallMachine, cells: number, mostSteps: number): readonly Row[] | null | "too large" {
  try {
    return betterLayout(machine, cells, mostSteps);
  } catch (error) {
    if (error instanceof TooLarge) return "too large";
    throw error;
  }
}
