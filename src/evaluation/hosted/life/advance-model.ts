import assert from 'node:assert';
import { inTransaction, type Tx } from '#kernel';
import { readParticipants } from '#platform';
import { type Caller, requireAllowed } from '#security';
import type { HostedContext } from '../hosted-context.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import { openModel } from '../open-model.ts';
import { scoreModel } from '../score-model.ts';
import { enterState, requireStep } from './enter-state.ts';
import { findModel, type HostedContent, type HostedVersion, matterOf, readContent } from './find-model.ts';
import { requirePermittedInputs } from './require-inputs.ts';

export type ModelStep = { readonly caller: Caller; readonly model: string };

/**
 * draft → validated: the model parses, fits its manifest, uses allowed operators alone, asks for inputs that exist and are
 * permitted to this institution for each declared purpose, has words for its reasons, and runs on a trial. No transaction
 * is open while it runs. Throws the refusal of the first gate that does not hold; the draft stays a draft.
 */
export async function validateModel(context: HostedContext, { caller, model }: ModelStep): Promise<void> {
  const { version, content } = await inTransaction(context.database, async (tx) => {
    const found = await findOwn(tx, context, { caller, model });
    requireStep(found, 'validated');
    const read = await readContent(tx, context, found);
    requirePermittedInputs(context, read.manifest, await typeOf(tx, found));
    return { version: found, content: read };
  });
  await tryModel(context, version, content);
  await inTransaction(context.database, async (tx) => {
    const again = await findOwn(tx, context, { caller, model });
    await enterState(tx, context, { caller, version: again, to: 'validated' });
  });
}

/** validated → shadow: from now on it runs beside the active version, and what it says is kept and not returned. */
export async function startShadow(tx: Tx, context: HostedContext, step: ModelStep): Promise<void> {
  const version = await findOwn(tx, context, step);
  await enterState(tx, context, { caller: step.caller, version, to: 'shadow' });
}

/**
 * Ends a version for good; one person may, since it only takes away. Throws `hosted.unknown` or `hosted.step_wrong`.
 * `institution` is the node's to name.
 */
export async function retireModel(
  tx: Tx,
  context: HostedContext,
  { caller, ...address }: ModelStep & { readonly institution?: string },
): Promise<void> {
  const version = await findModel(tx, caller, address);
  requireAllowed(context.policies, caller, 'retire_model', await matterOf(tx, caller, version.institution));
  await enterState(tx, context, { caller, version, to: 'retired' });
}

async function findOwn(tx: Tx, context: HostedContext, { caller, model }: ModelStep): Promise<HostedVersion> {
  const version = await findModel(tx, caller, { model });
  requireAllowed(context.policies, caller, 'host_model', await matterOf(tx, caller, version.institution));
  return version;
}

async function typeOf(tx: Tx, { institution }: HostedVersion) {
  const type = (await readParticipants(tx, [institution])).get(institution)?.institutionType;
  assert(type !== undefined && type !== null, 'an institution has a type');
  return type;
}

/**
 * Opens the model and runs it with nothing known at all. A card may have no score then; a model that fails or takes too
 * long is refused, since it would do so for whoever's data.
 */
async function tryModel(
  { onnx }: HostedContext,
  { institution, model: hash }: HostedVersion,
  { manifest, bytes }: HostedContent,
): Promise<void> {
  const model = openModel(manifest, bytes);
  const baselines = Object.fromEntries(
    (manifest.onnx?.explain ?? []).map(({ input, baseline }) => [input, baseline]),
  );
  for (const values of [{}, baselines]) {
    const { failure } = await scoreModel(onnx, { key: `${institution}/${hash}`, manifest, model, values });
    if (failure === 'too_slow')
      throw hostedRefusal('hosted.trial_failed', { zh: '用时过长', en: 'it took too long' });
    if (failure === 'failed')
      throw hostedRefusal('hosted.trial_failed', {
        zh: '运行出错或内存不足',
        en: 'it failed or ran out of memory',
      });
  }
}
