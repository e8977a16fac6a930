import type { BinRules, Prebins, Totals } from './bin-rules.ts';
import { searchBins } from './search-bins.ts';

/** A rule that stands in the way, with its value, in words. */
export type Obstacle = {
  readonly rule: keyof BinRules | 'fixed' | 'together';
  readonly zh: string;
  readonly en: string;
};

type Relaxation = { readonly obstacle: Obstacle; readonly rules: Partial<BinRules>; readonly isFree?: true };

/**
 * Why no binning keeps the rules: every rule without which, alone, there would be one. None: they only fail together.
 */
export function explainInfeasible(prebins: Prebins, rules: BinRules, totals: Totals): Obstacle[] {
  if (prebins.goods.length < rules.binsMin) return [tooFew(prebins.goods.length, rules.binsMin)];
  const found = relaxations(rules)
    .filter(({ rules: relaxed, isFree }) => {
      const loosened = isFree ? { ...prebins, fixed: new Uint8Array(prebins.fixed.length) } : prebins;
      return searchBins(loosened, { ...rules, ...relaxed }, totals) !== undefined;
    })
    .map(({ obstacle }) => obstacle);
  return found.length > 0 ? found : [TOGETHER];
}

const TOGETHER: Obstacle = {
  rule: 'together',
  zh: '各项条件单独放宽任何一项都不够，须一并放宽',
  en: 'loosening any single rule is not enough; several stand in the way together',
};

function tooFew(prebins: number, binsMin: number): Obstacle {
  return {
    rule: 'binsMin',
    zh: `至少要 ${binsMin} 段，而只有 ${prebins} 个不同的取值段`,
    en: `at least ${binsMin} bins are asked for, and there are only ${prebins} pre-bins to make them of`,
  };
}

function relaxations(rules: BinRules): Relaxation[] {
  const { trend, binShareMin, goodsMin, badsMin, rateDifferenceMin, pValueMax, binsMin, binsMax } = rules;
  return [
    relax('trend', { trend: 'none' }, `坏率走向须为 ${trend}`, `the bad rate has to be ${trend}`),
    relax(
      'binShareMin',
      { binShareMin: 0 },
      `每段至少占 ${binShareMin}`,
      `a bin holds at least ${binShareMin} of the rows`,
    ),
    relax('goodsMin', { goodsMin: 0 }, `每段至少 ${goodsMin} 个好`, `a bin holds at least ${goodsMin} goods`),
    relax('badsMin', { badsMin: 0 }, `每段至少 ${badsMin} 个坏`, `a bin holds at least ${badsMin} bads`),
    relax(
      'rateDifferenceMin',
      { rateDifferenceMin: 0 },
      `相邻段坏率至少相差 ${rateDifferenceMin}`,
      `neighbours differ by at least ${rateDifferenceMin} in bad rate`,
    ),
    relax(
      'pValueMax',
      { pValueMax: 1 },
      `相邻段 p 值不超过 ${pValueMax}`,
      `the p-value between neighbours is at most ${pValueMax}`,
    ),
    relax('binsMin', { binsMin: 1 }, `至少 ${binsMin} 段`, `there are at least ${binsMin} bins`),
    relax(
      'binsMax',
      { binsMax: Number.MAX_SAFE_INTEGER },
      `至多 ${binsMax} 段`,
      `there are at most ${binsMax} bins`,
    ),
    {
      obstacle: { rule: 'fixed', zh: '指定的分段须保留', en: 'the fixed cuts stay' },
      rules: {},
      isFree: true,
    },
  ];
}

function relax(rule: keyof BinRules, rules: Partial<BinRules>, zh: string, en: string): Relaxation {
  return { obstacle: { rule, zh, en }, rules };
}
