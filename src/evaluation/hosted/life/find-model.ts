import assert from 'node:assert';
import { openField, type Tx } from '#kernel';
import { readParticipants } from '#platform';
import type { Caller, Matter } from '#security';
import type { HostedContext } from '../hosted-context.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import type { HostedState, HostedTables } from '../hosted-tables.ts';
import { type HostedManifest, requireManifest } from '../manifest.ts';

/** A version and where it stands; neither manifest nor content. */
export type HostedVersion = {
  readonly institution: string;
  readonly model: string;
  readonly name: string;
  readonly version: number;
  readonly format: 'pmml' | 'onnx';
  readonly state: HostedState;
  readonly uploadedBy: string;
  readonly uploadedAt: Date;
};

/** Whose model it is; the institution of a caller who belongs to one is never asked for. */
export type ModelAddress = { readonly model: string; readonly institution?: string };

/** The institution as a whole that the caller belongs to: its offices share its models. */
export async function institutionOf(tx: Tx, { participantId }: Caller): Promise<string | undefined> {
  if (participantId === null) return undefined;
  return (await readParticipants(tx, [participantId])).get(participantId)?.lineage[0];
}

/** What the policy is asked about: a model is the caller's own when it is its institution's. */
export async function matterOf(tx: Tx, caller: Caller, institution: string): Promise<Matter> {
  const isOwn = (await institutionOf(tx, caller)) === institution;
  return { participant: (isOwn ? caller.participantId : null) ?? institution };
}

/**
 * The version, locked until the transaction ends. A caller of an institution finds its own alone: another's is unknown like
 * one that does not exist. Throws `hosted.unknown`.
 */
export async function findModel(tx: Tx, caller: Caller, address: ModelAddress): Promise<HostedVersion> {
  const isInstitution = caller.kind === 'institution' || caller.kind === 'platform';
  const institution = isInstitution ? await institutionOf(tx, caller) : address.institution;
  if (institution === undefined) throw hostedRefusal('hosted.unknown');
  const row = await tx
    .tables<HostedTables>()
    .selectFrom('evaluation.hosted_states as s')
    .innerJoin('evaluation.hosted_models as m', (join) =>
      join.onRef('m.institution', '=', 's.institution').onRef('m.model_hash', '=', 's.model_hash'),
    )
    .select(['s.institution', 's.model_hash', 's.state', 'm.name', 'm.version_no', 'm.format'])
    .select(['m.uploaded_by', 'm.uploaded_at'])
    .where('s.institution', '=', institution)
    .where('s.model_hash', '=', address.model)
    .where('s.known_to', '=', LIVE)
    .forUpdate('s')
    .executeTakeFirst();
  if (row === undefined) throw hostedRefusal('hosted.unknown');
  return versionOf(row);
}

/** `infinity` as PostgreSQL reads it; the driver gives it back as a number. */
export const LIVE = 'infinity' as unknown as Date;

export function versionOf(row: {
  institution: string;
  model_hash: string;
  name: string;
  version_no: number;
  format: 'pmml' | 'onnx';
  state: HostedState;
  uploaded_by: string;
  uploaded_at: Date;
}): HostedVersion {
  return {
    institution: row.institution,
    model: row.model_hash,
    name: row.name,
    version: row.version_no,
    format: row.format,
    state: row.state,
    uploadedBy: row.uploaded_by,
    uploadedAt: row.uploaded_at,
  };
}

/** Manifest and bytes of a version, opened for this use. */
export type HostedContent = { readonly manifest: HostedManifest; readonly bytes: Uint8Array };

export async function readContent(
  tx: Tx,
  { cipher }: Pick<HostedContext, 'cipher'>,
  { institution, model }: Pick<HostedVersion, 'institution' | 'model'>,
): Promise<HostedContent> {
  const row = await tx
    .tables<HostedTables>()
    .selectFrom('evaluation.hosted_models')
    .select(['manifest', 'content'])
    .where('institution', '=', institution)
    .where('model_hash', '=', model)
    .executeTakeFirst();
  assert(row !== undefined, 'a state belongs to a model');
  const manifest = await openField(tx, cipher, placeOf(institution, 'manifest'), row.manifest);
  const content = await openField(tx, cipher, placeOf(institution, 'content'), row.content);
  return { manifest: requireManifest(JSON.parse(manifest)), bytes: Buffer.from(content, 'base64') };
}

export function placeOf(institution: string, column: 'manifest' | 'content') {
  return { table: 'evaluation.hosted_models', column, owner: `institution:${institution}` } as const;
}
