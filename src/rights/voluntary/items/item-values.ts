import { createHash } from 'node:crypto';
import { canonicalJson, type EnterpriseId, type FieldPlace } from '#kernel';
import { type CodeTable, type Contract, type Field, readClaim } from '#lists';
import { fieldsAsked, type ItemValues } from '../forms/forms.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';

type CodeTables = ReadonlyMap<string, CodeTable>;

/** Only fields that the form asks for; empty text is no value. Throws `voluntary.field_unknown`. */
export function takeValues(contract: Contract, given: ItemValues): ItemValues {
  const asked = new Set(fieldsAsked(contract).map(({ name }) => name));
  const strange = Object.keys(given).find((name) => !asked.has(name));
  if (strange !== undefined)
    throw voluntaryRefusal('voluntary.field_unknown', { field: strange.slice(0, 60) });
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value.trim() !== ''));
}

/** As records keep it, so that two spellings of one value are one; what cannot be read stays as it is written. */
function canonicalValue(field: Field, codeTables: CodeTables, text: string): string {
  const reading = readClaim(field, codeTables, text);
  if ('defect' in reading) return text;
  return reading.currency === null ? reading.value : `${reading.value} ${reading.currency}`;
}

export function canonicalValues(contract: Contract, codeTables: CodeTables, values: ItemValues): ItemValues {
  const known = new Map(contract.fields.map((field) => [field.name, field]));
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, text]) => {
      const field = known.get(name);
      return field === undefined ? [] : [[name, canonicalValue(field, codeTables, text)]];
    }),
  );
}

/**
 * The address of an item: the same contract and natural key of one enterprise are one item, whichever entrance it came by.
 * Not to be reckoned back without the enterprise's number, which nobody outside knows.
 */
export function itemIdOf(enterpriseId: EnterpriseId, contract: Contract, canonical: ItemValues): string {
  const key = contract.naturalKey.map((name) => canonical[name] ?? null);
  return `itm_${digestOf([enterpriseId, contract.id, key]).slice(0, 26)}`;
}

/** Digest of what an item says; salted by the enterprise and the item. */
export function valuesDigest(itemId: string, enterpriseId: EnterpriseId, canonical: ItemValues): string {
  return digestOf([enterpriseId, itemId, canonical]);
}

function digestOf(parts: unknown): string {
  return createHash('sha256').update(canonicalJson(parts)).digest('hex');
}

export function filingPlace(enterpriseId: string): FieldPlace {
  return { table: 'rights.filings', column: 'values', owner: `enterprise:${enterpriseId}` };
}
