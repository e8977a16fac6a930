import { healthOn, livingSpan, sizeFactor } from '../city/activity.ts';
import type { Coverage } from '../model/definitions.ts';
import { chance, poisson } from '../model/random.ts';
import type { FactMaker } from './fact.ts';

const RECORDS_MAX = 60;

/**
 * Records of a dataset for which there is nothing but its contract and a line of coverage: who has them, how many, when.
 * Every field is then filled from the contract.
 */
export function makeFromCoverage(coverage: Coverage): FactMaker {
  const { share, mean = 1, pull = 0, size = 0, years, sections, volunteers = false } = coverage;
  return (enterprise, city, rng) => {
    if (volunteers && !enterprise.isVolunteer) return [];
    if (sections !== undefined && !sections.includes(enterprise.sector.section)) return [];
    const span = livingSpan(enterprise, city, years);
    if (span === undefined) return [];
    const weight = sizeFactor(enterprise, size) * Math.exp(pull * healthOn(enterprise, span.last));
    if (!chance(rng, Math.min(0.95, share * weight))) return [];
    const count = Math.min(RECORDS_MAX, 1 + poisson(rng, mean - 1));
    return Array.from({ length: count }, () => ({
      on: span.first + Math.floor(rng() * (span.last - span.first + 1)),
      values: {},
    })).sort((a, b) => a.on - b.on);
  };
}
