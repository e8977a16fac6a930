import type { ConsentPurpose, InstitutionType } from '#security';
import { consentRefusal } from '../consent-refusals.ts';
import type { FairUse } from './load-fair-use.ts';
import type { Bound, Rate, Span } from './shape.ts';
import { addSpan, isRateWithin, spanDays } from './spans.ts';

/** What is asked for, as far as bounds look at it. Dates are Beijing dates. */
export type AskedUse = {
  readonly institutionType: InstitutionType;
  readonly purpose: ConsentPurpose;
  readonly product: string | null;
  readonly contracts: readonly string[];
  readonly validTo: string;
  readonly dataFrom: string;
  /** Null: once. */
  readonly frequency: Rate | null;
  readonly dataLife: Span;
};

/** Throws `consent.no_bound` or `consent.above_bound`, which names the bound, the dataset, what was asked and the most. */
export function requireWithinBounds(fairUse: FairUse, asked: AskedUse, today: string): void {
  for (const contract of asked.contracts) {
    const bound = findBound(fairUse, asked, contract);
    if (bound === undefined) throw consentRefusal('consent.no_bound', { contract });
    requireWithin(bound, asked, { contract, today });
  }
}

/** The bound for one dataset: of those that apply the one for its product, then the one for its group. */
export function findBound(
  fairUse: FairUse,
  { institutionType, purpose, product }: Pick<AskedUse, 'institutionType' | 'purpose' | 'product'>,
  contract: string,
): Bound | undefined {
  const group = fairUse.groupOf(contract);
  const applying = (fairUse.institutions.get(institutionType)?.bounds ?? []).filter(
    ({ purposes, products, groups }) =>
      purposes.includes(purpose) &&
      (products === undefined || (product !== null && products.includes(product))) &&
      (groups === undefined || groups.includes(group)),
  );
  const weight = ({ products, groups }: Bound) =>
    (products === undefined ? 0 : 2) + (groups === undefined ? 0 : 1);
  return applying.sort((one, other) => weight(other) - weight(one))[0];
}

type Excess = { readonly bound: string; readonly asked: string; readonly max: string };

function requireWithin(
  bound: Bound,
  asked: AskedUse,
  { contract, today }: { contract: string; today: string },
): void {
  const excess = findExcess(bound, asked, today);
  if (excess !== undefined) throw consentRefusal('consent.above_bound', { ...excess, contract });
}

function findExcess(bound: Bound, asked: AskedUse, today: string): Excess | undefined {
  const lastDay = addSpan(today, bound.validityMax);
  if (asked.validTo > lastDay) return { bound: 'validityMax', asked: asked.validTo, max: lastDay };
  const firstDay = addSpan(today, bound.dataRangeMax, -1);
  if (asked.dataFrom < firstDay) return { bound: 'dataRangeMax', asked: asked.dataFrom, max: firstDay };
  if (spanDays(asked.dataLife) > spanDays(bound.dataLifeMax))
    return { bound: 'dataLifeMax', asked: spanText(asked.dataLife), max: spanText(bound.dataLifeMax) };
  const { frequency } = asked;
  if (frequency !== null && !isRateWithin(frequency, bound.frequencyMax))
    return { bound: 'frequencyMax', asked: rateText(frequency), max: rateText(bound.frequencyMax) };
  return undefined;
}

function spanText({ count, unit }: Span): string {
  return `${count} ${unit}`;
}

function rateText({ count, unit }: Rate): string {
  return `${count}/${unit}`;
}
