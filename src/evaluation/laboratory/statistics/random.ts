import { createHash } from 'node:crypto';

/** Numbers in [0, 1), the same for the same seed on every machine. */
export type Random = () => number;

/** xoshiro128** (Blackman and Vigna 2018), 32 bits a number; its state is the SHA-256 of the seed's text. */
export function seededRandom(seed: number | string): Random {
  const digest = createHash('sha256').update(`laboratory ${seed}`).digest();
  let [a = 0, b = 0, c = 0, d = 0] = [0, 4, 8, 12].map((from) => digest.readInt32LE(from));
  return () => {
    const five = Math.imul(b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result / 2 ** 32;
  };
}

/** Puts the places into an order of chance (Fisher and Yates), in place. */
export function shuffle(places: Uint32Array, random: Random): Uint32Array {
  for (let last = places.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const held = places[last] ?? 0;
    places[last] = places[other] ?? 0;
    places[other] = held;
  }
  return places;
}
