import { type Clock, type EnterpriseId, type KeyStore, newId, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import type { Selectable } from 'kysely';
import { mandateRefusal } from './mandate-refusals.ts';
import { type MandateState, mandateStateAt } from './mandate-state.ts';
import type { Capacity, MandateScope, MandateTables, Standing } from './mandate-tables.ts';

/** The version of a mandate that the node knows now. */
export type LiveMandate = {
  readonly mandateId: string;
  readonly accountId: string;
  readonly capacity: Capacity;
  readonly scope: readonly MandateScope[];
  readonly validFrom: Date;
  readonly validTo: Date | null;
  readonly standing: Standing;
  readonly via: 'paper' | 'online';
  readonly grantedBy: string;
  readonly state: MandateState;
};

/** Who makes the change, already allowed. */
export type Changer = { readonly by: string; readonly clock: Clock; readonly keys: KeyStore };

/** A change of standing, and what the leaf calls it. */
export type Change = {
  readonly act: string;
  readonly standing: Standing;
  readonly reason: string | null;
};

/** Mandates of one enterprise change one after the other, until the transaction ends. */
export async function lockMandates(tx: Tx, enterpriseId: EnterpriseId): Promise<void> {
  await tx.rows(`select pg_advisory_xact_lock(hashtextextended('platform.mandates', $1::bigint))`, [
    enterpriseId,
  ]);
}

/** Every mandate of the enterprise in its present version, oldest first. */
export async function readMandates(tx: Tx, enterpriseId: EnterpriseId, at: Date): Promise<LiveMandate[]> {
  const rows = await tx.rows<MandateRow>(READ_MANDATES, [enterpriseId]);
  return rows.map((row) => {
    const dated = { standing: row.standing, validFrom: row.valid_from, validTo: row.valid_to };
    return {
      mandateId: row.mandate_id,
      accountId: row.account_id,
      capacity: row.capacity,
      scope: row.scope,
      ...dated,
      via: row.via,
      grantedBy: row.granted_by,
      state: mandateStateAt(dated, at),
    };
  });
}

/** One of them, or undefined. */
export async function findMandate(
  tx: Tx,
  { enterpriseId, mandateId, at }: { enterpriseId: EnterpriseId; mandateId: string; at: Date },
): Promise<LiveMandate | undefined> {
  const mandates = await readMandates(tx, enterpriseId, at);
  return mandates.find((one) => one.mandateId === mandateId);
}

export type NewMandate = Omit<LiveMandate, 'mandateId' | 'state' | 'grantedBy'> & {
  readonly documentDigest: string | null;
};

/** Writes the first version and its leaf; returns the id. */
export async function insertMandate(
  tx: Tx,
  changer: Changer,
  { enterpriseId, mandate, act }: { enterpriseId: EnterpriseId; mandate: NewMandate; act: string },
): Promise<string> {
  const at = changer.clock.now();
  const mandateId = newId('mdt', at);
  const receiptId = await leafOf(tx, changer, {
    enterpriseId,
    body: {
      act,
      mandate: mandateId,
      account: mandate.accountId,
      capacity: mandate.capacity,
      scope: [...mandate.scope],
      validFrom: mandate.validFrom.toISOString(),
      validTo: mandate.validTo?.toISOString() ?? null,
      via: mandate.via,
      documentDigest: mandate.documentDigest,
    },
  });
  await tx
    .tables<MandateTables>()
    .insertInto('platform.mandates')
    .values({
      enterprise_id: enterpriseId,
      mandate_id: mandateId,
      known_from: at,
      account_id: mandate.accountId,
      capacity: mandate.capacity,
      scope: [...mandate.scope],
      valid_from: mandate.validFrom,
      valid_to: mandate.validTo,
      standing: mandate.standing,
      via: mandate.via,
      document_digest: mandate.documentDigest,
      granted_by: changer.by,
      changed_by: changer.by,
      reason: null,
      receipt_id: receiptId,
    })
    .execute();
  return mandateId;
}

/** Ends the present version of a mandate and begins one with the other standing, with its leaf. */
export async function changeMandate(
  tx: Tx,
  changer: Changer,
  { enterpriseId, mandateId, change }: { enterpriseId: EnterpriseId; mandateId: string; change: Change },
): Promise<void> {
  const { act, standing, reason } = change;
  const receiptId = await leafOf(tx, changer, { enterpriseId, body: { act, mandate: mandateId, reason } });
  const [changed] = await tx.rows(CHANGE_STANDING, [
    enterpriseId,
    mandateId,
    changer.clock.now(),
    standing,
    changer.by,
    reason,
    receiptId,
  ]);
  if (changed === undefined) throw mandateRefusal('mandate.unknown');
}

async function leafOf(
  tx: Tx,
  { by, clock, keys }: Changer,
  {
    enterpriseId,
    body,
  }: { enterpriseId: EnterpriseId; body: Readonly<Record<string, string | string[] | null>> },
): Promise<string> {
  const leaf = { kind: 'administrative_act', at: clock.now(), subject: enterpriseId } as const;
  const { id } = await recordLeaf(tx, keys, { ...leaf, body: { ...body, by } });
  return id;
}

type MandateRow = Pick<
  Selectable<MandateTables['platform.mandates']>,
  | 'mandate_id'
  | 'account_id'
  | 'capacity'
  | 'scope'
  | 'valid_from'
  | 'valid_to'
  | 'standing'
  | 'via'
  | 'granted_by'
>;

const READ_MANDATES = `
  select mandate_id, account_id, capacity, scope, valid_from, valid_to, standing, via, granted_by
  from platform.mandates
  where enterprise_id = $1 and known_to = 'infinity'
  order by mandate_id`;

/** Versions of one instant would hide each other: each begins at least a millisecond after the last. */
const CHANGE_STANDING = `
  with ended as (
    update platform.mandates
    set known_to = greatest($3::timestamptz, known_from + interval '1 millisecond')
    where enterprise_id = $1 and mandate_id = $2 and known_to = 'infinity'
    returning *
  )
  insert into platform.mandates
    (enterprise_id, mandate_id, known_from, account_id, capacity, scope, valid_from, valid_to, standing, via,
     document_digest, granted_by, changed_by, reason, receipt_id)
  select enterprise_id, mandate_id, known_to, account_id, capacity, scope, valid_from, valid_to, $4, via,
    document_digest, granted_by, $5, $6, $7
  from ended
  returning mandate_id`;
