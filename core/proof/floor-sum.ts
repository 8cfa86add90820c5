/**
 * The sum of `floor((step * i + offset) / divisor)` over `i = 0 … count - 1`, in as many steps as Euclid's algorithm
 * takes: whole parts are taken out, then the lattice points under the line are counted from the other axis. All
 * arguments are whole and from 0 on, `divisor` from 1 on.
 */
export function floorSum(count: number, step: number, offset: number, divisor: number): bigint {
  let [n, a, b, m] = [BigInt(count), BigInt(step), BigInt(offset), BigInt(divisor)];
  let sum = 0n;
  while (n > 0n) {
    sum += ((n * (n - 1n)) / 2n) * (a / m) + n * (b / m);
    a %= m;
    b %= m;
    const top = a * n + b;
    n = top / m;
    b = top % m;
    [a, m] = [m, a];
  }
  return sum;
}
