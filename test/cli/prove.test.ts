import { expect, test } from "vitest";
import { carveout, fvpSource } from "./program.ts";

function prove(...args: string[]) {
  const { out } = carveout(["prove", "-", ...args], { input: fvpSource("0x2000") });
  return out;
}

test("prove tells the seed review's counterexample so that it can be worked out by hand", () => {
  const out = prove();
  expect(out).toMatch(/^precision +BROKEN/m);
  expect(out).toMatch(/^coverage +holds/m);
  expect(out).toContain("order 6 at PFN 524288 (0x80000000-0x8003ffff), 64 pages, 256 KiB, in region 0");
  expect(out).toContain("m0 = 524288, t0 = 9404416, t1 = 9420799, B = 2");
  // Pages 0 to 63 of the memory have their tags in pages 0 and 1 of the tag range: one block.
  expect(out).toContain("9404416 + (0 … 63) / 32 = 9404416 … 9404417");
  // 64 / 32 = 2 tag pages, times B = 2: four pages, so two blocks.
  expect(out).toContain("up to 9404416 + max(floor(64 / 32), 1) * 2 = 9404420");
  expect(out).toContain("= 9404416 … 9404417: block 9404416 (0x8f8000000-0x8f8001fff)");
  expect(out).toContain("in steps of 2: 2 blocks, 9404416 and 9404418 (0x8f8000000-0x8f8003fff)");
  expect(out).toContain(
    "block 9404418 (0x8f8002000-0x8f8003fff) holds no tag of it and is taken from data for nothing",
  );
  expect(out).toMatch(/^ +0 +6 +8192 +- +8192 @524288 +1 @1048512 +8192 @524288 +-$/m);
  expect(out.trimEnd().split("\n").at(-1)).toMatch(/UNSAFE: precision, release broken/);
});

test("prove under exact finds the same layout safe", () => {
  const out = prove("--kernel", "exact");
  expect(out).not.toContain("BROKEN");
  // 524288 + 262144 + … + 512 = 1048064 allocations.
  expect(out).toContain("1048064 allocations, all orders and regions: none breaks an obligation");
});
