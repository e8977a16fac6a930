import { parseNumber } from './elements.ts';
import type { Cell, PmmlField, PmmlInterval } from './scorecard.ts';

/**
 * What a field's value is before any predicate sees it: read as the field's kind, judged by the dictionary, treated by the
 * mining schema. Undefined: the value is invalid and the schema says that the model then has no result.
 */
export function prepareValue(field: PmmlField, given: Cell): Cell | undefined {
  const value = treatInvalid(field, read(field, given));
  return value === undefined ? undefined : treatMissing(field, treatOutlier(field, value));
}

type Read = { readonly value: Cell; readonly isValid: boolean };

/** NaN is nothing known; what cannot be read as the field's kind is invalid. */
function read(field: PmmlField, given: Cell): Read {
  if (given === null || Number.isNaN(given)) return { value: null, isValid: true };
  const value =
    field.kind === 'text' ? String(given) : typeof given === 'number' ? given : parseNumber(given);
  if (value === undefined) return { value: null, isValid: false };
  if (field.missing.has(value)) return { value: null, isValid: true };
  return { value, isValid: isValid(field, value) };
}

function isValid({ valid, invalid, intervals, isInteger }: PmmlField, value: number | string): boolean {
  if (invalid.has(value)) return false;
  if (typeof value === 'number') {
    if (isInteger && !Number.isInteger(value)) return false;
    if (intervals.length > 0)
      return valid.has(value) || intervals.some((interval) => isWithin(interval, value));
  }
  return valid.size === 0 || valid.has(value);
}

function isWithin({ left, right, isLeftOpen, isRightOpen }: PmmlInterval, value: number): boolean {
  const isFromLeft = isLeftOpen ? value > left : value >= left;
  return isFromLeft && (isRightOpen ? value < right : value <= right);
}

function treatInvalid(field: PmmlField, { value, isValid: isFine }: Read): Cell | undefined {
  if (isFine) return value;
  switch (field.whenInvalid) {
    case 'returnInvalid':
      return undefined;
    case 'asMissing':
      return null;
    case 'asValue':
      return field.invalidReplacement;
    default:
      return value;
  }
}

function treatOutlier({ outliers, low, high }: PmmlField, value: Cell): Cell {
  if (typeof value !== 'number' || outliers === 'asIs') return value;
  if (outliers === 'asExtremeValues') return Math.min(Math.max(value, low), high);
  return value < low || value > high ? null : value;
}

function treatMissing({ whenMissing, missingReplacement }: PmmlField, value: Cell): Cell | undefined {
  if (value !== null) return value;
  return whenMissing === 'returnInvalid' ? undefined : missingReplacement;
}
