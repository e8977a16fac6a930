import type { Tx } from '#kernel';
import { type Caller, type Grant, requireAllowed } from '#security';
import { personsRefusal } from '../definition/persons-refusals.ts';
import type { PersonsContext } from '../persons-context.ts';
import { findPersonOf, type Person } from './person-store.ts';

/** Who asks about themselves, and that the policy lets them. */
export type OwnPerson = { readonly person: Person; readonly grant: Grant };

/** The natural person whose account this is. Throws `policy.…`, `persons.not_proved`. */
export async function requirePerson(
  tx: Tx,
  { policies }: Pick<PersonsContext, 'policies'>,
  caller: Caller,
): Promise<OwnPerson> {
  const grant = requireAllowed(policies, caller, 'act_as_person');
  const person = await findPersonOf(tx, caller.id);
  if (person?.state !== 'bound') throw personsRefusal('persons.not_proved');
  return { person, grant };
}
