import type { Totals } from './bin-rules.ts';
import { neighbourPValue } from './neighbours.ts';
import { ivPartOf } from './woe.ts';

/** What a binning is worth as a whole; empty bins do not count. */
export type BinFigures = {
  /** Information value, by the zero-cell rule. */
  readonly iv: number;
  /** Jensen-Shannon divergence of goods and bads, natural logarithm: 0 to ln 2. */
  readonly js: number;
  /** Largest distance of the two distributions with the bins in order of risk. */
  readonly ks: number;
  /** 2·AUC − 1 of the bad rate of the bins. */
  readonly gini: number;
  /** Herfindahl-Hirschman index of the rows, and between 0 (even) and 1 (one bin). */
  readonly hhi: number;
  readonly hhiNormalised: number;
  /** Between neighbouring ordinary bins. */
  readonly pValues: readonly number[];
  /** See `qualityOf`. */
  readonly quality: number;
};

/** `ordinary` are the ordered bins; `all` those and the others. */
export function figuresOf(ordinary: readonly Totals[], all: readonly Totals[], totals: Totals): BinFigures {
  const bins = all.filter(({ goods, bads }) => goods + bads > 0);
  const iv = bins.reduce((sum, bin) => sum + ivPartOf(bin, totals), 0);
  const pValues = ordinary.slice(1).map((bin, at) => neighbourPValue(ordinary[at] ?? bin, bin));
  const { hhi, hhiNormalised } = concentrationOf(bins);
  return {
    iv,
    js: bins.reduce((sum, bin) => sum + jsPart(bin, totals), 0),
    ...separationOf(bins, totals),
    hhi,
    hhiNormalised,
    pValues,
    quality: qualityOf(iv, pValues, hhiNormalised),
  };
}

function jsPart({ goods, bads }: Totals, totals: Totals): number {
  const [good, bad] = [goods / totals.goods, bads / totals.bads];
  const middle = (good + bad) / 2;
  const part = (share: number) => (share > 0 ? (share * Math.log(share / middle)) / 2 : 0);
  return part(good) + part(bad);
}

/** In order of risk, whatever the order of the bins: a valley separates as well as a slope. */
function separationOf(bins: readonly Totals[], totals: Totals): { ks: number; gini: number } {
  const byRisk = [...bins].sort((a, b) => b.bads / (b.goods + b.bads) - a.bads / (a.goods + a.bads));
  let [good, bad, ks, gini] = [0, 0, 0, 0];
  for (const bin of byRisk) {
    const [nextGood, nextBad] = [good + bin.goods / totals.goods, bad + bin.bads / totals.bads];
    gini += (nextGood - good) * (bad + nextBad);
    [good, bad] = [nextGood, nextBad];
    ks = Math.max(ks, bad - good);
  }
  return { ks, gini: Math.max(0, gini - 1) };
}

function concentrationOf(bins: readonly Totals[]): { hhi: number; hhiNormalised: number } {
  const rows = bins.reduce((sum, { goods, bads }) => sum + goods + bads, 0);
  const hhi = bins.reduce((sum, { goods, bads }) => sum + ((goods + bads) / rows) ** 2, 0);
  const even = 1 / bins.length;
  return { hhi, hhiNormalised: bins.length === 1 ? 1 : Math.max(0, (hhi - even) / (1 - even)) };
}

/** Where the first factor of the quality is highest; the value that optbinning publishes. */
const IV_OF_BEST_QUALITY = 0.395_738_821_848_068_63;

/**
 * Quality between 0 and 1 as optbinning (Navas-Palencia 2020) defines it: a Rayleigh curve over the information value,
 * which falls again where the value is too good to be true; times the chance that all neighbours differ; times evenness.
 */
function qualityOf(iv: number, pValues: readonly number[], hhiNormalised: number): number {
  const ratio = iv / IV_OF_BEST_QUALITY;
  const worth = ratio * Math.exp((1 - ratio ** 2) / 2);
  return worth * pValues.reduce((product, p) => product * (1 - p), 1) * (1 - hhiNormalised);
}
