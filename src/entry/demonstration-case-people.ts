import { randomBytes } from 'node:crypto';
import { type EnterpriseId, inTransaction, openFieldCipher, Refusal } from '#kernel';
import {
  type Acting,
  authenticate,
  confirmMandate,
  enterMandate,
  listAccounts,
  makeAccount,
  type NewAccount,
  proveMandate,
  readParticipants,
  setPassword,
} from '#platform';
import type { Caller } from '#security';
import type { Node } from './node.ts';

/** Logins and passwords of the people of the cases; new ones are added as they are made. */
export type CasePasswords = Record<string, string>;

const DAY_MS = 86_400_000;
const MANDATED_DAYS = 400;

/** The two officers of the demonstration, signed in: they confirm mandates. */
export type CaseOfficers = { readonly proposer: Acting; readonly approver: Acting };

/** A person of a participant, who asks for consents and queries. */
export async function participantPerson(
  node: Node,
  passwords: CasePasswords,
  participantId: string,
): Promise<Caller> {
  const found = await inTransaction(node.database, (tx) => readParticipants(tx, [participantId]));
  const participant = found.get(participantId);
  if (participant?.kind !== 'institution' && participant?.kind !== 'platform')
    throw new TypeError(`a case names no institution or platform: ${participantId}`);
  return await openPerson(node, passwords, {
    login: loginOf(participantId),
    kind: participant.kind,
    roles: ['inquirer'],
    organisation: null,
    participantId,
    enterpriseId: null,
    label: { zh: `${participant.name.zh}查询员`, en: `Inquirer of ${participant.name.en}` },
    isDemonstration: true,
  });
}

/** Whose login it is, a participant's or a case's. */
export function loginOf(id: string): string {
  return `case-${id}`;
}

/** The legal representative of a case's enterprise, whose mandate two officers have confirmed; see `mandateDays`. */
export async function representative(
  node: Node,
  passwords: CasePasswords,
  { caseId, enterpriseId, name }: { caseId: string; enterpriseId: EnterpriseId; name: string },
): Promise<Caller> {
  return await openPerson(node, passwords, {
    login: loginOf(caseId),
    kind: 'enterprise',
    roles: ['legal_representative'],
    organisation: null,
    enterpriseId,
    label: { zh: `${name}（法定代表人）`, en: `Legal representative of ${name}` },
    isDemonstration: true,
  });
}

/** Signs in by the password of this installation; makes the account, or gives it that password, where need be. */
export async function openPerson(
  node: Node,
  passwords: CasePasswords,
  person: Omit<NewAccount, 'password'>,
): Promise<Caller> {
  const { login } = person;
  const act = { by: 'system:demonstration', clock: node.clock, keys: node.keys };
  const isKept = passwords[login] !== undefined;
  const password = (passwords[login] ??= randomBytes(18).toString('base64url'));
  await inTransaction(node.database, async (tx) => {
    const isThere = (await listAccounts(tx)).some((account) => account.login === login);
    if (!isThere) await makeAccount(tx, act, { ...person, password });
    else if (!isKept) await setPassword(tx, act, { login, password });
  });
  return await authenticate(node.database, node.clock, { login, password });
}

/** Enters and confirms the representative's mandate, once; `validDays` from today it ends, null: it does not. */
export async function mandate(
  node: Node,
  { proposer, approver }: CaseOfficers,
  of: { caller: Caller; login: string; enterpriseId: EnterpriseId; validDays: number | null },
): Promise<void> {
  const { caller, login, enterpriseId, validDays } = of;
  const now = node.clock.now().getTime();
  // One that has ended was confirmed while it held.
  const then = {
    now: () => new Date(validDays !== null && validDays < 0 ? now - MANDATED_DAYS * DAY_MS + DAY_MS : now),
  };
  const cipher = openFieldCipher(node.config.keysFolder, node.config.suite);
  await inTransaction(node.database, async (tx) => {
    if (await isMandated(() => proveMandate(tx, node.clock, caller))) return;
    const paper = {
      enterpriseId,
      capacity: 'legal_representative',
      login,
      scope: [],
      validFrom: new Date(now - MANDATED_DAYS * DAY_MS),
      validTo: validDays === null ? null : new Date(now + validDays * DAY_MS),
      idNumber: null,
      documentDigest: '0'.repeat(64),
    } as const;
    const mandateId = await enterMandate(tx, { ...proposer, clock: then, cipher }, paper);
    await confirmMandate(tx, { ...approver, clock: then }, { enterpriseId, mandateId });
  });
}

/** One that has ended is one all the same. */
async function isMandated(prove: () => Promise<unknown>): Promise<boolean> {
  try {
    await prove();
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.code !== 'mandate.missing';
  }
}
