import type { Series } from "../../series.ts";
import { MOST_BLOCKS, MOST_THREADS } from "./bounds.ts";
import { explore, type FoundBreach } from "./explore.ts";
import type { Omission, Protocol, Scenario } from "./protocol.ts";
import { scenarios } from "./scenarios.ts";

export interface InterleavingsOptions {
  readonly series: Series;
  /** 1 to {@link MOST_THREADS}, and 1 to {@link MOST_BLOCKS}: each number up to these is explored. */
  readonly threads: number;
  readonly blocks: number;
  /** States of one scenario at most. */
  readonly mostStates: number;
  readonly omission: Omission | null;
  readonly isOnePage: Protocol["isOnePage"];
}

export interface Interleavings {
  readonly threads: number;
  readonly blocks: number;
  readonly omission: Omission | null;
  readonly scenarios: number;
  readonly states: number;
  readonly transitions: number;
  /** Scenarios with more states than were allowed: not explored to the end. */
  readonly cutShort: number;
  /**
   * The shortest of all schedules that break something. Where a part is left out, something that does not break with it;
   * where none is, {@link knownLoss} if there is nothing else.
   */
  readonly breach: ScenarioBreach | null;
  /** The shortest of all schedules to what the series loses by itself: rfc-v2 with blocks of one page. */
  readonly knownLoss: ScenarioBreach | null;
}

export type ScenarioBreach = FoundBreach & { readonly scenario: Scenario };

/** Explores every scenario within the bounds, smaller ones first. Throws a RangeError where the bounds are too wide. */
export function exploreAll(options: InterleavingsOptions): Interleavings {
  const { series, omission, isOnePage, mostStates } = options;
  if (
    !(options.threads >= 1 && options.threads <= MOST_THREADS && options.blocks >= 1 && options.blocks <= MOST_BLOCKS)
  ) {
    throw new RangeError(`at most ${MOST_THREADS} threads and ${MOST_BLOCKS} blocks can be explored`);
  }
  const total = { scenarios: 0, states: 0, transitions: 0, cutShort: 0 };
  let broken: ScenarioBreach | null = null;
  let knownLoss: ScenarioBreach | null = null;
  for (let threads = 1; threads <= options.threads; threads++) {
    for (let blocks = 1; blocks <= options.blocks; blocks++) {
      for (const scenario of scenarios(threads, blocks)) {
        const found = explore(scenario, { series, omission, isOnePage }, mostStates);
        total.scenarios++;
        total.states += found.states;
        total.transitions += found.transitions;
        if (!found.isComplete) total.cutShort++;
        broken = shorter(broken, found.breach, scenario);
        knownLoss = shorter(knownLoss, found.knownLoss, scenario);
      }
    }
  }
  const breach = broken ?? (omission === null ? knownLoss : null);
  return { threads: options.threads, blocks: options.blocks, omission, ...total, breach, knownLoss };
}

function shorter(known: ScenarioBreach | null, found: FoundBreach | null, scenario: Scenario): ScenarioBreach | null {
  if (found === null || (known !== null && known.schedule.length <= found.schedule.length)) return known;
  return { ...found, scenario };
}
