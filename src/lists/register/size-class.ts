import type { SizeLine, SizeStandard } from './size-class-standard.ts';

export const SIZE_CLASSES = ['large', 'medium', 'small', 'micro', 'unknown'] as const;

/** 大型, 中型, 小型, 微型, 规模未知: unknown is a class with a count, not a gap. */
export type SizeClass = (typeof SIZE_CLASSES)[number];

export type SizeInputs = {
  /** GB/T 4754-2017: section letter, digits, or both (`C`, `3512`, `C3512`); null when not known. */
  readonly industry: string | null;
  readonly staff: number | null;
  readonly revenueFen: bigint | null;
  readonly assetsFen: bigint | null;
};

export type SizeDecision = {
  readonly sizeClass: SizeClass;
  /** Id of the standard's line; null when no line applies. */
  readonly line: string | null;
  /** The industry stands in no line of the standard and is classed by reference to one, as the standard says. */
  readonly byReference: boolean;
  readonly reason: SizeReason;
};

export type SizeReason =
  | 'decided'
  | 'industry_unknown'
  /** The code names a section of which the parts are classed differently. */
  | 'industry_too_coarse'
  /** 金融业 and others that this standard does not class. */
  | 'industry_excluded'
  /** An indicator that would decide is missing; it is never read as zero. */
  | 'indicator_missing';

/**
 * Classes one enterprise: the highest class of which every indicator reaches its bound; micro when none does.
 * A missing indicator leaves the class unknown unless the known ones decide it either way.
 */
export function classifySize(standard: SizeStandard, inputs: SizeInputs): SizeDecision {
  const found = findLine(standard, inputs.industry);
  if (!('line' in found))
    return { sizeClass: 'unknown', line: null, byReference: false, reason: found.reason };
  const sizeClass = classIn(found.line, indicatorsOf(inputs));
  const reason = sizeClass === 'unknown' ? 'indicator_missing' : 'decided';
  return { sizeClass, line: found.line.id, byReference: found.byReference, reason };
}

type Found = { line: SizeLine; byReference: boolean } | { reason: SizeReason };

/** The longest code that matches wins: group before division before section. */
function findLine(standard: SizeStandard, industry: string | null): Found {
  const { section, digits } = readIndustry(industry);
  if (section === null) return { reason: 'industry_unknown' };
  const reference = standard.industries.find(({ id }) => id === standard.byReference.to);
  for (const [part, code] of [
    ['groups', digits.slice(0, 3)],
    ['divisions', digits.slice(0, 2)],
    ['sections', section],
  ] as const) {
    const line = standard.industries.find((candidate) => candidate[part]?.includes(code));
    if (line !== undefined) return { line, byReference: false };
    if (reference !== undefined && standard.byReference[part]?.includes(code) === true) {
      return { line: reference, byReference: true };
    }
    if (standard.excluded[part]?.includes(code) === true) return { reason: 'industry_excluded' };
  }
  return { reason: 'industry_too_coarse' };
}

/** First and last division of each section (GB/T 4754-2017). */
const DIVISIONS = [
  ['A', 1, 5],
  ['B', 6, 12],
  ['C', 13, 43],
  ['D', 44, 46],
  ['E', 47, 50],
  ['F', 51, 52],
  ['G', 53, 60],
  ['H', 61, 62],
  ['I', 63, 65],
  ['J', 66, 69],
  ['K', 70, 70],
  ['L', 71, 72],
  ['M', 73, 75],
  ['N', 76, 79],
  ['O', 80, 82],
  ['P', 83, 83],
  ['Q', 84, 85],
  ['R', 86, 90],
  ['S', 91, 96],
  ['T', 97, 97],
] as const;

/** A letter that contradicts its digits says nothing reliable, so the industry is unknown. */
function readIndustry(industry: string | null): { section: string | null; digits: string } {
  const match = /^([A-T])?([0-9]{0,4})$/.exec(industry?.trim().toUpperCase() ?? '');
  const [, letter, digits = ''] = match ?? [];
  const division = digits.length < 2 ? null : Number(digits.slice(0, 2));
  const ofDigits = DIVISIONS.find(
    ([, first, last]) => division !== null && division >= first && division <= last,
  )?.[0];
  if (division !== null && ofDigits === undefined) return { section: null, digits };
  if (letter !== undefined && ofDigits !== undefined && letter !== ofDigits) return { section: null, digits };
  return { section: ofDigits ?? letter ?? null, digits };
}

type Indicators = { readonly X: bigint | null; readonly Y: bigint | null; readonly Z: bigint | null };

const FEN_PER_WAN_YUAN = 1_000_000n;

/** Persons, and money as fen: bounds in 万元 are brought to fen, so that nothing is rounded. */
function indicatorsOf({ staff, revenueFen, assetsFen }: SizeInputs): Indicators {
  return { X: staff === null ? null : BigInt(staff), Y: revenueFen, Z: assetsFen };
}

function classIn(line: SizeLine, indicators: Indicators): SizeClass {
  for (const sizeClass of ['large', 'medium', 'small'] as const) {
    const outcomes = reachedBounds(line[sizeClass], indicators);
    if (outcomes.every((reached) => reached === true)) return sizeClass;
    if (outcomes.every((reached) => reached !== false)) return 'unknown';
  }
  return 'micro';
}

/** One entry per indicator of the class: reached, not reached, or null when the indicator is missing. */
function reachedBounds(bounds: SizeLine['large'], indicators: Indicators): (boolean | null)[] {
  return (['X', 'Y', 'Z'] as const).flatMap((name) => {
    const bound = bounds[name];
    if (bound === undefined) return [];
    const value = indicators[name];
    return [value === null ? null : value >= BigInt(bound) * (name === 'X' ? 1n : FEN_PER_WAN_YUAN)];
  });
}
