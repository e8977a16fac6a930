import { beijingDate, inTransaction, newId, type Tx } from '#kernel';
import {
  type Contract,
  type ExpiredRecord,
  findExpired,
  holdExpired,
  readFilesOf,
  type RecordPlace,
  removeRecords,
} from '#lists';
import { systemCaller } from '#platform';
import { type Caller, type Grant, recordLeaf, requireAllowed } from '#security';
import { rootOf } from '../recall/notice-tree.ts';
import { recallRecords } from '../recall/recall-disclosures.ts';
import { lockRetention } from './hold-store.ts';
import { findWaiting, placeOf } from './list-expired.ts';
import { redactObjections } from './redact-objections.ts';
import { type RemovalBatch, type RemovedRecord, removedRecords, writeRemoval } from './removal-store.ts';
import type { RetentionContext } from './retention-context.ts';
import { RETENTION_LIMITS } from './retention-limits.ts';
import { expiryOf } from './retention-rules.ts';

export type BatchDone = {
  readonly removed: number;
  readonly recalls: number;
  /** Past their years and kept, by a hold or an open objection. */
  readonly waiting: number;
  /** Where the next batch begins; undefined: this was the last of the contract. */
  readonly next: RecordPlace | undefined;
};

/**
 * Removes the next records of a contract that are past their years, in one transaction: recall, removal, redaction, proof and the
 * files that must go are all there or none is. What is removed is not found again, so that whoever begins anew goes on.
 */
export async function removeBatch(
  context: RetentionContext,
  asked: {
    readonly contract: Contract;
    readonly after: RecordPlace | undefined;
    readonly caller?: Caller;
  },
): Promise<BatchDone> {
  const { contract, after, caller = systemCaller('retention') } = asked;
  const limit = RETENTION_LIMITS.recordsPerBatch;
  return await inTransaction(context.database, async (tx) => {
    const grant = requireAllowed(context.policies, caller, 'remove_expired');
    await lockRetention(tx);
    const at = context.clock.now();
    const rule = expiryOf(context.retention, contract.id);
    const found = await findExpired(tx, grant, { contract, rule, today: beijingDate(at), after, limit });
    const waiting = await findWaiting(tx, context, { contract, records: found });
    const free = found.filter(({ recordId }) => !waiting.has(recordId));
    const done = free.length === 0 ? NOTHING : await remove(tx, context, { grant, contract, free, at });
    const last = found.at(-1);
    const next = last === undefined || found.length < limit ? undefined : placeOf(last);
    return { ...done, waiting: waiting.size, next };
  });
}

const NOTHING = { removed: 0, recalls: 0 };

type ToRemove = {
  readonly grant: Grant;
  readonly contract: Contract;
  readonly free: readonly ExpiredRecord[];
  readonly at: Date;
};

/** Recipients are traced while the times of the record are still there. */
async function remove(
  tx: Tx,
  context: RetentionContext,
  { grant, contract, free, at }: ToRemove,
): Promise<typeof NOTHING> {
  const records = await holdExpired(tx, grant, { contract, records: free });
  if (records.length === 0) return NOTHING;
  const removalId = newId('rmv', at);
  const cause = { kind: 'retention', id: removalId } as const;
  const told = records.flatMap(({ enterpriseId, versions }) =>
    versions.map((recordId) => ({ enterpriseId, recordId, cause })),
  );
  const { recalls } = await recallRecords(tx, context, { contract, records: told, at });
  const gone = await removeRecords(tx, grant, { contract, records });
  const removed = removedRecords(records, gone, { contract: contract.id, at });
  await prove(tx, context, { removalId, contract: contract.id, removed, recalls, at });
  await redactObjections(tx, { contract: contract.id, records: gone.map(({ recordId }) => recordId) });
  const deliveries = [...new Set(gone.map(({ deliveryNo }) => deliveryNo))];
  await noteFiles(tx, grant, { deliveries, at });
  return { removed: removed.length, recalls };
}

async function prove(
  tx: Tx,
  { keys, retention }: RetentionContext,
  about: Pick<RemovalBatch, 'removalId' | 'contract' | 'recalls'> & {
    readonly removed: readonly RemovedRecord[];
    readonly at: Date;
  },
): Promise<void> {
  const { removed, at, ...of } = about;
  const merkleRoot = rootOf(removed.map(({ hash }) => hash)).toString('hex');
  const records = removed.length;
  const versions = removed.reduce((sum, { entry }) => sum + entry.versions.length, 0);
  const body = {
    act: 'retention_removal',
    removal: of.removalId,
    contract: of.contract,
    rules: retention.hash,
    records,
    versions,
    merkleRoot,
  };
  const { id: receiptId } = await recordLeaf(tx, keys, { kind: 'administrative_act', at, body });
  const batch = { ...of, rulesHash: retention.hash, records, versions, merkleRoot, receiptId, removedAt: at };
  await writeRemoval(tx, batch, removed);
}

/** What they were delivered with must go too; the files themselves after the commit. */
async function noteFiles(
  tx: Tx,
  grant: Grant,
  { deliveries, at }: { readonly deliveries: readonly string[]; readonly at: Date },
): Promise<void> {
  const files = await readFilesOf(tx, grant, deliveries);
  await tx.rows(NOTE_FILES, [
    files.map(({ deliveryNo }) => deliveryNo),
    files.map(({ contract }) => contract),
    files.map(({ digest }) => digest),
    at,
  ]);
}

export const NOTE_FILES = `
  insert into rights.removed_files (delivery_no, contract_id, digest, due_at)
  select f.*, $4::timestamptz from unnest($1::bigint[], $2::text[], $3::text[]) as f
  on conflict (delivery_no) do nothing`;
