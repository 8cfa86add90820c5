/** All interleavings of a scenario, shortest schedules first: breadth first over exact states. */
import {
  type Breach,
  breachAtEnd,
  breachOf,
  hasKnownLoss,
  nextAbsent,
  Pc,
  type Protocol,
  ProtocolState,
  type Scenario,
  step,
  waysOf,
} from "./protocol.ts";

/** A step of a schedule: which thread, what it was about to do, and how that went. */
export interface ScheduledStep {
  readonly thread: number;
  readonly pc: number;
  readonly way: number;
  /** The block that it is about; -1 where it is about none, or all of its walk. */
  readonly block: number;
  /** True where that block came straight off the free lists. */
  readonly isQuick: boolean;
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** False where there were more states than were allowed. */
  readonly isComplete: boolean;
  /** The shortest schedule that breaks something else than {@link knownLoss}; null where none does. */
  readonly breach: FoundBreach | null;
  /** The shortest schedule to what the series loses by itself, which is gone past; see {@link hasKnownLoss}. */
  readonly knownLoss: FoundBreach | null;
}

export interface FoundBreach {
  readonly what: Breach;
  readonly schedule: readonly ScheduledStep[];
}

/** Ends at the first breach; goes on past what the series loses by itself. */
export function explore(scenario: Scenario, protocol: Protocol, mostStates: number): Exploration {
  const state = new ProtocolState(scenario, protocol.series);
  const known = new Map<number, number>();
  const keys: number[] = [];
  const parents: number[] = [];
  const moves: number[] = [];
  let transitions = 0;
  let knownLoss: FoundBreach | null = null;
  const visit = (key: number, parent: number, move: number) => {
    if (known.has(key)) return;
    known.set(key, keys.length);
    keys.push(key);
    parents.push(parent);
    moves.push(move);
  };
  const scheduleTo = (index: number, last: number | null): ScheduledStep[] => {
    const path: number[] = last === null ? [] : [last];
    for (let at = index; parents[at]! >= 0; at = parents[at]!) path.unshift(moves[at]!);
    return replaySchedule(scenario, protocol, path);
  };
  const result = (breach: Exploration["breach"], isComplete = true): Exploration => ({
    states: keys.length,
    transitions,
    isComplete,
    breach,
    knownLoss,
  });

  visit(pack(state), -1, -1);
  for (let index = 0; index < keys.length; index++) {
    if (keys.length > mostStates) return result(null, false);
    const key = keys[index]!;
    let canGoOn = false;
    for (let thread = 0; thread < scenario.threads.length; thread++) {
      unpack(state, key);
      for (const way of waysOf(state, scenario, protocol, thread)) {
        canGoOn = true;
        unpack(state, key);
        const move = thread * 4 + way;
        const what = step(state, scenario, protocol, thread, way) ?? breachOf(state, scenario);
        transitions++;
        if (what !== null) return result({ what, schedule: scheduleTo(index, move) });
        visit(pack(state), index, move);
      }
    }
    if (canGoOn) continue;
    unpack(state, key);
    const what = breachAtEnd(state);
    if (what !== null) return result({ what, schedule: scheduleTo(index, null) });
    if (knownLoss === null && hasKnownLoss(state)) knownLoss = { what: "lost", schedule: scheduleTo(index, null) };
  }
  return result(null);
}

/** Moves with what each thread was about to do at the time. */
function replaySchedule(scenario: Scenario, protocol: Protocol, moves: readonly number[]): ScheduledStep[] {
  const state = new ProtocolState(scenario, protocol.series);
  return moves.map((move) => {
    const [thread, way] = [move >> 2, move & 3];
    const pc = state.pc[thread]!;
    const isOfBlock = pc === Pc.store || pc === Pc.freeing;
    const block = pc === Pc.take ? nextAbsent(state, scenario, thread) : isOfBlock ? state.at[thread]! : -1;
    const isQuick = pc === Pc.store && state.quick[thread] === 1;
    step(state, scenario, protocol, thread, way);
    return { thread, pc, way, block, isQuick };
  });
}

/**
 * A state as one number below 2^53: 9 bits a thread and the mutex's 2 in the upper half, 5 bits a block and the pages'
 * flags in the lower.
 */
function pack({ pc, at, again, sawLast, quick, stored, taken, references, flag, mutex }: ProtocolState): number {
  let high = mutex;
  for (let thread = 0; thread < pc.length; thread++) {
    const bits = (again[thread]! << 2) | (sawLast[thread]! << 1) | quick[thread]!;
    high = (high << 9) | (pc[thread]! << 5) | (at[thread]! << 3) | bits;
  }
  let low = 0;
  for (let block = 0; block < stored.length; block++) {
    low = (low << 5) | (references[block]! << 2) | (stored[block]! << 1) | taken[block]!;
  }
  for (let page = 0; page < flag.length; page++) low = (low << 1) | flag[page]!;
  return high * LOW_RANGE + low;
}

const LOW_RANGE = 2 ** 23;

function unpack(state: ProtocolState, key: number): void {
  const { pc, at, again, sawLast, quick, stored, taken, references, flag } = state;
  let high = Math.floor(key / LOW_RANGE);
  let low = key - high * LOW_RANGE;
  for (let page = flag.length - 1; page >= 0; page--) {
    flag[page] = low & 1;
    low >>= 1;
  }
  for (let block = stored.length - 1; block >= 0; block--) {
    taken[block] = low & 1;
    stored[block] = (low >> 1) & 1;
    references[block] = (low >> 2) & 7;
    low >>= 5;
  }
  for (let thread = pc.length - 1; thread >= 0; thread--) {
    quick[thread] = high & 1;
    sawLast[thread] = (high >> 1) & 1;
    again[thread] = (high >> 2) & 1;
    at[thread] = (high >> 3) & 3;
    pc[thread] = (high >> 5) & 15;
    high >>= 9;
  }
  state.mutex = high;
}
