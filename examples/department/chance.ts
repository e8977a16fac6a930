import { createHash } from 'node:crypto';

/** A stream of chance that depends on its name alone: the same enterprise has the same data at every start. */
export type Chance = {
  /** From low to high, both included. */
  whole(low: number, high: number): number;
  between(low: number, high: number): number;
  happens(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
};

export function chanceOf(...names: readonly (string | number)[]): Chance {
  let state = createHash('sha256').update(names.join('|')).digest().readUInt32LE(0);
  const next = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    between: (low, high) => low + (high - low) * next(),
    happens: (probability) => next() < probability,
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
  };
}
