import { prepareValue } from './prepare-value.ts';
import type { Cell, Characteristic, Comparison, Predicate, Scorecard } from './scorecard.ts';

/** How far a characteristic lies on the bad side of its baseline, in points. */
export type RankedReason = { readonly code: string; readonly points: number };

/**
 * `score` undefined: the standard's invalid result (an invalid value, or a characteristic of which no attribute is true).
 * `reasons`: every characteristic's, most points first, in the order of the card where equal.
 */
export type ScorecardResult = {
  readonly score: number | undefined;
  readonly reasons: readonly RankedReason[];
};

/** Pure: the same card and values give the same bits. Values are by field name; one that is not given is missing. */
export function evaluateScorecard(card: Scorecard, given: Readonly<Record<string, Cell>>): ScorecardResult {
  const values = new Map<string, Cell>();
  for (const [name, field] of card.fields) {
    const value = prepareValue(field, Object.hasOwn(given, name) ? (given[name] ?? null) : null);
    if (value === undefined) return NO_RESULT;
    values.set(name, value);
  }
  let score = card.initialScore;
  const reasons: RankedReason[] = [];
  for (const characteristic of card.characteristics) {
    const attribute = characteristic.attributes.find(({ predicate }) => test(predicate, values) === true);
    if (attribute === undefined) return NO_RESULT;
    score += attribute.partialScore;
    if (card.hasReasons && attribute.reasonCode !== undefined)
      reasons.push({
        code: attribute.reasonCode,
        points: pointsOf(card, characteristic, attribute.partialScore),
      });
  }
  return { score, reasons: rank(reasons) };
}

const NO_RESULT: ScorecardResult = { score: undefined, reasons: [] };

function pointsOf(
  { reasonCodeAlgorithm }: Scorecard,
  { baselineScore }: Characteristic,
  partialScore: number,
): number {
  return reasonCodeAlgorithm === 'pointsBelow' ? baselineScore - partialScore : partialScore - baselineScore;
}

/** A code that several characteristics give stands where its largest difference is. */
function rank(reasons: readonly RankedReason[]): RankedReason[] {
  const ranked = reasons.toSorted((a, b) => b.points - a.points);
  return ranked.filter(({ code }, at) => ranked.findIndex((one) => one.code === code) === at);
}

/** True, false, or not to be known because a value is missing. */
type Truth = boolean | 'unknown';

function test(predicate: Predicate, values: ReadonlyMap<string, Cell>): Truth {
  if (predicate.kind === 'constant') return predicate.value;
  if (predicate.kind === 'compound') {
    const parts = predicate.parts.map((part) => test(part, values));
    return COMPOUND[predicate.operator](parts);
  }
  const value = values.get(predicate.field) ?? null;
  if (predicate.kind === 'missing') return (value === null) === predicate.isMissing;
  if (value === null) return 'unknown';
  if (predicate.kind === 'set') return predicate.values.has(value) === predicate.isIn;
  return compare(predicate.operator, value, predicate.value);
}

/** Kleene's tables, as the standard prints them; a surrogate is the first part that can be known. */
const COMPOUND = {
  and: (parts: readonly Truth[]): Truth =>
    parts.includes(false) ? false : parts.includes('unknown') ? 'unknown' : true,
  or: (parts: readonly Truth[]): Truth =>
    parts.includes(true) ? true : parts.includes('unknown') ? 'unknown' : false,
  xor: (parts: readonly Truth[]): Truth =>
    parts.includes('unknown') ? 'unknown' : parts.filter((part) => part === true).length % 2 === 1,
  surrogate: (parts: readonly Truth[]): Truth => parts.find((part) => part !== 'unknown') ?? 'unknown',
} as const;

/** Both sides are of the field's kind; texts are only ever equal or not. */
function compare(operator: Comparison, value: number | string, to: number | string): boolean {
  switch (operator) {
    case 'equal':
      return value === to;
    case 'notEqual':
      return value !== to;
    case 'lessThan':
      return value < to;
    case 'lessOrEqual':
      return value <= to;
    case 'greaterThan':
      return value > to;
    default:
      return value >= to;
  }
}
