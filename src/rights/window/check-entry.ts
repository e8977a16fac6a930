import { inTransaction, Refusal, type Tx } from '#kernel';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { codeOf, type Doing, hasAlone, openPerson, runAlone, runStep } from './act-as-person.ts';
import { openEntry, takeEntry, updateEntry } from './entry-store.ts';
import { requireOthers } from './require-person.ts';
import type { Entry } from './store/entry.ts';
import type { EntryState } from './store/tables.ts';
import type { WindowContext } from './window-context.ts';
import { windowRefusal } from './window-refusals.ts';

/** Why the second person does not confirm: 扫描件不清, 证件或身份不符, 录入与签署不一致, 本人撤回, 不能办理. */
export const REJECT_REASONS = [
  'scan_unreadable',
  'not_the_person',
  'not_as_signed',
  'withdrawn',
  'not_possible',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

export type Decided = {
  readonly entryId: string;
  readonly state: EntryState;
  readonly madeId: string | null;
  /** Code of the refusal that the undoing met: what was done at once had gone on meanwhile. */
  readonly refusal: string | null;
  readonly receiptId: string;
};

/**
 * The second person has held the entry against the scan: from now on it has its whole effect. Throws the policy's refusal for
 * whoever entered it, `window.unknown`, `window.not_open`, `window.digest_differs`, `window.own_enterprise`, and what the act throws;
 * the entry then stays open, to be rejected.
 */
export async function checkEntry(
  context: WindowContext,
  checked: { readonly caller: Caller; readonly entryId: string; readonly digest: string },
): Promise<Decided> {
  const { caller, entryId, digest } = checked;
  const { alone, decided } = await inTransaction(context.database, async (tx) => {
    const entry = await takeOpen(tx, context, { caller, entryId });
    if (digest !== entry.digest) throw windowRefusal('window.digest_differs');
    const doing = await doingOf(tx, context, { entry, by: caller.id });
    if (hasAlone(entry.act)) return { alone: await begin(tx, context, { entry, doing }), decided: undefined };
    const made = (await runStep(tx, context, doing, 'onCheck')) ?? entry.madeId;
    const end = { state: 'done', by: caller.id, made } as const;
    return { alone: undefined, decided: await settle(tx, context, entry, end) };
  });
  return alone === undefined ? decided : await finishAlone(context, alone);
}

type Alone = { readonly entry: Entry; readonly doing: Doing; readonly caller: Caller; readonly code: string };

/** The act has transactions of its own: its entry says that it is under way before it begins. */
async function begin(
  tx: Tx,
  context: WindowContext,
  { entry, doing }: { readonly entry: Entry; readonly doing: Doing },
): Promise<Alone> {
  const caller = await openPerson(tx, context, doing);
  await updateEntry(tx, entry, { state: 'acting', decided_by: doing.by, decided_at: context.clock.now() });
  return { entry, doing, caller, code: await codeOf(tx, entry.enterpriseId) };
}

/** What the act refuses leaves the entry open, as if nobody had checked it. */
async function finishAlone(context: WindowContext, alone: Alone): Promise<Decided> {
  const { entry, doing } = alone;
  try {
    const made = await runAlone(context, alone);
    return await inTransaction(context.database, (tx) =>
      settle(tx, context, entry, { state: 'done', by: doing.by, made }),
    );
  } catch (error) {
    if (error instanceof Refusal)
      await inTransaction(context.database, (tx) =>
        updateEntry(tx, entry, { state: 'entered', decided_by: null, decided_at: null }),
      );
    throw error;
  }
}

/** After a crash: the act is done again, which gives the same or is refused as done. */
export async function finishAbandoned(context: WindowContext, entryId: string): Promise<Decided | undefined> {
  const alone = await inTransaction(context.database, async (tx) => {
    const entry = await takeEntry(tx, entryId);
    if (entry.state !== 'acting' || entry.decidedBy === null) return undefined;
    return await begin(tx, context, {
      entry,
      doing: await doingOf(tx, context, { entry, by: entry.decidedBy }),
    });
  });
  if (alone === undefined) return undefined;
  try {
    return await finishAlone(context, alone);
  } catch (error) {
    if (error instanceof Refusal) return undefined; // open again: a person decides
    throw error;
  }
}

/**
 * The second person does not confirm it: nothing of it stays. What had effect at once is undone. Throws as `checkEntry` but for the
 * act's own refusals, which are kept with the entry.
 */
export async function rejectEntry(
  context: WindowContext,
  { caller, entryId, reason }: { caller: Caller; entryId: string; reason: RejectReason },
): Promise<Decided> {
  return await inTransaction(context.database, async (tx) => {
    const entry = await takeOpen(tx, context, { caller, entryId });
    return await undo(tx, context, entry, { state: 'rejected', by: caller.id, reason });
  });
}

/** Takes back what had effect at once, or keeps why that was not possible, and closes the entry. */
export async function undo(
  tx: Tx,
  context: WindowContext,
  entry: Entry,
  end: { readonly state: 'rejected' | 'lapsed'; readonly by: string; readonly reason: string },
): Promise<Decided> {
  const refusal = entry.state === 'in_effect' ? await takeBack(tx, context, { entry, by: end.by }) : null;
  return await settle(tx, context, entry, { ...end, made: entry.madeId, refusal });
}

/** Null: it is undone. Else the code of the refusal that was met: what was done has gone on, or cannot be opened any more. */
async function takeBack(
  tx: Tx,
  context: WindowContext,
  of: { readonly entry: Entry; readonly by: string },
): Promise<string | null> {
  await tx.rows('savepoint window_undo');
  try {
    await runStep(tx, context, await doingOf(tx, context, of), 'undo');
    return null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await tx.rows('rollback to savepoint window_undo');
    return error.code;
  }
}

async function takeOpen(
  tx: Tx,
  context: WindowContext,
  { caller, entryId }: { readonly caller: Caller; readonly entryId: string },
): Promise<Entry> {
  requireAllowed(context.policies, caller, 'check_at_window');
  const entry = await takeEntry(tx, entryId);
  requireAllowed(context.policies, caller, 'check_at_window', { earlierPersons: [entry.enteredBy] });
  if (entry.state !== 'entered' && entry.state !== 'in_effect') throw windowRefusal('window.not_open');
  if (entry.checkBy <= context.clock.now()) throw windowRefusal('window.not_open');
  const { enterpriseId, capacity } = entry;
  const { person } = await openEntry(tx, context, entryId);
  await requireOthers(tx, context, { entryId, enterpriseId, capacity, person, clerk: caller });
  return entry;
}

async function doingOf(
  tx: Tx,
  context: WindowContext,
  { entry, by }: { readonly entry: Entry; readonly by: string },
): Promise<Doing> {
  const { entryId, enterpriseId, act, capacity, scanDigest, mandateDigest, madeId: made } = entry;
  const { asked } = await openEntry(tx, context, entryId);
  return { entryId, enterpriseId, act, asked, capacity, scanDigest: mandateDigest ?? scanDigest, by, made };
}

type End = {
  readonly state: 'done' | 'rejected' | 'lapsed';
  readonly by: string;
  readonly made: string | null;
  readonly reason?: string | null;
  readonly refusal?: string | null;
};

async function settle(
  tx: Tx,
  { clock, keys }: WindowContext,
  entry: Entry,
  { state, by, made, reason = null, refusal = null }: End,
): Promise<Decided> {
  const at = clock.now();
  const { entryId, enterpriseId, act } = entry;
  const { id: receiptId } = await recordLeaf(tx, keys, {
    kind: 'administrative_act',
    at,
    subject: enterpriseId,
    body: {
      act: `window_${state}`,
      entry: entryId,
      matter: act,
      digest: entry.digest,
      made,
      wasInEffect: entry.state === 'in_effect',
      reason,
      refusal,
      by,
    },
  });
  await updateEntry(tx, entry, {
    state,
    made_id: made,
    reason,
    refusal,
    decided_by: by,
    decided_at: at,
    decided_receipt_id: receiptId,
  });
  return { entryId, state, madeId: made, refusal, receiptId };
}
