import assert from 'node:assert';
import { hash } from 'node:crypto';
import { bookUse } from '#consent';
import { canonicalJson, inGroup, inTransaction, Refusal, startAll, type Tx } from '#kernel';
import { bookProof } from '#platform';
import {
  completeHeldKey,
  type IdempotentCall,
  recordRefusal,
  releaseKey,
  type Reservation,
  reserveKey,
  withIdempotency,
} from '#security';
import { gatherFromSources, orderSources } from '../order-sources.ts';
import { answerQuery, readAsked } from './answer.ts';
import { type Asked, askRight, type Known, lookUp, requireContracts } from './ask.ts';
import type { QueryContext, QueryRequest } from './query-shape.ts';

/** `isRepeated`: the answer of an earlier call with the same key; it counted once. */
export type RunQuery = { readonly answer: string; readonly isRepeated: boolean };

/**
 * `POST /api/v1/queries`: one enterprise, several datasets, one financing purpose, under one consent. Replicated data
 * alone are answered in one transaction with one leaf, which calls of the same moment share; sources are asked between
 * two, with no connection held. Every refusal is a leaf that the enterprise finds among its accesses.
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

/** proof → key → right → use → answer → key. Up to the use all that a refusal leaves behind is the key. */
async function answerAtOnce(context: QueryContext, request: QueryRequest, known: Known): Promise<RunQuery> {
  const call = callOf(context, request);
  let held: Reservation | undefined;
  let isCounted = false;
  return await inGroup(context.database, {
    apart: [
      `consent ${request.consentId}`,
      `key ${request.idempotencyKey}`,
      `proof ${request.proofUse?.proofHash.toString('hex') ?? request.idempotencyKey}`,
    ],
    work: async (tx) => {
      const [booking, reserving] = startAll(bookProofOf(tx, request), reserveKey(tx, call));
      const lookedUp = lookUp(tx, context, request);
      await booking;
      const reserved = await reserving;
      if (reserved.done) {
        await askRight(tx, context, { ...request, isRepeat: true }, { known });
        return { answer: reserved.answer, isRepeated: true };
      }
      held = reserved.reservation;
      const asked = await askRight(tx, context, request, { known, lookedUp });
      const [counting, reading] = startAll(countUse(tx, context, asked), readAsked(tx, context, asked, []));
      await counting;
      isCounted = true;
      const answer = await answerQuery(tx, context, asked, { request, datasets: await reading });
      await completeHeldKey(tx, held, answer);
      return { answer, isRepeated: false };
    },
    undo: async (tx) => {
      assert(!isCounted, 'a use that was counted is answered');
      if (held !== undefined) await releaseKey(tx, held);
    },
  });
}

/** ask (intent leaf) → gather → answer; an intent without an answer is itself a finding. */
async function dispatchQuery(context: QueryContext, request: QueryRequest, known: Known): Promise<RunQuery> {
  const { database } = context;
  await inTransaction(database, (tx) => bookProofOf(tx, request));
  const ran = await withIdempotency(database, callOf(context, request), async (complete) => {
    const ordered = await inTransaction(database, async (tx) => {
      const asked = await askRight(tx, context, request, { known });
      return await orderSources(tx, context, asked, asked.contracts.filter(isAskedAtSource));
    });
    const sources = await gatherFromSources(context, ordered);
    await inTransaction(database, async (tx) => {
      const again = await askRight(tx, context, request, { known });
      await countUse(tx, context, again);
      const datasets = await readAsked(tx, context, again, sources);
      await complete(tx, await answerQuery(tx, context, again, { request, datasets }));
    });
  });
  if (ran.isRepeated)
    await inTransaction(database, (tx) => askRight(tx, context, { ...request, isRepeat: true }, { known }));
  return ran;
}

async function bookProofOf(tx: Tx, { proofUse }: QueryRequest): Promise<void> {
  if (proofUse !== undefined) await bookProof(tx, proofUse);
}

async function countUse(tx: Tx, { clock }: QueryContext, { consent, contracts }: Asked): Promise<void> {
  const covered = contracts.map(({ id }) => id).filter((id) => consent.scope.has(id));
  await bookUse(tx, clock, consent, { contracts: covered });
}

function callOf({ clock }: QueryContext, request: QueryRequest): IdempotentCall {
  const { caller, idempotencyKey, proofUse: _, ...asked } = request;
  const requestDigest = hash('sha256', canonicalJson(asked));
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
