import { beijingDate, newId, type Tx } from '#kernel';
import { addDays } from '#lists';
import { readParticipants } from '#platform';
import { type Caller, recordLeaf } from '#security';
import type { ConsentForm } from '../definition/load-persons.ts';
import { personsRefusal } from '../definition/persons-refusals.ts';
import { requirePerson } from '../identity/require-person.ts';
import type { PersonsContext } from '../persons-context.ts';
import { PERSONS_LIMITS } from '../persons-limits.ts';

/** 单独同意: of one person, for one purpose and recipient. */
export type PersonConsent = {
  readonly consentId: string;
  readonly form: string;
  readonly purpose: string;
  readonly recipient: string;
  readonly roles: readonly string[];
  readonly givenAt: Date;
  /** Beijing date, the last day on which it holds. */
  readonly validTo: string;
  readonly withdrawnAt: Date | null;
  readonly state: 'in_force' | 'expired' | 'withdrawn';
};

type Row = Omit<PersonConsent, 'state'>;

const COLUMNS = `consent_id as "consentId", form_id as form, purpose, recipient, roles, given_at as "givenAt",
  valid_to::text as "validTo", withdrawn_at as "withdrawnAt"`;

/** Those of the person, the latest first. */
export async function listOwnConsents(
  tx: Tx,
  context: PersonsContext,
  { caller }: { readonly caller: Caller },
): Promise<PersonConsent[]> {
  const { person } = await requirePerson(tx, context, caller);
  const rows = await tx.rows<Row>(
    `select ${COLUMNS} from rights.person_consents where person_id = $1 order by consent_id desc limit $2`,
    [person.personId, PERSONS_LIMITS.pageRows],
  );
  return rows.map((row) => withState(row, beijingDate(context.clock.now())));
}

function withState(row: Row, today: string): PersonConsent {
  const state = row.withdrawnAt !== null ? 'withdrawn' : row.validTo < today ? 'expired' : 'in_force';
  return { ...row, state };
}

export type ConsentGiven = {
  readonly caller: Caller;
  readonly form: string;
  /** Of the words that the person was shown. */
  readonly formHash: string;
  readonly purpose: string;
  /** Institution, by its participant id. */
  readonly recipient: string;
};

/**
 * Gives one separate consent (articles 23, 29), with its leaf. One that has run out ends with it. Throws `policy.…`,
 * `persons.not_proved`, `persons.consent_form_unknown`, `persons.consent_given`.
 */
export async function giveConsent(
  tx: Tx,
  context: PersonsContext,
  given: ConsentGiven,
): Promise<PersonConsent> {
  const { person } = await requirePerson(tx, context, given.caller);
  const form = await requireForm(tx, context, given);
  const at = context.clock.now();
  const today = beijingDate(at);
  await endExpired(tx, context, { personId: person.personId, given, today, at });
  const consentId = newId('psc', at);
  const { purpose, recipient } = given;
  const body = {
    act: 'separate_consent_given',
    consent: consentId,
    person: person.personId,
    form: form.id,
    formHash: form.hash,
    purpose,
    recipient,
  };
  const { id: receiptId } = await recordLeaf(tx, context.keys, { kind: 'consent_granted', at, body });
  const [row] = await tx.rows<Row>(
    `insert into rights.person_consents (person_id, consent_id, form_id, form_hash, purpose, recipient, roles, given_at,
       valid_to, given_receipt)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict do nothing returning ${COLUMNS}`,
    [
      person.personId,
      consentId,
      form.id,
      form.hash,
      purpose,
      recipient,
      form.roles,
      at,
      addDays(today, form.validDays),
      receiptId,
    ],
  );
  if (row === undefined) throw personsRefusal('persons.consent_given');
  return withState(row, today);
}

async function requireForm(
  tx: Tx,
  { persons }: PersonsContext,
  { form: id, formHash, purpose, recipient }: ConsentGiven,
): Promise<ConsentForm> {
  const form = persons.consents.find((one) => one.id === id && one.hash === formHash);
  const isFor = form?.purposes.some((one) => one === purpose) ?? false;
  const participant = (await readParticipants(tx, [recipient])).get(recipient);
  if (form === undefined || !isFor || participant?.kind !== 'institution')
    throw personsRefusal('persons.consent_form_unknown');
  return form;
}

/** The words that have run out make room for new ones; that it ended stands in the log. */
async function endExpired(
  tx: Tx,
  { keys }: PersonsContext,
  ended: {
    readonly personId: string;
    readonly given: ConsentGiven;
    readonly today: string;
    readonly at: Date;
  },
): Promise<void> {
  const { personId, given, today, at } = ended;
  const [row] = await tx.rows<{ consentId: string }>(
    `select consent_id as "consentId" from rights.person_consents
     where person_id = $1 and purpose = $2 and recipient = $3 and withdrawn_at is null and valid_to < $4`,
    [personId, given.purpose, given.recipient, today],
  );
  if (row === undefined) return;
  const body = { act: 'separate_consent_expired', consent: row.consentId, person: personId };
  const { id } = await recordLeaf(tx, keys, { kind: 'consent_ended', at, body });
  await markWithdrawn(tx, { personId, consentId: row.consentId, at, receiptId: id });
}

/**
 * 撤回同意 (article 15): from the next call on nothing is provided under it. Called by the request that asks for it. Throws
 * `persons.consent_unknown`.
 */
export async function withdrawConsent(
  tx: Tx,
  { clock, keys }: PersonsContext,
  { personId, consentId }: { readonly personId: string; readonly consentId: string },
): Promise<{ readonly receiptId: string }> {
  const at = clock.now();
  const body = { act: 'separate_consent_withdrawn', consent: consentId.slice(0, 40), person: personId };
  const { id: receiptId } = await recordLeaf(tx, keys, { kind: 'consent_ended', at, body });
  const isEnded = await markWithdrawn(tx, { personId, consentId, at, receiptId });
  if (!isEnded) throw personsRefusal('persons.consent_unknown');
  return { receiptId };
}

async function markWithdrawn(
  tx: Tx,
  ended: {
    readonly personId: string;
    readonly consentId: string;
    readonly at: Date;
    readonly receiptId: string;
  },
): Promise<boolean> {
  const rows = await tx.rows(
    `update rights.person_consents set withdrawn_at = $3, withdrawn_receipt = $4
     where person_id = $1 and consent_id = $2 and withdrawn_at is null returning 1`,
    [ended.personId, ended.consentId, ended.at, ended.receiptId],
  );
  return rows.length === 1;
}

/** Ends whatever the person has in force: they go. */
export async function withdrawAllConsents(
  tx: Tx,
  context: PersonsContext,
  personId: string,
): Promise<number> {
  const rows = await tx.rows<{ consentId: string }>(
    `select consent_id as "consentId" from rights.person_consents where person_id = $1 and withdrawn_at is null`,
    [personId],
  );
  for (const { consentId } of rows) await withdrawConsent(tx, context, { personId, consentId });
  return rows.length;
}
