import type { Tx } from '#kernel';
import { recordLeaf, requireAllowed } from '#security';
import type { Acting } from '../acting.ts';
import { participantRefusal } from './participant-refusals.ts';
import type { ParticipantTables } from './participant-tables.ts';
import { readParticipants } from './read-participants.ts';

/** The two who signed: a platform, and an institution as a whole. */
export type Parties = { readonly platformId: string; readonly institutionId: string };

export type SignedAgreement = Parties & {
  readonly signedAt: Date;
  /** Its term; null: until it is ended. */
  readonly validTo: Date | null;
  /** SHA-256 of the signed document, hex. */
  readonly documentDigest: string;
};

/**
 * Registers an agreement between platform and institution: from then on the platform may act for the institution.
 * Throws `agreement.parties_wrong`, `agreement.in_force` or `admission.time_wrong`.
 */
export async function signAgreement(tx: Tx, acting: Acting, agreement: SignedAgreement): Promise<void> {
  requireAllowed(acting.policies, acting.caller, 'admit_participant');
  await requireParties(tx, agreement);
  const { platformId, institutionId, signedAt, validTo, documentDigest } = agreement;
  if (validTo !== null && validTo <= signedAt) throw participantRefusal('admission.time_wrong');
  if ((await openAgreement(tx, { ...agreement, at: signedAt })) !== undefined)
    throw participantRefusal('agreement.in_force');
  const receiptId = await leafOf(tx, acting, {
    act: 'agreement_signed',
    platform: platformId,
    institution: institutionId,
    documentDigest,
    signedAt: signedAt.toISOString(),
    validTo: validTo?.toISOString() ?? null,
  });
  const made = await tx
    .tables<ParticipantTables>()
    .insertInto('platform.agreements')
    .values({
      platform_id: platformId,
      institution_id: institutionId,
      signed_at: signedAt,
      valid_to: validTo,
      ended_at: null,
      document_digest: documentDigest,
      made_by: acting.caller.id,
      ended_by: null,
      receipt_id: receiptId,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('signed_at')
    .executeTakeFirst();
  // One of the same day that was ended since: its row stays what it is.
  if (made === undefined) throw participantRefusal('agreement.in_force');
}

/** Ends the agreement in force from now on. Throws `agreement.unknown`. */
export async function endAgreement(tx: Tx, acting: Acting, parties: Parties): Promise<void> {
  requireAllowed(acting.policies, acting.caller, 'admit_participant');
  const at = acting.clock.now();
  const open = await openAgreement(tx, { ...parties, at });
  if (open === undefined) throw participantRefusal('agreement.unknown');
  await tx
    .tables<ParticipantTables>()
    .updateTable('platform.agreements')
    .set({ ended_at: open.signed_at > at ? open.signed_at : at, ended_by: acting.caller.id })
    .where('platform_id', '=', parties.platformId)
    .where('institution_id', '=', parties.institutionId)
    .where('signed_at', '=', open.signed_at)
    .execute();
  const body = { platform: parties.platformId, institution: parties.institutionId };
  await leafOf(tx, acting, { act: 'agreement_ended', ...body, signedAt: open.signed_at.toISOString() });
}

/** Locks both, so that two agreements at once come one after the other. */
async function requireParties(tx: Tx, { platformId, institutionId }: Parties): Promise<void> {
  await tx.rows(
    'select from platform.participants where participant_id = any($1::text[]) order by participant_id for update',
    [[platformId, institutionId]],
  );
  const parties = await readParticipants(tx, [platformId, institutionId]);
  const [platform, institution] = [parties.get(platformId), parties.get(institutionId)];
  const isRight =
    platform?.kind === 'platform' &&
    platform.lineage.length === 1 &&
    institution?.kind === 'institution' &&
    institution.lineage.length === 1;
  if (!isRight) throw participantRefusal('agreement.parties_wrong');
}

/** One that nobody ended and whose term reaches beyond this instant, be it signed for a later day. */
async function openAgreement(tx: Tx, { platformId, institutionId, at }: Parties & { at: Date }) {
  return await tx
    .tables<ParticipantTables>()
    .selectFrom('platform.agreements')
    .select('signed_at')
    .where('platform_id', '=', platformId)
    .where('institution_id', '=', institutionId)
    .where('ended_at', 'is', null)
    .where((where) => where.or([where('valid_to', 'is', null), where('valid_to', '>', at)]))
    .executeTakeFirst();
}

async function leafOf(
  tx: Tx,
  { caller, clock, keys }: Acting,
  body: Readonly<Record<string, string | null>>,
): Promise<string> {
  const at = clock.now();
  const { id } = await recordLeaf(tx, keys, { kind: 'admission', at, body: { ...body, by: caller.id } });
  return id;
}
