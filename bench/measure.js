/** Timing and reporting that the benchmarks share. Ratios, as machines differ. */

/** Milliseconds that a function takes. */
export function time(job) {
  const start = performance.now();
  job();
  return performance.now() - start;
}

export function median(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median times of two jobs, run in turn so that both meet the same noise. */
export function compare(first, second, rounds) {
  const times = [[], []];
  for (let round = 0; round < rounds; round++) {
    times[0].push(time(first));
    times[1].push(time(second));
  }
  return times.map(median);
}

/** A ratio with what it may be at most, and the two figures that it is of. */
export function report(what, ratio, goal, details) {
  tellGoal(`${what}: ${ratio.toFixed(2)}`, ratio <= goal, `${goal} or less; ${details.join(" against ")}`);
}

/** Prints a figure with its goal. One that is missed is marked, and is what the exit code of the bench tells. */
export function tellGoal(figure, isMet, goal) {
  console.log(`${isMet ? "" : "MISSED: "}${figure} (goal ${goal})`);
  if (!isMet) process.exitCode = 1;
}
