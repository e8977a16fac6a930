import { type EnterpriseId, openField, type Tx } from '#kernel';
import {
  type AttachmentLine,
  type AttachmentRow,
  readRows,
  sealedPlace,
  toLine,
} from '../../voluntary/attachments/attachment-store.ts';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import type { Attachment, KeptAttachment } from '../definition/objection.ts';
import type { ObjectionContext } from '../objection-context.ts';
import { namePlace, sealValues } from '../sealed-values.ts';

type Opening = Pick<ObjectionContext, 'cipher'>;

/**
 * The enterprise's own files that an application names, as they are kept: name and size are those of the file, whatever the
 * application says of it. Throws `objections.attachment_unknown`.
 */
export async function findStoredEvidence(
  tx: Tx,
  context: Opening,
  named: readonly Attachment[],
  enterpriseId: EnterpriseId,
): Promise<AttachmentLine[]> {
  if (named.length === 0) return [];
  const kept = await findByDigest(tx, context, { enterpriseId, digests: named.map(({ sha256 }) => sha256) });
  return named.map(({ name, sha256 }) => {
    const found = kept.get(sha256);
    if (found === undefined) throw objectionRefusal('objections.attachment_unknown', { name });
    return found;
  });
}

/** Digests stand sealed, so that files are opened one by one, the newest first, until all are found. */
async function findByDigest(
  tx: Tx,
  { cipher }: Opening,
  { enterpriseId, digests }: { readonly enterpriseId: EnterpriseId; readonly digests: readonly string[] },
): Promise<Map<string, AttachmentLine>> {
  const wanted = new Set(digests);
  const found = new Map<string, AttachmentLine>();
  for (const row of await readRows(tx, enterpriseId)) {
    if (found.size === wanted.size) break;
    const digest = await openDigest(tx, { cipher }, { enterpriseId, row });
    if (!wanted.has(digest) || found.has(digest)) continue;
    found.set(digest, await toLine(tx, cipher, { enterpriseId, row }));
  }
  return found;
}

async function openDigest(
  tx: Tx,
  { cipher }: Opening,
  { enterpriseId, row }: { readonly enterpriseId: EnterpriseId; readonly row: AttachmentRow },
): Promise<string> {
  if (row.digestSealed === null) return '';
  return await openField(tx, cipher, sealedPlace(enterpriseId, 'digest'), row.digestSealed);
}

/** As they stand with the objection: digest and size in clear, the name sealed. */
export async function sealNames(
  tx: Tx,
  { cipher }: Opening,
  of: {
    readonly enterpriseId: EnterpriseId;
    readonly objectionId: string;
    readonly attachments: readonly AttachmentLine[];
  },
): Promise<KeptAttachment[]> {
  const kept: KeptAttachment[] = [];
  for (const { attachmentId, name, digest: sha256, bytes } of of.attachments) {
    const nameSealed = await sealValues(tx, cipher, namePlace(of, sha256), [name]);
    kept.push({ attachmentId, sha256, bytes, nameSealed });
  }
  return kept;
}
