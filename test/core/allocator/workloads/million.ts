/** The long form of every-layout.test.ts, for one page size: a million operations of each workload. */
import { describe, expect, it } from "vitest";
import { SERIES } from "../../../../core/series.ts";
import { exerciseLayout } from "./exercise-layout.ts";
import { LAYOUTS, machineFor, type Pages } from "./layouts.ts";

export function describeMillion(pages: Pages): void {
  describe.each(Object.entries(LAYOUTS))(`%s, ${pages.pageSize} bytes a page`, (name, layout) => {
    // the second run for one series of each layout: all four have it in turn
    const twice = SERIES[Object.keys(LAYOUTS).indexOf(name) % SERIES.length];

    it.each(SERIES)("a million operations of every workload under %s", (series) => {
      const { options, isSafe } = machineFor(layout, pages, series);
      expect(exerciseLayout(options, isSafe, 1_000_000, { isTwice: series === twice })).toBe(!isSafe);
    });
  });
}
