import assert from 'node:assert';
import { createHmac, randomBytes } from 'node:crypto';
import { equalSecrets, type EnterpriseId, type Tx } from '#kernel';
import { dayAfterQuarter } from '#security';
import type { ReadableClaim } from './read-claims.ts';
import { verificationRefusal } from './verification-refusals.ts';

/** What one claim is about, for whom and when. */
export type ClaimPlace = {
  readonly enterpriseId: EnterpriseId;
  readonly institution: string;
  readonly contractId: string;
  readonly field: string;
  readonly recordKey: string;
  readonly quarter: string;
};

/** `answered`: the same was claimed before in the quarter, and this was said. */
export type TakenClaim = { readonly answered: { readonly answer: string; readonly at: Date } | undefined };

type NewClaim = { readonly claim: ReadableClaim; readonly disclosureId: string; readonly at: Date };

/**
 * Takes the one claim of this field and record that an institution has in a quarter; of several at once the others wait
 * for the first. Claims of one request are taken in one order. Throws `verification.sliding_value` for another value,
 * or the same value for another form of answer.
 */
export async function takeClaim(
  tx: Tx,
  place: ClaimPlace,
  { claim, disclosureId, at }: NewClaim,
): Promise<TakenClaim> {
  const salt = randomBytes(16);
  const digest = digestOf(claim, salt);
  const taken = await tx.hotRows('information.take_claim', TAKE, [
    ...keyOf(place),
    salt,
    digest,
    disclosureId,
    at,
  ]);
  if (taken.length > 0) return { answered: undefined };
  const [row] = await tx.hotRows<{ salt: Buffer; claim_digest: Buffer; answer: string | null; at: Date }>(
    'information.read_claim',
    READ,
    keyOf(place),
  );
  assert(row !== undefined && row.answer !== null, 'a claim that was taken before was answered and stays');
  if (!equalSecrets(digestOf(claim, row.salt), row.claim_digest)) {
    const { field, quarter } = place;
    throw verificationRefusal('verification.sliding_value', {
      field,
      quarter,
      next: dayAfterQuarter(quarter),
    });
  }
  return { answered: { answer: row.answer, at: row.at } };
}

/** Keeps what was answered, for whoever claims the same again. */
export async function settleClaim(tx: Tx, place: ClaimPlace, answer: string): Promise<void> {
  await tx.hotRows('information.settle_claim', SETTLE, [...keyOf(place), answer]);
}

/** The value stays out of the database; under a salt of its own each digest is good for this one comparison. */
function digestOf({ claim, bands }: ReadableClaim, salt: Buffer): Buffer {
  const form = bands === undefined ? 'match' : 'band';
  return createHmac('sha256', salt)
    .update(JSON.stringify([form, claim.value, claim.currency]))
    .digest();
}

function keyOf({ enterpriseId, institution, contractId, field, recordKey, quarter }: ClaimPlace): string[] {
  return [enterpriseId, institution, contractId, field, recordKey, quarter];
}

const IS_PLACE = `enterprise_id = $1 and institution = $2 and contract_id = $3 and field = $4 and record_key = $5
  and quarter = $6`;

const TAKE = `
  insert into information.claims
    (enterprise_id, institution, contract_id, field, record_key, quarter, salt, claim_digest, disclosure_id, at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  on conflict (enterprise_id, institution, contract_id, field, record_key, quarter) do nothing
  returning 1`;

const READ = `select salt, claim_digest, answer, at from information.claims where ${IS_PLACE}`;

const SETTLE = `update information.claims set answer = $7 where ${IS_PLACE}`;
