import { type FieldPlace, openField, sealField, type Tx } from '#kernel';
import type { PersonsContext } from '../persons-context.ts';

/** A person as the node knows them; number and name are opened only where they are needed. */
export type Person = {
  readonly personId: string;
  readonly accountId: string;
  readonly linkDigest: string;
  readonly state: 'entered' | 'bound';
  readonly proof: 'window' | 'outside';
  readonly enteredBy: string;
  readonly boundAt: Date | null;
};

const COLUMNS = `person_id as "personId", account_id as "accountId", link_digest as "linkDigest", state, proof,
  entered_by as "enteredBy", confirmed_at as "boundAt"`;

export async function findPersonOf(tx: Tx, accountId: string): Promise<Person | undefined> {
  const [row] = await tx.rows<Person>(
    `select ${COLUMNS} from rights.persons where account_id = $1 and state <> 'ended'`,
    [accountId],
  );
  return row;
}

/** Held until the transaction ends. */
export async function takePerson(tx: Tx, personId: string): Promise<Person | undefined> {
  const [row] = await tx.rows<Person>(
    `select ${COLUMNS} from rights.persons where person_id = $1 and state <> 'ended' for update`,
    [personId],
  );
  return row;
}

/** Those who wait for the second check, the oldest first. */
export async function listEntered(tx: Tx, limit: number): Promise<Person[]> {
  return await tx.rows<Person>(
    `select ${COLUMNS} from rights.persons where state = 'entered' order by person_id limit $1`,
    [limit],
  );
}

/** Of columns that hold something of a person: they die together with the person's data key. */
function placeOf(personId: string, column: string): FieldPlace {
  return { table: 'rights.persons', column, owner: `person:${personId}` };
}

export async function sealFor(
  tx: Tx,
  { cipher }: Pick<PersonsContext, 'cipher'>,
  { personId, column }: { personId: string; column: string },
  plain: string,
): Promise<string> {
  return await sealField(tx, cipher, placeOf(personId, column), plain);
}

/** Null where nothing stands; what was shredded throws `fields.shredded`. */
export async function openFor(
  tx: Tx,
  { cipher }: Pick<PersonsContext, 'cipher'>,
  { personId, column }: { personId: string; column: string },
  sealed: string | null,
): Promise<string | null> {
  return sealed === null ? null : await openField(tx, cipher, placeOf(personId, column), sealed);
}
