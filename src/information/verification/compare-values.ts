import assert from 'node:assert';
import type { Claim, Field } from '#lists';

/** Values of one record as stored ones are spelled. */
export type Values = Readonly<Record<string, string | null>>;

export type Comparison = 'match' | 'mismatch' | 'cannot_verify';

const NUMBERS: ReadonlySet<string> = new Set(['money', 'decimal', 'integer']);

/**
 * What the database says of a stored value (`compareField`), said of one that a department has just answered with:
 * numbers within `tolerancePercent` of the true value are a match, 0 is exactly equal, other currencies never match.
 */
export function compareValue(
  { field, values }: { field: Field; values: Values },
  claim: Claim,
  tolerancePercent: number,
): Comparison {
  const value = values[field.name] ?? null;
  if (value === null) return 'cannot_verify';
  const currency = values[`${field.name}_currency`];
  if (currency !== undefined && currency !== claim.currency) return 'mismatch';
  return isSame(field.kind, { value, claimed: claim.value, tolerancePercent }) ? 'match' : 'mismatch';
}

/**
 * As `bandOfField`: the number of the band in which the value lies, from 0 below the first edge, lower edges included;
 * undefined: there is none. Edges of money are in yuan.
 */
export function bandOfValue(
  { field, values }: { field: Field; values: Values },
  edges: readonly number[],
): number | undefined {
  const value = values[field.name] ?? null;
  const currency = values[`${field.name}_currency`] ?? 'CNY';
  if (value === null || currency !== 'CNY') return undefined;
  const unit = field.kind === 'money' ? 100 : 1;
  return edges.filter((edge) => compareDecimals(value, plainDecimal(edge * unit)) >= 0).length;
}

type Compared = { readonly value: string; readonly claimed: string; readonly tolerancePercent: number };

function isSame(kind: string, { value, claimed, tolerancePercent }: Compared): boolean {
  if (kind === 'timestamp') return instantOf(value) === instantOf(claimed);
  if (!NUMBERS.has(kind)) return value === claimed;
  return tolerancePercent === 0
    ? compareDecimals(value, claimed) === 0
    : isNear(value, claimed, tolerancePercent);
}

/** Digits after the point that are looked at: more than any field has, so that nothing is rounded. */
const SCALE = 12;

/** |value − claimed| ≤ |value| × tolerance, in whole numbers: no amount is too large to be exact. */
function isNear(value: string, claimed: string, tolerancePercent: number): boolean {
  const [own, other] = [toWhole(value), toWhole(claimed)];
  const tolerance = toWhole(plainDecimal(tolerancePercent));
  return absolute(own - other) * 100n * 10n ** BigInt(SCALE) <= absolute(own) * tolerance;
}

function compareDecimals(one: string, other: string): number {
  const difference = toWhole(one) - toWhole(other);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

function toWhole(decimal: string): bigint {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
  assert(parts !== null, 'numbers of records and claims are plain decimals');
  const [, sign, whole = '', fraction = ''] = parts;
  assert(fraction.length <= SCALE, 'no field has so many decimals');
  const digits = BigInt(whole + fraction.padEnd(SCALE, '0'));
  return sign === '-' ? -digits : digits;
}

/** A number of the rules without an exponent. */
function plainDecimal(number: number): string {
  return Number.isInteger(number) ? String(BigInt(number)) : number.toFixed(SCALE);
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Milliseconds; stored instants say their zone as `+08`. */
function instantOf(text: string): number {
  return new Date(text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00')).getTime();
}
