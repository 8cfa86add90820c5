import type { Series } from "../../series.ts";
import { MOST_BLOCKS, MOST_THREADS } from "./bounds.ts";
import { type Exploration, explore } from "./explore.ts";
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
  /** Scenarios with more states than were allowed. */
  readonly cutShort: number;
  /** The shortest of all schedules that break something. */
  readonly breach: (NonNullable<Exploration["breach"]> & { readonly scenario: Scenario }) | null;
}

/** Explores every scenario within the bounds, smaller ones first. Throws a RangeError where the bounds are too wide. */
export function exploreAll(options: InterleavingsOptions): Interleavings {
  const { series, omission, isOnePage, mostStates } = options;
  if (
    !(options.threads >= 1 && options.threads <= MOST_THREADS && options.blocks >= 1 && options.blocks <= MOST_BLOCKS)
  ) {
    throw new RangeError(`at most ${MOST_THREADS} threads and ${MOST_BLOCKS} blocks can be explored`);
  }
  const total = { scenarios: 0, states: 0, transitions: 0, cutShort: 0 };
  let shortest: Interleavings["breach"] = null;
  for (let threads = 1; threads <= options.threads; threads++) {
    for (let blocks = 1; blocks <= options.blocks; blocks++) {
      for (const scenario of scenarios(threads, blocks)) {
        const { states, transitions, isComplete, breach } = explore(
          scenario,
          { series, omission, isOnePage },
          mostStates,
        );
        total.scenarios++;
        total.states += states;
        total.transitions += transitions;
        if (!isComplete) total.cutShort++;
        if (breach === null) continue;
        if (shortest === null || breach.schedule.length < shortest.schedule.length) shortest = { ...breach, scenario };
      }
    }
  }
  return { threads: options.threads, blocks: options.blocks, omission, ...total, breach: shortest };
}
