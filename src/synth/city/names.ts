import type { Names } from '../model/definitions.ts';
import { pick, type Rng } from '../model/random.ts';

/** A trade name of its own for every enterprise: one block is the product of first, second and modifiers. */
export function tradeName(names: Names, index: number): string {
  return compose(names, index, names.modifiers);
}

/** What the enterprise was called before it renamed itself; never anybody's current name. */
export function formerTradeName(names: Names, index: number): string {
  return compose(names, index, names.formerModifiers);
}

/** Odd and not a multiple of three, hence coprime to the block of 64 x 64 x 48 names: neighbours get names far apart. */
const SPREAD = 68_927;

function compose({ first, second, blocks }: Names, index: number, modifiers: readonly string[]): string {
  const inBlock = first.length * second.length * modifiers.length;
  const place = ((index % inBlock) * SPREAD + 12_289) % inBlock;
  const block = Math.floor(index / inBlock);
  const head = first[place % first.length] ?? '';
  const middle = second[Math.floor(place / first.length) % second.length] ?? '';
  const tail = modifiers[Math.floor(place / (first.length * second.length))] ?? '';
  return head + middle + tail + blockWord(blocks, block);
}

/** Nothing for the first block, then numerals of as many digits as needed. */
function blockWord(blocks: readonly string[], block: number): string {
  let word = '';
  for (let rest = block; rest > 0; rest = Math.floor(rest / blocks.length))
    word += blocks[rest % blocks.length] ?? '';
  return word;
}

/** A full name: 行政区划 + 字号 + 行业 + 组织形式, sometimes with the place in brackets after the trade name. */
export function companyName(
  trade: string,
  industry: string,
  form: { organisation: string; inBrackets: boolean },
): string {
  return form.inBrackets
    ? `${trade}（北京）${industry}${form.organisation}`
    : `北京${trade}${industry}${form.organisation}`;
}

export function personName(rng: Rng, { surnames, given }: Names): string {
  const one = pick(rng, given);
  return pick(rng, surnames) + (rng() < 0.25 ? one : one + pick(rng, given));
}
