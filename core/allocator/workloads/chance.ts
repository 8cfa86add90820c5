/** Draws that models share. */
import { type Random, randomBelow } from "../random.ts";

/** True in `percent` of 100 draws. */
export function chance(random: Random, percent: number): boolean {
  return randomBelow(random, 100) < percent;
}

/** An order from 0 to `most`: half of all are 0, half of the rest 1, and so on. */
export function smallOrder(random: Random, most: number): number {
  return Math.min(Math.clz32(random()), most);
}
