import { beijingDate, inTransaction, type Tx } from '#kernel';
import {
  askSources,
  type Contract,
  holdAnswers,
  readEnterprise,
  readKnownAt,
  type SourceAnswer,
} from '#lists';
import { systemCaller } from '#platform';
import { decide, type Permit, recordLeaf } from '#security';
import { raiseAlerts } from '../alerts/raise-alerts.ts';
import type { FoundCounts } from '../authorised/tell-found.ts';
import { readStandingAgain } from '../recall/stand-again.ts';
import type { Rule } from '../rules/rule.ts';
import { detectOwnSignals, isLookable } from '../signals/detect-own-signals.ts';
import { recordSignals } from '../signals/record-signals.ts';
import { readLiveWatches, type Watch } from '../watch/watches.ts';
import type { Asked } from './ask-and-look.ts';
import { type AskedFor, type AskOutcome, isUsable, putAside, settleAsk, takeAsk } from './followings.ts';
import { type AskRequest, type FollowContext, ORDER_MS, type Ordered } from './order-ask.ts';
import { NO_CONSENT, type DueAsk } from './read-due.ts';
import { recallUnsaid } from './recall-unsaid.ts';
import { onlyOn, outcomeOf, restOnAnswers } from './rest-on-answers.ts';

const NOTHING = { signals: 0, alerts: 0, recalled: 0 } as const;
const LOOKER = systemCaller('monitoring');
const OPEN_RANGE = { dataFrom: null, dataTo: null } as const;

/**
 * Asks for public records of one enterprise, for all that have lent to it: a live loan is the ground, and nobody's consent is
 * used. Order (intent leaf) → ask, in no transaction → the loans once more → rules → tell. As under a consent nothing of the
 * answer is kept but a digest at what was found.
 */
export async function askPublicly(context: FollowContext, request: AskRequest): Promise<Asked> {
  const ordered = await inTransaction(context.database, (tx) => orderPublicly(tx, context, request));
  if (ordered === undefined) return { ...NOTHING, end: 'withheld' };
  const { order, contracts, identity } = ordered;
  const { sources, catalogue, clock } = context;
  const parts = { sources, codeTables: catalogue.codeTables, clock };
  const answers = await askSources(parts, order, {
    contracts,
    identity,
    deadlineAt: order.expiresAt,
    ...(request.signal !== undefined && { signal: request.signal }),
  });
  return await inTransaction(context.database, (tx) => lookPublicly(tx, context, { request, answers }));
}

async function orderPublicly(
  tx: Tx,
  context: FollowContext,
  { ask, runId }: AskRequest,
): Promise<Omit<Ordered, 'consentId'> | undefined> {
  const at = context.clock.now();
  const look = await openPublicLook(tx, context, ask);
  if (look === undefined || look.contracts.length === 0) {
    await putAside(tx, context.following, { ask, at });
    return undefined;
  }
  const { permit, contracts } = look;
  const contractIds = contracts.map(({ id }) => id);
  if (!(await takeAsk(tx, context.following, { watch: askedFor(ask), contractIds, at }))) return undefined;
  const { purpose, subject, caller } = permit;
  await recordLeaf(tx, context.keys, {
    kind: 'intent',
    at,
    subject,
    body: { what: 'follow_public', run: runId, caller: caller.id, purpose, contracts: contractIds },
  });
  const order = permit.orderFromSources(contractIds, new Date(at.getTime() + ORDER_MS));
  return { order, contracts, identity: await readEnterprise(tx, subject) };
}

function askedFor({ enterpriseId, institutionId }: DueAsk): AskedFor {
  return { enterpriseId, institutionId, consentId: NO_CONSENT };
}

type PublicLook = {
  /** Whose loans are live, held to the end of the transaction. */
  readonly watches: readonly Watch[];
  readonly permit: Permit;
  /** Datasets of those rules for which the Permit suffices: it gives what is public and nothing else. */
  readonly contracts: readonly Contract[];
};

/** Undefined: nobody's loan to the enterprise is live. */
async function openPublicLook(
  tx: Tx,
  { clock, policies, catalogue }: FollowContext,
  { enterpriseId: subject, bundle }: DueAsk,
): Promise<PublicLook | undefined> {
  const watches = await readLiveWatches(tx, [subject], clock);
  if (watches.length === 0) return undefined;
  const contracts = bundle.contractIds.flatMap((id) => catalogue.contracts.get(id) ?? []);
  const knownAt = await readKnownAt(tx, bundle.contractIds);
  const permit = decide(tx, policies, {
    caller: LOOKER,
    purpose: 'monitoring',
    subject,
    contracts,
    asOf: { knownAt },
  });
  const about = { range: OPEN_RANGE, asOf: beijingDate(clock.now()) };
  const rules = [...bundle.rules.active, ...bundle.rules.shadow].filter((rule) =>
    isLookable(permit, rule, about),
  );
  const ids = new Set(rules.flatMap((rule) => rule.contracts));
  return { watches, permit, contracts: contracts.filter(({ id }) => ids.has(id)) };
}

type Answered = { readonly request: AskRequest; readonly answers: readonly SourceAnswer[] };

async function lookPublicly(tx: Tx, context: FollowContext, { request, answers }: Answered): Promise<Asked> {
  const { ask } = request;
  const at = context.clock.now();
  const look = await openPublicLook(tx, context, ask);
  const outcomes = new Map<string, AskOutcome>(
    answers.map((answer) => [answer.contract.id, look === undefined ? 'dropped' : outcomeOf(answer)]),
  );
  await settleAsk(tx, context.following, { watch: askedFor(ask), outcomes, at });
  if (look === undefined) return { ...NOTHING, end: 'dropped' };
  const usable = answers.filter((answer) => isUsable(outcomeOf(answer)));
  const end = usable.length === answers.length ? 'answered' : 'unanswered';
  if (usable.length === 0) return { ...NOTHING, end };
  await holdAnswers(tx, look.permit, usable);
  const { active, shadow } = ask.bundle.rules;
  const rules = { active: onlyOn(active, usable), shadow: onlyOn(shadow, usable) };
  const found = await tellAll(tx, context, { look, rules, request, answers: usable });
  const recalled = await recallUnsaid(tx, context, {
    permit: look.permit,
    enterpriseId: ask.enterpriseId,
    consent: null,
    rules: [...rules.active, ...rules.shadow],
    answers: usable,
  });
  return { ...found, recalled, end };
}

type Telling = Answered & {
  readonly look: PublicLook;
  readonly rules: Readonly<Record<'active' | 'shadow', readonly Rule[]>>;
};

/** detect → record → raise, as over public records that the node holds: each lender is told. */
async function tellAll(
  tx: Tx,
  context: FollowContext,
  { look: { permit, watches }, rules, request, answers }: Telling,
): Promise<FoundCounts> {
  const { book, runId } = request;
  const at = context.clock.now();
  const counts = { signals: 0, alerts: 0 };
  for (const role of ['active', 'shadow'] as const) {
    const asked = { rules: rules[role], asOf: beijingDate(at), since: null };
    const found = restOnAnswers(await detectOwnSignals(tx, permit, asked), { rules: book, answers });
    const fresh = await recordSignals(tx, { found, role, runId, at });
    counts.signals += fresh.length;
    if (role === 'shadow') continue;
    const signals = [...fresh, ...(await readStandingAgain(tx, { found: found.signals, fresh }))];
    if (signals.length === 0) continue;
    const { raised, upgraded } = await raiseAlerts(tx, context, { signals, watches, rules: book, at });
    counts.alerts += raised + upgraded;
  }
  return counts;
}
