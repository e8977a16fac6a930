import { createHash } from 'node:crypto';
import type { Contract, Field, RecordSelector } from '#lists';
import { compareValue, type Values } from './compare-values.ts';

/** The record that is meant among what a department answered; its values live as long as the answer is made. */
export type RecordInAnswer = {
  /** Digest of the natural key, as for stored records: the same whichever way the record was asked for. */
  readonly recordKey: string;
  /** Undefined: there is none that can be compared. */
  readonly values: Values | undefined;
};

export type Range = { readonly from: string | null; readonly to: string | null };

/**
 * `locateRecord` over an answer in memory: by the whole natural key, or the one of the latest business time; only
 * records in the range of the consent. Where the answer does not say when a record is of, no record is taken for the
 * latest of several, nor for one in a bounded range.
 */
export function locateInAnswer(
  contract: Contract,
  records: readonly Values[],
  { record, range }: { record: RecordSelector; range: Range },
): RecordInAnswer {
  const inRange = records.filter((values) => isInRange(contract, values, range));
  const found = record === 'latest' ? findLatest(contract, inRange) : findByKey(contract, inRange, record);
  if (found !== undefined) {
    return { recordKey: digestOf(contract.naturalKey.map((name) => found[name] ?? null)), values: found };
  }
  if (record === 'latest') return { recordKey: 'latest', values: undefined };
  const asked = contract.naturalKey.map((name) => record[name]?.value ?? null);
  return { recordKey: digestOf(asked), values: undefined };
}

/** A month or a year counts by its first day. A record that says it has no time is of every range. */
function isInRange({ businessTime }: Contract, values: Values, { from, to }: Range): boolean {
  if (businessTime === undefined || (from === null && to === null)) return true;
  const time = values[businessTime];
  if (time === undefined) return false;
  if (time === null) return true;
  const day = time.length === 4 ? `${time}-01-01` : time.slice(0, 10);
  return (from === null || day >= from) && (to === null || day <= to);
}

function findLatest({ businessTime }: Contract, records: readonly Values[]): Values | undefined {
  if (records.length <= 1) return records[0];
  if (businessTime === undefined || records.some((values) => values[businessTime] === undefined))
    return undefined;
  const timeOf = (values: Values): string => values[businessTime] ?? '';
  return records.reduce((latest, next) => (timeOf(next) > timeOf(latest) ? next : latest));
}

function findByKey(
  { naturalKey, fields }: Contract,
  records: readonly Values[],
  key: Exclude<RecordSelector, 'latest'>,
): Values | undefined {
  const keyFields = naturalKey.flatMap((name) => fields.filter((field) => field.name === name));
  const isOfKey = (values: Values, field: Field): boolean => {
    const claim = key[field.name];
    return claim !== undefined && compareValue({ field, values }, claim, 0) === 'match';
  };
  return records.find((values) => keyFields.every((field) => isOfKey(values, field)));
}

/** Spelled as the database spells an array of texts. */
function digestOf(values: readonly (string | null)[]): string {
  const text = `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
  return createHash('sha256').update(text).digest('hex');
}
