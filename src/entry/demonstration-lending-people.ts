import { inTransaction } from '#kernel';
import { type NewAccount, readParticipants } from '#platform';
import type { Caller } from '#security';
import { type CasePasswords, openPerson } from './demonstration-case-people.ts';
import type { Lender } from './demonstration-lending-file.ts';
import type { Node } from './node.ts';

/** Who takes a borrower from the counter to the report. */
export type LenderPeople = {
  /** Enters consents that were given on paper. */
  readonly clerk: Caller;
  /** The second person, who confirms them. */
  readonly confirmer: Caller;
  /** Queries and reports, at the institution or at its platform. */
  readonly inquirer: Caller;
};

/** People of the institution as a whole, and of its platform where it has one; made once, signed in at every start. */
export async function openLenderPeople(
  node: Node,
  passwords: CasePasswords,
  { institution, platform }: Lender,
): Promise<LenderPeople> {
  const open = async (participantId: string, part: string, roles: NewAccount['roles']) =>
    await openPerson(node, passwords, await describe(node, { participantId, part, roles }));
  return {
    clerk: await open(institution, 'clerk', ['clerk']),
    confirmer: await open(institution, 'confirmer', ['compliance']),
    inquirer: await open(platform ?? institution, 'lending', ['inquirer', 'reporter']),
  };
}

type Part = {
  readonly participantId: string;
  readonly part: string;
  readonly roles: NewAccount['roles'];
};

async function describe(
  { database }: Node,
  { participantId, part, roles }: Part,
): Promise<Omit<NewAccount, 'password'>> {
  const found = await inTransaction(database, (tx) => readParticipants(tx, [participantId]));
  const participant = found.get(participantId);
  if (participant?.kind !== 'institution' && participant?.kind !== 'platform')
    throw new TypeError(`no institution or platform: ${participantId}`);
  const { zh, en } = participant.name;
  return {
    login: `${participantId}-${part}`,
    kind: participant.kind,
    roles,
    organisation: null,
    participantId,
    enterpriseId: null,
    label: { zh: `${zh}（融资业务）`, en: `${en}, lending` },
    isDemonstration: true,
  };
}
