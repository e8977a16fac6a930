import { newId, type Tx } from '#kernel';
import { maskIdNumber } from '#lists';
import { listAccounts } from '#platform';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { personsRefusal } from '../definition/persons-refusals.ts';
import type { PersonsContext } from '../persons-context.ts';
import { isIdentityNumber } from './identity-number.ts';
import { PERSONS_LIMITS } from '../persons-limits.ts';
import { listEntered, type Person, sealFor, takePerson } from './person-store.ts';

/** Name and number as they stand on the document. */
export type Identity = { readonly name: string; readonly number: string };

export type WindowProof = {
  readonly caller: Caller;
  /** Login of the person's own account. */
  readonly login: string;
  readonly identity: Identity;
  /** SHA-256 of the scan of the document, hex. */
  readonly documentDigest: string;
};

/**
 * 身份核验: a clerk has seen the document of a person present and enters it; another confirms (`confirmPerson`). Returns the
 * person's id. Throws `policy.…`, `persons.identity_wrong`, `persons.account_unfit`, `persons.known_already`.
 */
export async function enterPerson(
  tx: Tx,
  context: PersonsContext,
  { caller, login, identity, documentDigest }: WindowProof,
): Promise<{ readonly personId: string }> {
  requireAllowed(context.policies, caller, 'enter_person');
  if (!/^[0-9a-f]{64}$/.test(documentDigest)) throw personsRefusal('persons.identity_wrong');
  const account = (await listAccounts(tx)).find((one) => one.login === login && one.disabledAt === null);
  if (account === undefined || !OF_PERSONS.has(account.kind)) throw personsRefusal('persons.account_unfit');
  const { accountId } = account;
  return await writePerson(tx, context, {
    accountId,
    identity,
    proof: 'window',
    documentDigest,
    by: caller.id,
  });
}

/** Accounts of offices are not a person's own. */
const OF_PERSONS: ReadonlySet<string> = new Set(['reader', 'enterprise']);

/**
 * The person enters their own name and number, which the city's identity provider has proved: its name for the signed-in person
 * is that number. It says nothing of the name, so one clerk still compares it with the document. Throws
 * `persons.no_outside_proof` and what `enterPerson` throws.
 */
export async function enterProvedOutside(
  tx: Tx,
  context: PersonsContext,
  { caller, identity }: { readonly caller: Caller; readonly identity: Identity },
): Promise<{ readonly personId: string }> {
  requireAllowed(context.policies, caller, 'act_as_person');
  if (!isIdentityNumber(identity.number.toUpperCase())) throw personsRefusal('persons.identity_wrong');
  const proved = await context.findProvedAccount?.(tx, identity.number.toUpperCase());
  if (proved !== caller.id) throw personsRefusal('persons.no_outside_proof');
  const { id: accountId } = caller;
  return await writePerson(tx, context, {
    accountId,
    identity,
    proof: 'outside',
    documentDigest: null,
    by: accountId,
  });
}

/** The second check, by another person than entered it: from now on the account is the person's. */
export async function confirmPerson(
  tx: Tx,
  context: PersonsContext,
  { caller, personId }: { readonly caller: Caller; readonly personId: string },
): Promise<void> {
  const entered = await takePerson(tx, personId);
  const earlierPersons = entered === undefined ? [] : [entered.enteredBy, entered.accountId];
  requireAllowed(context.policies, caller, 'confirm_person', { earlierPersons });
  if (entered?.state !== 'entered') throw personsRefusal('persons.not_entered');
  const at = context.clock.now();
  await tx.rows(
    `update rights.persons set state = 'bound', confirmed_by = $2, confirmed_at = $3 where person_id = $1`,
    [personId, caller.id, at],
  );
  const body = { act: 'person_bound', person: personId, account: entered.accountId, by: caller.id };
  await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
}

/** Those who wait for the second check, without a name. Throws `policy.…`. */
export async function listEnteredPersons(
  tx: Tx,
  { policies }: PersonsContext,
  { caller }: { readonly caller: Caller },
): Promise<Person[]> {
  requireAllowed(policies, caller, 'enter_person');
  return await listEntered(tx, PERSONS_LIMITS.pageRows);
}

type NewPerson = {
  readonly accountId: string;
  readonly identity: Identity;
  readonly proof: Person['proof'];
  readonly documentDigest: string | null;
  readonly by: string;
};

async function writePerson(
  tx: Tx,
  context: PersonsContext,
  { accountId, identity, proof, documentDigest, by }: NewPerson,
): Promise<{ readonly personId: string }> {
  const [name, number] = [identity.name.trim(), identity.number.trim().toUpperCase()];
  if (!isIdentityNumber(number) || !/^[\p{L}·•. ]{2,100}$/u.test(name))
    throw personsRefusal('persons.identity_wrong');
  const { clock, keys, digests } = context;
  const at = clock.now();
  const personId = newId('psn', at);
  const body = { act: 'person_entered', person: personId, account: accountId, proof, by };
  const { id: receiptId } = await recordLeaf(tx, keys, { kind: 'administrative_act', at, body });
  const written = await tx.rows(
    `insert into rights.persons (person_id, identity_digest, link_digest, number_sealed, name_sealed, account_id, proof,
       document_digest, state, entered_by, entered_at, receipt_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'entered', $9, $10, $11)
     on conflict do nothing returning person_id`,
    [
      personId,
      digests.identity(number),
      digests.link(name, maskIdNumber(number)),
      await sealFor(tx, context, { personId, column: 'number' }, number),
      await sealFor(tx, context, { personId, column: 'name' }, name),
      accountId,
      proof,
      documentDigest,
      by,
      at,
      receiptId,
    ],
  );
  if (written.length === 0) throw personsRefusal('persons.known_already');
  return { personId };
}
