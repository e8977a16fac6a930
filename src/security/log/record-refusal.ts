import { type Clock, type Database, type EnterpriseId, inTransaction, type KeyStore, Refusal } from '#kernel';
import type { Caller } from '../caller.ts';
import { factsOfRefusal } from '../decision/decision-facts.ts';
import { type Receipt, recordLeaf } from './record-leaf.ts';

/** What was refused: ids and words of closed lists, never what was typed. */
export type RefusedRequest = {
  readonly caller: Caller;
  /** Name of the operation, as in the API. */
  readonly operation: string;
  readonly subject?: EnterpriseId;
  readonly purpose?: string;
  readonly contracts?: readonly string[];
  /** Participants, and the person as the institution names it. */
  readonly institution?: string;
  readonly platform?: string;
  readonly operator?: string;
};

export type RefusalParts = { readonly database: Database; readonly keys: KeyStore; readonly clock: Clock };

/**
 * Records a refusal of an authenticated caller. It has a transaction of its own, since the one that was refused has
 * been rolled back. The refusal's parameters stay out of the log: they may repeat what was typed.
 */
export function recordRefusal(
  parts: RefusalParts,
  refusal: Refusal,
  request: RefusedRequest,
): Promise<Receipt> {
  const known = recorded.get(refusal);
  if (known !== undefined) return known;
  const receipt = writeRefusal(parts, refusal, request);
  recorded.set(refusal, receipt);
  return receipt;
}

/** One refusal is one leaf: whoever records it first knows most about it, and the border records what nobody has. */
const recorded = new WeakMap<Refusal, Promise<Receipt>>();

function writeRefusal(parts: RefusalParts, refusal: Refusal, request: RefusedRequest): Promise<Receipt> {
  const { caller, operation, subject, purpose, contracts } = request;
  const { code, text } = refusal;
  const facts = factsOfRefusal(refusal);
  const body = {
    code,
    clause: text.clause,
    caller: caller.id,
    operation,
    subject,
    purpose,
    contracts,
    institution: request.institution,
    platform: request.platform,
    operator: request.operator,
    decision: facts,
  };
  const stated = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  return inTransaction(parts.database, (tx) =>
    recordLeaf(tx, parts.keys, {
      kind: 'refusal',
      at: parts.clock.now(),
      body: stated,
      ...(subject === undefined ? {} : { subject }),
    }),
  );
}

/** Runs what the caller asked for; a refusal is recorded and thrown on, so that no attempt goes unseen (13.7). */
export async function refuseWithLeaf<Result>(
  parts: RefusalParts,
  request: RefusedRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) await recordRefusal(parts, error, request);
    throw error;
  }
}
