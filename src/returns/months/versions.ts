import { canonicalHash, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import type { Caller } from '#security';
import type { ReturnsContext } from '../returns-context.ts';
import { returnsRefusal } from '../returns-refusals.ts';
import type { ReturnsTables } from '../tables.ts';

/** A sealed return; never changed. A correction is the next version and names the hash of this one. */
export type Version<Content extends object> = {
  readonly subject: string;
  readonly month: string;
  readonly versionNo: number;
  readonly knownAt: Date;
  readonly content: Content;
  readonly contentHash: string;
  readonly correctsHash: string | null;
  readonly reason: string | null;
  readonly sealedAt: Date;
  readonly receiptId: string;
};

export type NewVersion = {
  readonly caller: Caller;
  readonly subject: string;
  readonly month: string;
  readonly knownAt: Date;
  readonly content: object;
  /** Why a version after the first is made. */
  readonly reason: string;
};

/** The latest version, or the one asked for; undefined: there is none. */
export async function findVersion<Content extends object>(
  tx: Tx,
  { subject, month, version }: { subject: string; month: string; version?: number | undefined },
): Promise<Version<Content> | undefined> {
  const all = tx
    .tables<ReturnsTables>()
    .selectFrom('returns.month_versions')
    .selectAll()
    .where('subject', '=', subject)
    .where('month', '=', `${month}-01`);
  const one = version === undefined ? all : all.where('version_no', '=', version);
  const row = await one.orderBy('version_no', 'desc').limit(1).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    subject,
    month,
    versionNo: row.version_no,
    knownAt: row.known_at,
    // Written by `sealVersion` from the same type, and held by its hash.
    content: row.content as Content,
    contentHash: row.content_hash,
    correctsHash: row.corrects_hash,
    reason: row.reason,
    sealedAt: row.sealed_at,
    receiptId: row.receipt_id,
  };
}

/** As `findVersion`. Throws `returns.month_not_sealed`, `returns.version_unknown`. */
export async function requireVersion<Content extends object>(
  tx: Tx,
  asked: { subject: string; month: string; version?: number | undefined },
): Promise<Version<Content>> {
  const found = await findVersion<Content>(tx, asked);
  if (found !== undefined) return found;
  const { month, version } = asked;
  if (version === undefined) throw returnsRefusal('returns.month_not_sealed', { month });
  throw returnsRefusal('returns.version_unknown', { month, version });
}

/** One of two workers seals; the other waits here and finds it done. */
export async function lockSubject(
  tx: Tx,
  { subject, month }: { subject: string; month: string },
): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock(hashtextextended($1, 11))', [`returns ${subject} ${month}`]);
}

/** Under `lockSubject`. Undefined: the latest version says the same already. */
export async function sealVersion(
  tx: Tx,
  context: Pick<ReturnsContext, 'keys' | 'clock'>,
  version: NewVersion,
): Promise<{ versionNo: number; contentHash: string } | undefined> {
  const { caller, subject, month, knownAt, content } = version;
  const before = await findVersion(tx, { subject, month });
  const contentHash = canonicalHash(content);
  if (before?.contentHash === contentHash) return undefined;
  const at = context.clock.now();
  const versionNo = (before?.versionNo ?? 0) + 1;
  const correctsHash = before?.contentHash ?? null;
  const reason = before === undefined ? null : version.reason;
  const receipt = await recordLeaf(tx, context.keys, {
    kind: before === undefined ? 'administrative_act' : 'correction',
    at,
    body: {
      act: 'seal_return',
      subject,
      month,
      version: versionNo,
      contentHash,
      correctsHash,
      knownAt: knownAt.toISOString(),
      caller: caller.id,
    },
  });
  await tx
    .tables<ReturnsTables>()
    .insertInto('returns.month_versions')
    .values({
      subject,
      month: `${month}-01`,
      version_no: versionNo,
      known_at: knownAt,
      content: JSON.stringify(content),
      content_hash: contentHash,
      corrects_hash: correctsHash,
      reason,
      sealed_by: caller.id,
      sealed_at: at,
      receipt_id: receipt.id,
    })
    .execute();
  return { versionNo, contentHash };
}
