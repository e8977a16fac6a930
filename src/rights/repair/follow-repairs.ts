import { type EnterpriseId, inTransaction, toEnterpriseId, type Tx } from '#kernel';
import { type Contract, findFates } from '#lists';
import { systemCaller } from '#platform';
import { type Grant, recordLeaf, requireAllowed } from '#security';
import { endTerm } from '../time-limits/running/change-term.ts';
import { requireFitting } from './definition/load-repair-rules.ts';
import { putOwnMark, recallOf, tellRecipients } from './end-use.ts';
import { noteToPortal } from './portal/queue-notice.ts';
import { contractsOf } from './read-records.ts';
import type { RepairContext } from './repair-context.ts';
import { REPAIR_LIMITS } from './repair-limits.ts';
import { addStep, selectRepairs, takeRepair } from './store.ts';
import type { EndCause, OwnMark } from './tables.ts';
import { matterOf, NODE } from './terms.ts';

export type FollowedRepairs = {
  /** Marks that went over to the version which a delivery brought. */
  readonly carried: number;
  /** Granted repairs that every recipient has confirmed. */
  readonly synced: number;
};

/**
 * After each delivery and every hour: what is out of use stays so whatever version of it is delivered, and a repair whose recalls
 * are all confirmed is said to be. Calling it again finds nothing left.
 */
export async function followRepairs(context: RepairContext): Promise<FollowedRepairs> {
  requireFitting(context.repairRules, context.catalogue);
  let carried = 0;
  for (const contract of contractsOf(context)) carried += await carryMarks(context, contract);
  return { carried, synced: await noteSynced(context) };
}

type StandingMark = {
  readonly enterpriseId: EnterpriseId;
  readonly firstRecordId: string;
  readonly recordId: string;
  readonly mark: OwnMark;
  readonly cause: EndCause;
  readonly causeId: string;
};

async function carryMarks(context: RepairContext, contract: Contract): Promise<number> {
  let carried = 0;
  let after = ['0', '', '', ''];
  for (;;) {
    const marks = await inTransaction(context.database, (tx) => selectMarks(tx, contract, after));
    const last = marks.at(-1);
    if (last === undefined) return carried;
    after = [last.enterpriseId, last.firstRecordId, last.cause, last.causeId];
    const moved = await inTransaction(context.database, (tx) =>
      selectMoved(tx, context, { contract, marks }),
    );
    for (const { mark, by } of moved)
      if (await inTransaction(context.database, (tx) => carryOne(tx, context, { contract, mark, by })))
        carried += 1;
  }
}

const MARK = `select m.enterprise_id::text as "enterpriseId", m.first_record_id as "firstRecordId", m.record_id as "recordId",
    m.mark, m.cause, m.cause_id as "causeId"
  from rights.repair_marks m`;

async function selectMarks(tx: Tx, { id }: Contract, after: readonly string[]): Promise<StandingMark[]> {
  const rows = await tx.rows<StandingMark>(
    `${MARK} where m.contract_id = $1 and m.ended_at is null
       and (m.enterprise_id, m.first_record_id, m.cause, m.cause_id) > ($2::bigint, $3, $4, $5)
     order by m.enterprise_id, m.first_record_id, m.cause, m.cause_id limit $6`,
    [id, ...after, REPAIR_LIMITS.recordsPerStep],
  );
  return rows.map((row) => ({ ...row, enterpriseId: toEnterpriseId(row.enterpriseId) }));
}

type Moved = { readonly mark: StandingMark; readonly by: string };

async function selectMoved(
  tx: Tx,
  { policies }: RepairContext,
  { contract, marks }: { readonly contract: Contract; readonly marks: readonly StandingMark[] },
): Promise<Moved[]> {
  const grant = requireAllowed(policies, systemCaller('follow_repairs'), 'follow_repairs');
  const fates = await findFates(tx, grant, { contract, records: marks });
  return marks.flatMap((mark) => {
    const fate = fates.get(mark.recordId);
    return fate?.state === 'replaced' ? [{ mark, by: fate.by }] : [];
  });
}

/** False: somebody else was first. */
async function carryOne(
  tx: Tx,
  context: RepairContext,
  { contract, mark, by }: Moved & { readonly contract: Contract },
): Promise<boolean> {
  const { enterpriseId, firstRecordId, recordId, cause, causeId } = mark;
  const moved = await tx.rows(
    `update rights.repair_marks set record_id = $6 where enterprise_id = $1 and contract_id = $2 and first_record_id = $3
       and cause = $4 and cause_id = $5 and record_id = $7 and ended_at is null returning record_id`,
    [enterpriseId, contract.id, firstRecordId, cause, causeId, by, recordId],
  );
  if (moved.length === 0) return false;
  const grant = grantOf(context, enterpriseId);
  await putOwnMark(tx, { grant, contract, recordId: by, cause, causeId });
  // Where the version was not published with the mark it could be read until now. The one before keeps its own: it can still be
  // asked for as of an earlier day.
  const kind = recallOf(cause);
  await tellRecipients(tx, context, {
    enterpriseId,
    contract,
    recordId: by,
    causeId,
    kind,
    at: context.clock.now(),
  });
  return true;
}

export function grantOf({ policies }: Pick<RepairContext, 'policies'>, enterprise: EnterpriseId): Grant {
  return requireAllowed(policies, systemCaller('follow_repairs'), 'follow_repairs', { enterprise });
}

/** 同步反馈: granted, and no recall of it waits for its recipient any more. */
async function noteSynced(context: RepairContext): Promise<number> {
  const done = await inTransaction(context.database, (tx) =>
    selectRepairs(
      tx,
      `p.state = 'granted' and p.synced_at is null and not exists (
         select from rights.recalls r where r.enterprise_id = p.enterprise_id and r.cause_kind = 'repair'
           and r.cause_id = p.repair_id and r.acknowledged_at is null)
       order by p.enterprise_id, p.repair_id limit $1`,
      [REPAIR_LIMITS.recordsPerStep],
    ),
  );
  for (const { repairId } of done)
    await inTransaction(context.database, (tx) => syncOne(tx, context, repairId));
  return done.length;
}

async function syncOne(tx: Tx, context: RepairContext, repairId: string): Promise<void> {
  const repair = await takeRepair(tx, repairId);
  if (repair.syncedAt !== null) return;
  const { enterpriseId } = repair;
  const at = context.clock.now();
  const { policyHash, caller } = grantOf(context, enterpriseId);
  const body = { act: 'repair_synced', repair: repairId, by: caller.id, policyHash };
  const { id: receiptId } = await recordLeaf(tx, context.keys, {
    kind: 'correction',
    at,
    subject: enterpriseId,
    body,
  });
  await tx.rows('update rights.repairs set synced_at = $3 where enterprise_id = $1 and repair_id = $2', [
    enterpriseId,
    repairId,
    at,
  ]);
  await endTerm(tx, context, { matter: matterOf(repair), term: 'repair_sync', responsible: NODE, at });
  await addStep(tx, context.cipher, repair, {
    act: 'synced',
    by: { kind: 'node', id: caller.id },
    at,
    receiptId,
  });
  await noteToPortal(tx, { repair, state: 'synced', at });
}
