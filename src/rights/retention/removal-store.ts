import { canonicalJson, type Tx } from '#kernel';
import type { ExpiredRecord, ExpiryBasis, RemovedVersion } from '#lists';
import { hashLeaf, type InclusionProof, openLeaf } from '#security';
import { proveNotice } from '../recall/notice-tree.ts';
import { RETENTION_LIMITS } from './retention-limits.ts';

/**
 * What the tree of a batch is over: ids and days of one removed record, RFC 8785, so that whoever was shown them reckons the hash
 * again. Nothing is made from what the record said: that could be found by guessing.
 */
export type RemovalEntry = {
  readonly contract: string;
  /** `<delivery>:<row>`, in the order of text. */
  readonly versions: readonly string[];
  readonly basis: ExpiryBasis;
  readonly keptUntil: string;
  /** RFC 3339, UTC. */
  readonly removedAt: string;
};

/** One removed record, at its place in the batch. */
export type RemovedRecord = {
  readonly enterpriseId: string;
  readonly entry: RemovalEntry;
  readonly hash: Buffer;
};

/** Those of the records of which rows were there, each with the versions that went. */
export function removedRecords(
  records: readonly ExpiredRecord[],
  gone: readonly RemovedVersion[],
  about: { readonly contract: string; readonly at: Date },
): RemovedRecord[] {
  const ofRecord = Map.groupBy(gone, ({ ofRecord }) => ofRecord);
  return records.flatMap(({ enterpriseId, recordId, basis, keptUntil }) => {
    const versions = (ofRecord.get(recordId) ?? []).map((version) => version.recordId).toSorted();
    if (versions.length === 0) return [];
    const { contract, at } = about;
    const entry = { contract, versions, basis, keptUntil, removedAt: at.toISOString() };
    return [{ enterpriseId, entry, hash: hashEntry(entry) }];
  });
}

/** SHA-256(0x00 ‖ entry), RFC 6962 2.1. */
export function hashEntry(entry: RemovalEntry): Buffer {
  return hashLeaf(Buffer.from(canonicalJson(entry)));
}

/** A batch as it is on record. */
export type RemovalBatch = {
  readonly removalId: string;
  readonly contract: string;
  readonly rulesHash: string;
  readonly records: number;
  readonly versions: number;
  readonly recalls: number;
  readonly merkleRoot: string;
  readonly receiptId: string;
  readonly removedAt: Date;
};

export async function writeRemoval(
  tx: Tx,
  batch: RemovalBatch,
  removed: readonly RemovedRecord[],
): Promise<void> {
  await tx.rows(
    `insert into rights.removal_batches (removal_id, contract_id, rules_hash, records, versions, recalls, merkle_root,
       receipt_id, removed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      batch.removalId,
      batch.contract,
      batch.rulesHash,
      batch.records,
      batch.versions,
      batch.recalls,
      batch.merkleRoot,
      batch.receiptId,
      batch.removedAt,
    ],
  );
  const rows = removed.map(({ enterpriseId, entry, hash }, place) => ({
    enterprise_id: enterpriseId,
    place,
    versions: entry.versions,
    basis: entry.basis,
    kept_until: entry.keptUntil,
    entry_hash: hash.toString('hex'),
  }));
  await tx.rows(
    `insert into rights.removals (enterprise_id, removal_id, place, contract_id, versions, basis, kept_until, entry_hash, removed_at)
     select r.enterprise_id, $1, r.place, $2, r.versions, r.basis, r.kept_until, decode(r.entry_hash, 'hex'), $3
     from json_to_recordset($4::json) as r (
       enterprise_id bigint, place integer, versions text[], basis text, kept_until date, entry_hash text)`,
    [batch.removalId, batch.contract, batch.removedAt, JSON.stringify(rows)],
  );
}

const BATCH = `select removal_id as "removalId", contract_id as contract, rules_hash as "rulesHash", records, versions, recalls,
    merkle_root as "merkleRoot", receipt_id as "receiptId", removed_at as "removedAt"
  from rights.removal_batches`;

/** Newest first. */
export async function readBatches(tx: Tx, before: string | undefined): Promise<RemovalBatch[]> {
  return await tx.rows<RemovalBatch>(
    `${BATCH} where $1::text is null or removal_id < $1 order by removal_id desc limit $2`,
    [before ?? null, RETENTION_LIMITS.listedMax],
  );
}

/** A removed record with the proof that it is in its batch, and the batch in the log. */
export type Removal = RemovalEntry & {
  readonly removalId: string;
  readonly merkleRoot: string;
  readonly receiptId: string;
  /** From the hash of the entry to the root. */
  readonly inclusion: {
    readonly index: number;
    readonly size: number;
    readonly hashes: readonly string[];
  };
  /** What the leaf of the batch committed to; null after a lawful deletion. */
  readonly leaf: { readonly body: string; readonly salt: string } | null;
};

/** Of these enterprises, newest first. */
export async function readRemovalsOf(tx: Tx, enterpriseIds: readonly string[]): Promise<Removal[]> {
  return await readRemovals(
    tx,
    'r.enterprise_id = any($1::bigint[]) order by r.removal_id desc, r.place limit $2',
    [enterpriseIds, RETENTION_LIMITS.ownShownMax],
  );
}

/** Of one record, by any of its versions. */
export async function readRemovalsOfRecord(tx: Tx, recordId: string): Promise<Removal[]> {
  return await readRemovals(tx, 'r.versions @> array[$1] order by r.removal_id desc limit $2', [
    recordId,
    RETENTION_LIMITS.listedMax,
  ]);
}

type Row = Omit<Removal, 'inclusion' | 'leaf' | 'removedAt'> & {
  readonly place: number;
  readonly removedAt: Date;
};

async function readRemovals(tx: Tx, which: string, values: readonly unknown[]): Promise<Removal[]> {
  const rows = await tx.rows<Row>(
    `select r.removal_id as "removalId", r.place, r.contract_id as contract, r.versions, r.basis,
       r.kept_until::text as "keptUntil", r.removed_at as "removedAt", b.merkle_root as "merkleRoot",
       b.receipt_id as "receiptId"
     from rights.removals r join rights.removal_batches b using (removal_id) where ${which}`,
    values,
  );
  const trees = await readTrees(tx, [...new Set(rows.map(({ removalId }) => removalId))]);
  const leaves = new Map<string, Removal['leaf']>();
  for (const id of new Set(rows.map(({ receiptId }) => receiptId)))
    leaves.set(id, (await openLeaf(tx, id)) ?? null);
  return rows.map(({ place, removedAt, ...row }) => ({
    ...row,
    removedAt: removedAt.toISOString(),
    inclusion: shownProof(proveNotice(trees.get(row.removalId) ?? [], place)),
    leaf: leaves.get(row.receiptId) ?? null,
  }));
}

function shownProof({ index, size, hashes }: InclusionProof): Removal['inclusion'] {
  return { index, size, hashes: hashes.map((hash) => hash.toString('hex')) };
}

/** The leaves of each batch, in their places. */
async function readTrees(tx: Tx, removalIds: readonly string[]): Promise<Map<string, Buffer[]>> {
  const rows = await tx.rows<{ id: string; hash: Buffer }>(
    'select removal_id as id, entry_hash as hash from rights.removals where removal_id = any($1) order by removal_id, place',
    [removalIds],
  );
  const grouped = Map.groupBy(rows, ({ id }) => id);
  return new Map([...grouped].map(([id, own]) => [id, own.map(({ hash }) => hash)]));
}
