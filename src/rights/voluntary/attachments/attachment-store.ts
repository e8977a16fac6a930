import { type EnterpriseId, type FieldCipher, type FieldPlace, openField, type Tx } from '#kernel';

export type AttachmentRow = {
  readonly attachmentId: string;
  readonly contentType: 'application/pdf' | 'image/png' | 'image/jpeg';
  readonly bytes: number;
  readonly storedDigest: string;
  readonly nameSealed: string | null;
  readonly digestSealed: string | null;
  readonly scanned: 'clean' | 'no_scanner';
  readonly madeAt: Date;
};

/** As its enterprise sees it; `digest` is that of the file as it was handed in. */
export type AttachmentLine = Pick<
  AttachmentRow,
  'attachmentId' | 'contentType' | 'bytes' | 'scanned' | 'madeAt'
> & {
  readonly name: string;
  readonly digest: string;
};

export function sealedPlace(enterpriseId: string, column: 'name' | 'digest'): FieldPlace {
  return { table: 'rights.attachments', column, owner: `enterprise:${enterpriseId}` };
}

/** Live ones, newest first. */
export async function readRows(tx: Tx, enterpriseId: EnterpriseId): Promise<AttachmentRow[]> {
  return await tx.rows<AttachmentRow>(
    `select attachment_id as "attachmentId", content_type as "contentType", bytes, stored_digest as "storedDigest",
       name_sealed as "nameSealed", digest_sealed as "digestSealed", scanned, made_at as "madeAt"
     from rights.attachments where enterprise_id = $1 and removed_at is null
     order by made_at desc, attachment_id desc`,
    [enterpriseId],
  );
}

export async function readAttachments(
  tx: Tx,
  cipher: FieldCipher,
  enterpriseId: EnterpriseId,
): Promise<AttachmentLine[]> {
  const lines: AttachmentLine[] = [];
  for (const row of await readRows(tx, enterpriseId))
    lines.push(await toLine(tx, cipher, { enterpriseId, row }));
  return lines;
}

export async function toLine(
  tx: Tx,
  cipher: FieldCipher,
  { enterpriseId, row }: { enterpriseId: EnterpriseId; row: AttachmentRow },
): Promise<AttachmentLine> {
  const { attachmentId, contentType, bytes, scanned, madeAt } = row;
  const open = async (column: 'name' | 'digest', sealed: string | null): Promise<string> =>
    sealed === null ? '' : await openField(tx, cipher, sealedPlace(enterpriseId, column), sealed);
  return {
    attachmentId,
    contentType,
    bytes,
    scanned,
    madeAt,
    name: await open('name', row.nameSealed),
    digest: await open('digest', row.digestSealed),
  };
}

/** Of these stored digests, those that a live attachment has. */
export async function findStored(tx: Tx, digests: readonly string[]): Promise<Set<string>> {
  if (digests.length === 0) return new Set();
  const rows = await tx.rows<{ stored_digest: string }>(
    'select stored_digest from rights.attachments where removed_at is null and stored_digest = any($1)',
    [digests],
  );
  return new Set(rows.map(({ stored_digest }) => stored_digest));
}
