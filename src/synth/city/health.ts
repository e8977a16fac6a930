import type { CityShape } from '../model/definitions.ts';
import type { Month } from '../model/days.ts';
import { keyOf, normal, streamOf } from '../model/random.ts';
import type { Rng } from '../model/random.ts';

/** Monthly shocks that all enterprises share: one series for the city, one per sector. */
export type Shocks = { readonly start: Month; readonly bySector: ReadonlyMap<string, Float64Array> };

/** The shared series from `start` on, `months` long. Keyed by calendar month, so that another period sees the same shocks. */
export function makeShocks(
  seed: number,
  city: CityShape,
  { start, months }: { start: Month; months: number },
): Shocks {
  const whole = series(seed, 'city', { start, months, sigma: city.health.city });
  const bySector = new Map<string, Float64Array>();
  for (const sector of city.sectors) {
    const own = series(seed, `sector ${sector.section}`, {
      start,
      months,
      sigma: city.health.sector * sector.cycle,
    });
    bySector.set(
      sector.section,
      own.map((value, at) => value + (whole[at] ?? 0)),
    );
  }
  return { start, bySector };
}

const WARM_UP_MONTHS = 48;

function series(
  seed: number,
  purpose: string,
  { start, months, sigma }: { start: Month; months: number; sigma: number },
): Float64Array {
  const key = keyOf(seed, `shock ${purpose}`);
  const values = new Float64Array(months);
  let value = 0;
  for (let at = -WARM_UP_MONTHS; at < months; at += 1) {
    value = 0.95 * value + sigma * normal(streamOf(key, start + at));
    if (at >= 0) values[at] = value;
  }
  return values;
}

/** Latent health by month: an AR(1) process around the enterprise's own level, plus the shocks of city and sector. */
export function makeHealth(
  rng: Rng,
  shape: CityShape['health'],
  { level, shocks }: { level: number; shocks: Float64Array },
): Float64Array {
  const { persistence, own } = shape;
  const health = new Float64Array(shocks.length);
  let deviation = (own / Math.sqrt(1 - persistence * persistence)) * normal(rng);
  for (let at = 0; at < health.length; at += 1) {
    deviation = persistence * deviation + own * normal(rng);
    health[at] = level + deviation + (shocks[at] ?? 0);
  }
  return health;
}

/**
 * The month (index into `health`) of a hidden default between `from` and `until`, or -1. Each month is a draw whose chance
 * falls with health, blurred by noise, plus a part that has nothing to do with health. No indicator takes part in it.
 */
export function drawDefault(
  rng: Rng,
  health: Float64Array,
  { shape, from, until }: { shape: CityShape['default']; from: number; until: number },
): number {
  for (let at = Math.max(0, from); at <= until && at < health.length; at += 1) {
    const hazard = shape.base * Math.exp(-shape.pull * (health[at] ?? 0) + shape.noise * normal(rng));
    if (rng() < hazard + shape.idiosyncratic) return at;
  }
  return -1;
}
