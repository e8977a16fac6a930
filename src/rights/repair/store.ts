import {
  type EnterpriseId,
  type FieldCipher,
  type FieldPlace,
  openField,
  sealField,
  toEnterpriseId,
  type Tx,
} from '#kernel';
import { repairRefusal } from './definition/repair-refusals.ts';
import { REPAIR_WORDS, type RepairState, type StoredRepair } from './definition/repair.ts';
import type { RepairTables } from './tables.ts';

/** Columns of a `StoredRepair` of the row `p`. */
const REPAIR = `select p.enterprise_id::text as "enterpriseId", p.repair_id as "repairId", p.contract_id as "contractId",
    p.record_id as "recordId", p.provider, p.body, p.entrance, p.applied_by as "appliedBy", p.regime, p.severity,
    p.earliest_on::text as "earliestOn", p.content_sealed as "contentSealed", p.state, p.applied_at as "appliedAt",
    p.decided_at as "decidedAt", p.synced_at as "syncedAt"
  from rights.repairs p`;

export async function selectRepairs(
  tx: Tx,
  where: string,
  values: readonly unknown[],
): Promise<StoredRepair[]> {
  const rows = await tx.rows<StoredRepair>(`${REPAIR} where ${where}`, [...values]);
  return rows.map((row) => ({ ...row, enterpriseId: toEnterpriseId(row.enterpriseId) }));
}

/** Throws `repairs.unknown`. */
export async function findRepair(tx: Tx, repairId: string): Promise<StoredRepair> {
  return await readOne(tx, repairId, '');
}

/** Held until the transaction ends: who acts on it at once waits. Throws `repairs.unknown`. */
export async function takeRepair(tx: Tx, repairId: string): Promise<StoredRepair> {
  return await readOne(tx, repairId, ' for update');
}

async function readOne(tx: Tx, repairId: string, lock: '' | ' for update'): Promise<StoredRepair> {
  const [found] = await selectRepairs(tx, `p.repair_id = $1${lock}`, [repairId]);
  if (found === undefined) throw repairRefusal('repairs.unknown', { repair: repairId.slice(0, 40) });
  return found;
}

/** Throws `repairs.not_in_state`. */
export function requireState({ repairId, state }: StoredRepair, states: readonly RepairState[]): void {
  if (states.includes(state)) return;
  const { zh, en } = REPAIR_WORDS[state];
  throw repairRefusal('repairs.not_in_state', { repair: repairId, state: zh, stateEn: en });
}

/** Changes where it stands; what was said before is in the steps. */
export async function setState(
  tx: Tx,
  { enterpriseId, repairId }: StoredRepair,
  { state, decidedAt }: { readonly state: RepairState; readonly decidedAt: Date | null },
): Promise<void> {
  await tx
    .tables<RepairTables>()
    .updateTable('rights.repairs')
    .set({ state, decided_at: decidedAt })
    .where('enterprise_id', '=', enterpriseId)
    .where('repair_id', '=', repairId)
    .execute();
}

export type Side = { readonly kind: 'enterprise' | 'node' | 'provider' | 'portal'; readonly id: string };
export type NewStep = {
  readonly act: 'applied' | 'accepted' | 'refused' | 'granted' | 'denied' | 'withdrawn' | 'synced';
  readonly by: Side;
  readonly at: Date;
  readonly words?: string;
  readonly receiptId: string;
};

/** The next step of an application that the caller holds; its words are sealed. */
export async function addStep(
  tx: Tx,
  cipher: FieldCipher,
  { enterpriseId, repairId }: Pick<StoredRepair, 'enterpriseId' | 'repairId'>,
  step: NewStep,
): Promise<void> {
  const place = placeOf(enterpriseId, 'words');
  const words = step.words === undefined ? null : await sealField(tx, cipher, place, step.words);
  await tx.rows(
    `insert into rights.repair_steps (enterprise_id, repair_id, step_no, act, by_kind, by_id, at, words_sealed, receipt_id)
     select $1::bigint, $2, coalesce(max(step_no), 0) + 1, $3, $4, $5, $6::timestamptz, $7::text, $8
     from rights.repair_steps where enterprise_id = $1::bigint and repair_id = $2`,
    [enterpriseId, repairId, step.act, step.by.kind, step.by.id, step.at, words, step.receiptId],
  );
}

export type RepairStep = {
  readonly stepNo: number;
  readonly act: string;
  readonly byKind: Side['kind'];
  readonly at: Date;
  readonly words: string | null;
  readonly receiptId: string;
};

export async function readSteps(
  tx: Tx,
  cipher: FieldCipher,
  { enterpriseId, repairId }: StoredRepair,
): Promise<RepairStep[]> {
  const rows = await tx.rows<RepairStep>(
    `select step_no as "stepNo", act, by_kind as "byKind", at, words_sealed as words, receipt_id as "receiptId"
     from rights.repair_steps where enterprise_id = $1 and repair_id = $2 order by step_no`,
    [enterpriseId, repairId],
  );
  const steps: RepairStep[] = [];
  for (const row of rows) {
    const { words } = row;
    const opened = words === null ? null : await openField(tx, cipher, placeOf(enterpriseId, 'words'), words);
    steps.push({ ...row, words: opened });
  }
  return steps;
}

export function placeOf(enterpriseId: EnterpriseId, column: 'words' | 'content' | 'ruling'): FieldPlace {
  return { table: 'rights.repairs', column, owner: `enterprise:${enterpriseId}` };
}
