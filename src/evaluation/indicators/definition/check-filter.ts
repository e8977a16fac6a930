import type { Catalogue, Contract, Field } from '#lists';
import type { Filter, Leaf, Operand } from '../indicator.ts';

/** What does not hold in a definition, where, in both languages. */
export type Fault = { readonly place: string; readonly zh: string; readonly en: string };

/** What kinds of value a field has for the language; undefined: none that an indicator may use. */
export type ValueType = 'text' | 'day' | 'number' | 'boolean';

const TYPES: Readonly<Partial<Record<Field['kind'], ValueType>>> = {
  text: 'text',
  code: 'text',
  uscc: 'text',
  date: 'day',
  month: 'day',
  year: 'number',
  money: 'number',
  decimal: 'number',
  integer: 'number',
  boolean: 'boolean',
};

export function typeOf(field: Field): ValueType | undefined {
  return TYPES[field.kind];
}

export function fieldOf(contract: Contract, name: string): Field | undefined {
  return contract.fields.find((field) => field.name === name);
}

export function fault(place: string, zh: string, en: string): Fault {
  return { place, zh, en };
}

/** The operators of a leaf, one of which it has. */
const OPERATORS = ['eq', 'ne', 'in', 'notIn', 'lt', 'le', 'gt', 'ge', 'between', 'isNull'] as const;
export type Operator = (typeof OPERATORS)[number];
const ORDERING = new Set<Operator>(['lt', 'le', 'gt', 'ge', 'between']);

export function operatorOf(leaf: Leaf): Operator {
  const found = OPERATORS.find((operator) => leaf[operator] !== undefined);
  if (found === undefined) throw new TypeError('the schema asks for one operator');
  return found;
}

export function operandsOf(leaf: Leaf): readonly Operand[] {
  const value = leaf[operatorOf(leaf)];
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Operand[]) : [value as Operand];
}

/** Names of all fields that a filter reads. */
export function fieldsRead(filter: Filter): string[] {
  if ('all' in filter) return filter.all.flatMap(fieldsRead);
  if ('any' in filter) return filter.any.flatMap(fieldsRead);
  if ('not' in filter) return fieldsRead(filter.not);
  const others = operandsOf(filter).flatMap((operand) =>
    typeof operand === 'object' && 'field' in operand ? [operand.field] : [],
  );
  return [filter.field, ...others];
}

type Place = { readonly contract: Contract; readonly catalogue: Catalogue; readonly place: string };

/** Every fault of a filter, with its place in the file. */
export function checkFilter(filter: Filter, at: Place): Fault[] {
  const within = (part: Filter, key: string): Fault[] =>
    checkFilter(part, { ...at, place: `${at.place}/${key}` });
  if ('all' in filter) return filter.all.flatMap((part, n) => within(part, `all/${n}`));
  if ('any' in filter) return filter.any.flatMap((part, n) => within(part, `any/${n}`));
  if ('not' in filter) return within(filter.not, 'not');
  return checkLeaf(filter, at);
}

function checkLeaf(leaf: Leaf, { contract, catalogue, place }: Place): Fault[] {
  const field = fieldOf(contract, leaf.field);
  if (field === undefined) return [noField(place, contract, leaf.field)];
  const type = typeOf(field);
  const operator = operatorOf(leaf);
  if (operator === 'isNull') return [];
  if (type === undefined || field.currency === 'any') return [notUsable(place, field)];
  if (ORDERING.has(operator) && (type === 'text' || type === 'boolean'))
    return [fault(place, `${field.name} 的值没有大小之分`, `values of ${field.name} have no order`)];
  return operandsOf(leaf).flatMap((operand) => checkOperand(operand, { field, contract, catalogue, place }));
}

function checkOperand(operand: Operand, about: Place & { readonly field: Field }): Fault[] {
  const { field, contract, place } = about;
  if (typeof operand === 'object') {
    if ('asOf' in operand)
      return typeOf(field) === 'day' || field.kind === 'year' ? [] : [mismatch(about, 'asOf')];
    const other = fieldOf(contract, operand.field);
    if (other === undefined) return [noField(place, contract, operand.field)];
    const isAlike = typeOf(other) === typeOf(field) && other.currency !== 'any';
    return isAlike ? [] : [mismatch(about, operand.field)];
  }
  return isValueOf(field, operand) ? checkCode(operand, about) : [mismatch(about, String(operand))];
}

function isValueOf(field: Field, value: string | number | boolean): boolean {
  switch (typeOf(field)) {
    case 'text':
      return typeof value === 'string';
    case 'day':
      return (
        typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))
      );
    case 'number':
      return typeof value === 'number' && (field.kind === 'decimal' || Number.isSafeInteger(value));
    case 'boolean':
      return typeof value === 'boolean';
    case undefined:
      return false;
  }
}

function checkCode(
  value: string | number | boolean,
  { field, catalogue, place }: Place & { field: Field },
): Fault[] {
  if (field.codes === undefined) return [];
  const table = catalogue.codeTables.get(field.codes);
  if (table?.values.some(({ code }) => code === value) === true) return [];
  return [
    fault(place, `代码表 ${field.codes} 里没有“${value}”`, `code table ${field.codes} has no "${value}"`),
  ];
}

function mismatch({ field, place }: { field: Field; place: string }, value: string): Fault {
  return fault(place, `${field.name} 不能与 ${value} 比较`, `${field.name} cannot be compared with ${value}`);
}

export function noField(place: string, contract: Contract, name: string): Fault {
  return fault(place, `${contract.id} 没有字段 ${name}`, `${contract.id} has no field ${name}`);
}

export function notUsable(place: string, field: Field): Fault {
  return fault(place, `字段 ${field.name} 不能这样用`, `field ${field.name} cannot be used so`);
}
