import type { Contract, Field, RowRule } from '../../contract/shape.ts';
import { majorUnits } from './field-reader.ts';

/** Normalised values of one row in contract order ('' when empty) and the currency of each amount. */
export type RowValues = { readonly values: readonly string[]; readonly currencies: readonly string[] };

/** What a rule says of a row. */
export const PASSED = 0;
export const BROKEN = 1;
/** An operand is empty: there is nothing to check, and nothing is counted. */
export const NOT_APPLICABLE = 2;

export type RowTest = (row: RowValues) => typeof PASSED | typeof BROKEN | typeof NOT_APPLICABLE;

/** Makes the function of a rule over normalised values. `today` is the Beijing date of the delivery. */
export function compileRule(rule: RowRule, contract: Contract, today: string): RowTest {
  const scope = scopeOf(contract);
  switch (rule.rule) {
    case 'date_order':
      return compare(scope, rule.earlier, rule.later, (earlier, later) => day(earlier) <= day(later));
    case 'not_future':
      return test(scope, rule.field, (value) => day(value) <= today);
    case 'not_before':
      return test(scope, rule.field, (value) => day(value) >= rule.date);
    case 'range':
      return range(scope, rule);
    case 'pattern': {
      const pattern = new RegExp(rule.pattern, 'u');
      return test(scope, rule.field, (value) => pattern.test(value));
    }
    case 'required_when':
      return requiredWhen(scope, rule);
    case 'not_above':
      return notAbove(scope, rule.field, rule.limit);
    case 'sum_of':
      return sumOf(scope, rule);
    case 'filled':
      return filled(scope, rule.field);
  }
}

type Scope = { at(name: string): number; field(name: string): Field };

function scopeOf(contract: Contract): Scope {
  const at = (name: string): number => {
    const index = contract.fields.findIndex((field) => field.name === name);
    if (index === -1) throw new TypeError(`${contract.id}: rule reads no field ${name}`);
    return index;
  };
  const field = (name: string): Field => contract.fields[at(name)] as Field;
  return { at, field };
}

function test(scope: Scope, name: string, holds: (value: string) => boolean): RowTest {
  const at = scope.at(name);
  return ({ values }) => {
    const value = values[at] ?? '';
    if (value === '') return NOT_APPLICABLE;
    return holds(value) ? PASSED : BROKEN;
  };
}

function compare(
  scope: Scope,
  one: string,
  other: string,
  holds: (a: string, b: string) => boolean,
): RowTest {
  const [first, second] = [scope.at(one), scope.at(other)];
  return ({ values }) => {
    const a = values[first] ?? '';
    const b = values[second] ?? '';
    if (a === '' || b === '') return NOT_APPLICABLE;
    return holds(a, b) ? PASSED : BROKEN;
  };
}

/** Dates, months and instants compare as text by their day; a year stands for its first day; `infinity` is above all. */
function day(value: string): string {
  if (value.length <= 10) return value;
  return value.slice(0, 10);
}

function range(scope: Scope, rule: Extract<RowRule, { rule: 'range' }>): RowTest {
  const at = scope.at(rule.field);
  const isMoney = scope.field(rule.field).kind === 'money';
  const { min = -Infinity, max = Infinity } = rule;
  return ({ values, currencies }) => {
    const value = values[at] ?? '';
    if (value === '') return NOT_APPLICABLE;
    const number = isMoney ? majorUnits(value, currencies[at] ?? 'CNY') : Number(value);
    return number >= min && number <= max ? PASSED : BROKEN;
  };
}

function requiredWhen(scope: Scope, rule: Extract<RowRule, { rule: 'required_when' }>): RowTest {
  const [at, when] = [scope.at(rule.field), scope.at(rule.when)];
  const wanted = new Set(rule.equals);
  return ({ values }) => {
    if (!wanted.has(values[when] ?? '')) return NOT_APPLICABLE;
    return values[at] === '' ? BROKEN : PASSED;
  };
}

/** Amounts of two currencies say nothing about each other. */
function notAbove(scope: Scope, name: string, limit: string): RowTest {
  const [first, second] = [scope.at(name), scope.at(limit)];
  const holds = compare(scope, name, limit, (value, bound) => compareNumbers(value, bound) <= 0);
  return (row) => (row.currencies[first] === row.currencies[second] ? holds(row) : NOT_APPLICABLE);
}

const EXACT_DIGITS = 15;

/** Canonical decimal texts: as doubles where these are exact, else digit by digit. */
function compareNumbers(a: string, b: string): number {
  if (a.length <= EXACT_DIGITS && b.length <= EXACT_DIGITS) return Number(a) - Number(b);
  const difference = inUnits(a) - inUnits(b);
  return difference === 0n ? 0 : difference > 0n ? 1 : -1;
}

/** No field has more than eight digits after the point, so these units hold every number whole. */
const UNIT_DIGITS = 8;

function inUnits(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(UNIT_DIGITS, '0'));
}

/** Empty parts count as nothing; with all of them empty there is nothing to add up. Tolerance of money is in yuan. */
function sumOf(scope: Scope, rule: Extract<RowRule, { rule: 'sum_of' }>): RowTest {
  const total = scope.at(rule.field);
  const parts = rule.parts.map((name) => scope.at(name));
  const isMoney = scope.field(rule.field).kind === 'money';
  const minorPerUnit = isMoney ? 100 : 1;
  const tolerance = inUnits((rule.tolerance * minorPerUnit).toFixed(UNIT_DIGITS));
  return ({ values }) => {
    const value = values[total] ?? '';
    if (value === '' || parts.every((at) => values[at] === '')) return NOT_APPLICABLE;
    if (isMoney && value.length < EXACT_DIGITS) {
      const gap = exactGap(Number(value), parts, values);
      if (gap !== null) return gap <= rule.tolerance * minorPerUnit ? PASSED : BROKEN;
    }
    let sum = 0n;
    for (const at of parts) sum += inUnits(values[at] || '0');
    const gap = inUnits(value) - sum;
    return (gap < 0n ? -gap : gap) <= tolerance ? PASSED : BROKEN;
  };
}

/** Total less parts, without sign, where integers of fewer than fifteen digits keep doubles exact; null where they do not. */
function exactGap(total: number, parts: readonly number[], values: readonly string[]): number | null {
  let gap = total;
  for (const at of parts) {
    const part = values[at] ?? '';
    if (part.length >= EXACT_DIGITS) return null;
    gap -= Number(part);
  }
  return Math.abs(gap);
}

function filled(scope: Scope, name: string): RowTest {
  const at = scope.at(name);
  return ({ values }) => (values[at] === '' ? BROKEN : PASSED);
}
