import {
  beginningOfBeijingDate,
  beijingDate,
  canonicalJson,
  endOfBeijingDate,
  type EnterpriseId,
  inTransaction,
  newId,
  sealField,
  type Tx,
} from '#kernel';
import { addWorkingDays, findEnterprise } from '#lists';
import type { Capacity } from '#platform';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { runStep } from './act-as-person.ts';
import { digestOf, insertEntry } from './entry-store.ts';
import { askedPlace, type Person, personPlace, shapePerson } from './person.ts';
import { requireIdentity, requireOthers } from './require-person.ts';
import { lockClerk, requireScan } from './scans.ts';
import type { WindowActId } from './store/act-words.ts';
import { type AskedOf, WINDOW_ACTS } from './window-acts.ts';
import type { WindowContext } from './window-context.ts';
import { WINDOW_LIMITS } from './window-limits.ts';
import { windowRefusal } from './window-refusals.ts';

/** `act` and `asked` fit each other. */
export type Matter = {
  readonly [Id in WindowActId]: { readonly act: Id; readonly asked: AskedOf[Id] };
}[WindowActId];

export type EnterRequest = Matter & {
  /** The clerk. */
  readonly caller: Caller;
  /** Any code of the enterprise. */
  readonly code: string;
  readonly person: Person;
  readonly capacity: Capacity;
  /** What the person signed, by the digest that `keepScan` answered. */
  readonly scanDigest: string;
  /** The mandate on paper, of an agent. */
  readonly mandateDigest: string | null;
};

export type Entered = {
  readonly entryId: string;
  readonly state: 'entered' | 'in_effect';
  readonly digest: string;
  readonly checkBy: Date;
  readonly madeId: string | null;
  readonly receiptId: string;
};

/**
 * A clerk enters for a person who is present, in named steps: the clerk's right → room of the day → scans → not the clerk's own →
 * identity → sealed → what has effect at once → leaf. Everything else has effect when another clerk has checked it. Throws the
 * policy's refusal, `window.…`, and what the act throws that has effect at once.
 */
export async function enterForPerson(context: WindowContext, request: EnterRequest): Promise<Entered> {
  requireAllowed(context.policies, request.caller, 'enter_at_window');
  const person = shapePerson(request.person);
  return await inTransaction(context.database, (tx) => enter(tx, context, { ...request, person }));
}

async function enter(tx: Tx, context: WindowContext, request: EnterRequest): Promise<Entered> {
  const { caller: clerk, person, capacity, scanDigest, mandateDigest } = request;
  const { enterpriseId } = await findEnterprise(tx, request.code);
  await lockClerk(tx, clerk);
  await requireRoom(tx, context, clerk);
  await requireScan(tx, { enterpriseId, digest: scanDigest });
  if ((capacity === 'agent') !== (mandateDigest !== null)) throw windowRefusal('window.mandate_missing');
  if (mandateDigest !== null) await requireScan(tx, { enterpriseId, digest: mandateDigest });
  const entryId = newId('wen', context.clock.now());
  const present = { entryId, enterpriseId, person, capacity };
  await requireOthers(tx, context, { ...present, clerk });
  await requireIdentity(tx, context, present);
  return await write(tx, context, { request, entryId, enterpriseId });
}

async function requireRoom(tx: Tx, { clock }: WindowContext, { id }: Caller): Promise<void> {
  const [row] = await tx.rows<{ n: number }>(
    'select count(*)::integer as n from rights.window_entries where entered_by = $1 and entered_at >= $2',
    [id, beginningOfBeijingDate(beijingDate(clock.now()))],
  );
  const max = WINDOW_LIMITS.entriesPerDayMax;
  if ((row?.n ?? 0) >= max) throw windowRefusal('window.too_many_entries', { max });
}

type Writing = {
  readonly request: EnterRequest;
  readonly entryId: string;
  readonly enterpriseId: EnterpriseId;
};

async function write(tx: Tx, context: WindowContext, writing: Writing): Promise<Entered> {
  const { request, entryId, enterpriseId } = writing;
  const { act, asked, capacity, scanDigest, mandateDigest, caller, person } = request;
  const { cipher, clock } = context;
  const at = clock.now();
  const state = WINDOW_ACTS[act].atOnce === undefined ? 'entered' : 'in_effect';
  const digest = digestOf({ entryId, act, asked, scanDigest });
  const checkBy = checkDay(context, at);
  const doing = { entryId, enterpriseId, act, asked, scanDigest: mandateDigest ?? scanDigest, capacity };
  const madeId = await runStep(tx, context, { ...doing, by: caller.id, made: null }, 'atOnce');
  const receiptId = await recordEntered(tx, context, { ...writing, digest, state, madeId, at });
  await insertEntry(tx, {
    enterprise_id: enterpriseId,
    entry_id: entryId,
    act,
    capacity,
    person_sealed: await sealField(tx, cipher, personPlace(entryId), JSON.stringify(person)),
    asked_sealed: await sealField(tx, cipher, askedPlace(enterpriseId, entryId), canonicalJson(asked)),
    digest,
    scan_digest: scanDigest,
    mandate_digest: mandateDigest,
    state,
    entered_by: caller.id,
    entered_at: at,
    check_by: checkBy,
    made_id: madeId,
    receipt_id: receiptId,
  });
  return { entryId, state, digest, checkBy, madeId, receiptId };
}

/** The end of the next working day. */
function checkDay({ calendar }: WindowContext, at: Date): Date {
  return endOfBeijingDate(addWorkingDays(calendar, beijingDate(at), WINDOW_LIMITS.checkWithinDays).date);
}

/** Digests and ids; neither person nor matter stands in the log. */
async function recordEntered(
  tx: Tx,
  { keys }: WindowContext,
  of: Writing & {
    readonly digest: string;
    readonly state: string;
    readonly madeId: string | null;
    readonly at: Date;
  },
): Promise<string> {
  const { request, entryId, enterpriseId, digest, state, madeId, at } = of;
  const { id } = await recordLeaf(tx, keys, {
    kind: 'administrative_act',
    at,
    subject: enterpriseId,
    body: {
      act: 'window_entered',
      entry: entryId,
      matter: request.act,
      capacity: request.capacity,
      digest,
      scan: request.scanDigest,
      mandate: request.mandateDigest,
      state,
      made: madeId,
      by: request.caller.id,
    },
  });
  return id;
}
