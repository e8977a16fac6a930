import { type Contract, type Field } from '#lists';
import { fieldOf } from '../definition/check-filter.ts';
import { compileFilter, quote, type SlotWriter } from './compile-filter.ts';
import type { BaseDefinition, Fn } from '../indicator.ts';
import { asOfDay, asOfYear, windowDay, windowMonth, windowYear } from './slots.ts';

/** What one indicator reads out of the records of its source, and what becomes of it. */
export type CompiledAggregate = {
  /** Aggregates over `r`, each under its own column name, exact. */
  readonly columns: readonly { readonly name: string; readonly sql: string }[];
  /** Which records count, as a condition over `r`; may be null where it does not hold. */
  readonly matches: string;
  /** Over those columns: whether no record counted. */
  readonly isEmpty: string;
  /** Over those columns: the value, a double; the one place where anything is divided. */
  readonly value: string;
};

type Parts = {
  readonly definition: BaseDefinition;
  readonly contract: Contract;
  /** Distinguishes the columns of indicators on one source. */
  readonly at: number;
  readonly slot: SlotWriter;
  /** As the statement around the aggregates refers to a slot. */
  readonly outerSlot: SlotWriter;
  readonly withoutDisputed: boolean;
};

/** Compiles what was found sound. */
export function compileAggregate(parts: Parts): CompiledAggregate {
  const { definition, at } = parts;
  const { fn, since = 'last' } = definition.aggregate;
  const name = `a${at}`;
  const matches = matching(parts);
  const over = (sql: string): CompiledAggregate['columns'][number] => ({
    name,
    sql: `${sql} filter (where ${matches})`,
  });
  const isNull = `${name} is null`;
  const exact = { columns: [], matches, isEmpty: isNull, value: `${name}::float8` };
  switch (fn) {
    case 'count':
    case 'count_distinct': {
      const counted = fn === 'count' ? '*' : `distinct ${fieldColumn(parts)}`;
      return { ...exact, columns: [over(`count(${counted})`)], isEmpty: `coalesce(${name}, 0) = 0` };
    }
    case 'exists':
      return {
        ...exact,
        columns: [over('count(*)')],
        isEmpty: `coalesce(${name}, 0) = 0`,
        value: '1::float8',
      };
    case 'sum':
    case 'min':
    case 'max':
      return { ...exact, columns: [over(`${fn}(${numberOf(parts)})`)] };
    case 'avg': {
      const count = { name: `${name}n`, sql: `count(${numberOf(parts)}) filter (where ${matches})` };
      const value = `${name}::float8 / ${name}n::float8`;
      return { ...exact, columns: [over(`sum(${numberOf(parts)})`), count], value };
    }
    case 'last':
    case 'first':
      return { ...exact, columns: [over(extreme(fn, parts))], value: `${name}[2]::float8` };
    case 'age_days': {
      const column = over(`${since === 'last' ? 'max' : 'min'}(${fieldColumn(parts)})`);
      return { ...exact, columns: [column], value: `(${parts.outerSlot(asOfDay)} - ${name})::float8` };
    }
    case 'streak':
      return { ...exact, columns: [over(periods(parts))], value: `${trailingOnes(name)}::float8` };
  }
}

/** A record counts when its business time lies in the window, or by the as-of day, the filter holds, and there is a value. */
function matching(parts: Parts): string {
  const { definition, contract, slot, withoutDisputed } = parts;
  const { filter, aggregate } = definition;
  const conditions = [
    ...inTime(parts),
    ...(filter === undefined ? [] : [compileFilter(filter, contract, slot)]),
    ...(aggregate.field !== undefined && NEEDS_VALUE.has(aggregate.fn)
      ? [`${numberOf(parts)} is not null`]
      : []),
    ...(aggregate.fn === 'age_days' ? [`${fieldColumn(parts)} is not null`] : []),
    ...(withoutDisputed ? ['not r.is_disputed'] : []),
  ];
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

const NEEDS_VALUE = new Set<Fn>(['sum', 'avg', 'min', 'max', 'last', 'first']);

function inTime({ definition, contract, slot }: Parts): string[] {
  const { time, window } = definition;
  if (time === 'known') return [];
  const column = `r.${time}`;
  const isYear = fieldOf(contract, time)?.kind === 'year';
  if (window === undefined) return [`${column} <= ${slot(isYear ? asOfYear : asOfDay)}`];
  const edge = isYear ? windowYear : windowDay;
  return [`${column} >= ${slot(edge(window, 'first'))}`, `${column} <= ${slot(edge(window, 'last'))}`];
}

function fieldColumn({ definition }: Parts): string {
  return `r.${definition.aggregate.field ?? definition.time}`;
}

/** The aggregated value as a number: a flag counts 1 or 0, a code its score, money of any currency only in CNY. */
function numberOf(parts: Parts): string {
  const { definition, contract } = parts;
  const { scores, field: name = '' } = definition.aggregate;
  const field = fieldOf(contract, name);
  if (field === undefined) throw new TypeError(`${contract.id} has no field ${name}`);
  const column = `r.${name}`;
  if (scores !== undefined) {
    const cases = Object.entries(scores).map(([code, score]) => `when ${quote(code)} then ${score}`);
    return `(case ${column} ${cases.join(' ')} end)`;
  }
  if (field.kind === 'boolean') return `${column}::integer`;
  return field.currency === 'any' ? `(case ${column}_currency when 'CNY' then ${column} end)` : column;
}

/**
 * The value at the latest or earliest business time as the second of a pair, which needs no sort; of several on one day the
 * larger for `last`, the smaller for `first`.
 */
function extreme(fn: 'last' | 'first', parts: Parts): string {
  const { definition, contract } = parts;
  const time = fieldOf(contract, definition.time);
  const moment = time?.kind === 'year' ? `r.${definition.time}` : `r.${definition.time} - date '2000-01-01'`;
  const isExact = isDecimal(fieldOf(contract, definition.aggregate.field ?? '')) ? 'numeric' : 'bigint';
  return `${fn === 'last' ? 'max' : 'min'}(array[(${moment})::${isExact}, ${numberOf(parts)}::${isExact}])`;
}

function isDecimal(field: Field | undefined): boolean {
  return field?.kind === 'decimal';
}

/** One bit for each period of the window in which a record counts, the latest the lowest. */
function periods({ definition, contract, slot }: Parts): string {
  const { time, window } = definition;
  if (window === undefined) throw new TypeError('a streak has its window');
  const isYear = fieldOf(contract, time)?.kind === 'year' || window.unit === 'year';
  const column = `r.${time}`;
  const period =
    fieldOf(contract, time)?.kind === 'year'
      ? column
      : `(extract(year from ${column})::integer * 12 + extract(month from ${column})::integer - 1)`;
  const last = slot(isYear ? windowYear(window, 'last') : windowMonth(window));
  return `bit_or(1::bigint << (${last} - ${period})::integer)`;
}

/** Of a mask: how many of its lowest bits are set without a gap; 0 when the latest period has none. */
function trailingOnes(mask: string): string {
  return `(position('0' in reverse(${mask}::bit(64)::text)) - 1)`;
}
