import { inTransaction, type Tx } from '#kernel';
import { askSources, holdAnswers, type SourceAnswer } from '#lists';
import { recordLooks } from '../authorised/record-looks.ts';
import { type FoundCounts, tellFound } from '../authorised/tell-found.ts';
import type { Found } from '../signals/signal.ts';
import { type AskOutcome, isUsable, settleAsk } from './followings.ts';
import {
  type AskRequest,
  bookAsk,
  findLook,
  type FollowContext,
  orderAsk,
  type Ordered,
} from './order-ask.ts';
import { recallUnsaid } from './recall-unsaid.ts';
import { onlyOn, outcomeOf, restOnAnswers } from './rest-on-answers.ts';

/**
 * `withheld`: there is no right to ask, or somebody else asked; `unanswered`: at least one source gave no whole answer;
 * `dropped`: the right was gone when the answers came, and nothing was made of them.
 */
export type Asked = FoundCounts & {
  /** Alerts that were told before and do not hold by what the source says now. */
  readonly recalled: number;
  readonly end: 'withheld' | 'answered' | 'unanswered' | 'dropped';
};

const NOTHING = { signals: 0, alerts: 0, recalled: 0 } as const;

/**
 * Asks about one enterprise for one institution: order (intent leaf) → ask, in no transaction → the right once more → use →
 * look → tell. What was answered is read by the rules and gone with the transaction; a digest of it stays with what was found.
 */
export async function askAndLook(context: FollowContext, request: AskRequest): Promise<Asked> {
  const ordered = await inTransaction(context.database, (tx) => orderAsk(tx, context, request));
  if (ordered === undefined) return { ...NOTHING, end: 'withheld' };
  const { order, contracts, identity } = ordered;
  const { sources, catalogue, clock } = context;
  const parts = { sources, codeTables: catalogue.codeTables, clock };
  const answers = await askSources(parts, order, {
    contracts,
    identity,
    institution: request.ask.institutionId,
    deadlineAt: order.expiresAt,
    ...(request.signal !== undefined && { signal: request.signal }),
  });
  return await inTransaction(context.database, (tx) =>
    lookAtAnswers(tx, context, { request, ordered, answers }),
  );
}

type Answered = {
  readonly request: AskRequest;
  readonly ordered: Ordered;
  readonly answers: readonly SourceAnswer[];
};

async function lookAtAnswers(
  tx: Tx,
  context: FollowContext,
  { request, ordered, answers }: Answered,
): Promise<Asked> {
  const { ask, book, runId } = request;
  const at = context.clock.now();
  const look = await findLook(tx, context, ask);
  // Another consent is another right: what was asked under the one that ended is not looked at under it.
  if (look === undefined || look.consent.consentId !== ordered.consentId)
    return { ...NOTHING, end: 'dropped' };
  const outcomes = new Map(answers.map((answer) => [answer.contract.id, outcomeOf(answer)]));
  const usable = answers.filter((answer) => isUsable(outcomeOf(answer)));
  const contractIds = usable.map(({ contract }) => contract.id).sort();
  const isBooked = usable.length === 0 || (await bookAsk(tx, context, look, contractIds));
  const dropped = (): ReadonlyMap<string, AskOutcome> =>
    new Map([...outcomes.keys()].map((id) => [id, 'dropped']));
  await settleAsk(tx, context.following, {
    watch: look.watch,
    outcomes: isBooked ? outcomes : dropped(),
    at,
  });
  if (!isBooked) return { ...NOTHING, end: 'dropped' };
  const end = usable.length === answers.length ? 'answered' : 'unanswered';
  if (usable.length === 0) return { ...NOTHING, end };
  const rules = {
    active: onlyOn(ask.bundle.rules.active, usable),
    shadow: onlyOn(ask.bundle.rules.shadow, usable),
  };
  await holdAnswers(tx, look.permit, usable);
  const refine = (found: Found): Found => restOnAnswers(found, { rules: book, answers: usable });
  const found = await tellFound(tx, context, { look, rules, book, runId, refine });
  const recalled = await recallUnsaid(tx, context, {
    permit: look.permit,
    enterpriseId: look.watch.enterpriseId,
    consent: look.consent,
    rules: [...rules.active, ...rules.shadow],
    answers: usable,
  });
  await recordLooks(tx, context, {
    runId,
    looks: [{ look, contracts: contractIds }],
  });
  return { ...found, recalled, end };
}
