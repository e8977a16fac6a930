import {
  type CompiledIndicators,
  compileIndicators,
  computePairs,
  computeSlice,
  type EnterpriseValues,
  type Indicator,
  readMomentOf,
} from '#evaluation';
import { beijingDate, type EnterpriseId, type Tx } from '#kernel';
import type { Slice } from '#lists';
import type { PopulationPermit } from '#security';
import type { ValueRule } from './episodes.ts';

/** Up to so many enterprises are looked up one by one; more are read in order, which costs less by the enterprise. */
export const EACH_MAX = 500;

/** All that these rules look at, compiled together: one statement a source. */
export function compileRules(rules: readonly ValueRule[]): CompiledIndicators {
  const all = new Map<string, Indicator>(
    rules.flatMap(({ indicators }) => indicators.map((one) => [one.definition.id, one] as const)),
  );
  const ids = rules.flatMap(({ value, base }) => (base === null ? [value] : [value, base]));
  return compileIndicators({ indicators: all, releases: new Map(), hash: '' }, [...new Set(ids)]);
}

/** Values of these enterprises as of a day, which is not after what the Permit knows. */
export async function readValues(
  tx: Tx,
  permit: PopulationPermit,
  compiled: CompiledIndicators,
  about: {
    readonly enterpriseIds: readonly EnterpriseId[];
    readonly asOf: string;
    readonly withoutDisputed?: boolean;
  },
): Promise<EnterpriseValues[]> {
  const { enterpriseIds, withoutDisputed = false } = about;
  const asOf = knownDay(permit, about.asOf);
  if (enterpriseIds.length > EACH_MAX) {
    const moment = await readMomentOf(tx, permit, { compiled, asOf });
    const slice = sliceOf(enterpriseIds);
    const wanted = new Set(enterpriseIds);
    const all = await computeSlice(tx, permit, compiled, { slice, moment, withoutDisputed });
    return all.filter(({ enterpriseId }) => wanted.has(enterpriseId));
  }
  const pairs = enterpriseIds.map((enterpriseId) => ({ enterpriseId, asOf }));
  const values = await computePairs(tx, permit, compiled, { pairs, withoutDisputed });
  return values.filter((one) => one !== undefined);
}

/** A publication under way may hold what is known before midnight while the day is another already. */
export function knownDay({ asOf: { knownAt } }: Pick<PopulationPermit, 'asOf'>, asOf: string): string {
  const last = beijingDate(knownAt);
  return asOf < last ? asOf : last;
}

/** The stretch of enterprise numbers that these lie in. */
export function sliceOf(enterpriseIds: readonly EnterpriseId[]): Slice {
  const numbers = enterpriseIds.map(BigInt);
  const [first] = numbers;
  if (first === undefined) throw new TypeError('there is an enterprise');
  const from = numbers.reduce((least, one) => (one < least ? one : least), first);
  const last = numbers.reduce((most, one) => (one > most ? one : most), first);
  return { from, until: last + 1n };
}
