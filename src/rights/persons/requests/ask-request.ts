import { newId, type Tx } from '#kernel';
import { systemCaller } from '#platform';
import { type Caller, recordLeaf } from '#security';
import type { Responsible } from '../../time-limits/definition/term-kinds.ts';
import { endTermsOf } from '../../time-limits/running/change-term.ts';
import { startTerm, startTerms } from '../../time-limits/running/start-term.ts';
import { withdrawConsent } from '../consents/consents.ts';
import { requireMention } from '../data/read-mentions.ts';
import { traceAbout } from '../data/read-own-data.ts';
import { personsRefusal } from '../definition/persons-refusals.ts';
import type { Person } from '../identity/person-store.ts';
import { requirePerson } from '../identity/require-person.ts';
import type { PersonsContext } from '../persons-context.ts';
import { type FieldClaimed, objectFor } from './object-for.ts';
import {
  addStep,
  countOpen,
  forwardRequest,
  insertRequest,
  matterOf,
  type NewRequest,
  settleRequest,
  takeRequest,
} from './request-store.ts';

const NODE: Responsible = { kind: 'node', id: 'node' };

type Address = { readonly contract: string; readonly record: string };

/** What a person asks for. */
export type RequestAsked =
  | {
      readonly kind: 'correction';
      readonly about: Address;
      readonly words: string;
      readonly fields: readonly FieldClaimed[];
    }
  /** Without an address: of what the person gave the node. */
  | { readonly kind: 'deletion'; readonly about: Address | null; readonly words: string }
  | { readonly kind: 'consent_withdrawal'; readonly consent: string }
  | { readonly kind: 'explanation'; readonly disclosure: string; readonly words: string };

/**
 * 个人信息请求: kept with its term and its leaf in one transaction. A correction becomes an objection to the enterprise's record,
 * or goes to the department; a consent ends at once. Throws `policy.…`, `persons.…`, `objections.…`.
 */
export async function askRequest(
  tx: Tx,
  context: PersonsContext,
  { caller, asked }: { readonly caller: Caller; readonly asked: RequestAsked },
): Promise<{ readonly requestId: string }> {
  const { person } = await requirePerson(tx, context, caller);
  await lockPerson(tx, person);
  await requireRoom(tx, context, person);
  const shaped = await shapeRequest(tx, context, { person, asked });
  const at = context.clock.now();
  const requestId = newId('prq', at);
  const body = {
    act: 'person_request',
    request: requestId,
    person: person.personId,
    kind: asked.kind,
    contract: shaped.contract,
    record: shaped.record,
    disclosure: shaped.disclosureId,
  };
  const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'correction', at, body });
  const request: NewRequest = {
    ...shaped,
    personId: person.personId,
    requestId,
    kind: asked.kind,
    state: 'submitted',
    askedAt: at,
    receiptId,
  };
  await insertRequest(tx, context, request);
  await addStep(tx, request, { act: 'asked', byKind: 'person', byId: person.personId, at, receiptId });
  await startTerms(tx, context, [
    { matter: matterOf(request), term: 'person_answer', startedAt: at, responsible: shaped.responsible },
  ]);
  await actAtOnce(tx, context, { request, asked });
  return { requestId };
}

type Shaped = Pick<
  NewRequest,
  'enterpriseId' | 'contract' | 'record' | 'role' | 'disclosureId' | 'words' | 'responsible'
>;

const ABOUT_NOTHING = {
  enterpriseId: null,
  contract: null,
  record: null,
  role: null,
  disclosureId: null,
  words: null,
  responsible: NODE,
} as const;

async function shapeRequest(
  tx: Tx,
  context: PersonsContext,
  { person, asked }: { readonly person: Person; readonly asked: RequestAsked },
): Promise<Shaped> {
  if (asked.kind === 'consent_withdrawal') return ABOUT_NOTHING;
  const words = requireWords(context, asked.words);
  if (asked.kind === 'explanation') {
    const traced = await traceAbout(tx, context, person);
    const found = traced.find(
      ({ disclosureId, kind }) => disclosureId === asked.disclosure && AUTOMATED.has(kind),
    );
    if (found === undefined) throw personsRefusal('persons.not_about_you');
    const { institution, enterpriseId, disclosureId } = found;
    const responsible: Responsible = institution === null ? NODE : { kind: 'institution', id: institution };
    return { ...ABOUT_NOTHING, enterpriseId, disclosureId, words, responsible };
  }
  if (asked.about === null) return { ...ABOUT_NOTHING, words };
  const mention = await requireMention(tx, person, asked.about);
  const { enterpriseId, contract, record, role } = mention;
  return { ...ABOUT_NOTHING, enterpriseId, contract, record, role, words };
}

/** What was decided by a model or a rule alone (article 24). */
const AUTOMATED: ReadonlySet<string> = new Set(['score', 'whitelist_entry', 'alert']);

function requireWords({ persons }: PersonsContext, words: string): string {
  const { wordsCharactersMax: max } = persons.bounds;
  const said = words.trim();
  if (said === '' || [...said].length > max) throw personsRefusal('persons.words_wrong', { max });
  return said;
}

async function requireRoom(tx: Tx, { persons }: PersonsContext, { personId }: Person): Promise<void> {
  const { openRequestsMax: max } = persons.bounds;
  if ((await countOpen(tx, personId)) >= max) throw personsRefusal('persons.too_many_open', { max });
}

/** One request of a person at a time: what is bounded is counted on what stands. */
async function lockPerson(tx: Tx, { personId }: Person): Promise<void> {
  await tx.rows('select pg_advisory_xact_lock($1, hashtext($2))', [PERSON_LOCK, personId]);
}

const PERSON_LOCK = 7_241_055;

async function actAtOnce(
  tx: Tx,
  context: PersonsContext,
  { request, asked }: { readonly request: NewRequest; readonly asked: RequestAsked },
): Promise<void> {
  if (asked.kind === 'correction') {
    const raised = await objectFor(tx, context, { request, fields: asked.fields });
    await forward(tx, context, { request, ...raised });
  }
  if (asked.kind === 'consent_withdrawal') {
    const { personId } = request;
    const at = context.clock.now();
    const { receiptId } = await withdrawConsent(tx, context, { personId, consentId: asked.consent });
    const by = systemCaller('person_requests').id;
    const decision = '单独同意已撤回，自下一次查询起不再提供。The consent has ended, from the next call on.';
    await settleRequest(tx, context, request, { state: 'granted', decision, lookedBy: null, by, at });
    await addStep(tx, request, { act: 'granted', byKind: 'node', byId: by, at, receiptId });
    await endTermsOf(tx, context, { matter: matterOf(request), at });
  }
}

type Forwarded = {
  readonly request: Pick<NewRequest, 'personId' | 'requestId'>;
  readonly responsible: Responsible;
  readonly objectionId: string | null;
};

/** To the department that provides the record, whose own term begins; the node's stays until the person has the answer. */
export async function forward(
  tx: Tx,
  context: PersonsContext,
  { request, responsible, objectionId }: Forwarded,
): Promise<void> {
  const at = context.clock.now();
  await forwardRequest(tx, request, { responsible, objectionId });
  const byId = systemCaller('person_requests').id;
  const act = objectionId === null ? 'forwarded' : 'became_objection';
  await addStep(tx, request, { act, byKind: 'node', byId, at, receiptId: null });
  if (responsible.kind !== 'provider' || objectionId !== null) return;
  const about = { matter: matterOf(request), term: 'provider_decision', responsible } as const;
  await startTerm(tx, context, { ...about, startedAt: at, events: { forwarded: at } });
}

/** The person takes it back; what became an objection stays with the department until that is decided. */
export async function withdrawRequest(
  tx: Tx,
  context: PersonsContext,
  { caller, requestId }: { readonly caller: Caller; readonly requestId: string },
): Promise<void> {
  const { person } = await requirePerson(tx, context, caller);
  const request = await takeRequest(tx, requestId);
  if (request.personId !== person.personId) throw personsRefusal('persons.request_unknown');
  if (request.state !== 'submitted' && request.state !== 'forwarded')
    throw personsRefusal('persons.request_closed');
  const at = context.clock.now();
  const by = person.personId;
  const body = { act: 'person_request_withdrawn', request: requestId, person: by };
  const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'correction', at, body });
  await settleRequest(tx, context, request, { state: 'withdrawn', decision: null, lookedBy: null, by, at });
  await addStep(tx, request, { act: 'withdrawn', byKind: 'person', byId: by, at, receiptId });
  await endTermsOf(tx, context, { matter: matterOf(request), at });
}
