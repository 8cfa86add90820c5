/** What a fuzzing process and its parent say to one another. */
import type { InputKind } from "./pipeline.ts";
import type { SeedKind } from "./seeds.ts";

/** Runs `from … to - 1`. */
export interface Piece {
  readonly from: number;
  readonly to: number;
}

/** Inputs that gave a tree, and inputs that gave errors. */
export type Counts = Readonly<Record<SeedKind, { readonly trees: number; readonly refused: number }>>;

/** A run that broke a promise, or that took too much. */
export interface Ending {
  readonly kind: "broken" | "overBudget";
  readonly what: string;
  /** What the input was made from. */
  readonly name: string;
  readonly input: InputKind;
  /** The input and what belongs to it, in base64. */
  readonly files: Readonly<Record<string, string>>;
}

/** How far a piece came: to `next`, which is where it ended or, without an ending, its `to`. */
export interface WorkerReport {
  readonly counts: Counts;
  readonly next: number;
  readonly ending: Ending | null;
}

/** The state of a process: the run that it is at, and a number that grows for as long as it gets on. */
export function beatOf(index: number, beats: number): Buffer {
  const state = Buffer.alloc(16);
  state.writeDoubleLE(index, 0);
  state.writeDoubleLE(beats, 8);
  return state;
}

/** What two findings have in common where they are likely one bug: numbers and quoted names differ with the input. */
export function keyOf(what: string): string {
  return what.replaceAll(/"[^"]*"|'[^']*'|\d+/g, "_").slice(0, 120);
}

export function sameKey(a: string, b: string): boolean {
  return keyOf(a) === keyOf(b);
}
