/** Failures on purpose: at which points of a run the reservation of tag storage goes wrong, and how. */
import { type Random, randomBelow } from "./random.ts";

export const NO_FAULT = 0;
/** No page to migrate to. */
export const FAULT_NO_TARGET = 1;
/** The page is pinned just now; the next attempt asks again. */
export const FAULT_PINNED = 2;
export const FAULT_SIGNAL = 3;
/** No memory for the entry in `tag_blocks_reserved`. */
export const FAULT_NO_ENTRY = 4;

/** A block is about to be taken through `alloc_contig_range`: a fatal signal may be pending. */
export const POINT_TAKE = 0;
/** A block of data is about to be migrated: no target, pinned, or a signal. */
export const POINT_MOVE = 1;
/** A block was taken and is about to be stored: no entry. */
export const POINT_STORE = 2;

/** Gives the fault for the `index`-th point of the run, which is of this kind; one that cannot happen there is none. */
export type FaultPlan = (point: number, index: number) => number;

/** The faults that can happen at each kind of point. */
export const FAULTS_AT: readonly (readonly number[])[] = [
  [FAULT_SIGNAL],
  [FAULT_NO_TARGET, FAULT_PINNED, FAULT_SIGNAL],
  [FAULT_NO_ENTRY],
];

/** One fault, at the points `first … first + times - 1`. */
export function faultAt(first: number, fault: number, times: number): FaultPlan {
  return (point, index) =>
    index >= first && index < first + times && FAULTS_AT[point]!.includes(fault) ? fault : NO_FAULT;
}

/** A fault at about one point in `oneIn`, each kind as likely as another. */
export function randomFaults(random: Random, oneIn: number): FaultPlan {
  return (point) => {
    if (randomBelow(random, oneIn) !== 0) return NO_FAULT;
    const faults = FAULTS_AT[point]!;
    return faults[randomBelow(random, faults.length)]!;
  };
}
