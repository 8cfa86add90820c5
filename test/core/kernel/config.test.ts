import { expect, test } from "vitest";
import { kernelConfig, pageblockBytes } from "../../../core/kernel/config.ts";

const MIB = 1n << 20n;

test.each([
  [4096, 10, 9, 2n * MIB],
  [16384, 11, 11, 32n * MIB],
  [65536, 13, 13, 512n * MIB],
] as const)("pages of %i bytes: largest order %i, pageblock order %i", (pageSize, maxOrder, pageblockOrder, bytes) => {
  const config = kernelConfig({ series: "rfc-v2", pageSize });
  expect(config).toEqual({
    series: "rfc-v2",
    pageSize,
    maxOrder,
    pageblockOrder,
    vaBits: 48,
    paBits: 48,
    memLimitBytes: null,
    cmaAreas: 20,
  });
  expect(pageblockBytes(config)).toBe(bytes);
});

test("pageblocks are no larger than the largest order, unless the user says so", () => {
  expect(kernelConfig({ series: "rfc-v2", maxOrder: 5 }).pageblockOrder).toBe(5);
  expect(kernelConfig({ series: "rfc-v2", maxOrder: 12 }).pageblockOrder).toBe(9);
  expect(kernelConfig({ series: "rfc-v2", maxOrder: 5, pageblockOrder: 9 }).pageblockOrder).toBe(9);
});

test("physical addresses have 48 bits with every page size", () => {
  for (const pageSize of [4096, 16384, 65536] as const) {
    expect(kernelConfig({ series: "rfc-v3", pageSize }).paBits).toBe(48);
  }
});

test("pages are 4 KiB where nothing is said, and what is said wins", () => {
  expect(kernelConfig({ series: "exact" }).pageSize).toBe(4096);
  const said = { maxOrder: 8, pageblockOrder: 8, vaBits: 39, paBits: 40, memLimitBytes: 5n, cmaAreas: 8 };
  expect(kernelConfig({ series: "rfc-v3", pageSize: 16384, ...said })).toEqual({
    series: "rfc-v3",
    pageSize: 16384,
    ...said,
  });
});
