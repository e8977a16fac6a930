import { rm } from 'node:fs/promises';
import { assertProof, type Tx } from '#kernel';
import type { Grant } from '#security';
import { pathOfDigest } from '../delivery/store-bytes.ts';

/** The file of a delivery, by the digest under which it is stored. */
export type DeliveredFile = {
  readonly deliveryNo: string;
  readonly contract: string;
  readonly digest: string;
};

export type OldFilesAsked = {
  readonly contracts: readonly string[];
  /** Finished before this instant. */
  readonly before: Date;
  readonly after: string;
  readonly limit: number;
};

/** Files of deliveries that were finished long ago, in the order of deliveries. */
export async function listOldFiles(tx: Tx, grant: Grant, asked: OldFilesAsked): Promise<DeliveredFile[]> {
  assertProof(grant, 'Grant');
  return await tx.rows<DeliveredFile>(
    `select delivery_no::text as "deliveryNo", contract_id as contract, digest from lists.deliveries
     where contract_id = any($1) and coalesce(finished_at, known_from) < $2 and delivery_no > $3::bigint
       and state not in ('received', 'publishing')
     order by delivery_no limit $4`,
    [asked.contracts, asked.before, asked.after, asked.limit],
  );
}

/** Files of these deliveries. */
export async function readFilesOf(
  tx: Tx,
  grant: Grant,
  deliveryNos: readonly string[],
): Promise<DeliveredFile[]> {
  assertProof(grant, 'Grant');
  return await tx.rows<DeliveredFile>(
    `select delivery_no::text as "deliveryNo", contract_id as contract, digest from lists.deliveries
     where delivery_no = any($1::bigint[])`,
    [deliveryNos],
  );
}

/** Which of these digests a delivery still needs: one that is not finished, or one of another contract than these. */
export async function findNeededFiles(
  tx: Tx,
  grant: Grant,
  { digests, contracts }: { readonly digests: readonly string[]; readonly contracts: readonly string[] },
): Promise<ReadonlySet<string>> {
  assertProof(grant, 'Grant');
  const rows = await tx.rows<{ digest: string }>(
    `select distinct digest from lists.deliveries
     where digest = any($1) and (state in ('received', 'publishing') or not contract_id = any($2))`,
    [digests, contracts],
  );
  return new Set(rows.map(({ digest }) => digest));
}

/**
 * Removes stored bytes; those that are gone already are none. A department that sends the same bytes at this very moment under
 * another mapping has to send them once more.
 */
export async function removeStoredFile(deliveriesFolder: string, digest: string): Promise<void> {
  await rm(pathOfDigest(deliveriesFolder, digest), { force: true });
}

/**
 * Empties quarantined rows of deliveries finished before an instant, and rows that a person rejected: what was wrong stays, what
 * the row said does not. Returns how many rows; called until it is none.
 */
export async function emptyQuarantine(tx: Tx, grant: Grant, asked: OldFilesAsked): Promise<number> {
  assertProof(grant, 'Grant');
  const values = [asked.contracts, asked.before, asked.limit];
  const emptied = await tx.rows<object>(EMPTY_DEFECTS, values);
  const removed = await tx.rows<object>(REMOVE_REJECTED, values);
  return emptied.length + removed.length;
}

const OLD = `
    join lists.deliveries d using (delivery_no)
    where d.contract_id = any($1) and coalesce(d.finished_at, d.known_from) < $2`;

const EMPTY_DEFECTS = `
  update lists.defects f set raw = null, params = '{}'
  from (select o.delivery_no, o.row_no, o.defect_no from lists.defects o ${OLD}
      and (o.raw is not null or o.params <> '{}'::jsonb) limit $3) old
  where f.delivery_no = old.delivery_no and f.row_no = old.row_no and f.defect_no = old.defect_no
  returning f.row_no`;

const REMOVE_REJECTED = `
  delete from lists.held_rows h
  using (select o.delivery_no, o.row_no from lists.held_rows o ${OLD} and o.state = 'rejected' limit $3) old
  where h.delivery_no = old.delivery_no and h.row_no = old.row_no
  returning h.row_no`;
