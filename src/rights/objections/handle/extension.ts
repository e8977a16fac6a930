import type { Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import { extendTerm } from '../../time-limits/running/change-term.ts';
import type { Term } from '../../time-limits/running/term.ts';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import type { ObjectionContext } from '../objection-context.ts';
import { addStep, requireState, type StoredObjection, takeObjection } from '../store.ts';
import { matterOf } from '../terms.ts';
import { requireWords } from './decision.ts';

/**
 * 申请延期: the department asks for more time with what was forwarded to it; the node approves. Throws the policy's refusal,
 * `objections.unknown`, `objections.not_in_state`, `objections.extension_asked_already`.
 */
export async function askExtension(
  tx: Tx,
  context: ObjectionContext,
  {
    caller,
    objection: id,
    words,
  }: { readonly caller: Caller; readonly objection: string; readonly words: string },
): Promise<void> {
  const provider = caller.organisation ?? '';
  requireAllowed(context.policies, caller, 'decide_objection', { provider });
  const reason = requireWords(words, context.objectionRules);
  const objection = await takeObjection(tx, context, id);
  const own = objection.items.filter((item) => item.provider === provider);
  const [first] = own;
  if (first === undefined) throw objectionRefusal('objections.unknown', { objection: id });
  requireState(own.find(({ state }) => state === 'forwarded') ?? first, ['forwarded']);
  if ((await findAsked(tx, objection, provider)) !== undefined)
    throw objectionRefusal('objections.extension_asked_already', { objection: id });
  const { enterpriseId, objectionId } = objection;
  const by = { kind: 'provider', id: caller.id } as const;
  await addStep(tx, {
    enterpriseId,
    objectionId,
    provider,
    act: 'extension_asked',
    by,
    at: context.clock.now(),
    words: reason,
  });
}

/**
 * 批准延期: once, as the profile in force allows. Throws the policy's refusal, `objections.unknown`,
 * `objections.no_extension_asked`, `time_limits.…`.
 */
export async function approveExtension(
  tx: Tx,
  context: ObjectionContext,
  {
    caller,
    objection: id,
    provider,
  }: { readonly caller: Caller; readonly objection: string; readonly provider: string },
): Promise<Term> {
  requireAllowed(context.policies, caller, 'check_objection');
  const objection = await takeObjection(tx, context, id);
  const asked = await findAsked(tx, objection, provider);
  if (asked === undefined) throw objectionRefusal('objections.no_extension_asked', { objection: id });
  const term = await extendTerm(tx, context, {
    matter: matterOf(objection),
    term: 'provider_decision',
    responsible: { kind: 'provider', id: provider },
    approvedBy: caller.id,
    reason: asked.words,
  });
  const { enterpriseId, objectionId } = objection;
  const by = { kind: 'node', id: caller.id } as const;
  await addStep(tx, {
    enterpriseId,
    objectionId,
    provider,
    act: 'extension_approved',
    by,
    at: context.clock.now(),
  });
  return term;
}

async function findAsked(
  tx: Tx,
  { enterpriseId, objectionId }: StoredObjection,
  provider: string,
): Promise<{ readonly words: string } | undefined> {
  const [asked] = await tx.rows<{ words: string }>(
    `select words from rights.objection_steps
     where enterprise_id = $1 and objection_id = $2 and provider = $3 and act = 'extension_asked'
     order by step_no desc limit 1`,
    [enterpriseId, objectionId, provider],
  );
  return asked;
}
