/** What dynamic tag storage gains while a workload runs: pages of tag storage that hold data, over time. */
import { type PfnRange, rangePages } from "../../region.ts";
import type { MachineMemory, MachineOptions } from "../machine-memory.ts";

/** Stretches that a run's time, which is its operations, is cut into, at most. */
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

/** A meter for a run of so many operations; null where nobody knows how many there will be. */
export function createUsageMeter(
  machine: MachineMemory,
  options: MachineOptions,
  operations: number | null,
): UsageMeter {
  const { stats } = machine;
  const tagStoragePages = pagesOfTags(options);
  // sums over stretches: 2^53 pages times operations are not reached
  const dataSums = new Float64Array(USAGE_STRETCHES);
  const dataPeaks = new Float64Array(USAGE_STRETCHES);
  const tagSums = new Float64Array(USAGE_STRETCHES);
  const samples = new Float64Array(USAGE_STRETCHES);
  let length = Math.max(Math.ceil((operations ?? 0) / USAGE_STRETCHES), 1);
  let stretch = 0;
  let peakTagPages = 0;

  /** Each two stretches become one, and those to come are as long: the run goes on longer than there was room for. */
  function halve(): void {
    stretch = USAGE_STRETCHES / 2;
    for (const numbers of [dataSums, tagSums, samples]) {
      for (let i = 0; i < stretch; i++) numbers[i] = numbers[2 * i]! + numbers[2 * i + 1]!;
      numbers.fill(0, stretch);
    }
    for (let i = 0; i < stretch; i++) dataPeaks[i] = Math.max(dataPeaks[2 * i]!, dataPeaks[2 * i + 1]!);
    dataPeaks.fill(0, stretch);
    length *= 2;
  }

  return {
    sample() {
      if (samples[stretch] === length && ++stretch === USAGE_STRETCHES) halve();
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

/** Pages of tag ranges, each once. */
function pagesOfTags({ regions }: MachineOptions): number {
  let pages = 0;
  let covered: PfnRange | null = null;
  for (const { tags } of [...regions].sort((a, b) => a.tags.start - b.tags.start)) {
    const start: number = covered === null ? tags.start : Math.max(tags.start, covered.end + 1);
    if (tags.end < start) continue;
    pages += rangePages({ start, end: tags.end });
    covered = tags;
  }
  return pages;
}

/** To the nearest page. */
function mean(total: number, count: number): number {
  return count === 0 ? 0 : Math.round(total / count);
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((total, number) => total + number, 0);
}
