import { createHash } from 'node:crypto';
import type { Contract } from '#lists';
import { fieldsOf } from '../definition/check-definition.ts';
import {
  type BaseIndicator,
  type CombinedIndicator,
  type Indicator,
  type IndicatorBook,
  inputsOf,
} from '../indicator.ts';
import { indicatorsRefusal } from '../definition/indicators-refusals.ts';

/** One source and the indicators on it; their order is the order of everything. */
export type CompiledSource = {
  readonly contract: Contract;
  readonly coverage: 'replicated' | 'followed';
  readonly fields: readonly string[];
  readonly indicators: readonly { readonly at: number; readonly indicator: BaseIndicator }[];
};

/** Indicators chosen to be computed together, with everything that they rest on. */
export type CompiledIndicators = {
  /** In the order in which values are given. */
  readonly ids: readonly string[];
  /** Asked for and needed, inputs before what rests on them; `at` of a source counts in it. */
  readonly order: readonly Indicator[];
  readonly sources: readonly CompiledSource[];
  /** Of the definitions in their order: the same hash computes the same values. */
  readonly hash: string;
};

/** Chooses and orders; refuses an id that is not in the book. */
export function compileIndicators(book: IndicatorBook, ids: readonly string[]): CompiledIndicators {
  const order: Indicator[] = [];
  const visit = (id: string): void => {
    const indicator = book.indicators.get(id);
    if (indicator === undefined) throw indicatorsRefusal('indicators.unknown', { indicator: id });
    if (order.includes(indicator)) return;
    if (indicator.kind === 'combined') inputsOf(indicator.definition.aggregate).forEach(visit);
    order.push(indicator);
  };
  ids.forEach(visit);
  const hash = createHash('sha256')
    .update(order.map((indicator) => indicator.hash).join())
    .digest('hex');
  return Object.freeze({ ids: Object.freeze([...ids]), order, sources: sourcesOf(order), hash });
}

function sourcesOf(order: readonly Indicator[]): CompiledSource[] {
  const base = order.flatMap((indicator, at) => (indicator.kind === 'base' ? [{ at, indicator }] : []));
  const bySource = Map.groupBy(base, ({ indicator }) => indicator.contract.id);
  return [...bySource.values()].map((indicators) => {
    const [first] = indicators;
    if (first === undefined) throw new TypeError('a group has a member');
    const { contract, definition } = first.indicator;
    const fields = new Set(indicators.flatMap(({ indicator }) => fieldsOf(indicator.definition)));
    return { contract, coverage: definition.coverage, fields: [...fields].sort(), indicators };
  });
}

/** Place of an indicator among all that are computed. */
export function placeOf(compiled: CompiledIndicators, id: string): number {
  const place = compiled.order.findIndex(({ definition }) => definition.id === id);
  if (place < 0) throw new RangeError(`${id} is not among the compiled`);
  return place;
}

/** The places of the two indicators that a combination rests on. */
export function inputPlaces(
  compiled: CompiledIndicators,
  { definition }: CombinedIndicator,
): readonly [number, number] {
  const [left, right] = inputsOf(definition.aggregate);
  return [placeOf(compiled, left), placeOf(compiled, right)];
}
