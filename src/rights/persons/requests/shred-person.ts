import { shredOwner, type Tx } from '#kernel';
import { recordLeaf } from '#security';
import { withdrawAllConsents } from '../consents/consents.ts';
import type { PersonsContext } from '../persons-context.ts';

/**
 * 删除 (article 47) of what the person gave the node: consents end, the data key is destroyed and with it name, number, words and
 * answers in whatever column or copy they stand, and the digests by which the person was found are emptied. That something was
 * asked and decided stays, and says nothing of whom.
 */
export async function shredPerson(
  tx: Tx,
  context: PersonsContext,
  { personId, by }: { readonly personId: string; readonly by: string },
): Promise<void> {
  const at = context.clock.now();
  await withdrawAllConsents(tx, context, personId);
  const keys = await shredOwner(tx, `person:${personId}`);
  await tx.rows(
    `update rights.persons set state = 'ended', ended_at = $2, identity_digest = null, link_digest = null,
       number_sealed = null, name_sealed = null
     where person_id = $1`,
    [personId, at],
  );
  await tx.rows(
    `update rights.person_requests set words_sealed = null, decision_sealed = null, looked_by_sealed = null
     where person_id = $1`,
    [personId],
  );
  const body = { act: 'person_shredded', person: personId, keys, by };
  await recordLeaf(tx, context.keys, { kind: 'administrative_act', at, body });
}
