import { createHash } from 'node:crypto';
import { canonicalHash, canonicalJson, sealField, type Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import type { HostedContext } from '../hosted-context.ts';
import { HOSTED_LIMITS } from '../hosted-limits.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import type { HostedTables } from '../hosted-tables.ts';
import { requireManifest } from '../manifest.ts';
import { INSERT_STATE, leafOf } from './enter-state.ts';
import { institutionOf, placeOf } from './find-model.ts';

export type Upload = {
  readonly caller: Caller;
  /** As it came from outside; see `HostedManifest`. */
  readonly manifest: unknown;
  readonly content: Uint8Array;
};

/**
 * Stores a model of the caller's institution under the hash of its content, sealed for that institution; a draft until it
 * has been validated. Throws `hosted.manifest_wrong`, `hosted.too_large` or `hosted.exists`.
 */
export async function uploadModel(
  tx: Tx,
  context: HostedContext,
  { caller, manifest: given, content }: Upload,
): Promise<{ model: string; version: number }> {
  const { policies, cipher, clock } = context;
  requireAllowed(policies, caller, 'host_model', {
    ...(caller.participantId !== null && { participant: caller.participantId }),
  });
  const institution = await institutionOf(tx, caller);
  if (institution === undefined) throw hostedRefusal('hosted.unknown');
  const manifest = requireManifest(given);
  requireSize(manifest.format, content);
  const contentDigest = createHash('sha256').update(content).digest('hex');
  const model = canonicalHash({ schema: 'xinqiao.hosted-model/1', institution, manifest, contentDigest });
  const { name, format } = manifest;
  const version = await nextVersion(tx, { institution, name, model });
  const at = clock.now();
  const body = { institution, model, version, format };
  const receiptId = await leafOf(tx, context, { caller, act: 'hosted_model_uploaded', body });
  const sealed = {
    manifest: await sealField(tx, cipher, placeOf(institution, 'manifest'), canonicalJson(manifest)),
    content: await sealField(
      tx,
      cipher,
      placeOf(institution, 'content'),
      Buffer.from(content).toString('base64'),
    ),
  };
  await tx
    .tables<HostedTables>()
    .insertInto('evaluation.hosted_models')
    .values({
      institution,
      model_hash: model,
      name,
      version_no: version,
      format,
      content_bytes: content.length,
      ...sealed,
      uploaded_by: caller.id,
      uploaded_at: at,
      receipt_id: receiptId,
    })
    .execute();
  await tx.rows(INSERT_STATE, [institution, model, 'draft', at, name, caller.id, receiptId]);
  return { model, version };
}

function requireSize(format: 'pmml' | 'onnx', { length }: Uint8Array): void {
  const limit = format === 'pmml' ? HOSTED_LIMITS.pmmlBytesMax : HOSTED_LIMITS.onnxBytesMax;
  if (length === 0 || length > limit) throw hostedRefusal('hosted.too_large', { bytes: length, limit });
}

/** Uploads of one institution come one after the other. */
async function nextVersion(
  tx: Tx,
  { institution, name, model }: { institution: string; name: string; model: string },
): Promise<number> {
  await tx.rows(`select pg_advisory_xact_lock(hashtextextended('hosted models of ' || $1, 0))`, [
    institution,
  ]);
  const [row] = await tx.rows<{ known: boolean; last: number | null }>(
    `select coalesce(bool_or(model_hash = $3), false) as known, max(version_no) filter (where name = $2) as last
     from evaluation.hosted_models where institution = $1`,
    [institution, name, model],
  );
  if (row?.known === true) throw hostedRefusal('hosted.exists');
  return (row?.last ?? 0) + 1;
}
