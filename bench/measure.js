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

export function report(what, ratio, goal, details) {
  console.log(`${what}: ${ratio.toFixed(2)} (goal ${goal} or less; ${details.join(" against ")})`);
}
