import { type EnterpriseId, endOfBeijingDate, beijingDate, toEnterpriseId, type Tx } from '#kernel';
import {
  isInPopulation,
  readApart,
  readLastDelivered,
  readMembers,
  readPopulationBounds,
  type Slice,
} from '#lists';
import type { PopulationPermit } from '#security';
import type { CompiledIndicators } from '../compile/compile-indicators.ts';
import type { IndicatorValue } from '../indicator.ts';
import { indicatorsRefusal } from '../definition/indicators-refusals.ts';
import { requireReadable, requireReplicated } from './require-readable.ts';
import type { Moment } from '../compile/slots.ts';
import { type Marks, type Pair, pairsStatement, sliceStatement, type Statement } from './statements.ts';
import { toValues, type ValueRow } from './value-rows.ts';

/** The values of one enterprise, in the order of `compiled.ids`. */
export type EnterpriseValues = {
  readonly enterpriseId: EnterpriseId;
  readonly values: readonly IndicatorValue[];
};

export type ComputeOptions = Marks & {
  /** Beijing day, not after the Permit's instant; that instant's own when absent. */
  readonly asOf?: string;
  /** Enterprise numbers of one slice; 20 000 when absent. */
  readonly sliceSize?: number;
};

const SLICE_SIZE = 20_000;

/**
 * Computes the indicators for every enterprise of the population, slice after slice in the order of their numbers. Call in
 * a `snapshot` transaction, so that all slices see one state. Refuses fields that the Permit leaves out and followed data.
 */
export async function* computeValues(
  tx: Tx,
  permit: PopulationPermit,
  compiled: CompiledIndicators,
  options: ComputeOptions = {},
): AsyncGenerator<readonly EnterpriseValues[]> {
  requireReplicated(compiled);
  requireReadable(permit, compiled);
  const moment = await readMomentOf(tx, permit, { compiled, asOf: options.asOf });
  const bounds = await readPopulationBounds(tx, permit);
  if (bounds === undefined) return;
  const size = BigInt(options.sliceSize ?? SLICE_SIZE);
  for (let { from } = bounds; from < bounds.until; from += size) {
    const until = from + size < bounds.until ? from + size : bounds.until;
    yield await computeSlice(tx, permit, compiled, { ...options, slice: { from, until }, moment });
  }
}

/** One slice, in the order of enterprise numbers; slices of one run may be computed on several sessions. */
export async function computeSlice(
  tx: Tx,
  permit: PopulationPermit,
  compiled: CompiledIndicators,
  about: Marks & { readonly slice: Slice; readonly moment: Moment },
): Promise<readonly EnterpriseValues[]> {
  const contracts = compiled.sources.map(({ contract }) => contract);
  const apart = await readApart(tx, permit, { contracts, slice: about.slice });
  const text = sliceStatement(tx, permit, compiled, { ...about, apart });
  const plain = await run(tx, { text, values: [] });
  const { knownAt } = permit.asOf;
  const subjects = apart.subjects.filter((enterpriseId) => isInPopulation(permit, enterpriseId));
  const special = await computeEach(tx, permit, compiled, {
    ...about,
    pairs: subjects.map((enterpriseId) => ({ enterpriseId, knownAt, moment: about.moment })),
  });
  const rows = plain.map((row) => ({
    enterpriseId: toEnterpriseId(String(row.enterprise_id)),
    values: toValues(row, compiled),
  }));
  const apartRows = special.map(({ enterpriseId, values }) => ({ enterpriseId, values }));
  return [...rows, ...apartRows].sort((a, b) => (BigInt(a.enterpriseId) < BigInt(b.enterpriseId) ? -1 : 1));
}

export type EnterpriseDay = { readonly enterpriseId: EnterpriseId; readonly asOf: string };

/**
 * Values of pairs of enterprise and day, each with what was known at the end of that day (or at the Permit's instant, for its
 * own day): training sets. In the order of the pairs; undefined where the register did not know the enterprise yet.
 */
export async function computePairs(
  tx: Tx,
  permit: PopulationPermit,
  compiled: CompiledIndicators,
  { pairs, ...marks }: Marks & { readonly pairs: readonly EnterpriseDay[] },
): Promise<(EnterpriseValues | undefined)[]> {
  requireReplicated(compiled);
  requireReadable(permit, compiled);
  const days = [...new Set(pairs.map(({ asOf }) => asOf))];
  for (const asOf of days) requirePast(permit, asOf);
  const moments = await readMoments(
    tx,
    compiled,
    days.map((asOf) => ({ asOf, knownAt: knownOn(permit, asOf) })),
  );
  const found = await computeEach(tx, permit, compiled, {
    ...marks,
    pairs: pairs
      .filter(({ enterpriseId }) => isInPopulation(permit, enterpriseId))
      .map(({ enterpriseId, asOf }) => ({
        enterpriseId,
        knownAt: knownOn(permit, asOf),
        moment: moments[days.indexOf(asOf)] as Moment, // one for each day
      })),
  });
  const byPair = new Map(found.map((row) => [`${row.enterpriseId} ${row.asOf}`, row]));
  return pairs.map(({ enterpriseId, asOf }) => byPair.get(`${enterpriseId} ${asOf}`));
}

type Wanted = Omit<Pair, 'members'>;

async function computeEach(
  tx: Tx,
  permit: PopulationPermit,
  compiled: CompiledIndicators,
  { pairs: wanted, withoutDisputed = false }: Marks & { readonly pairs: readonly Wanted[] },
): Promise<(EnterpriseValues & { readonly asOf: string })[]> {
  if (wanted.length === 0) return [];
  const members = await readMembers(tx, permit, wanted);
  const pairs = wanted.map((pair, at) => ({ ...pair, members: members[at] ?? [] }));
  const rows = await run(tx, pairsStatement(tx, permit, compiled, { pairs, withoutDisputed }));
  return rows.flatMap((row) => {
    const pair = pairs[Number(row.n) - 1];
    if (pair === undefined) return [];
    return [{ enterpriseId: pair.enterpriseId, asOf: pair.moment.asOf, values: toValues(row, compiled) }];
  });
}

async function run(tx: Tx, { text, values }: Statement): Promise<ValueRow[]> {
  return await tx.rows<ValueRow>(text, values);
}

/** The moment of a run: its day, and when each source was last delivered before the Permit's instant. */
export async function readMomentOf(
  tx: Tx,
  { asOf: { knownAt } }: Pick<PopulationPermit, 'asOf'>,
  { compiled, asOf }: { compiled: CompiledIndicators; asOf: string | undefined },
): Promise<Moment> {
  const day = asOf ?? beijingDate(knownAt);
  requirePast({ asOf: { knownAt } }, day);
  const [moment] = await readMoments(tx, compiled, [{ asOf: day, knownAt }]);
  if (moment === undefined) throw new TypeError('one day has one moment');
  return moment;
}

async function readMoments(
  tx: Tx,
  compiled: CompiledIndicators,
  days: readonly { readonly asOf: string; readonly knownAt: Date }[],
): Promise<Moment[]> {
  const contractIds = compiled.sources.map(({ contract }) => contract.id);
  const last = await readLastDelivered(tx, { contractIds, knownAts: days.map(({ knownAt }) => knownAt) });
  return days.map(({ asOf }, at) => ({
    asOf,
    delivered: new Map(contractIds.map((id) => [id, last.get(id)?.[at] ?? null])),
  }));
}

function requirePast({ asOf: { knownAt } }: Pick<PopulationPermit, 'asOf'>, asOf: string): void {
  const last = beijingDate(knownAt);
  if (asOf > last) throw indicatorsRefusal('indicators.day_in_future', { asOf, knownAt: last });
}

function knownOn({ asOf: { knownAt } }: PopulationPermit, day: string): Date {
  const end = endOfBeijingDate(day);
  return end < knownAt ? end : knownAt;
}
