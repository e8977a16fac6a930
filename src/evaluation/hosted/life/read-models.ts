import type { Tx } from '#kernel';
import { bitsOf, type Caller, requireAllowed } from '#security';
import type { HostedContext } from '../hosted-context.ts';
import type { HostedTables } from '../hosted-tables.ts';
import type { HostedManifest } from '../manifest.ts';
import { countOutputs } from '../outputs.ts';
import {
  findModel,
  type HostedVersion,
  institutionOf,
  LIVE,
  matterOf,
  type ModelAddress,
  readContent,
  versionOf,
} from './find-model.ts';
import { readShadowFigures, type ShadowFigures } from './shadow-figures.ts';

/** What whoever approves it decides on: what goes in and how much comes out; nothing of how it is computed. */
export type ModelCard = HostedVersion & {
  readonly title: HostedManifest['title'];
  readonly purposes: HostedManifest['purposes'];
  readonly inputs: HostedManifest['inputs'];
  readonly output: HostedManifest['output'];
  readonly bitsPerRun: number;
  readonly shadow: ShadowFigures;
};

/** The versions of the caller's own institution; of all, for the node's people, who see neither manifest nor content. */
export async function listModels(tx: Tx, context: HostedContext, caller: Caller): Promise<HostedVersion[]> {
  const isNode = caller.kind === 'operator';
  if (isNode) requireAllowed(context.policies, caller, 'approve_model');
  const institution = isNode ? undefined : ((await institutionOf(tx, caller)) ?? '');
  const all = tx
    .tables<HostedTables>()
    .selectFrom('evaluation.hosted_states as s')
    .innerJoin('evaluation.hosted_models as m', (join) =>
      join.onRef('m.institution', '=', 's.institution').onRef('m.model_hash', '=', 's.model_hash'),
    )
    .select(['s.institution', 's.model_hash', 's.state', 'm.name', 'm.version_no', 'm.format'])
    .select(['m.uploaded_by', 'm.uploaded_at'])
    .where('s.known_to', '=', LIVE);
  const own = institution === undefined ? all : all.where('s.institution', '=', institution);
  const rows = await own.orderBy('s.institution').orderBy('m.name').orderBy('m.version_no', 'desc').execute();
  return rows.map(versionOf);
}

/** For those who may approve it, and for its institution's modellers. Throws `hosted.unknown` or a policy's refusal. */
export async function readModelCard(
  tx: Tx,
  context: HostedContext,
  { caller, ...address }: ModelAddress & { readonly caller: Caller },
): Promise<ModelCard> {
  const version = await findModel(tx, caller, address);
  const act =
    caller.roles.includes('modeller') || caller.roles.includes('machine') ? 'host_model' : 'approve_model';
  requireAllowed(context.policies, caller, act, await matterOf(tx, caller, version.institution));
  const { manifest } = await readContent(tx, context, version);
  const { title, purposes, inputs, output } = manifest;
  const bitsPerRun = bitsOf(countOutputs(manifest));
  const shadow = await readShadowFigures(tx, version);
  return { ...version, title, purposes, inputs, output, bitsPerRun, shadow };
}
