import assert from 'node:assert';
import { readDataRanges } from '#consent';
import type { EnterpriseId, Tx } from '#kernel';
import { type Contract, readMergedIds, readRecordLives, type RecordLife } from '#lists';
import { recallAlerts } from '#monitoring';
import { systemCaller } from '#platform';
import { requireAllowed, type TracedDisclosure, traceDisclosures } from '#security';
import type { RightsContext } from '../rights-context.ts';
import { decideRecalls } from './decide-recalls.ts';
import { monthsBefore } from './months-before.ts';
import { recallRefusal } from './recall-refusals.ts';
import type { CauseKind } from './recall-terms.ts';
import { askToRecompute } from './recompute.ts';
import { type ToRecall, writeRecalls } from './write-recalls.ts';

export type Cause = { readonly kind: CauseKind; readonly id: string };

/** A decision about one record after which whatever was told of it must be put right. */
export type RecallAbout = {
  readonly enterpriseId: EnterpriseId;
  readonly contract: string;
  /** `<delivery>:<row>`, of the enterprise or of one merged into it; also of a version that has ended. */
  readonly recordId: string;
  readonly cause: Cause;
  readonly at: Date;
};

export type RecalledDisclosures = {
  /** Notices signed and queued, one for each disclosure. */
  readonly recalls: number;
  readonly alerts: number;
};

/**
 * Finds every disclosure that had this record or something made from it, and tells each recipient by a signed notice with a day;
 * recalls the alerts on it, and asks for new scores and whitelists. In the transaction of the decision: all of it, or nothing. A
 * disclosure is recalled once for a record, whatever is decided of it after. Throws `recalls.record_unknown`.
 */
export async function recallDisclosures(
  tx: Tx,
  context: RightsContext,
  { enterpriseId, contract: id, recordId, cause, at }: RecallAbout,
): Promise<RecalledDisclosures> {
  const contract = context.catalogue.contracts.get(id);
  assert(contract !== undefined, `a decision is about a contract in force, not ${id}`);
  const ids = await readMergedIds(tx, enterpriseId);
  const records = ids.map((one) => ({ enterpriseId: one, recordId, cause }));
  const done = await recallRecords(tx, context, { contract, records, at });
  if (done.records === 0) throw recallRefusal('recalls.record_unknown', { record: recordId.slice(0, 60) });
  return { recalls: done.recalls, alerts: done.alerts };
}

export type CorrectedRecords = {
  readonly contract: Contract;
  readonly records: readonly {
    readonly enterpriseId: EnterpriseId;
    readonly recordId: string;
    readonly cause: Cause;
  }[];
  readonly at: Date;
};

/** As `recallDisclosures` for many records of one contract at once; `records`: how many of them there are or were. */
export async function recallRecords(
  tx: Tx,
  context: RightsContext,
  asked: CorrectedRecords,
): Promise<RecalledDisclosures & { readonly records: number }> {
  const { contract, records, at } = asked;
  const grant = requireAllowed(context.policies, systemCaller('recall'), 'recall_disclosures');
  await holdRecords(tx, asked);
  const lives = await readRecordLives(tx, grant, { contract, records });
  const windows = lives.flatMap((life) => life.windows.map((window) => ({ record: keyOf(life), ...window })));
  const since = monthsBefore(at, context.recall.months);
  const traced = await traceDisclosures(tx, grant, { contract: contract.id, windows, since });
  const causes = new Map(records.map((record) => [keyOf(record), record.cause]));
  const corrected = lives.map((life) => ({ life, cause: causes.get(keyOf(life)) ?? assert.fail() }));
  const decided = await decideAll(tx, context, { corrected, traced });
  await writeRecalls(tx, context, { decided, at });
  const alerts = await recallAlertsOf(tx, context, corrected);
  if (lives.length > 0) await askToRecompute(tx, context.clock);
  return { records: lives.length, recalls: decided.length, alerts };
}

function keyOf({ enterpriseId, recordId }: Pick<RecordLife, 'enterpriseId' | 'recordId'>): string {
  return `${enterpriseId} ${recordId}`;
}

/** Two decisions about one record follow each other: the second finds what the first has recalled. In one order, always. */
async function holdRecords(tx: Tx, { contract, records }: CorrectedRecords): Promise<void> {
  const keys = [...new Set(records.map(({ recordId }) => `recall ${contract.id} ${recordId}`))].sort();
  await tx.rows(
    'select pg_advisory_xact_lock(hashtextextended(k, 0)) from unnest($1::text[]) with ordinality as held (k, n) order by n',
    [keys],
  );
}

type Corrected = { readonly life: RecordLife; readonly cause: Cause };

async function decideAll(
  tx: Tx,
  { recall: terms }: RightsContext,
  {
    corrected,
    traced,
  }: { readonly corrected: readonly Corrected[]; readonly traced: readonly TracedDisclosure[] },
): Promise<ToRecall[]> {
  const before = await readRecalled(tx, corrected, traced);
  const enterpriseIds = [...new Set(traced.map(({ enterpriseId }) => enterpriseId))];
  const consentIds = new Set(traced.flatMap(({ consentId }) => (consentId === null ? [] : [consentId])));
  const ranges = await readDataRanges(tx, enterpriseIds, [...consentIds]);
  const ofRecord = Map.groupBy(traced, ({ record }) => record);
  return corrected.flatMap(({ life, cause }) => {
    const own = ofRecord.get(keyOf(life)) ?? [];
    const fresh = own.filter(({ disclosureId }) => !before.has(`${placeOf(life)} ${disclosureId}`));
    const decided = decideRecalls(fresh, { cause: cause.kind, terms, life, ranges });
    return decided.map((one) => ({ ...one, life, cause }));
  });
}

/** What was recalled of these disclosures for these records before. */
async function readRecalled(
  tx: Tx,
  corrected: readonly Corrected[],
  traced: readonly TracedDisclosure[],
): Promise<ReadonlySet<string>> {
  const [first] = corrected;
  if (first === undefined || traced.length === 0) return new Set();
  const rows = await tx.rows<{ id: string; deliveryNo: string; rowNo: number }>(
    `select r.disclosure_id as id, r.delivery_no as "deliveryNo", r.row_no as "rowNo"
     from unnest($3::bigint[], $4::integer[]) as asked (delivery_no, row_no)
     join rights.recalls r on r.enterprise_id = any($1::bigint[]) and r.contract_id = $2
       and r.delivery_no = asked.delivery_no and r.row_no = asked.row_no`,
    [
      [...new Set(traced.map(({ enterpriseId }) => enterpriseId))],
      first.life.contract,
      corrected.map(({ life }) => life.deliveryNo),
      corrected.map(({ life }) => life.rowNo),
    ],
  );
  return new Set(rows.map((row) => `${placeOf(row)} ${row.id}`));
}

function placeOf({ deliveryNo, rowNo }: Pick<RecordLife, 'deliveryNo' | 'rowNo'>): string {
  return `${deliveryNo}:${rowNo}`;
}

/** Alerts name their records, so that each is found by its own; they are with whichever enterprise they were raised of. */
async function recallAlertsOf(
  tx: Tx,
  context: RightsContext,
  corrected: readonly Corrected[],
): Promise<number> {
  const caller = systemCaller('recall');
  let recalled = 0;
  for (const { life, cause } of corrected) {
    const { alerts: reason } = context.recall.causes[cause.kind];
    if (reason === 'none') continue;
    const { contract, deliveryNo, rowNo } = life;
    for (const enterpriseId of new Set(life.windows.map((window) => window.enterpriseId))) {
      const request = { caller, enterpriseId, contract, record: { deliveryNo, rowNo }, reason };
      recalled += (await recallAlerts(tx, context, request)).recalls;
    }
  }
  return recalled;
}
