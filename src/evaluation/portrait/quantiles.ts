/** Shares at which quantiles are kept; the extremes would be one enterprise's own values. */
export const QUANTILE_SHARES: readonly number[] = Array.from({ length: 19 }, (_, n) => (n + 1) / 20);

/** Quantiles of values at `QUANTILE_SHARES`, by linear interpolation (type 7 of Hyndman and Fan 1996). */
export function quantilesOf(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return QUANTILE_SHARES.map((share) => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
    return low + (high - low) * (place - Math.floor(place));
  });
}

/**
 * Where a value stands among its peers, in steps of 5 of 100: the mean of the shares below it and not above it, so that
 * whoever has what most have stands in the middle of them.
 */
export function percentileOf(value: number, quantiles: readonly number[]): number {
  const below = quantiles.filter((one) => one < value).length;
  const upTo = quantiles.filter((one) => one <= value).length;
  return Math.round((below + upTo) / 2 + 0.5) * 5;
}

/** Keeps a bounded even sample of a stream of values (algorithm R, Vitter 1985); the same chance keeps the same sample. */
export class Sample {
  readonly values: number[] = [];
  readonly #max: number;
  readonly #random: () => number;
  #seen = 0;

  constructor(max: number, random: () => number) {
    this.#max = max;
    this.#random = random;
  }

  get seen(): number {
    return this.#seen;
  }

  add(value: number): void {
    this.#seen += 1;
    if (this.values.length < this.#max) {
      this.values.push(value);
      return;
    }
    const place = Math.floor(this.#random() * this.#seen);
    if (place < this.#max) this.values[place] = value;
  }
}
