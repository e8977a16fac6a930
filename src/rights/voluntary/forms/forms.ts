import type { CodeTable, Contract, Field } from '#lists';
import type { VoluntaryTerms } from '../definition/load-voluntary.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';

/** Values as a person writes them, by field. */
export type ItemValues = Readonly<Record<string, string>>;

export type FormField = {
  readonly name: string;
  readonly words: { readonly zh: string; readonly en: string };
  readonly note: string | null;
  readonly kind: Field['kind'];
  readonly required: boolean;
  /** Who may see it: anyone; who the enterprise allows; nobody as a value; nobody at all. */
  readonly seenBy: Field['disclosure'];
  readonly unit: string | null;
  readonly source: string;
};

export type Form = {
  readonly contract: string;
  readonly version: string;
  readonly hash: string;
  readonly words: { readonly zh: string; readonly en: string };
  readonly whyNeeded: string;
  readonly whatItUnlocks: string;
  readonly limitations: string;
  readonly duty: Contract['duty'];
  readonly whoMaySee: Contract['disclosures'];
  readonly validDays: number;
  readonly keptFor: Contract['retention'];
  readonly evidence: NonNullable<Contract['verification']>;
  readonly key: readonly string[];
  readonly fields: readonly FormField[];
  /** JSON Schema (draft 2020-12) of `values`; the contract's row check has the last word. */
  readonly schema: object;
};

/** Contracts begin so where the enterprise itself files; others of the list come from whoever keeps the data. */
const FILED_BY_ENTERPRISES = '信息主体';

/** Every item that an enterprise can file, in the order of the list: what the contracts say, so a new contract is a new form. */
export function formContracts(contracts: ReadonlyMap<string, Contract>): Contract[] {
  return [...contracts.values()].filter(
    ({ list, provider, status, sharingModes, givenBackBy }) =>
      list === 'voluntary' &&
      provider.startsWith(FILED_BY_ENTERPRISES) &&
      status === 'active' &&
      sharingModes.includes('replicated') &&
      givenBackBy === undefined,
  );
}

/** Throws `voluntary.no_such_item`. */
export function requireForm(contracts: ReadonlyMap<string, Contract>, id: string): Contract {
  const contract = formContracts(contracts).find((one) => one.id === id);
  if (contract === undefined) throw voluntaryRefusal('voluntary.no_such_item', { item: id });
  return contract;
}

/** What is asked: the node has no use for a secret value that nothing requires. */
export function fieldsAsked({ fields }: Contract): Field[] {
  return fields.filter(({ disclosure, required }) => disclosure !== 'secret' || required);
}

export function formOf(
  contract: Contract,
  { terms, codeTables }: { terms: VoluntaryTerms; codeTables: ReadonlyMap<string, CodeTable> },
): Form {
  const asked = fieldsAsked(contract);
  return {
    contract: contract.id,
    version: contract.version,
    hash: contract.hash,
    words: { zh: contract.name, en: wordsOfId(contract.id.replace(/^v\d\d_/, '')) },
    whyNeeded: contract.purpose,
    whatItUnlocks: contract.usage,
    limitations: contract.limitations,
    duty: contract.duty,
    whoMaySee: contract.disclosures,
    validDays: validDaysOf(contract, terms),
    keptFor: contract.retention,
    evidence: contract.verification ?? ['L0'],
    key: contract.naturalKey,
    fields: asked.map(formField),
    schema: schemaOf(asked, codeTables),
  };
}

/** Throws `voluntary.definition_not_valid` for a frequency that the terms do not name. */
export function validDaysOf({ id, frequency }: Contract, { validDays }: VoluntaryTerms): number {
  const days = validDays[frequency];
  if (days === undefined)
    throw voluntaryRefusal('voluntary.definition_not_valid', {
      file: 'terms.yaml',
      reasons: `no validDays of ${frequency} (${id})`,
    });
  return days;
}

function formField(field: Field): FormField {
  const { name, businessName, description, kind, required, disclosure, unit, source } = field;
  return {
    name,
    words: { zh: businessName, en: wordsOfId(name) },
    note: description ?? null,
    kind,
    required,
    seenBy: disclosure,
    unit: unit ?? null,
    source,
  };
}

/** `contact_duty` → `Contact duty`: contracts name fields in English once, by their id. */
function wordsOfId(id: string): string {
  const text = id.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function schemaOf(fields: readonly Field[], codeTables: ReadonlyMap<string, CodeTable>): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: fields.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(fields.map((field) => [field.name, propertyOf(field, codeTables)])),
  };
}

function propertyOf(field: Field, codeTables: ReadonlyMap<string, CodeTable>): object {
  const base = { type: 'string', title: field.businessName, maxLength: field.maxLength ?? 4_000 };
  if (field.kind === 'code') {
    const values = codeTables.get(field.codes ?? '')?.values ?? [];
    return { ...base, oneOf: values.map(({ code, name }) => ({ const: code, title: name })) };
  }
  if (field.kind === 'date') return { ...base, format: 'date' };
  if (field.kind === 'email') return { ...base, format: 'email' };
  if (field.kind === 'boolean') return { ...base, enum: ['是', '否', 'true', 'false'] };
  return field.pattern === undefined ? base : { ...base, pattern: field.pattern };
}
