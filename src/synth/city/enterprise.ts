import { firstDayOf, type Month, type Day, monthOf, YEAR_DAYS } from '../model/days.ts';
import type { Definitions } from '../model/definitions.ts';
import { chance, keyOf, normal, poisson, type Rng, streamOf } from '../model/random.ts';
import { drawDefault, makeHealth, makeShocks } from './health.ts';
import { drawIdentity, type Identity } from './identity.ts';
import { drawChanges } from './life.ts';
import type { City, Enterprise } from './shape.ts';

/** Prepares what all enterprises of a city share: the shocks of its months and the keys of their streams. */
export function makeCity(
  definitions: Definitions,
  { seed, from, until }: { seed: number; from: Month; until: Day },
): City {
  const last = monthOf(until);
  const start = Math.min(from, last - definitions.city.health.history + 1);
  return {
    seed,
    definitions,
    from,
    until,
    shocks: makeShocks(seed, definitions.city, { start, months: last - start + 1 }),
    keys: { identity: keyOf(seed, 'identity'), health: keyOf(seed, 'health'), life: keyOf(seed, 'life') },
  };
}

/** Makes enterprise number `index`; it is the same whatever the number of enterprises. */
export function makeEnterprise(city: City, index: number): Enterprise {
  const rng = streamOf(city.keys.identity, index);
  const who = drawIdentity(rng, city, index);
  const health = drawHealth(streamOf(city.keys.health, index), city, who);
  const life = drawLife(streamOf(city.keys.life, index), city, { ...who, ...health });
  return { ...who, ...health, ...life };
}

type Health = Pick<Enterprise, 'health' | 'healthStart' | 'defaultOn'>;

function drawHealth(rng: Rng, city: City, who: Identity): Health {
  const { health: shape, default: defaults } = city.definitions.city;
  const ageYears = (city.until - who.foundedOn) / YEAR_DAYS;
  const level = who.segment.healthMean + 0.06 * Math.log1p(ageYears) + shape.level * normal(rng) - 0.1;
  const shocks = city.shocks.bySector.get(who.sector.section) ?? new Float64Array(0);
  const health = makeHealth(rng, shape, { level, shocks });
  const start = city.shocks.start;
  const from = Math.max(city.from, monthOf(who.foundedOn) + 6) - start;
  const at = drawDefault(rng, health, { shape: defaults, from, until: monthOf(city.until) - start });
  if (at < 0) return { health, healthStart: start, defaultOn: undefined };
  const on = firstDayOf(start + at) + Math.floor(rng() * 28);
  for (let later = at + 1; later < health.length; later += 1)
    health[later] = (health[later] ?? 0) - defaults.fall;
  return { health, healthStart: start, defaultOn: on <= city.until ? on : undefined };
}

function drawLife(rng: Rng, city: City, who: Identity & Health): Pick<Enterprise, 'ended' | 'changes'> {
  const ended = drawEnd(rng, city, who);
  const lastDay = ended === undefined ? city.until : ended.on - 1;
  return { ended, changes: drawChanges(rng, city.definitions, { ...who, lastDay }) };
}

/** Micro enterprises leave often, healthy and large ones rarely; a default makes an end likely within two years. */
function drawEnd(rng: Rng, city: City, who: Identity & Health): Enterprise['ended'] {
  const { exit } = city.definitions.city.lifeRates;
  const begin = Math.max(who.foundedOn + 180, firstDayOf(who.healthStart));
  for (let year = begin; year < city.until; year += 365) {
    const health = who.health[monthOf(year) - who.healthStart] ?? 0;
    const size = who.segment.code === 'micro' ? 1 : 0.25;
    const hasDefaulted = who.defaultOn !== undefined && year > who.defaultOn;
    const isEnding = poisson(rng, exit * size * Math.exp(-0.5 * health) * (hasDefaulted ? 4 : 1)) > 0;
    const on = Math.floor(year + rng() * 365);
    if (!isEnding || on > city.until) continue;
    if (who.defaultOn !== undefined && on <= who.defaultOn) continue;
    return { on, kind: chance(rng, health < -0.8 ? 0.35 : 0.1) ? 'revoked' : 'deregistered' };
  }
  return undefined;
}
