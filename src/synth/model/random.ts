/** A stream of chance. Everything that is drawn for one enterprise and one purpose comes from a stream of its own. */
export type Rng = () => number;

/** The name of a family of streams, hashed once: `seed|purpose`. */
export type Key = { readonly high: number; readonly low: number };

/** Hashes a seed and a purpose to a key (two runs of the 32-bit murmur finaliser). */
export function keyOf(seed: number, purpose: string): Key {
  const text = `${seed}|${purpose}`;
  return { high: hashText(text, 0x9e3779b9), low: hashText(text, 0x85ebca6b) };
}

/**
 * The stream of one enterprise (and one of its records) under a key: sfc32, warmed up. It depends on nothing else, so that
 * enterprise 17 is the same in a city of a hundred and of a million.
 */
export function streamOf(key: Key, index: number, record = 0): Rng {
  let a = mix(key.high ^ index);
  let b = mix(key.low + record);
  let c = mix((index / 4_294_967_296) ^ record ^ key.high);
  let counter = mix(a ^ key.low) | 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let round = 0; round < 8; round += 1) next();
  return next;
}

function hashText(text: string, start: number): number {
  let hash = start | 0;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
}

function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

export function chance(rng: Rng, probability: number): boolean {
  return rng() < probability;
}

export function between(rng: Rng, low: number, high: number): number {
  return low + (high - low) * rng();
}

/** A whole number from low to high, both included. */
export function whole(rng: Rng, low: number, high: number): number {
  return low + Math.floor(rng() * (high - low + 1));
}

export function pick<Item>(rng: Rng, items: readonly Item[]): Item {
  const item = items[Math.floor(rng() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

/** Picks by weight; weights need not sum to one. */
export function pickWeighted<Item>(rng: Rng, items: readonly Item[], weightOf: (item: Item) => number): Item {
  let rest = rng() * items.reduce((sum, item) => sum + weightOf(item), 0);
  for (const item of items) {
    rest -= weightOf(item);
    if (rest < 0) return item;
  }
  return pick(rng, items.slice(-1));
}

/** Standard normal by Box and Muller. */
export function normal(rng: Rng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng()));
  return radius * Math.cos(2 * Math.PI * rng());
}

export function logNormal(rng: Rng, median: number, sigma: number): number {
  return median * Math.exp(sigma * normal(rng));
}

/** Poisson by Knuth for small means, by the normal above; capped, because a loop needs a bound. */
export function poisson(rng: Rng, mean: number): number {
  if (mean <= 0) return 0;
  if (mean > 20) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(rng)));
  const limit = Math.exp(-mean);
  let product = rng();
  let count = 0;
  while (product > limit && count < 200) {
    product *= rng();
    count += 1;
  }
  return count;
}
