import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { type EnterpriseId, inTransaction, newId, sealField, type Tx } from '#kernel';
import type { EvidenceLevel } from '#information';
import type { Contract } from '#lists';
import { type Caller, recordLeaf } from '#security';
import { addEvidence, endEvidence, followLevel } from '../evidence/evidence-store.ts';
import { type ItemRow, readItem } from '../items/item-store.ts';
import { lockItems, requireOwn } from '../require-party.ts';
import type { VoluntaryContext } from '../voluntary-context.ts';
import { ATTACHMENT_LIMITS } from '../voluntary-limits.ts';
import { voluntaryRefusal } from '../voluntary-refusals.ts';
import { attachmentRefusal } from './attachment-refusals.ts';
import {
  type AttachmentLine,
  type AttachmentRow,
  findStored,
  readRows,
  sealedPlace,
  toLine,
} from './attachment-store.ts';
import { safeName } from './safe-name.ts';
import { pathOf, readSealed, sweepFiles, writeSealed } from './sealed-file.ts';
import { type Taken, takeContent } from './take-content.ts';

export type NewAttachment = {
  readonly caller: Caller;
  readonly itemId: string;
  readonly name: string;
  /** The file, at most `ATTACHMENT_LIMITS.bytesMax`. */
  readonly bytes: Buffer;
};

/** `isScanned: false`: the node has no scanner, which people are told. */
export type Attached = {
  readonly attachmentId: string;
  readonly name: string;
  readonly level: EvidenceLevel;
  readonly isScanned: boolean;
};

/**
 * Takes a file as proof of an item, in named steps: who → what it is → the city's scanner → sealed on disk → row, proof and
 * leaf. The file is durable before the commit that names it; one that no commit names is swept.
 * Throws `attachments.…`, `voluntary.item_unknown`.
 */
export async function addAttachment(context: VoluntaryContext, asked: NewAttachment): Promise<Attached> {
  await inTransaction(context.database, (tx) => requireRoom(tx, context, asked));
  if (asked.bytes.length === 0 || asked.bytes.length > ATTACHMENT_LIMITS.bytesMax)
    throw attachmentRefusal('attachments.too_large', { bytesMax: ATTACHMENT_LIMITS.bytesMax });
  const taken = await takeContent(asked.bytes);
  const name = safeName(asked.name, taken.extension);
  await context.scanner?.(asked.bytes);
  return await inTransaction(context.database, async (tx) => {
    const { enterpriseId, item, contract } = await requireRoom(tx, context, asked);
    const attachmentId = await keepAttachment(tx, context, {
      enterpriseId,
      name,
      taken,
      given: asked.bytes,
      by: asked.caller.id,
    });
    const proof = {
      item,
      contract,
      kind: 'attachment' as const,
      reference: attachmentId,
      by: asked.caller.id,
    };
    const level = await addEvidence(tx, context, proof);
    return { attachmentId, name, level, isScanned: context.scanner !== undefined };
  });
}

type Room = { readonly enterpriseId: EnterpriseId; readonly item: ItemRow; readonly contract: Contract };

async function requireRoom(
  tx: Tx,
  context: VoluntaryContext,
  { caller, itemId }: NewAttachment,
): Promise<Room> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  await lockItems(tx, enterpriseId);
  const item = await readItem(tx, { enterpriseId, itemId });
  const contract = context.catalogue.contracts.get(item?.contractId ?? '');
  if (item === undefined || contract === undefined || item.state === 'withdrawn')
    throw voluntaryRefusal('voluntary.item_unknown');
  const [row] = await tx.rows<{ whole: number; own: number }>(
    `select (select count(*)::integer from rights.attachments where enterprise_id = $1 and removed_at is null) as whole,
       (select count(*)::integer from rights.item_evidence where enterprise_id = $1 and filing_id = $2
          and kind = 'attachment' and known_to = 'infinity') as own`,
    [enterpriseId, item.filingId],
  );
  const { countMax, perItemMax } = ATTACHMENT_LIMITS;
  if ((row?.whole ?? 0) >= countMax || (row?.own ?? 0) >= perItemMax)
    throw attachmentRefusal('attachments.too_many', { countMax, perItemMax });
  return { enterpriseId, item, contract };
}

export type Inserted = { enterpriseId: EnterpriseId; name: string; taken: Taken; given: Buffer; by: string };

/** Sealed on disk, then its row; the file is durable before the commit that names it. Returns the attachment's id. */
export async function keepAttachment(
  tx: Tx,
  context: Pick<VoluntaryContext, 'cipher' | 'attachmentsFolder' | 'clock' | 'scanner'>,
  file: Inserted,
): Promise<string> {
  const { cipher, attachmentsFolder: folder, clock, scanner } = context;
  const { enterpriseId, name, taken, given, by } = file;
  const at = clock.now();
  const attachmentId = newId('att', at);
  const storedDigest = await writeSealed(
    tx,
    { cipher, folder },
    { enterpriseId, attachmentId, bytes: taken.bytes },
  );
  const seal = (column: 'name' | 'digest', text: string) =>
    sealField(tx, cipher, sealedPlace(enterpriseId, column), text);
  await tx.rows(
    `insert into rights.attachments (enterprise_id, attachment_id, content_type, bytes, stored_digest, digest_sealed,
       name_sealed, scanned, made_by, made_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      enterpriseId,
      attachmentId,
      taken.contentType,
      taken.bytes.length,
      storedDigest,
      await seal('digest', createHash('sha256').update(given).digest('hex')),
      await seal('name', name),
      scanner === undefined ? 'no_scanner' : 'clean',
      by,
      at,
    ],
  );
  return attachmentId;
}

export type AttachmentOf = { readonly caller: Caller; readonly attachmentId: string };

/** For its enterprise alone. Throws `attachments.unknown`, `attachments.damaged`. */
export async function readAttachment(
  context: VoluntaryContext,
  asked: AttachmentOf,
): Promise<{ line: AttachmentLine; bytes: Buffer }> {
  const { cipher, attachmentsFolder: folder } = context;
  return await inTransaction(context.database, async (tx) => {
    const { enterpriseId, row } = await requireAttachment(tx, context, asked);
    const { attachmentId, storedDigest } = row;
    const line = await toLine(tx, cipher, { enterpriseId, row });
    return {
      line,
      bytes: await readSealed(tx, { cipher, folder }, { enterpriseId, attachmentId, storedDigest }),
    };
  });
}

/** Takes a file back: it proves nothing from now on, its name is gone with the commit and its bytes right after. */
export async function removeAttachment(
  context: VoluntaryContext,
  asked: AttachmentOf,
): Promise<{ receiptId: string }> {
  const { storedDigest, receiptId } = await inTransaction(context.database, (tx) =>
    remove(tx, context, asked),
  );
  await rm(pathOf(context.attachmentsFolder, storedDigest), { force: true });
  return { receiptId };
}

async function remove(tx: Tx, context: VoluntaryContext, asked: AttachmentOf) {
  const { enterpriseId, row } = await requireAttachment(tx, context, asked);
  const { attachmentId, storedDigest } = row;
  const at = context.clock.now();
  await tx.rows(
    `update rights.attachments set removed_by = $3, removed_at = $4, name_sealed = null, digest_sealed = null
     where enterprise_id = $1 and attachment_id = $2`,
    [enterpriseId, attachmentId, asked.caller.id, at],
  );
  for (const itemId of await endEvidence(tx, { enterpriseId, attachmentId, at })) {
    const item = await readItem(tx, { enterpriseId, itemId });
    const contract = context.catalogue.contracts.get(item?.contractId ?? '');
    if (item !== undefined && contract !== undefined) await followLevel(tx, { item, contract, at });
  }
  const body = { act: 'attachment_removed', attachment: attachmentId, by: asked.caller.id };
  const receipt = await recordLeaf(tx, context.keys, { kind: 'filing', at, subject: enterpriseId, body });
  return { storedDigest, receiptId: receipt.id };
}

async function requireAttachment(
  tx: Tx,
  context: VoluntaryContext,
  { caller, attachmentId }: AttachmentOf,
): Promise<{ enterpriseId: EnterpriseId; row: AttachmentRow }> {
  const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'keep_items' });
  await lockItems(tx, enterpriseId);
  const row = (await readRows(tx, enterpriseId)).find((one) => one.attachmentId === attachmentId);
  if (row === undefined) throw attachmentRefusal('attachments.unknown');
  return { enterpriseId, row };
}

/** Removes files that nothing refers to; the job's part. Returns how many. */
export async function sweepAttachments(context: VoluntaryContext): Promise<number> {
  return await sweepFiles(context.attachmentsFolder, {
    now: context.clock.now(),
    isKept: (digests) => inTransaction(context.database, (tx) => findStored(tx, digests)),
  });
}
