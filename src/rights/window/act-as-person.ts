import type { EnterpriseId, Tx } from '#kernel';
import { readEnterprise } from '#lists';
import { type Capacity, grantAtWindow } from '#platform';
import type { Caller } from '#security';
import type { WindowActId } from './store/act-words.ts';
import { type AskedOf, type WindowAct, WINDOW_ACTS } from './window-acts.ts';
import type { WindowContext } from './window-context.ts';
import { WINDOW_LIMITS } from './window-limits.ts';

export type Doing = {
  readonly entryId: string;
  readonly enterpriseId: EnterpriseId;
  readonly act: WindowActId;
  readonly asked: AskedOf[WindowActId];
  readonly capacity: Capacity;
  /** The paper on which the person acts: the mandate, or what the representative signed. */
  readonly scanDigest: string;
  /** By whose hand: the clerk, or the job that undoes. */
  readonly by: string;
  /** What the entry made at once. */
  readonly made: string | null;
};

/** The right of the person to this one act, for as long as it takes. */
export async function openPerson(
  tx: Tx,
  context: WindowContext,
  doing: Omit<Doing, 'asked' | 'made'>,
): Promise<Caller> {
  const { entryId, enterpriseId, capacity, scanDigest: documentDigest, by, act } = doing;
  const { scope } = WINDOW_ACTS[act];
  const mandate = { entryId, enterpriseId, capacity, scope, documentDigest, by };
  return await grantAtWindow(tx, context, { ...mandate, lastsMs: WINDOW_LIMITS.mandateMs });
}

/** One step of the act in the caller's transaction, as the person; null where the act has no such step, or made nothing. */
export async function runStep(
  tx: Tx,
  context: WindowContext,
  doing: Doing,
  step: 'atOnce' | 'onCheck' | 'undo',
): Promise<string | null> {
  const run = stepsOf(doing.act)[step];
  if (run === undefined) return null;
  const caller = await openPerson(tx, context, doing);
  return await run(tx, context, await byOf(tx, doing, caller));
}

/** The step of an act that has transactions of its own; `caller` is of `openPerson`, committed before. */
export async function runAlone(
  context: WindowContext,
  { doing, caller, code }: { readonly doing: Doing; readonly caller: Caller; readonly code: string },
): Promise<string | null> {
  const { asked, made } = doing;
  return (await stepsOf(doing.act).alone?.(context, { caller, code, asked, made })) ?? null;
}

export function hasAlone(act: WindowActId): boolean {
  return WINDOW_ACTS[act].alone !== undefined;
}

/** `asked` is of the same act: both were entered together and stand sealed together. */
function stepsOf(act: WindowActId): WindowAct<AskedOf[WindowActId]> {
  return WINDOW_ACTS[act] as WindowAct<AskedOf[WindowActId]>;
}

async function byOf(tx: Tx, { enterpriseId, asked, made }: Doing, caller: Caller) {
  return { caller, code: await codeOf(tx, enterpriseId), asked, made };
}

/** A code under which the acts find the enterprise. */
export async function codeOf(tx: Tx, enterpriseId: EnterpriseId): Promise<string> {
  return (await readEnterprise(tx, enterpriseId)).code ?? '';
}
