import { createHash } from 'node:crypto';
import { inTransaction, type Tx } from '#kernel';
import { isSyntheticNode, readEnterprise } from '#lists';
import { type Caller, requireAllowed } from '#security';
import { viewOf } from '../self/export/print-view.ts';
import { discloseOwn, recordOwnRead } from '../self/export/record-own-read.ts';
import { zip } from '../self/export/zip.ts';
import { permitAt } from '../self/permit-everything.ts';
import { type Everything, readEverything } from '../self/read-everything.ts';
import { openPerson } from './act-as-person.ts';
import { takeEntry, updateEntry } from './entry-store.ts';
import type { Entry } from './store/entry.ts';
import type { WindowContext } from './window-context.ts';
import { WINDOW_LIMITS } from './window-limits.ts';
import { windowRefusal } from './window-refusals.ts';

export type Printed = {
  readonly bytes: Buffer;
  /** One PDF, or an archive of several where there is more than one holds. */
  readonly contentType: 'application/pdf' | 'application/zip';
  readonly disclosureId: string;
};

/**
 * Everything about the enterprise on paper, to be handed to the person: once, by the clerk who entered it, after the check. An access
 * of the enterprise, on record before a byte leaves. Throws the policy's refusal, `window.unknown`, `window.nothing_to_print`.
 */
export async function printEntry(
  context: WindowContext,
  asked: { readonly caller: Caller; readonly entryId: string },
): Promise<Printed> {
  requireAllowed(context.policies, asked.caller, 'enter_at_window');
  const person = await inTransaction(context.database, async (tx) => {
    const entry = await takePrintable(tx, context, asked);
    const { entryId, enterpriseId, act, capacity, scanDigest, mandateDigest } = entry;
    const doing = { entryId, enterpriseId, act, capacity, by: asked.caller.id };
    return await openPerson(tx, context, { ...doing, scanDigest: mandateDigest ?? scanDigest });
  });
  const { enterpriseId } = person;
  if (enterpriseId === null) throw windowRefusal('window.nothing_to_print');
  const head = await inTransaction(
    context.database,
    async (tx) => ({
      everything: await readEverything(tx, context.self, { caller: person, enterpriseId }),
      enterprise: await readEnterprise(tx, enterpriseId),
      isSynthetic: await isSyntheticNode(tx),
    }),
    'snapshot',
  );
  const bytes = await typeset(context, asked.entryId, head);
  return await inTransaction(context.database, (tx) =>
    record(tx, context, { ...asked, person, everything: head.everything, ...bytes }),
  );
}

/** Throws `window.nothing_to_print` for whoever did not enter it, and for what is printed or past its time. */
async function takePrintable(
  tx: Tx,
  { clock }: WindowContext,
  { caller, entryId }: { readonly caller: Caller; readonly entryId: string },
): Promise<Entry> {
  const entry = await takeEntry(tx, entryId);
  const isOpen =
    entry.act === 'self_query' &&
    entry.state === 'done' &&
    entry.enteredBy === caller.id &&
    entry.printedAt === null &&
    entry.decidedAt !== null &&
    clock.now().getTime() - entry.decidedAt.getTime() <= WINDOW_LIMITS.printMs;
  if (!isOpen) throw windowRefusal('window.nothing_to_print');
  return entry;
}

type Head = {
  readonly everything: Everything;
  readonly enterprise: { readonly code: string | null; readonly name: string };
  readonly isSynthetic: boolean;
};

async function typeset(
  { self, clock }: WindowContext,
  exportId: string,
  { everything, enterprise: { code, name }, isSynthetic }: Head,
): Promise<Pick<Printed, 'bytes' | 'contentType'>> {
  const issuedAt = clock.now();
  const { nodeName } = self;
  const cover = {
    exportId,
    nodeName,
    enterprise: { code, name },
    asOf: everything.until,
    issuedAt,
    isSynthetic,
  };
  const files = await self.print(viewOf(everything, cover), issuedAt);
  const [only] = files;
  return only !== undefined && files.length === 1
    ? { bytes: only.bytes, contentType: 'application/pdf' }
    : { bytes: zip(files, issuedAt), contentType: 'application/zip' };
}

async function record(
  tx: Tx,
  context: WindowContext,
  of: Pick<Printed, 'bytes' | 'contentType'> & {
    readonly caller: Caller;
    readonly entryId: string;
    readonly person: Caller;
    readonly everything: Everything;
  },
): Promise<Printed> {
  const { everything, person, entryId, bytes, contentType, caller } = of;
  const entry = await takePrintable(tx, context, { caller, entryId });
  const { enterpriseId } = entry;
  const { knownAt } = everything.permit.asOf;
  const permit = await permitAt(tx, context.self, { caller: person, enterpriseId, knownAt });
  const more = { entry: entryId, printedBy: caller.id };
  const read = await recordOwnRead(tx, context.self, { permit, what: 'everything_printed', more });
  const digest = createHash('sha256').update(bytes).digest('hex');
  const contracts = everything.contracts.map(({ id }) => id);
  await discloseOwn(tx, read, { permit, contracts, digest });
  await updateEntry(tx, entry, { printed_at: read.at, made_id: read.disclosureId });
  return { bytes, contentType, disclosureId: read.disclosureId };
}
