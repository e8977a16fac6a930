import { LIMITS } from '#kernel';
import type { CodeTable } from '../contract/code-table.ts';
import type { Field } from '../contract/shape.ts';
import type { DefectCode } from './defects.ts';
import { readerOf } from './rows/field-reader.ts';

/** A claimed value in the form in which records are kept; `currency` of money only. */
export type Claim = { readonly value: string; readonly currency: string | null };

/** `empty`: the text says that there is no value, which nobody can claim. */
export type ClaimReading = Claim | { readonly defect: DefectCode | 'empty' };

/**
 * Reads a claimed value of a field as a delivered cell is read: full-width characters, spellings of dates, units of
 * money, names of codes come to one form. Identifiers of persons come masked, as the node keeps them.
 */
export function readClaim(
  field: Field,
  codeTables: ReadonlyMap<string, CodeTable>,
  text: string,
): ClaimReading {
  if (text.length > LIMITS.fieldCharactersMax) return { defect: 'text_too_long' };
  const reading = readerOf(field, codeTables, undefined).read(text);
  if ('defect' in reading) return reading;
  if (reading.value === '') return { defect: 'empty' };
  const currency = field.kind === 'money' ? (reading.currency ?? 'CNY') : null;
  return { value: reading.value, currency };
}
