/** What dynamic tag storage gains while a workload runs: pages of tag storage that hold data, over time. */
import type { MachineMemory } from "../machine-memory.ts";

/** Stretches that a run's time, which is its operations, is cut into. */
export const USAGE_STRETCHES = 60;

/** Tag storage over one stretch of operations; means are over every operation of it. */
export interface UsageStretch {
  readonly operations: number;
  readonly meanDataPages: number;
  readonly peakDataPages: number;
  readonly meanTagPages: number;
}

export interface Usage {
  /** Pages of all tag ranges that the machine has as memory. */
  readonly tagStoragePages: number;
  /** Pages of tag storage that hold data: the gain against a carve-out that holds tags alone. */
  readonly peakDataPages: number;
  readonly meanDataPages: number;
  /** Pages of tag storage that hold tags. */
  readonly peakTagPages: number;
  readonly meanTagPages: number;
  /** The run in equal stretches, as far as it got. */
  readonly stretches: readonly UsageStretch[];
}

export interface UsageMeter {
  /** Called after every operation. */
  sample(): void;
  usage(): Usage;
}

/** A meter for a run of so many operations. */
export function createUsageMeter(machine: MachineMemory, operations: number, tagStoragePages: number): UsageMeter {
  const { stats } = machine;
  // sums over stretches: 2^53 pages times operations are not reached
  const dataSums = new Float64Array(USAGE_STRETCHES);
  const dataPeaks = new Float64Array(USAGE_STRETCHES);
  const tagSums = new Float64Array(USAGE_STRETCHES);
  const samples = new Float64Array(USAGE_STRETCHES);
  const length = Math.max(Math.ceil(operations / USAGE_STRETCHES), 1);
  let stretch = 0;
  let peakTagPages = 0;
  return {
    sample() {
      if (samples[stretch] === length) stretch++;
      // beyond the region's end a walk takes pages that are no tag storage: what is left over is no gain
      const dataPages = Math.max(machine.tagStorageDataPages(), 0);
      const tagPages = stats.reservedPagesNow;
      samples[stretch] = samples[stretch]! + 1;
      dataSums[stretch] = dataSums[stretch]! + dataPages;
      tagSums[stretch] = tagSums[stretch]! + tagPages;
      if (dataPages > dataPeaks[stretch]!) dataPeaks[stretch] = dataPages;
      if (tagPages > peakTagPages) peakTagPages = tagPages;
    },
    usage() {
      const total = sum(samples);
      const stretches = Array.from({ length: USAGE_STRETCHES }, (_, i) => ({
        operations: samples[i]!,
        meanDataPages: mean(dataSums[i]!, samples[i]!),
        peakDataPages: dataPeaks[i]!,
        meanTagPages: mean(tagSums[i]!, samples[i]!),
      }));
      return {
        tagStoragePages,
        peakDataPages: Math.max(...dataPeaks),
        meanDataPages: mean(sum(dataSums), total),
        peakTagPages,
        meanTagPages: mean(sum(tagSums), total),
        stretches: stretches.filter(({ operations: done }) => done > 0),
      };
    },
  };
}

/** To the nearest page. */
function mean(total: number, count: number): number {
  return count === 0 ? 0 : Math.round(total / count);
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((total, number) => total + number, 0);
}
