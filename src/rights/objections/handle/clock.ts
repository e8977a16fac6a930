import type { Tx } from '#kernel';
import { type Caller, requireAllowed } from '#security';
import { resumeClock, stopClock } from '../../time-limits/running/stop-clock.ts';
import type { Term } from '../../time-limits/running/term.ts';
import { objectionRefusal } from '../definition/objection-refusals.ts';
import type { ObjectionContext } from '../objection-context.ts';
import { addStep, requireState, type StoredObjection, takeObjection } from '../store.ts';
import { matterOf } from '../terms.ts';
import { requireWords } from './decision.ts';

export type ObjectionClockAct = {
  readonly caller: Caller;
  readonly objection: string;
  readonly act: 'stop' | 'resume';
  /** Which examination (检验、检测、鉴定、专家评审), and why it is needed; or what it came to. */
  readonly words: string;
  /** Whose term, where the node acts for a department that told it so; a department acts on its own. */
  readonly provider?: string;
};

/**
 * 中止计时、恢复计时: an examination does not count in the department's time, as the profile in force allows. By the department
 * that it was forwarded to, or by the node on its word. Throws the policy's refusal, `objections.unknown`,
 * `objections.not_in_state`, `objections.reasons_missing`, `time_limits.nothing_to_stop`, `time_limits.not_stopped`.
 */
export async function changeObjectionClock(
  tx: Tx,
  context: ObjectionContext,
  about: ObjectionClockAct,
): Promise<Term[]> {
  const provider = requireHolder(context, about);
  const reason = requireWords(about.words, context.objectionRules);
  const objection = await takeObjection(tx, context, about.objection);
  requireForwarded(objection, provider);
  const at = context.clock.now();
  const responsible = { kind: 'provider', id: provider } as const;
  const clock = { matter: matterOf(objection), reason, at, responsible };
  const terms = await (about.act === 'stop' ? stopClock : resumeClock)(tx, context, clock);
  const { enterpriseId, objectionId } = objection;
  const kind = about.caller.kind === 'provider' ? 'provider' : 'node';
  await addStep(tx, {
    enterpriseId,
    objectionId,
    provider,
    act: about.act === 'stop' ? 'clock_stopped' : 'clock_resumed',
    by: { kind, id: about.caller.id },
    at,
    words: reason,
  });
  return terms;
}

/** The policy is asked before anything of the objection is said. */
function requireHolder(
  { policies }: ObjectionContext,
  { caller, provider: named }: ObjectionClockAct,
): string {
  const provider = caller.kind === 'provider' ? (caller.organisation ?? '') : (named ?? '');
  if (caller.kind === 'provider') requireAllowed(policies, caller, 'decide_objection', { provider });
  else requireAllowed(policies, caller, 'check_objection');
  return provider;
}

/** What is not with the department has no time of its to stop. */
function requireForwarded({ objectionId, items }: StoredObjection, provider: string): void {
  const own = items.filter((item) => item.provider === provider);
  const [first] = own;
  if (first === undefined) throw objectionRefusal('objections.unknown', { objection: objectionId });
  requireState(own.find(({ state }) => state === 'forwarded') ?? first, ['forwarded']);
}
