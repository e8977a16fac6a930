import { createHash } from 'node:crypto';
import { type EnterpriseId, inTransaction, type Tx } from '#kernel';
import { findEnterprise } from '#lists';
import { proveMandate } from '#platform';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { attachmentRefusal } from '../../voluntary/attachments/attachment-refusals.ts';
import { type AttachmentLine, readRows, toLine } from '../../voluntary/attachments/attachment-store.ts';
import { keepAttachment } from '../../voluntary/attachments/attachments.ts';
import { safeName } from '../../voluntary/attachments/safe-name.ts';
import { readSealed } from '../../voluntary/attachments/sealed-file.ts';
import { takeContent } from '../../voluntary/attachments/take-content.ts';
import type { VoluntaryContext } from '../../voluntary/voluntary-context.ts';
import { ATTACHMENT_LIMITS } from '../../voluntary/voluntary-limits.ts';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import type { KeptAttachment } from '../definition/objection.ts';
import type { ObjectionContext } from '../objection-context.ts';
import { readHandledObjection } from '../read/read-objections.ts';

/** Evidence lies with the enterprise's other attachments. */
export type EvidenceContext = ObjectionContext & Pick<VoluntaryContext, 'attachmentsFolder' | 'scanner'>;

export type NewEvidence = {
  readonly caller: Caller;
  /** Any code of the caller's own enterprise. */
  readonly code: string;
  readonly name: string;
  /** The file, at most `ATTACHMENT_LIMITS.bytesMax`. */
  readonly bytes: Buffer;
};

/** `sha256` names it in an application; `bytes` as it is kept. `isScanned: false`: the node has no scanner. */
export type KeptEvidence = {
  readonly attachmentId: string;
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly isScanned: boolean;
  readonly receiptId: string;
};

/**
 * Takes a file as evidence of an objection to come, in the steps of every attachment: who → what it is → the city's scanner →
 * sealed on disk → row and leaf. Throws the policy's refusal, what `proveMandate` throws, `attachments.…`.
 */
export async function attachEvidence(context: EvidenceContext, asked: NewEvidence): Promise<KeptEvidence> {
  await inTransaction(context.database, (tx) => requireEvidenceRoom(tx, context, asked));
  const { bytesMax } = ATTACHMENT_LIMITS;
  if (asked.bytes.length === 0 || asked.bytes.length > bytesMax)
    throw attachmentRefusal('attachments.too_large', { bytesMax });
  const taken = await takeContent(asked.bytes);
  const name = safeName(asked.name, taken.extension);
  await context.scanner?.(asked.bytes);
  const sha256 = createHash('sha256').update(asked.bytes).digest('hex');
  const { id: by } = asked.caller;
  return await inTransaction(context.database, async (tx) => {
    const enterpriseId = await requireEvidenceRoom(tx, context, asked);
    const file = { enterpriseId, name, taken, given: asked.bytes, by };
    const attachmentId = await keepAttachment(tx, context, file);
    const body = { act: 'evidence_attached', attachment: attachmentId, digest: sha256, by };
    const at = context.clock.now();
    const { id: receiptId } = await recordLeaf(tx, context.keys, {
      kind: 'filing',
      at,
      subject: enterpriseId,
      body,
    });
    const isScanned = context.scanner !== undefined;
    return { attachmentId, name, sha256, bytes: taken.bytes.length, isScanned, receiptId };
  });
}

/** Who may object may hand in evidence. Throws the policy's refusal, what `proveMandate` throws, `attachments.too_many`. */
export async function requireEvidenceRoom(
  tx: Tx,
  { policies, clock }: EvidenceContext,
  { caller, code }: Pick<NewEvidence, 'caller' | 'code'>,
): Promise<EnterpriseId> {
  const { enterpriseId } = await findEnterprise(tx, code);
  requireAllowed(policies, caller, 'object', { enterprise: enterpriseId });
  await proveMandate(tx, clock, caller, 'object');
  const [row] = await tx.rows<{ kept: number }>(
    'select count(*)::integer as kept from rights.attachments where enterprise_id = $1 and removed_at is null',
    [enterpriseId],
  );
  const { countMax, perItemMax } = ATTACHMENT_LIMITS;
  if ((row?.kept ?? 0) >= countMax) throw attachmentRefusal('attachments.too_many', { countMax, perItemMax });
  return enterpriseId;
}

/**
 * A file of an objection, for whoever handles it as far as it is theirs. Throws the policy's refusal, `objections.unknown`,
 * `objections.evidence_unknown`, `attachments.damaged`.
 */
export async function readEvidenceFile(
  context: EvidenceContext,
  asked: { readonly caller: Caller; readonly objection: string; readonly sha256: string },
): Promise<{ readonly line: AttachmentLine; readonly bytes: Buffer }> {
  return await inTransaction(context.database, async (tx) => {
    const { enterpriseId } = await readHandledObjection(tx, context, asked);
    const attachmentId = await findAttachment(tx, { enterpriseId, ...asked });
    const row = (await readRows(tx, enterpriseId)).find((one) => one.attachmentId === attachmentId);
    if (row === undefined) throw objectionRefusal('objections.evidence_unknown');
    const { cipher, attachmentsFolder: folder } = context;
    const file = { enterpriseId, attachmentId: row.attachmentId, storedDigest: row.storedDigest };
    return {
      line: await toLine(tx, cipher, { enterpriseId, row }),
      bytes: await readSealed(tx, { cipher, folder }, file),
    };
  });
}

async function findAttachment(
  tx: Tx,
  of: { readonly enterpriseId: EnterpriseId; readonly objection: string; readonly sha256: string },
): Promise<string | undefined> {
  const [row] = await tx.rows<{ attachments: readonly KeptAttachment[] }>(
    'select attachments from rights.objections where enterprise_id = $1 and objection_id = $2',
    [of.enterpriseId, of.objection],
  );
  return row?.attachments.find(({ sha256 }) => sha256 === of.sha256)?.attachmentId;
}
