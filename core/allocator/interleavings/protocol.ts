/**
 * The protocol by which the series reserve and let go of tag storage, as steps: a step is what runs under one lock, or
 * between two. `reserve_tag_storage` and `free_tag_storage` of the patches, the same in all three series but for what
 * follows a failure; see docs/interleavings.md.
 *
 *   look     page_tag_storage_reserved() before any lock
 *   enter    mutex_lock(&tag_blocks_lock), and the second look
 *   hold     under the lock of tag_blocks_reserved: a reference on each block of the walk that is there
 *   take     the next block of the walk that is not there is taken from the page allocator (alloc_contig_range,
 *            cma_alloc_range); where there is none left, the page's flag is set, and mutex_unlock()
 *   store    xa_store() of that block, and its references
 *   undo     the error path, under the lock of tag_blocks_reserved, and mutex_unlock()
 *   free     free_tag_storage(), under that lock
 */
import type { Series } from "../../series.ts";

/** A change to the protocol that breaks it, to show that it is seen. */
export const OMISSIONS = ["hold", "second-look", "free-lock", "undo"] as const;

export type Omission = (typeof OMISSIONS)[number];

/** Pages that need blocks `first … first + blocks - 1`, and the threads, each with the page that it faults on. */
export interface Scenario {
  readonly blocks: number;
  readonly pages: readonly { readonly first: number; readonly blocks: number }[];
  readonly threads: readonly number[];
}

export const Pc = {
  look: 0,
  enter: 1,
  hold: 2,
  take: 3,
  store: 4,
  undo: 5,
  free: 6,
  freeing: 7,
  done: 8,
} as const;

/** How a step went, where it can go in several ways; `quick` is a page taken straight off the free lists. */
export const Way = { only: 0, fails: 1, signal: 2, quick: 3 } as const;

export type Breach =
  | "let go while needed"
  | "taken twice"
  | "references taken off a block that is not there"
  | "lost"
  | "deadlock";

/** A state, unpacked: what a step reads and writes. */
export class ProtocolState {
  readonly pc: Uint8Array;
  /** The block of its walk that a thread is at. */
  readonly at: Uint8Array;
  /** 1 where the thread tries a second time, as rfc-v3 does. */
  readonly again: Uint8Array;
  /** 1 where the thread has seen the last reference go, without the lock that would keep it so. */
  readonly sawLast: Uint8Array;
  /** 1 where the block that the thread took came straight off the free lists: see {@link Way}. */
  readonly quick: Uint8Array;
  /** In `tag_blocks_reserved`; not with the page allocator; references beyond the one of the block itself. */
  readonly stored: Uint8Array;
  readonly taken: Uint8Array;
  readonly references: Uint8Array;
  /** `PG_tag_storage_reserved`. */
  readonly flag: Uint8Array;
  /** The thread that holds the mutex and 1; 0 for none. */
  mutex = 0;

  /** All threads at their start. rfc-v1 looks at the flag under the mutex alone. */
  constructor({ blocks, pages, threads }: Scenario, series: Series) {
    this.pc = new Uint8Array(threads.length).fill(series === "rfc-v1" ? Pc.enter : Pc.look);
    this.at = new Uint8Array(threads.length);
    this.again = new Uint8Array(threads.length);
    this.sawLast = new Uint8Array(threads.length);
    this.quick = new Uint8Array(threads.length);
    this.stored = new Uint8Array(blocks);
    this.taken = new Uint8Array(blocks);
    this.references = new Uint8Array(blocks);
    this.flag = new Uint8Array(pages.length);
  }
}

export interface Protocol {
  readonly series: Series;
  readonly omission: Omission | null;
  /** True where a block is one page: rfc-v2 then takes a free one straight off the free lists (`take_page_off_buddy`). */
  readonly isOnePage: boolean;
}

/** Ways that a thread's next step can go; none where it has to wait or is done. */
export function waysOf(
  state: ProtocolState,
  scenario: Scenario,
  { series, isOnePage }: Protocol,
  thread: number,
): readonly number[] {
  switch (state.pc[thread]) {
    case Pc.done:
      return NONE;
    case Pc.look:
      return state.again[thread] === 1 ? AGAIN : ONLY;
    case Pc.enter:
      return state.mutex === 0 ? ONLY : NONE;
    case Pc.take: {
      const block = nextAbsent(state, scenario, thread);
      if (block < 0) return ONLY;
      // The page allocator has no block that somebody took.
      if (state.taken[block] === 1) return FAILING;
      return series === "rfc-v2" && isOnePage ? TAKING_QUICKLY : TAKING;
    }
    case Pc.store:
      return STORING;
    case Pc.free:
      return isLastUser(state, scenario, thread) ? ONLY : NONE;
    default:
      return ONLY;
  }
}

const NONE: readonly number[] = [];
const ONLY = [Way.only];
const TAKING = [Way.only, Way.fails, Way.signal];
const FAILING = [Way.fails];
const TAKING_QUICKLY = [...TAKING, Way.quick];
const STORING = [Way.only, Way.fails];
/** Another access, or none. */
const AGAIN = [Way.only, Way.fails];

/** A page is freed once no other thread has anything to do with it any more. */
function isLastUser({ pc }: ProtocolState, { threads }: Scenario, thread: number): boolean {
  const page = threads[thread];
  for (let other = 0; other < threads.length; other++) {
    if (other === thread || threads[other] !== page) continue;
    if (pc[other]! < Pc.free || (pc[other] === Pc.free && other < thread) || pc[other] === Pc.freeing) return false;
  }
  return true;
}

/** Takes a step. Gives what it breaks, null where nothing. */
export function step(
  state: ProtocolState,
  scenario: Scenario,
  { series, omission }: Protocol,
  thread: number,
  way: number,
): Breach | null {
  const { pc, at, stored, taken, references, flag } = state;
  const page = scenario.threads[thread]!;
  const { first, blocks } = scenario.pages[page]!;
  const end = first + blocks;
  switch (pc[thread]) {
    case Pc.look:
      pc[thread] = flag[page] === 1 || way === Way.fails ? Pc.free : Pc.enter;
      return null;
    case Pc.enter:
      if (flag[page] === 1 && omission !== "second-look") pc[thread] = Pc.free;
      else {
        state.mutex = thread + 1;
        pc[thread] = Pc.hold;
      }
      return null;
    case Pc.hold:
      if (omission !== "hold") {
        for (let block = first; block < end; block++) if (stored[block] === 1) references[block]!++;
      }
      pc[thread] = Pc.take;
      at[thread] = first;
      return null;
    case Pc.take: {
      const block = nextAbsent(state, scenario, thread);
      if (block < 0) {
        flag[page] = 1;
        state.mutex = 0;
        pc[thread] = Pc.free;
        return null;
      }
      if (way === Way.fails || way === Way.signal) {
        // A fatal signal fails the same way; that the caller is then told of success is its own affair.
        pc[thread] = Pc.undo;
        return null;
      }
      taken[block] = 1;
      at[thread] = block;
      state.quick[thread] = way === Way.quick ? 1 : 0;
      pc[thread] = Pc.store;
      return null;
    }
    case Pc.store: {
      const block = at[thread]!;
      const isQuick = state.quick[thread] === 1;
      state.quick[thread] = 0;
      if (way === Way.fails) {
        // put_page_back_buddy() frees a page whose last reference goes, and one straight off the free lists has none:
        // rfc-v2 adds it after the store alone. The page stays with nobody.
        if (!isQuick) taken[block] = 0;
        pc[thread] = Pc.undo;
        return null;
      }
      stored[block] = 1;
      references[block] = 1;
      pc[thread] = Pc.take;
      return null;
    }
    case Pc.undo:
      state.mutex = 0;
      if (omission !== "undo") {
        for (let block = first; block < end; block++) {
          if (stored[block] === 1 && --references[block]! === 0) letGo(state, block);
        }
      }
      // rfc-v3, and exact as it, maps the page all the same, and the next access tries again.
      if ((series === "rfc-v3" || series === "exact") && state.again[thread] === 0) {
        state.again[thread] = 1;
        pc[thread] = Pc.look;
      } else pc[thread] = Pc.free;
      return null;
    case Pc.free:
      if (flag[page] === 0) {
        pc[thread] = Pc.done;
        return null;
      }
      flag[page] = 0;
      if (omission === "free-lock") {
        at[thread] = first;
        pc[thread] = Pc.freeing;
        return dropUnlocked(state, first, thread);
      }
      pc[thread] = Pc.done;
      for (let block = first; block < end; block++) {
        const breach = dropReference(state, block);
        if (breach !== null) return breach;
        if (references[block] === 0) letGo(state, block);
      }
      return null;
    default: {
      // Without the lock, what was seen of the count and what is done about it are two steps.
      const block = at[thread]!;
      if (state.sawLast[thread] === 1) letGo(state, block);
      state.sawLast[thread] = 0;
      if (block + 1 < end) {
        at[thread] = block + 1;
        return dropUnlocked(state, block + 1, thread);
      }
      pc[thread] = Pc.done;
      return null;
    }
  }
}

/** The next block of a thread's walk, from where it is, that has to be taken; -1 for none. */
export function nextAbsent({ at, stored }: ProtocolState, { pages, threads }: Scenario, thread: number): number {
  const { first, blocks } = pages[threads[thread]!]!;
  for (let block = at[thread]!; block < first + blocks; block++) if (stored[block] === 0) return block;
  return -1;
}

function dropUnlocked(state: ProtocolState, block: number, thread: number): Breach | null {
  const breach = dropReference(state, block);
  if (breach === null) state.sawLast[thread] = state.references[block] === 0 ? 1 : 0;
  return breach;
}

function dropReference({ stored, references }: ProtocolState, block: number): Breach | null {
  if (stored[block] === 0 || references[block] === 0) return "references taken off a block that is not there";
  references[block]!--;
  return null;
}

function letGo({ stored, taken, references }: ProtocolState, block: number): void {
  stored[block] = 0;
  taken[block] = 0;
  references[block] = 0;
}

/** What is wrong with a state, whatever led to it; null where nothing is. */
export function breachOf(state: ProtocolState, scenario: Scenario): Breach | null {
  for (const [page, { first, blocks }] of scenario.pages.entries()) {
    if (state.flag[page] === 0) continue;
    for (let block = first; block < first + blocks; block++) {
      if (state.stored[block] === 0 || state.taken[block] === 0) return "let go while needed";
    }
  }
  for (const [thread, pc] of state.pc.entries()) {
    if (pc !== Pc.store) continue;
    const block = state.at[thread]!;
    const other = state.pc.findIndex((at, index) => index !== thread && at === Pc.store && state.at[index] === block);
    if (other >= 0 || state.stored[block] === 1) return "taken twice";
  }
  return null;
}

/** The same of a state in which no thread can go on, but for {@link hasKnownLoss}. */
export function breachAtEnd({ pc, stored }: ProtocolState): Breach | null {
  if (pc.some((at) => at !== Pc.done)) return "deadlock";
  return stored.includes(1) ? "lost" : null;
}

/**
 * True where, at the end, a block is with nobody that was taken and never stored: what rfc-v2 loses where a store fails,
 * whatever else is done right. Any other way to lose one leaves it stored.
 */
export function hasKnownLoss({ taken, stored }: ProtocolState): boolean {
  return taken.some((isTaken, block) => isTaken === 1 && stored[block] === 0);
}
