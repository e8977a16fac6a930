import type { Clock, KeyStore, Tx } from '#kernel';
import {
  type Admission,
  askOfAdmission,
  type Caller,
  type PolicySet,
  recordLeaf,
  refuseOnGround,
} from '#security';
import { WHITELIST_LIMITS } from '../whitelist-limits.ts';
import { whitelistRefusal } from '../whitelist-refusals.ts';
import type { Change, ExitReason } from '../whitelist-tables.ts';

/** Who receives a list: a caller, and the institution that it is for. */
export type Receiver = {
  readonly caller: Caller;
  readonly admission: Admission;
  readonly listId: string;
};

/** An enterprise as an institution is given it. Outcomes of what came of it refer to the disclosure. */
export type PushedRow = {
  readonly disclosureId: string;
  readonly change: Change;
  readonly code: string | null;
  readonly name: string;
  readonly validUntil: string | null;
  readonly reason: ExitReason | null;
  readonly at: Date;
};

export type ReceivingContext = {
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly policies: PolicySet;
};

export type ChangesPage = {
  readonly changes: readonly PushedRow[];
  /** Where to go on; the last one again when nothing is new. */
  readonly cursor: string;
  readonly isComplete: boolean;
};

/** What changed after a cursor, in the order in which it was pushed. Throws `whitelists.cursor_wrong`. */
export async function readChanges(
  tx: Tx,
  context: ReceivingContext,
  receiver: Receiver & { readonly after?: string; readonly limit?: number },
): Promise<ChangesPage> {
  const { after = '0.0', limit = WHITELIST_LIMITS.changesMax } = receiver;
  const institution = requireReceiver(context, receiver);
  const [pushNo, rowNo] = placeOf(after);
  await requirePushed(tx, receiver.listId, institution);
  const rows = await tx.rows<PushedRow & { push_no: number; row_no: number }>(
    `${SELECT_ROWS} and (push_no, row_no) > ($3, $4) order by push_no, row_no limit $5`,
    [receiver.listId, institution, pushNo, rowNo, limit],
  );
  const last = rows.at(-1);
  if (last !== undefined) await acknowledge(tx, context, { ...receiver, institution, upTo: last.push_no });
  const cursor = last === undefined ? after : `${last.push_no}.${last.row_no}`;
  return { changes: rows.map(toRow), cursor, isComplete: rows.length < limit };
}

/** The members that the institution knows, and the cursor from which the feed goes on. */
export async function readMembers(
  tx: Tx,
  context: ReceivingContext,
  receiver: Receiver,
): Promise<{ institution: string; rulesHash: string; members: readonly PushedRow[]; cursor: string }> {
  const institution = requireReceiver(context, receiver);
  const latest = await requirePushed(tx, receiver.listId, institution);
  const rows = await tx.rows<PushedRow & { push_no: number }>(
    `select * from (
       select distinct on (enterprise_id) * from (${SELECT_ROWS} and push_no <= $3) told
       order by enterprise_id, push_no desc) member
     where change <> 'left' order by code, name`,
    [receiver.listId, institution, latest.push_no],
  );
  await acknowledge(tx, context, { ...receiver, institution, upTo: latest.push_no });
  const cursor = `${latest.push_no}.${latest.rows}`;
  return { institution, rulesHash: latest.rules_hash, members: rows.map(toRow), cursor };
}

const SELECT_ROWS = `
  select enterprise_id, push_no, row_no, disclosure_id as "disclosureId", change, code, name,
    valid_until::text as "validUntil", reason, at
  from evaluation.whitelist_push_rows where list_id = $1 and institution_id = $2`;

function toRow({ disclosureId, change, code, name, validUntil, reason, at }: PushedRow): PushedRow {
  return { disclosureId, change, code, name, validUntil, reason, at };
}

/** The policy judges the caller and the states of admission; returns the institution as a whole. */
function requireReceiver({ policies }: ReceivingContext, { caller, admission }: Receiver): string {
  const act = { caller, admission, act: 'receive_whitelist', purpose: 'evaluation' } as const;
  const { isAllowed, ground } = askOfAdmission(policies, act);
  if (ground !== undefined) throw refuseOnGround(policies, ground);
  if (!isAllowed) throw whitelistRefusal('whitelists.role_without');
  return admission.institutionId;
}

type LatestPush = { readonly push_no: number; readonly rows: number; readonly rules_hash: string };

async function requirePushed(tx: Tx, listId: string, institution: string): Promise<LatestPush> {
  const [latest] = await tx.rows<LatestPush>(
    `select push_no, rows, rules_hash from evaluation.whitelist_pushes
     where list_id = $1 and institution_id = $2 order by push_no desc limit 1`,
    [listId, institution],
  );
  if (latest === undefined) throw whitelistRefusal('whitelists.not_for_you');
  return latest;
}

function placeOf(cursor: string): readonly [number, number] {
  const [, push = '', row = ''] = /^(\d{1,9})\.(\d{1,9})$/.exec(cursor) ?? [];
  if (push === '') throw whitelistRefusal('whitelists.cursor_wrong');
  return [Number(push), Number(row)];
}

/** The first look at a push is its receipt: one leaf for all that are looked at for the first time. */
async function acknowledge(
  tx: Tx,
  { clock, keys }: ReceivingContext,
  { caller, listId, institution, upTo }: Receiver & { readonly institution: string; readonly upTo: number },
): Promise<void> {
  const open = await tx.rows<{ push_no: number; push_id: string }>(
    `select push_no, push_id from evaluation.whitelist_pushes
     where list_id = $1 and institution_id = $2 and push_no <= $3 and fetched_at is null
     order by push_no for update`,
    [listId, institution, upTo],
  );
  if (open.length === 0) return;
  const at = clock.now();
  const body = { list: listId, institution, pushes: open.map(({ push_id }) => push_id), by: caller.id };
  const { id } = await recordLeaf(tx, keys, { kind: 'push_receipt', at, body });
  await tx.rows(
    `update evaluation.whitelist_pushes set fetched_at = $3, fetched_by = $4, fetch_receipt_id = $5
     where list_id = $1 and institution_id = $2 and push_no = any($6)`,
    [listId, institution, at, caller.id, id, open.map(({ push_no }) => push_no)],
  );
}
