import { describe, expect, test } from "vitest";
import { LANGUAGE_CASES } from "./language-cases.ts";
import { parse, reports } from "./memory-files.ts";

describe("the device tree source language", () => {
  test.each(LANGUAGE_CASES)("$name", ({ source, files, expect: expected }) => {
    const result = parse(source, files);
    expect(reports(result)).toEqual([]);
    for (const [place, hex] of Object.entries(expected)) {
      const colon = place.indexOf(":");
      const property = result.tree?.nodeAt(place.slice(0, colon))?.property(place.slice(colon + 1)) ?? null;
      const actual = property === null ? null : Buffer.from(property.value).toString("hex");
      expect(actual, place).toBe(hex === null ? null : hex.replaceAll(" ", ""));
    }
  });
});
