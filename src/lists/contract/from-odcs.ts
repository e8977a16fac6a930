import { createHash } from 'node:crypto';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { Contract } from './shape.ts';

type Bag = Record<string, unknown>;

/** A contract file that does not hold: every reason found, in file order. */
export class ContractError extends Error {
  readonly file: string;
  readonly reasons: readonly string[];

  constructor(file: string, reasons: readonly string[]) {
    super(`${file}: ${reasons.join('; ')}`);
    this.name = 'ContractError';
    this.file = file;
    this.reasons = reasons;
  }
}

/**
 * Reads one ODCS v3.1 document and shapes it into a Contract.
 * The shape is stricter than the standard: unknown properties are refused, policy facts are required.
 * Throws ContractError with every reason.
 */
export function contractFromOdcs(text: string, file: string): Contract {
  const document = asBag(parse(text));
  const shaped = shape(document);
  const reasons = [...checkEnvelope(document), ...checkShape(shaped)];
  if (reasons.length === 0) reasons.push(...checkReferences(shaped as Contract));
  if (reasons.length > 0) throw new ContractError(file, reasons);
  const hash = createHash('sha256').update(text).digest('hex');
  const major = Number((shaped as Contract).version.split('.')[0]);
  return deepFreeze({ ...(shaped as Contract), hash, major, text });
}

function shape(document: Bag): Bag {
  const table = asBag(asList(document.schema)[0]);
  const facts = customProperties(document);
  const sla = new Map(asList(document.slaProperties).map((entry) => [asBag(entry).property, asBag(entry)]));
  return dropUndefined({
    id: document.id,
    version: document.version,
    name: document.name,
    status: document.status,
    ...asBag(document.description),
    ...facts,
    latency: duration(sla.get('latency')),
    retention: { ...duration(sla.get('retention')), from: sla.get('retention')?.description },
    fields: asList(table.properties).map((property) => shapeField(asBag(property))),
    rules: asList(table.quality).map((rule) => shapeRule(asBag(rule))),
  });
}

function shapeField(property: Bag): Bag {
  const facts = customProperties(property);
  const { maxLength, pattern, minimum, maximum } = asBag(property.logicalTypeOptions);
  return dropUndefined({
    name: property.name,
    businessName: property.businessName,
    description: property.description,
    required: property.required === true,
    disclosure: property.classification,
    maxLength,
    pattern,
    minimum,
    maximum,
    ...facts,
  });
}

function shapeRule(rule: Bag): Bag {
  const severity = { error: 'block', warning: 'warn' }[String(rule.severity)];
  return dropUndefined({
    id: rule.id,
    description: rule.description,
    dimension: rule.dimension,
    severity,
    ...asBag(rule.implementation),
  });
}

function checkEnvelope(document: Bag): string[] {
  const reasons: string[] = [];
  const tables = asList(document.schema);
  const table = asBag(tables[0]);
  const major = String(document.version).split('.')[0];
  if (document.apiVersion !== 'v3.1.0') reasons.push('apiVersion must be v3.1.0');
  if (document.kind !== 'DataContract') reasons.push('kind must be DataContract');
  if (tables.length !== 1) reasons.push('schema must hold exactly one table');
  if (table.name !== document.id) reasons.push('schema[0].name must equal id');
  if (table.physicalName !== `${String(document.id)}_v${major}`)
    reasons.push('physicalName must be <id>_v<major>');
  return reasons;
}

/** Compiled once: a hundred contracts are read at every start. */
const holds = Compile(Contract);

function checkShape(shaped: Bag): string[] {
  if (holds.Check(shaped)) return [];
  return [...holds.Errors(shaped)]
    .slice(0, 20)
    .map((error) => `${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`);
}

function checkReferences(contract: Contract): string[] {
  const names = contract.fields.map((field) => field.name);
  const byName = new Map(contract.fields.map((field) => [field.name, field]));
  const reasons = duplicates(names).map((name) => `field declared twice: ${name}`);
  reasons.push(
    ...duplicates(contract.fields.map((f) => f.businessName)).map((n) => `businessName twice: ${n}`),
  );
  for (const name of RESERVED) if (byName.has(name)) reasons.push(`field name is reserved: ${name}`);
  for (const key of contract.naturalKey) {
    if (byName.get(key)?.required !== true)
      reasons.push(`natural key field must exist and be required: ${key}`);
  }
  if (contract.businessTime !== undefined && !byName.has(contract.businessTime)) {
    reasons.push(`businessTime names no field: ${contract.businessTime}`);
  }
  reasons.push(...checkGivenBack(contract));
  for (const field of contract.fields) reasons.push(...checkField(field, contract));
  reasons.push(
    ...duplicates(contract.rules.map((rule) => rule.id)).map((id) => `rule declared twice: ${id}`),
  );
  for (const rule of contract.rules) {
    for (const name of ruleFields(rule))
      if (!byName.has(name)) reasons.push(`rule ${rule.id}: no field ${name}`);
  }
  return reasons;
}

/** Rows of two institutions never meet, each says of which day it is, and none registers anybody. */
function checkGivenBack(contract: Contract): string[] {
  const { givenBackBy, naturalKey, businessTime, sharingModes, registers, fields } = contract;
  if (givenBackBy === undefined) return [];
  const kindOf = (name: string | undefined) => fields.find((field) => field.name === name)?.kind;
  const reasons: string[] = [];
  if (!naturalKey.includes(givenBackBy) || kindOf(givenBackBy) !== 'text')
    reasons.push('givenBackBy names a text field of the natural key');
  if (kindOf(businessTime) !== 'date') reasons.push('what is given back has a date as its businessTime');
  if (registers === true || sharingModes.join() !== 'replicated')
    reasons.push('what is given back is replicated and registers nobody');
  return reasons;
}

function checkField(field: Contract['fields'][number], contract: Contract): string[] {
  const reasons: string[] = [];
  if ((field.kind === 'code') !== (field.codes !== undefined))
    reasons.push(`${field.name}: codes go with kind code`);
  if (field.kind === 'text' && field.maxLength === undefined)
    reasons.push(`${field.name}: text needs maxLength`);
  if (field.currency !== undefined && field.kind !== 'money')
    reasons.push(`${field.name}: currency goes with money`);
  if (field.kind === 'id_number' && field.disclosure !== 'secret')
    reasons.push(`${field.name}: id numbers are secret`);
  if (!contract.disclosures.includes(field.disclosure) && field.disclosure !== 'secret') {
    reasons.push(`${field.name}: ${field.disclosure} is not among the contract's disclosures`);
  }
  return reasons;
}

/** Names the record envelope and the subject columns take for themselves. */
const RESERVED = [
  'enterprise_id',
  'delivery_id',
  'row_no',
  'known_from',
  'known_to',
  'original',
  'uscc',
  'enterprise_name',
  'subject_code',
  'subject_name',
];

/** Every field name that a rule reads. */
export function ruleFields(rule: Contract['rules'][number]): string[] {
  switch (rule.rule) {
    case 'date_order':
      return [rule.earlier, rule.later];
    case 'required_when':
      return [rule.field, rule.when];
    case 'not_above':
      return [rule.field, rule.limit];
    case 'sum_of':
      return [rule.field, ...rule.parts];
    default:
      return [rule.field];
  }
}

function customProperties(holder: Bag): Bag {
  return Object.fromEntries(
    asList(holder.customProperties).map((entry) => {
      const { property, value } = asBag(entry);
      return [String(property), value];
    }),
  );
}

function duration(entry: Bag | undefined): Bag {
  return { value: entry?.value, unit: entry?.unit };
}

function duplicates(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, at) => values.indexOf(value) !== at))];
}

function asBag(value: unknown): Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Bag) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function dropUndefined(bag: Bag): Bag {
  return Object.fromEntries(Object.entries(bag).filter(([, value]) => value !== undefined));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
