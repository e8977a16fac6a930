import assert from 'node:assert';
import type { Tx } from '#kernel';
import { bandOfField, compareField, isDelivered, type LocatedRecord, locateRecord } from '#lists';
import { bitsLimitOf, bitsOf, bookBits, quarterOf, readBookedBits } from '#security';
import type { Asked } from '../query/ask.ts';
import { type ClaimPlace, settleClaim, takeClaim } from './claims.ts';
import { countClaims } from './day-limits.ts';
import { toleranceOf } from './load-rules.ts';
import type { ReadableClaim } from './read-claims.ts';
import { verificationRefusal } from './verification-refusals.ts';
import type { ClaimAnswer, VerificationAnswer, VerificationContext } from './verification-shape.ts';

export type Answering = {
  readonly asked: Asked;
  readonly claims: readonly ReadableClaim[];
  readonly disclosureId: string;
  readonly at: Date;
};

export type Answered = Pick<VerificationAnswer, 'outcome' | 'claims' | 'budget'>;

type PlacedClaim = ReadableClaim & { readonly located: LocatedRecord; readonly place: ClaimPlace };

/**
 * Locate → take → count → book → compare, in this order: nothing is compared that is not booked. Only claims that were
 * not made before in the quarter cost anything.
 */
export async function answerClaims(
  tx: Tx,
  context: VerificationContext,
  answering: Answering,
): Promise<Answered> {
  const { asked, claims, at } = answering;
  const contract = contractOf(asked);
  if (!(await isDelivered(tx, asked.permit, contract.id))) return await withoutData(tx, context, answering);
  const placed = await locateClaims(tx, answering);
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
    const answer = await compareClaim(tx, context, { asked, claim });
    await settleClaim(tx, claim.place, answer);
    known.set(claim, { answer, at });
  }
  const inOrder = placed.toSorted((one, other) => one.at - other.at);
  assert.equal(inOrder.length, claims.length, 'every claim is answered');
  return { outcome: 'ok', claims: inOrder.map((claim) => toAnswer(claim, known.get(claim))), budget };
}

function contractOf({ contracts }: Asked) {
  const [contract] = contracts;
  assert(contract !== undefined && contracts.length === 1, 'a verification is of one dataset');
  return contract;
}

/** That the node does not hold the dataset tells nothing of the enterprise and costs nothing. */
async function withoutData(tx: Tx, context: VerificationContext, answering: Answering): Promise<Answered> {
  const answeredAt = answering.at.toISOString();
  const claims = answering.claims.map(({ field }) => ({
    field: field.name,
    answer: 'cannot_verify' as const,
    band: null,
    answeredAt,
  }));
  const budget = await payFor(tx, context, { answering, fresh: [] });
  return { outcome: 'not_connected', claims, budget };
}

/** In one order for all, so that two requests with the same claims never wait for each other. */
async function locateClaims(tx: Tx, { asked, claims, at }: Answering): Promise<PlacedClaim[]> {
  const { permit, consent, admission } = asked;
  const contract = contractOf(asked);
  const range = { from: consent.dataFrom, to: consent.dataTo };
  const placed = new Map<string, PlacedClaim>();
  for (const claim of claims) {
    const located = await locateRecord(tx, permit, { contract, record: claim.record, range });
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

/** `match`, `mismatch`, `cannot_verify` or `band:<name>`. */
async function compareClaim(
  tx: Tx,
  { rules }: VerificationContext,
  { asked, claim }: { asked: Asked; claim: PlacedClaim },
): Promise<string> {
  const { field, bands, located: record } = claim;
  const question = { contract: contractOf(asked), field, record };
  if (bands === undefined) {
    const tolerancePercent = toleranceOf(rules, field.kind);
    return await compareField(tx, asked.permit, { ...question, claim: claim.claim, tolerancePercent });
  }
  const edges = bands.flatMap(({ to }) => (to === undefined ? [] : [to]));
  const band = await bandOfField(tx, asked.permit, { ...question, edges });
  return band === undefined ? 'cannot_verify' : `band:${bands[band]?.name}`;
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
