import assert from 'node:assert';
import type { Tx } from '#kernel';
import { isDelivered } from '#lists';
import { bitsLimitOf, bitsOf, bookBits, quarterOf, readBookedBits } from '#security';
import type { Asked } from '../query/ask.ts';
import type { SourceAnswer } from '../query/query-shape.ts';
import { type ClaimPlace, settleClaim, takeClaim } from './claims.ts';
import { countClaims } from './day-limits.ts';
import { type LocatedClaim, locateClaim } from './locate-claim.ts';
import type { ReadableClaim } from './read-claims.ts';
import { verificationRefusal } from './verification-refusals.ts';
import type { ClaimAnswer, VerificationAnswer, VerificationContext } from './verification-shape.ts';

export type Answering = {
  readonly asked: Asked;
  readonly claims: readonly ReadableClaim[];
  readonly disclosureId: string;
  readonly at: Date;
  /** What the department answered, of a dataset that is asked at its source; undefined: the node holds it. */
  readonly source: SourceAnswer | undefined;
};

export type Answered = Pick<VerificationAnswer, 'outcome' | 'claims' | 'budget'>;

type PlacedClaim = ReadableClaim & { readonly located: LocatedClaim; readonly place: ClaimPlace };

/**
 * Locate → take → count → book → compare, in this order: nothing is compared that is not booked. Only claims that were
 * not made before in the quarter cost anything.
 */
export async function answerClaims(
  tx: Tx,
  context: VerificationContext,
  answering: Answering,
): Promise<Answered> {
  const { claims, at } = answering;
  const outcome = await outcomeOf(tx, answering);
  if (outcome === 'not_connected' || outcome === 'source_down')
    return await withoutData(tx, context, { answering, outcome });
  const placed = await locateClaims(tx, context, answering);
  const known = new Map<PlacedClaim, { answer: string; at: Date }>();
  for (const claim of placed) {
    const { answered } = await takeClaim(tx, claim.place, {
      claim,
      disclosureId: answering.disclosureId,
      at,
    });
    if (answered !== undefined) known.set(claim, answered);
  }
  const fresh = placed.filter((claim) => !known.has(claim));
  const budget = await payFor(tx, context, { answering, fresh });
  for (const claim of fresh) {
    const answer = await claim.located.compare();
    await settleClaim(tx, claim.place, answer);
    known.set(claim, { answer, at });
  }
  const inOrder = placed.toSorted((one, other) => one.at - other.at);
  assert.equal(inOrder.length, claims.length, 'every claim is answered');
  return { outcome, claims: inOrder.map((claim) => toAnswer(claim, known.get(claim))), budget };
}

/** That there is no record, or that the department does not cover the enterprise, is nobody's to learn: it is `ok`. */
async function outcomeOf(tx: Tx, { asked, source }: Answering): Promise<Answered['outcome']> {
  if (source === undefined) {
    return (await isDelivered(tx, asked.permit, contractOf(asked).id)) ? 'ok' : 'not_connected';
  }
  const { outcome } = source;
  if (outcome === 'not_connected' || outcome === 'source_down' || outcome === 'stale') return outcome;
  return 'ok';
}

function contractOf({ contracts }: Asked) {
  const [contract] = contracts;
  assert(contract !== undefined && contracts.length === 1, 'a verification is of one dataset');
  return contract;
}

/** That nobody could be asked tells nothing of the enterprise and costs nothing; the same may be claimed again. */
async function withoutData(
  tx: Tx,
  context: VerificationContext,
  { answering, outcome }: { answering: Answering; outcome: Answered['outcome'] },
): Promise<Answered> {
  const answeredAt = answering.at.toISOString();
  const claims = answering.claims.map(({ field }) => ({
    field: field.name,
    answer: 'cannot_verify' as const,
    band: null,
    answeredAt,
  }));
  const budget = await payFor(tx, context, { answering, fresh: [] });
  return { outcome, claims, budget };
}

/** In one order for all, so that two requests with the same claims never wait for each other. */
async function locateClaims(
  tx: Tx,
  { rules }: VerificationContext,
  { asked, claims, at, source }: Answering,
): Promise<PlacedClaim[]> {
  const { permit, admission } = asked;
  const contract = contractOf(asked);
  const placed = new Map<string, PlacedClaim>();
  for (const claim of claims) {
    const located = await locateClaim(tx, { asked, contract, rules, source }, claim);
    const field = claim.field.name;
    const place = {
      enterpriseId: permit.subject,
      institution: admission.institutionId,
      contractId: contract.id,
      field,
      recordKey: located.recordKey,
      quarter: quarterOf(at),
    };
    const key = `${field} ${located.recordKey}`;
    if (placed.has(key)) throw verificationRefusal('verification.claim_twice', { field });
    placed.set(key, { ...claim, located, place });
  }
  return [...placed].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, claim]) => claim);
}

async function payFor(
  tx: Tx,
  { rules, budgets }: VerificationContext,
  { answering, fresh }: { answering: Answering; fresh: readonly PlacedClaim[] },
): Promise<Answered['budget']> {
  const { asked, disclosureId, at } = answering;
  const { permit, admission } = asked;
  const { id: contractId } = contractOf(asked);
  const account = {
    enterpriseId: permit.subject,
    institution: admission.institutionId,
    contractId,
    quarter: quarterOf(at),
  };
  const fields = fresh.map(({ field }) => field.name);
  await countClaims(tx, rules, { claims: { ...account, fields }, at });
  const bits = fresh.reduce((sum, { bands }) => sum + bitsOf((bands?.length ?? 2) + 1), 0);
  const limitBits = bitsLimitOf(budgets, admission.institutionType, contractId);
  const booking = { ...account, bits, limitBits, disclosureId, kind: 'verification', at } as const;
  const bookedBits = bits === 0 ? await readBookedBits(tx, account) : await bookBits(tx, booking);
  return { quarter: account.quarter, bits, bookedBits, limitBits };
}

/** A band that the rules no longer name keeps its name alone. */
function toAnswer(
  { field, bands }: PlacedClaim,
  known: { answer: string; at: Date } | undefined,
): ClaimAnswer {
  assert(known !== undefined, 'every claim is answered');
  const head = { field: field.name, answeredAt: known.at.toISOString() };
  const [answer, name] = known.answer.split(':');
  if (name !== undefined) {
    const band = bands?.find((one) => one.name === name);
    return { ...head, answer: 'band', band: { name, zh: band?.zh ?? name, en: band?.en ?? name } };
  }
  assert(answer === 'match' || answer === 'mismatch' || answer === 'cannot_verify', 'answers are closed');
  return { ...head, answer, band: null };
}
