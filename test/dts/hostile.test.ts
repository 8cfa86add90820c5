import { expect, test } from "vitest";
import { runInput } from "../fuzz/pipeline.ts";
import { hostileCases } from "./hostile/all.ts";
import { bytesOf, SMALL_SIZES } from "./hostile/case.ts";
import { memoryFiles } from "./memory-files.ts";

/** No test depends on the clock: this is for what would never end. */
const MOST_MILLISECONDS = 60_000;

/**
 * Small enough to be quick, and all that is made of a tree is made of these. `npm run test:peers` has them at their full
 * size, where a time that grows with the square of the input shows.
 */
test.each(hostileCases(SMALL_SIZES).filter(({ isLarge }) => !isLarge))(
  "$kind: $name",
  ({ kind, make, base, files = {}, answer }) => {
    const input = { kind, bytes: bytesOf(make()), ...(base === undefined ? {} : { base: bytesOf(base()) }) };
    const outcome = runInput(input, { path: "board.dts", files: memoryFiles(files), includeDirs: [] });
    expect(outcome.errors[0]?.rule ?? "tree").toBe(answer);
  },
  MOST_MILLISECONDS,
);
