/**
 * Upper tail of the standard normal distribution, P(Z ≥ z). Below 3 the series of the distribution function
 * (Abramowitz and Stegun 26.2.10), above it the continued fraction (26.2.14): twelve digits and more.
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  if (z > 38) return 0;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return z < 3 ? 0.5 - density * seriesOf(z) : density / fractionOf(z);
}

/** z + z³/3 + z⁵/(3·5) + …: sixty terms are more than any z below 3 needs. */
function seriesOf(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; odd < 123 && term > sum * 1e-18; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum;
}

function fractionOf(z: number): number {
  let value = z;
  for (let n = 120; n >= 1; n -= 1) value = z + n / value;
  return value;
}

/** The z whose two-sided tail is p, by halving; p of 1 gives 0. */
export function twoSidedZ(p: number): number {
  let [low, high] = [0, 38];
  for (let step = 0; step < 80; step += 1) {
    const middle = (low + high) / 2;
    if (2 * normalTail(middle) > p) low = middle;
    else high = middle;
  }
  return high;
}

/** Two-sided 95 % quantile of Student's t by its expansion around the normal (Abramowitz and Stegun 26.7.5). */
export function studentQuantile95(freedom: number): number {
  const z = 1.959_963_984_540_054;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / freedom + second / freedom ** 2 + third / freedom ** 3;
}
