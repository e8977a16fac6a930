import type { FieldCipher, Tx } from '#kernel';
import type { ObjectionContext } from '../objections/objection-context.ts';
import type { PersonsDefinition } from './definition/load-persons.ts';
import type { PersonDigests } from './identity/digests.ts';

/** What requests of natural persons work with; made once by entry. */
export type PersonsContext = ObjectionContext & {
  readonly cipher: FieldCipher;
  readonly persons: PersonsDefinition;
  readonly digests: PersonDigests;
  /** The account that the city's identity provider has said is of this identity number; absent: none is connected. */
  readonly findProvedAccount?: (tx: Tx, identityNumber: string) => Promise<string | undefined>;
};
