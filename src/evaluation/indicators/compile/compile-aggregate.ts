import { type Contract, type Field } from '#lists';
import { fieldOf, typeOf } from '../definition/check-filter.ts';
import { compileFilter, quote, type SlotWriter } from './compile-filter.ts';
import type { BaseDefinition } from '../indicator.ts';
import { asOfDay, asOfYear, windowDay, windowMonth, windowYear } from './slots.ts';

/** What one indicator reads out of the records of its source, and what becomes of it. */
export type CompiledAggregate = {
  /** Aggregates over those records `r` for which the conditions hold, each under its own column name, exact. */
  readonly columns: readonly { readonly name: string; readonly sql: string }[];
  /** Conditions over `r`; each may be null where it does not hold. */
  readonly conditions: readonly string[];
  /** Which records count, as one condition: beside the others, that there is a value, where an aggregate skips null itself. */
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
  const conditions = [
    ...inTime(parts),
    ...filtering(parts),
    ...(parts.withoutDisputed ? ['not r.is_disputed'] : []),
  ];
  const own = aggregateOf(parts);
  const counted = [...conditions, ...own.needs];
  return {
    columns: own.columns,
    conditions: own.skipsNull ? conditions : counted,
    matches: counted.length === 0 ? 'true' : counted.join(' and '),
    isEmpty: own.isEmpty,
    value: own.value,
  };
}

type Own = Pick<CompiledAggregate, 'columns' | 'isEmpty' | 'value'> & {
  /** That a record has the value, as conditions; the aggregate does not ask for them where it skips null itself. */
  readonly needs: readonly string[];
  readonly skipsNull: boolean;
};

function aggregateOf(parts: Parts): Own {
  const { definition, at } = parts;
  const { fn, since = 'last' } = definition.aggregate;
  const name = `a${at}`;
  const over = (sql: string): CompiledAggregate['columns'] => [{ name, sql }];
  const exact = {
    columns: [],
    isEmpty: `${name} is null`,
    value: `${name}::float8`,
    needs: [],
    skipsNull: true,
  };
  const isNone = `coalesce(${name}, 0) = 0`;
  switch (fn) {
    case 'count':
      return { ...exact, columns: over('count(*)'), isEmpty: isNone };
    case 'count_distinct':
      return { ...exact, ...distinct(parts) };
    case 'exists':
      return { ...exact, columns: over('count(*)'), isEmpty: isNone, value: '1::float8' };
    case 'sum':
    case 'min':
    case 'max':
      return {
        ...exact,
        columns: over(`${fn}(${numberOf(parts)})`),
        needs: [`${numberOf(parts)} is not null`],
      };
    case 'avg': {
      const columns = [
        ...over(`sum(${numberOf(parts)})`),
        { name: `${name}n`, sql: `count(${numberOf(parts)})` },
      ];
      const value = `${name}::float8 / ${name}n::float8`;
      return { ...exact, columns, value, needs: [`${numberOf(parts)} is not null`] };
    }
    case 'last':
    case 'first': {
      const needs = [`${numberOf(parts)} is not null`];
      return {
        ...exact,
        columns: over(extreme(fn, parts)),
        value: `${name}[2]::float8`,
        needs,
        skipsNull: false,
      };
    }
    case 'age_days': {
      const columns = over(`${since === 'last' ? 'max' : 'min'}(${fieldColumn(parts)})`);
      const value = `(${parts.outerSlot(asOfDay)} - ${name})::float8`;
      return { ...exact, columns, value, needs: [`${fieldColumn(parts)} is not null`] };
    }
    case 'streak':
      return { ...exact, columns: over(periods(parts)), value: `${trailingOnes(name)}::float8` };
  }
}

/**
 * `count(distinct …)` sorts all records of a slice by the field. Texts are gathered instead, and counted once an
 * enterprise: a text search vector holds each of its lexemes once, told apart by their bytes. It takes no empty one; a
 * dataset's empty cell is null.
 */
function distinct(parts: Parts): Pick<Own, 'columns' | 'isEmpty' | 'value' | 'needs' | 'skipsNull'> {
  const name = `a${parts.at}`;
  const column = fieldColumn(parts);
  const field = fieldOf(parts.contract, parts.definition.aggregate.field ?? '');
  if (field === undefined || typeOf(field) !== 'text') {
    const columns = [{ name, sql: `count(distinct ${column})` }];
    return {
      columns,
      isEmpty: `coalesce(${name}, 0) = 0`,
      value: `${name}::float8`,
      needs: [],
      skipsNull: true,
    };
  }
  return {
    columns: [{ name, sql: `array_agg(${column})` }],
    isEmpty: `${name} is null`,
    value: `length(array_to_tsvector(${name}))::float8`,
    needs: [`${column} <> ''`],
    skipsNull: false,
  };
}

/** The parts of a filter that must all hold, each by itself. */
function filtering({ definition: { filter }, contract, slot }: Parts): string[] {
  if (filter === undefined) return [];
  const parts = 'all' in filter ? filter.all : [filter];
  return parts.map((part) => compileFilter(part, contract, slot));
}

/** A record counts when its business time lies in the window, or by the as-of day. */
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
