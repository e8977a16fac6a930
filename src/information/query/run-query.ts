import { createHash } from 'node:crypto';
import { proveConsent } from '#consent';
import { canonicalJson, inTransaction, Refusal, type Tx } from '#kernel';
import {
  completeKey,
  type IdempotentCall,
  recordLeaf,
  recordRefusal,
  reserveKey,
  type SourceOrder,
  withIdempotency,
} from '#security';
import { answerQuery } from './answer.ts';
import { type Asked, askRight, type Known, requireContracts } from './ask.ts';
import type { QueryContext, QueryRequest, SourceAnswer } from './query-shape.ts';

/** How long departments may be asked after the right to ask was given. */
const ORDER_MS = 10_000;

/** `isRepeated`: the answer of an earlier call with the same key; it counted once. */
export type RunQuery = { readonly answer: string; readonly isRepeated: boolean };

/**
 * `POST /api/v1/queries`: one enterprise, several datasets, one financing purpose, under one consent. Replicated data
 * alone are answered in one transaction with one leaf; sources are asked between two, with no connection held.
 * Every refusal is a leaf that the enterprise finds among its accesses.
 */
export async function runQuery(context: QueryContext, request: QueryRequest): Promise<RunQuery> {
  const known: Known = {};
  try {
    const contracts = requireContracts(context, request.contracts);
    const isDispatched = context.askSources !== undefined && contracts.some(isAskedAtSource);
    return await (isDispatched
      ? dispatchQuery(context, request, known)
      : answerAtOnce(context, request, known));
  } catch (error) {
    if (error instanceof Refusal && error.text.status === 403) {
      await recordRefusal(context, error, refusedRequest(request, known));
    }
    throw error;
  }
}

function isAskedAtSource({ sharingModes }: { readonly sharingModes: readonly string[] }): boolean {
  return sharingModes.includes('at_source');
}

async function answerAtOnce(context: QueryContext, request: QueryRequest, known: Known): Promise<RunQuery> {
  return await inTransaction(context.database, async (tx) => {
    const reserved = await reserveKey(tx, callOf(context, request));
    if (reserved.done) {
      await requireRepeatable(tx, context, request, known);
      return { answer: reserved.answer, isRepeated: true };
    }
    const asked = await askRight(tx, context, request, known);
    const answer = await answerQuery(tx, context, asked, { request, sources: [] });
    await completeKey(tx, reserved.reservation, answer);
    return { answer, isRepeated: false };
  });
}

/** ask (intent leaf) → gather → answer; an intent without an answer is itself a finding. */
async function dispatchQuery(context: QueryContext, request: QueryRequest, known: Known): Promise<RunQuery> {
  const ran = await withIdempotency(context.database, callOf(context, request), async (complete) => {
    const { order, asked } = await inTransaction(context.database, (tx) =>
      askWithIntent(tx, context, request, known),
    );
    const sources = await gather(context, order, asked);
    await inTransaction(context.database, async (tx) => {
      const again = await askRight(tx, context, request, known);
      await complete(tx, await answerQuery(tx, context, again, { request, sources }));
    });
  });
  if (ran.isRepeated)
    await inTransaction(context.database, (tx) => requireRepeatable(tx, context, request, known));
  return ran;
}

async function askWithIntent(
  tx: Tx,
  context: QueryContext,
  request: QueryRequest,
  known: Known,
): Promise<{ order: SourceOrder; asked: Asked }> {
  const asked = await askRight(tx, context, request, known);
  const at = context.clock.now();
  const contracts = asked.contracts.filter(isAskedAtSource).map(({ id }) => id);
  const order = asked.permit.orderFromSources(contracts, new Date(at.getTime() + ORDER_MS));
  await recordLeaf(tx, context.keys, {
    kind: 'intent',
    at,
    subject: asked.permit.subject,
    body: {
      caller: request.caller.id,
      institution: asked.admission.institutionId,
      platform: asked.admission.platformId,
      consentId: asked.consent.consentId,
      purpose: request.purpose,
      contracts,
    },
  });
  return { order, asked };
}

/** No transaction is open here and no connection held: departments may take as long as the deadline lets them. */
async function gather(
  { askSources }: QueryContext,
  order: SourceOrder,
  { contracts, enterprise }: Asked,
): Promise<readonly SourceAnswer[]> {
  const wanted = contracts.filter(
    (contract) => isAskedAtSource(contract) && order.fields(contract.id).length > 0,
  );
  if (askSources === undefined || wanted.length === 0) return [];
  return await askSources(order, { contracts: wanted, enterprise });
}

/**
 * An answer is repeated to whoever may still have it. A consent that this very answer used up counts as live; anything
 * else that ended it meanwhile is refused with its ground.
 */
async function requireRepeatable(
  tx: Tx,
  context: QueryContext,
  request: QueryRequest,
  known: Known,
): Promise<void> {
  const consent = await proveConsent(tx, context.clock, { consentId: request.consentId });
  if (consent?.state !== 'exhausted') await askRight(tx, context, request, known);
}

function callOf({ clock }: QueryContext, request: QueryRequest): IdempotentCall {
  const { caller, idempotencyKey, ...asked } = request;
  const requestDigest = createHash('sha256').update(canonicalJson(asked)).digest('hex');
  const participant = caller.participantId ?? caller.id;
  return { participant, operation: 'query', key: idempotencyKey, requestDigest, clock };
}

function refusedRequest({ caller, purpose, contracts }: QueryRequest, { enterprise, admission }: Known) {
  const parties =
    admission === undefined
      ? {}
      : {
          institution: admission.institutionId,
          operator: admission.operator,
          ...(admission.platformId === null ? {} : { platform: admission.platformId }),
        };
  const subject = enterprise === undefined ? {} : { subject: enterprise.enterpriseId };
  return { caller, operation: 'query', purpose, contracts, ...parties, ...subject };
}
