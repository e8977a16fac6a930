import { inTransaction, type Tx } from '#kernel';
import { readEnterprise } from '#lists';
import { type Caller, requireAllowed } from '#security';
import { openEntry } from './entry-store.ts';
import { showPerson, type ShownPerson } from './person.ts';
import { requireOthers } from './require-person.ts';
import { openScan, type ScanFile } from './scans.ts';
import { type Entry, OPEN_STATES, toEntry } from './store/entry.ts';
import type { WindowTables } from './store/tables.ts';
import type { WindowContext } from './window-context.ts';
import { WINDOW_LIMITS } from './window-limits.ts';
import { windowRefusal } from './window-refusals.ts';

/** As lists show it: what kind of matter and where it stands, without enterprise, person and content. */
export type EntryLine = Pick<
  Entry,
  'entryId' | 'act' | 'state' | 'enteredAt' | 'checkBy' | 'decidedAt' | 'reason' | 'refusal'
> & { readonly isOwn: boolean };

export type EntriesAsked = {
  readonly caller: Caller;
  readonly isOpen: boolean;
  /** Continue before this entry. */
  readonly before?: string | undefined;
  readonly limit: number;
};

/** Entries of the window, newest first: for its clerks, and for whoever oversees it. Throws the policy's refusal. */
export async function listEntries(
  context: WindowContext,
  { caller, isOpen, before, limit }: EntriesAsked,
): Promise<EntryLine[]> {
  const isClerk = caller.roles.includes('window_clerk');
  requireAllowed(context.policies, caller, isClerk ? 'enter_at_window' : 'oversee_window');
  const rows = await inTransaction(context.database, async (tx) => {
    const all = tx.tables<WindowTables>().selectFrom('rights.window_entries').selectAll();
    const open = isOpen ? all.where('state', 'in', [...OPEN_STATES]) : all;
    const page = before === undefined ? open : open.where('entry_id', '<', before);
    return await page.orderBy('entry_id', 'desc').limit(Math.min(limit, WINDOW_LIMITS.pageMax)).execute();
  });
  return rows.map((row) => lineOf(toEntry(row), caller));
}

function lineOf(entry: Entry, { id }: Caller): EntryLine {
  const { entryId, act, state, enteredAt, checkBy, decidedAt, reason, refusal } = entry;
  const isOwn = entry.enteredBy === id;
  return { entryId, act, state, enteredAt, checkBy, decidedAt, reason, refusal, isOwn };
}

export type EntryView = EntryLine & {
  readonly enterprise: { readonly code: string | null; readonly name: string };
  readonly person: ShownPerson;
  readonly capacity: Entry['capacity'];
  readonly asked: object;
  readonly digest: string;
  readonly scanDigest: string;
  readonly mandateDigest: string | null;
  readonly madeId: string | null;
  readonly receiptId: string;
  readonly decidedReceiptId: string | null;
};

/**
 * What the second person holds against the scan; whoever entered it reads it too. Once it is decided nobody at the window does.
 * Throws the policy's refusal, `window.unknown`, `window.not_open`, `window.own_enterprise`.
 */
export async function readEntry(
  context: WindowContext,
  asked: { readonly caller: Caller; readonly entryId: string },
): Promise<EntryView> {
  return await inTransaction(context.database, async (tx) => {
    const { entry, person, asked: matter } = await openForClerk(tx, context, asked);
    const { code, name } = await readEnterprise(tx, entry.enterpriseId);
    const { capacity, digest, scanDigest, mandateDigest, madeId, receiptId, decidedReceiptId } = entry;
    return {
      ...lineOf(entry, asked.caller),
      enterprise: { code, name },
      person: showPerson(person),
      asked: matter,
      capacity,
      digest,
      scanDigest,
      mandateDigest,
      madeId,
      receiptId,
      decidedReceiptId,
    };
  });
}

/** One of the scans of an open entry. Throws as `readEntry`, `window.scan_unknown`, `attachments.damaged`. */
export async function readScanOf(
  context: WindowContext,
  asked: { readonly caller: Caller; readonly entryId: string; readonly which: 'signed' | 'mandate' },
): Promise<ScanFile> {
  return await inTransaction(context.database, async (tx) => {
    const { entry } = await openForClerk(tx, context, asked);
    const digest = asked.which === 'signed' ? entry.scanDigest : entry.mandateDigest;
    if (digest === null) throw windowRefusal('window.scan_unknown');
    return await openScan(tx, context, { enterpriseId: entry.enterpriseId, digest });
  });
}

async function openForClerk(
  tx: Tx,
  context: WindowContext,
  { caller, entryId }: { readonly caller: Caller; readonly entryId: string },
) {
  requireAllowed(context.policies, caller, 'enter_at_window');
  const opened = await openEntry(tx, context, entryId);
  const { enterpriseId, capacity, state } = opened.entry;
  if (!OPEN_STATES.includes(state)) throw windowRefusal('window.not_open');
  const { person } = opened;
  await requireOthers(tx, context, { entryId, enterpriseId, capacity, person, clerk: caller });
  return opened;
}
