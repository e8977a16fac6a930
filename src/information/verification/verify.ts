import { createHash, randomBytes } from 'node:crypto';
import { bookUse, proveConsent } from '#consent';
import { canonicalHash, canonicalJson, inTransaction, Refusal, type Tx } from '#kernel';
import { isSyntheticNode } from '#lists';
import {
  type IdempotentCall,
  newDisclosureId,
  onceInTransaction,
  recordDisclosure,
  recordLeaf,
  recordRefusal,
} from '#security';
import { type Asked, askRight, type Known } from '../query/ask.ts';
import type { RunQuery } from '../query/run-query.ts';
import { type Answered, answerClaims } from './answer-claims.ts';
import { readClaims } from './read-claims.ts';
import type { VerificationContext, VerificationRequest } from './verification-shape.ts';

/** Refusals that say no to this asker: each is a leaf that the enterprise finds among its accesses. */
const LEAVES_LEAF: ReadonlySet<number> = new Set([403, 429]);

/**
 * `POST /api/v1/verifications` (核验): claimed values of one dataset in; match, mismatch, cannot_verify or a band out. One
 * transaction: right → claims → use → budget → comparison → leaf → disclosure; whatever is refused booked nothing.
 * Returns the JSON text of a `VerificationAnswer`.
 */
export async function verify(context: VerificationContext, request: VerificationRequest): Promise<RunQuery> {
  const known: Known = {};
  try {
    const ran = await onceInTransaction(context.database, callOf(context, request), (tx) =>
      verifyOnce(tx, context, { request, known }),
    );
    if (ran.isRepeated) await requireRepeatable(context, request, known);
    return ran;
  } catch (error) {
    if (error instanceof Refusal && LEAVES_LEAF.has(error.text.status))
      await recordRefusal(context, error, refusedRequest(request, known));
    throw error;
  }
}

async function verifyOnce(
  tx: Tx,
  context: VerificationContext,
  { request, known }: { request: VerificationRequest; known: Known },
): Promise<string> {
  const asked = await askRight(tx, context, toQuery(request), known);
  const { contract: contractId } = request;
  const [contract] = asked.contracts;
  if (contract === undefined) throw new TypeError('the right to ask names the dataset that was asked for');
  const claims = readClaims(context, { permit: asked.permit, contract }, request.claims);
  const covered = asked.consent.scope.has(contractId) ? [contractId] : [];
  await bookUse(tx, context.clock, asked.consent, { contracts: covered });
  const at = context.clock.now();
  const disclosureId = newDisclosureId(at);
  const answered = await answerClaims(tx, context, { asked, claims, disclosureId, at });
  const content = canonicalJson({
    disclosureId,
    nonce: randomBytes(16).toString('base64url'),
    ...headOf(asked, request),
    contract: contractId,
    version: contract.version,
    isSynthetic: await isSyntheticNode(tx),
    ...answered,
  });
  const receipt = await record(tx, context, { asked, request, answered, at, disclosureId, content });
  return `${content.slice(0, -1)},"receipt":${JSON.stringify(receipt)}}`;
}

function headOf({ enterprise, admission, consent, permit }: Asked, request: VerificationRequest) {
  return {
    enterprise: { code: enterprise.code, name: enterprise.name },
    purpose: request.purpose,
    consentId: consent.consentId,
    institution: admission.institutionId,
    branch: admission.branchId,
    platform: admission.platformId,
    operator: admission.operator,
    application: request.application,
    knownAt: permit.asOf.knownAt.toISOString(),
  };
}

type Recorded = {
  readonly asked: Asked;
  readonly request: VerificationRequest;
  readonly answered: Answered;
  readonly at: Date;
  readonly disclosureId: string;
  readonly content: string;
};

/** The leaf names who asked which fields, what it cost and under which decision; neither claims nor answers. */
async function record(tx: Tx, context: VerificationContext, recorded: Recorded) {
  const { asked, request, answered, at, disclosureId, content } = recorded;
  const { permit, admission, consent } = asked;
  const contentDigest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const fields = namedFields(request);
  const contracts = [request.contract];
  const parties = { institution: admission.institutionId, branch: admission.branchId };
  const route = admission.platformId === null ? {} : { platform: admission.platformId };
  const about = {
    operator: admission.operator,
    consentId: consent.consentId,
    application: request.application,
  };
  const receipt = await recordLeaf(tx, context.keys, {
    kind: 'verification',
    at,
    subject: permit.subject,
    body: {
      disclosure: disclosureId,
      caller: permit.caller.id,
      ...parties,
      ...route,
      ...about,
      purpose: permit.purpose,
      contracts,
      fields,
      contentDigest,
      policyHash: permit.policyHash,
      knownAt: permit.asOf.knownAt.toISOString(),
      outcome: answered.outcome,
      bits: answered.budget.bits,
      quarter: answered.budget.quarter,
    },
  });
  await recordDisclosure(tx, {
    id: disclosureId,
    permit,
    kind: 'verification',
    at,
    contracts,
    contentDigest,
    ...parties,
    ...route,
    ...about,
    receiptId: receipt.id,
    fields: { [request.contract]: fields },
  });
  return receipt;
}

/** Claimed fields and those of the keys that records were named by: an answer tells of both. */
function namedFields({ claims }: VerificationRequest): string[] {
  const named = claims.flatMap(({ field, record = 'latest' }) =>
    record === 'latest' ? [field] : [field, ...Object.keys(record)],
  );
  return [...new Set(named)].sort();
}

/** An answer is repeated to whoever may still have it; a consent that this very answer used up counts as live. */
async function requireRepeatable(
  context: VerificationContext,
  request: VerificationRequest,
  known: Known,
): Promise<void> {
  await inTransaction(context.database, async (tx) => {
    const consent = await proveConsent(tx, context.clock, { consentId: request.consentId });
    if (consent?.state !== 'exhausted') await askRight(tx, context, toQuery(request), known);
  });
}

function toQuery(request: VerificationRequest) {
  return { ...request, contracts: [request.contract] };
}

function callOf({ clock }: VerificationContext, request: VerificationRequest): IdempotentCall {
  const { caller, idempotencyKey, ...asked } = request;
  const participant = caller.participantId ?? caller.id;
  return {
    participant,
    operation: 'verification',
    key: idempotencyKey,
    requestDigest: canonicalHash(asked),
    clock,
  };
}

function refusedRequest(
  { caller, purpose, contract }: VerificationRequest,
  { enterprise, admission }: Known,
) {
  return {
    caller,
    operation: 'verification',
    purpose,
    contracts: [contract],
    ...(admission && {
      institution: admission.institutionId,
      operator: admission.operator,
    }),
    ...(admission?.platformId && { platform: admission.platformId }),
    ...(enterprise && { subject: enterprise.enterpriseId }),
  };
}
