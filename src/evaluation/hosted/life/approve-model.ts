import type { Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import type { HostedContext } from '../hosted-context.ts';
import { hostedRefusal } from '../hosted-refusals.ts';
import type { HostedTables } from '../hosted-tables.ts';
import { enterState, leafOf, requireStep } from './enter-state.ts';
import { findModel, type HostedVersion, LIVE, matterOf, type ModelAddress, versionOf } from './find-model.ts';
import { countShadowEnterprises } from './shadow-figures.ts';

export type Approval = { readonly state: 'shadow' | 'active'; readonly approvals: readonly Side[] };
export type Side = 'institution' | 'node';

/**
 * Approves a version in shadow: one person of its institution and one of the node, neither its uploader nor each other.
 * With the second approval it is active, and the version that was active is retired. What they approve is the hash: this
 * content, these inputs, this width of answers. Throws `hosted.shadow_too_short`, `hosted.step_wrong` or a policy's refusal.
 */
export async function approveModel(
  tx: Tx,
  context: HostedContext,
  { caller, ...address }: ModelAddress & { readonly caller: Caller },
): Promise<Approval> {
  const version = await findModel(tx, caller, address);
  const given = await readApprovals(tx, version);
  requireAllowed(context.policies, caller, 'approve_model', {
    ...(await matterOf(tx, caller, version.institution)),
    earlierPersons: [version.uploadedBy, ...given.map(({ approved_by }) => approved_by)],
  });
  requireStep(version, 'active');
  await requireShadow(tx, context, version);
  const side: Side = caller.kind === 'institution' ? 'institution' : 'node';
  await enterApproval(tx, context, { caller, version, side });
  const approvals = [...new Set<Side>([...given.map((one) => one.side), side])].sort();
  if (approvals.length < 2) return { state: 'shadow', approvals };
  await retireActive(tx, context, { caller, version });
  await enterState(tx, context, { caller, version, to: 'active' });
  return { state: 'active', approvals };
}

async function readApprovals(tx: Tx, { institution, model }: HostedVersion) {
  return await tx
    .tables<HostedTables>()
    .selectFrom('evaluation.hosted_approvals')
    .select(['side', 'approved_by'])
    .where('institution', '=', institution)
    .where('model_hash', '=', model)
    .execute();
}

async function requireShadow(tx: Tx, { rules }: HostedContext, version: HostedVersion): Promise<void> {
  const enterprises = await countShadowEnterprises(tx, version);
  const wanted = rules.shadowEnterprisesMin;
  if (enterprises < wanted) throw hostedRefusal('hosted.shadow_too_short', { enterprises, wanted });
}

/** A second approval of the same side changes nothing. */
async function enterApproval(
  tx: Tx,
  context: HostedContext,
  { caller, version, side }: { caller: Caller; version: HostedVersion; side: Side },
): Promise<void> {
  const { institution, model } = version;
  const receiptId = await leafOf(tx, context, {
    caller,
    act: 'hosted_model_approved',
    body: { institution, model, side },
  });
  await tx
    .tables<HostedTables>()
    .insertInto('evaluation.hosted_approvals')
    .values({
      institution,
      model_hash: model,
      side,
      approved_by: caller.id,
      approved_at: context.clock.now(),
      receipt_id: receiptId,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function retireActive(
  tx: Tx,
  context: HostedContext,
  { caller, version }: { caller: Caller; version: HostedVersion },
): Promise<void> {
  const row = await tx
    .tables<HostedTables>()
    .selectFrom('evaluation.hosted_states as s')
    .innerJoin('evaluation.hosted_models as m', (join) =>
      join.onRef('m.institution', '=', 's.institution').onRef('m.model_hash', '=', 's.model_hash'),
    )
    .select(['s.institution', 's.model_hash', 's.state', 'm.name', 'm.version_no', 'm.format'])
    .select(['m.uploaded_by', 'm.uploaded_at'])
    .where('s.institution', '=', version.institution)
    .where('s.name', '=', version.name)
    .where('s.state', '=', 'active')
    .where('s.known_to', '=', LIVE)
    .forUpdate('s')
    .executeTakeFirst();
  if (row !== undefined) await enterState(tx, context, { caller, version: versionOf(row), to: 'retired' });
}
