/** Sums over `i = 0 … count - 1` of `f(i) = floor((step * i + offset) / divisor)`. */
export interface FloorSums {
  /** Of `f(i)`. */
  readonly floors: number;
  /** Of `i * f(i)`. */
  readonly weighted: number;
  /** Of `f(i)` squared. */
  readonly squares: number;
}

const NOTHING: FloorSums = { floors: 0, weighted: 0, squares: 0 };

/**
 * All three sums in as many steps as Euclid's algorithm takes: whole parts are taken out, then the lattice points under
 * the line are counted from the other axis. All arguments are whole and from 0 on, `divisor` from 1 on. Exact while
 * `6 * count * max(count, f(count))^2` is below 2^53.
 */
export function floorSums(count: number, step: number, offset: number, divisor: number): FloorSums {
  if (count <= 0) return NOTHING;
  const n = count - 1;
  const sumOfI = (n * count) / 2;
  const sumOfSquares = (n * count * (n + count)) / 6;
  const wholeStep = Math.floor(step / divisor);
  const wholeOffset = Math.floor(offset / divisor);
  const rest = belowDivisor(count, step % divisor, offset % divisor, divisor);
  return {
    floors: sumOfI * wholeStep + count * wholeOffset + rest.floors,
    weighted: sumOfSquares * wholeStep + sumOfI * wholeOffset + rest.weighted,
    squares:
      sumOfSquares * wholeStep * wholeStep +
      count * wholeOffset * wholeOffset +
      2 * (sumOfI * wholeStep * wholeOffset + wholeOffset * rest.floors + wholeStep * rest.weighted) +
      rest.squares,
  };
}

/**
 * With `step` and `offset` below `divisor`. Let `top` be the largest floor. `f(i) > j` where
 * `i > (divisor * j + divisor - offset - 1) / step`, so with `g(j)` the floor of that, `j < f(i)` holds for the `i`
 * above `g(j)`: sums over `i` become sums over `j = 0 … top - 1`, with the two axes changed.
 */
function belowDivisor(count: number, step: number, offset: number, divisor: number): FloorSums {
  const n = count - 1;
  const top = Math.floor((step * n + offset) / divisor);
  if (top === 0) return NOTHING;
  const other = floorSums(top, divisor, divisor - offset - 1, step);
  const floors = n * top - other.floors;
  return {
    floors,
    weighted: (n * count * top - other.squares - other.floors) / 2,
    squares: n * top * (top + 1) - 2 * other.weighted - 2 * other.floors - floors,
  };
}
