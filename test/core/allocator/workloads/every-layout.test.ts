import { describe, expect, it } from "vitest";
import { WORKLOAD_MODELS } from "../../../../core/allocator/workloads/catalogue.ts";
import { SERIES } from "../../../../core/series.ts";
import { exerciseLayout } from "./exercise-layout.ts";
import { LAYOUTS, machineFor, PAGE_SIZES } from "./layouts.ts";

/** Few, where every-layout-*.long.ts have a million. */
const OPERATIONS = 3000;

describe.each(Object.entries(LAYOUTS))("%s, 4 KiB pages, every workload", (_name, layout) => {
  it.each(SERIES)("breaks nothing under %s where it is proved safe, and is found out where it is not", (series) => {
    const { options, isSafe } = machineFor(layout, PAGE_SIZES[0], series);
    expect(exerciseLayout(options, isSafe, OPERATIONS)).toBe(!isSafe);
  });
});

describe.each(PAGE_SIZES.slice(1))("$pageSize bytes a page, a workload for each layout", (pages) => {
  const cases = Object.keys(LAYOUTS).map((name, i) => ({
    name,
    series: SERIES[i % SERIES.length]!,
    model: WORKLOAD_MODELS[i % WORKLOAD_MODELS.length]!,
  }));

  it.each(cases)("$name under $series: breaks nothing where it is safe", ({ name, series, model }) => {
    const { options, isSafe } = machineFor(LAYOUTS[name]!, pages, series);
    const isBroken = exerciseLayout(options, isSafe, OPERATIONS, { models: [model] });
    if (isSafe) expect(isBroken).toBe(false);
  });
});

describe.each(["blocks of two pages", "two regions with a gap between"])("%s, the same seed twice", (name) => {
  it.each(SERIES)("gives the same result to the byte under %s, in slices of any length", (series) => {
    const { options, isSafe } = machineFor(LAYOUTS[name]!, PAGE_SIZES[0], series);
    exerciseLayout(options, isSafe, 4 * OPERATIONS, { isTwice: true });
  });
});
