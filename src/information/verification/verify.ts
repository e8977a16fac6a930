import { canonicalHash, inTransaction, Refusal, type Tx } from '#kernel';
import {
  type IdempotentAnswer,
  type IdempotentCall,
  onceInTransaction,
  recordRefusal,
  withIdempotency,
} from '#security';
import { gatherFromSources, type Ordered, orderSources } from '../order-sources.ts';
import { type Asked, askRight, type Known } from '../query/ask.ts';
import type { RunQuery } from '../query/run-query.ts';
import { answerVerification } from './answer-verification.ts';
import { type ReadableClaim, readClaims } from './read-claims.ts';
import type { VerificationContext, VerificationRequest } from './verification-shape.ts';

/** Refusals that say no to this asker: each is a leaf that the enterprise finds among its accesses. */
const LEAVES_LEAF: ReadonlySet<number> = new Set([403, 429]);

/**
 * `POST /api/v1/verifications` (核验): claimed values of one dataset in; match, mismatch, cannot_verify or a band out.
 * What the node holds is compared in one transaction; what its department holds is asked for between two, with no
 * connection held, compared in memory and dropped. Returns the JSON text of a `VerificationAnswer`.
 */
export async function verify(context: VerificationContext, request: VerificationRequest): Promise<RunQuery> {
  const known: Known = {};
  try {
    const ran = isAtSource(context, request)
      ? await verifyAtSource(context, request, known)
      : await verifyStored(context, request, known);
    if (ran.isRepeated) await requireRepeatable(context, request, known);
    return ran;
  } catch (error) {
    if (error instanceof Refusal && LEAVES_LEAF.has(error.text.status))
      await recordRefusal(context, error, refusedRequest(request, known));
    throw error;
  }
}

/** A dataset that is not delivered to the node, where departments can be asked. */
function isAtSource({ askSources, lists }: VerificationContext, { contract }: VerificationRequest): boolean {
  const { sharingModes = [] } = lists.catalogue.contracts.get(contract) ?? {};
  return askSources !== undefined && sharingModes.some((mode) => mode !== 'replicated');
}

async function verifyStored(
  context: VerificationContext,
  request: VerificationRequest,
  known: Known,
): Promise<IdempotentAnswer> {
  return await onceInTransaction(context.database, callOf(context, request), async (tx) => {
    const { asked, claims } = await askToVerify(tx, context, request, known);
    return await answerVerification(tx, context, asked, { request, claims, source: undefined });
  });
}

/** ask (intent leaf) → gather → answer. The claims stay here: a department learns who is asked about, not what is claimed. */
async function verifyAtSource(
  context: VerificationContext,
  request: VerificationRequest,
  known: Known,
): Promise<IdempotentAnswer> {
  return await withIdempotency(context.database, callOf(context, request), async (complete) => {
    const ordered = await inTransaction(context.database, async (tx): Promise<Ordered> => {
      const { asked } = await askToVerify(tx, context, request, known);
      return await orderSources(tx, context, asked, asked.contracts);
    });
    const [source] = await gatherFromSources(context, ordered);
    await inTransaction(context.database, async (tx) => {
      const { asked, claims } = await askToVerify(tx, context, request, known);
      await complete(tx, await answerVerification(tx, context, asked, { request, claims, source }));
    });
  });
}

type ToVerify = { readonly asked: Asked; readonly claims: readonly ReadableClaim[] };

/** The right to ask, and claims that may be made under it. */
async function askToVerify(
  tx: Tx,
  context: VerificationContext,
  request: VerificationRequest,
  known: Known,
): Promise<ToVerify> {
  const asked = await askRight(tx, context, toQuery(request), { known });
  const [contract] = asked.contracts;
  if (contract === undefined) throw new TypeError('the right to ask names the dataset that was asked for');
  return { asked, claims: readClaims(context, { permit: asked.permit, contract }, request.claims) };
}

/** An answer is repeated to whoever may still have it. */
async function requireRepeatable(
  context: VerificationContext,
  request: VerificationRequest,
  known: Known,
): Promise<void> {
  await inTransaction(context.database, (tx) =>
    askRight(tx, context, { ...toQuery(request), isRepeat: true }, { known }),
  );
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
