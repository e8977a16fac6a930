import assert from 'node:assert';
import { beijingDate, inTransaction, newId, type Tx } from '#kernel';
import { type Contract, listRuns, listTickets, readKnownAt, readQuality } from '#lists';
import { readAlertFigures } from '#monitoring';
import { type Caller, decidePopulation, type PopulationPermit, requireAllowed } from '#security';
import { expectDepartment, expectReturns } from '../chain/expect-hops.ts';
import type { ReturnsContext } from '../returns-context.ts';
import { type Contribution, measureContribution } from '../sheets/contribution.ts';
import { makeSheet, type QualityFigures, type SheetParts } from '../sheets/sheet.ts';
import { readUsage } from '../sheets/usage.ts';
import { computeStatistics, type Figure } from '../statistics/compute-statistics.ts';
import { reconcileMonth, type Reconciliation } from '../statistics/reconcile.ts';
import type { ReturnsTables } from '../tables.ts';
import { monthBefore, requireEnded, workingDayAfter } from '../calendar/months.ts';
import { findVersion, lockSubject, sealVersion } from './versions.ts';

/** What is sealed for the lead bodies. */
export type MonthStatistics = {
  readonly format: 'xinqiao.month-statistics/1';
  readonly month: string;
  /** Version of the published formulas. */
  readonly formulas: string;
  readonly figures: readonly Figure[];
  readonly reconciliation: readonly Reconciliation[];
};

export const STATISTICS = 'statistics';
const CONTRIBUTION = 'contribution';
export const sheetOf = (provider: string): string => `sheet:${provider}`;

export type SealedMonth = {
  readonly month: string;
  readonly knownAt: Date;
  /** New versions, by subject. */
  readonly sealed: readonly { readonly subject: string; readonly versionNo: number }[];
  readonly unchanged: number;
};

export type SealRequest = {
  readonly caller: Caller;
  readonly month: string;
  /** `first`: whatever has no version yet; `revision`: whatever says something else now. */
  readonly kind: 'first' | 'revision';
  /** Stands on every corrected version. */
  readonly reason: string;
};

/**
 * Seals a month: statistics, contribution, then each department's sheet, each in a transaction of its own and all as known
 * at one instant, which the first of them keeps. Called again after a crash it does what is missing; called twice, nothing.
 * Throws `returns.month_not_ended`, `policy.…`.
 */
export async function sealMonth(context: ReturnsContext, request: SealRequest): Promise<SealedMonth> {
  const { caller, month, kind } = request;
  requireAllowed(context.policies, caller, 'compile_returns');
  requireEnded(context, month);
  const knownAt = await inTransaction(context.database, (tx) => beginRun(tx, context, { month, kind }));
  const sealing: Sealing = { ...request, knownAt };
  const sealed = [
    await inTransaction(context.database, (tx) => sealStatistics(tx, context, sealing)),
    await inTransaction(context.database, (tx) => sealContribution(tx, context, sealing)),
    ...(await sealSheets(context, sealing)),
  ];
  await inTransaction(context.database, (tx) => endRun(tx, context, { month, kind }));
  const made = sealed.filter((one) => one !== undefined);
  return { month, knownAt, sealed: made, unchanged: sealed.length - made.length };
}

/**
 * What the daily job does: on the month's first working day and after, the month before is sealed if it is not; on the day
 * of revision, what came in meanwhile makes corrected versions. Undefined: nothing was due.
 */
export async function sealDueMonth(
  context: ReturnsContext,
  { caller }: { caller: Caller },
): Promise<SealedMonth | undefined> {
  const today = beijingDate(context.clock.now());
  const month = monthBefore(today.slice(0, 7));
  const done = await inTransaction(context.database, (tx) => readDoneRuns(tx, month), 'snapshot');
  const { calendar, rules } = context;
  const isDue = (n: number): boolean => today >= workingDayAfter(calendar, month, n).date;
  const ask = { caller, month } as const;
  if (isDue(1) && !done.has('first'))
    return await sealMonth(context, { ...ask, kind: 'first', reason: FIRST_REASON });
  if (isDue(rules.chain.reviseWorkingDay) && !done.has('revision'))
    return await sealMonth(context, { ...ask, kind: 'revision', reason: LATE_REASON });
  return undefined;
}

const FIRST_REASON = '首次编制中断后续编';
const LATE_REASON = '期后补报和更正';

type Sealing = SealRequest & { readonly knownAt: Date };
type Sealed = { readonly subject: string; readonly versionNo: number } | undefined;

/** A run under way keeps its instant, so that what is done before and after a crash is of one instant. */
async function beginRun(
  tx: Tx,
  context: ReturnsContext,
  { month, kind }: Pick<SealRequest, 'month' | 'kind'>,
): Promise<Date> {
  const watermark = await readKnownAt(tx, [registrationOf(context).id]);
  const now = context.clock.now();
  const knownAt = watermark < now ? watermark : now;
  await tx.rows(
    `insert into returns.month_runs (month, kind, known_at) values ($1, $2, $3)
     on conflict (month, kind) do update set known_at = $3, done_at = null
       where month_runs.done_at is not null and month_runs.kind = 'revision'`,
    [`${month}-01`, kind, knownAt],
  );
  const row = await tx
    .tables<ReturnsTables>()
    .selectFrom('returns.month_runs')
    .select('known_at')
    .where('month', '=', `${month}-01`)
    .where('kind', '=', kind)
    .executeTakeFirstOrThrow();
  return row.known_at;
}

async function endRun(
  tx: Tx,
  context: ReturnsContext,
  { month, kind }: Pick<SealRequest, 'month' | 'kind'>,
): Promise<void> {
  await tx
    .tables<ReturnsTables>()
    .updateTable('returns.month_runs')
    .set({ done_at: context.clock.now() })
    .where('month', '=', `${month}-01`)
    .where('kind', '=', kind)
    .where('done_at', 'is', null)
    .execute();
}

async function readDoneRuns(tx: Tx, month: string): Promise<ReadonlySet<string>> {
  const rows = await tx
    .tables<ReturnsTables>()
    .selectFrom('returns.month_runs')
    .select('kind')
    .where('month', '=', `${month}-01`)
    .where('done_at', 'is not', null)
    .execute();
  return new Set(rows.map(({ kind }) => kind));
}

async function sealStatistics(tx: Tx, context: ReturnsContext, sealing: Sealing): Promise<Sealed> {
  if (!(await isWanted(tx, sealing, STATISTICS))) return undefined;
  const { month } = sealing;
  const permit = permitAll(tx, context, { ...sealing, purpose: 'operate' });
  const registration = registrationOf(context);
  const content: MonthStatistics = {
    format: 'xinqiao.month-statistics/1',
    month,
    formulas: context.rules.statistics.version,
    figures: await computeStatistics(tx, permit, { rules: context.rules, registration, month }),
    reconciliation: await reconcileMonth(tx, permit, month),
  };
  await expectReturns(tx, context, { permit, month });
  const version = await sealVersion(tx, context, { ...sealing, subject: STATISTICS, content });
  return version === undefined ? undefined : { subject: STATISTICS, versionNo: version.versionNo };
}

async function sealContribution(tx: Tx, context: ReturnsContext, sealing: Sealing): Promise<Sealed> {
  if (!(await isWanted(tx, sealing, CONTRIBUTION))) return undefined;
  const permit = permitAll(tx, context, { ...sealing, purpose: 'evaluation' });
  const content = { measured: await measureContribution(tx, permit, context) };
  const version = await sealVersion(tx, context, { ...sealing, subject: CONTRIBUTION, content });
  return version === undefined ? undefined : { subject: CONTRIBUTION, versionNo: version.versionNo };
}

/** Usage and alerts are read once; a sheet that is there is passed over. */
async function sealSheets(context: ReturnsContext, sealing: Sealing): Promise<Sealed[]> {
  const { caller, month, knownAt } = sealing;
  const { usage, contribution, alerts } = await inTransaction(context.database, async (tx) => {
    const permit = permitAll(tx, context, { ...sealing, purpose: 'operate' });
    const kept = await findVersion<{ measured: Contribution | null }>(tx, { subject: CONTRIBUTION, month });
    const { reasons } = context.rules.complaints;
    return {
      usage: await readUsage(tx, permit, { month, reasons }),
      contribution: kept?.content.measured ?? null,
      alerts: await readAlertFigures(tx, {
        caller,
        month,
        knownAt,
        policies: context.policies,
        registration: registrationOf(context),
      }),
    };
  });
  const ofDepartments = [...context.catalogue.contracts.values()].filter(
    ({ givenBackBy }) => givenBackBy === undefined, // no department is told of what institutions give
  );
  const byProvider = Map.groupBy(ofDepartments, ({ provider }) => provider);
  const sealed: Sealed[] = [];
  for (const [provider, contracts] of [...byProvider].sort(([one], [other]) => (one < other ? -1 : 1)))
    sealed.push(
      await inTransaction(context.database, (tx) =>
        sealSheet(tx, context, { sealing, provider, contracts, usage, contribution, alerts }),
      ),
    );
  return sealed;
}

async function sealSheet(
  tx: Tx,
  context: ReturnsContext,
  about: { sealing: Sealing } & Pick<
    SheetParts,
    'provider' | 'contracts' | 'usage' | 'contribution' | 'alerts'
  >,
): Promise<Sealed> {
  const { sealing, ...parts } = about;
  const { month, knownAt } = sealing;
  const subject = sheetOf(parts.provider);
  if (!(await isWanted(tx, sealing, subject))) return undefined;
  const content = makeSheet({
    ...parts,
    month,
    tickets: await countTickets(tx, { provider: parts.provider, month, knownAt }),
    quality: await findQuality(tx, { provider: parts.provider, month, knownAt }),
    suppression: context.rules.statistics.suppression,
  });
  const version = await sealVersion(tx, context, { ...sealing, subject, content });
  if (version === undefined) return undefined;
  const { caller, reason } = sealing;
  const handed = { caller, month, provider: parts.provider, contentHash: version.contentHash, reason };
  await expectDepartment(tx, context, handed);
  return { subject, versionNo: version.versionNo };
}

/** Under the lock of the subject. */
async function isWanted(tx: Tx, { month, kind }: Sealing, subject: string): Promise<boolean> {
  await lockSubject(tx, { subject, month });
  return kind === 'revision' || (await findVersion(tx, { subject, month })) === undefined;
}

const TICKETS_MAX = 100_000;

async function countTickets(
  tx: Tx,
  { provider, month, knownAt }: { provider: string; month: string; knownAt: Date },
): Promise<ReadonlyMap<string, number>> {
  const tickets = await listTickets(tx, { provider, withClosed: true, limit: TICKETS_MAX });
  const counts = new Map<string, number>();
  for (const { contractId, openedAt } of tickets)
    if (openedAt <= knownAt && beijingDate(openedAt).startsWith(month))
      counts.set(contractId, (counts.get(contractId) ?? 0) + 1);
  return counts;
}

/** Ten years of months and quarters. */
const RUNS_MAX = 160;

/** Null: the month's quality review was not run by then. */
async function findQuality(
  tx: Tx,
  { provider, month, knownAt }: { provider: string; month: string; knownAt: Date },
): Promise<SheetParts['quality']> {
  const runs = await listRuns(tx, RUNS_MAX);
  if (!runs.some(({ period }) => period === month)) return null;
  const report = await readQuality(tx, { period: month, provider });
  if (report.run.computedAt > knownAt) return null;
  const byContract = new Map<string, QualityFigures>();
  for (const { subject, scores } of report.datasets) {
    const figures = Object.values(scores).map(({ dimension, value, unit }) => [dimension, { value, unit }]);
    byContract.set(subject, Object.fromEntries(figures) as QualityFigures);
  }
  const rank = report.providers.find(({ subject }) => subject === provider)?.rank ?? null;
  return { runId: report.run.runId, rank, byContract };
}

/** The registration says of which district an enterprise is. */
function registrationOf({ catalogue }: ReturnsContext): Contract {
  const registration = catalogue.contracts.get('n01_registration');
  assert(registration !== undefined, 'the lists have the registration');
  return registration;
}

function permitAll(
  tx: Tx,
  context: ReturnsContext,
  { caller, knownAt, purpose }: Pick<Sealing, 'caller' | 'knownAt'> & { purpose: 'operate' | 'evaluation' },
): PopulationPermit {
  return decidePopulation(tx, context.policies, {
    caller,
    purpose,
    population: { kind: 'all' },
    contracts: [registrationOf(context)],
    asOf: { knownAt },
    runId: newId('rtn', context.clock.now()),
  });
}
