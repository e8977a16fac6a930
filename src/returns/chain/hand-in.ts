import { canonicalHash, type Tx } from '#kernel';
import { readParticipants } from '#platform';
import { type Caller, recordLeaf, requireAllowed } from '#security';
import { requireEnded } from '../calendar/months.ts';
import type { ReturnsContext } from '../returns-context.ts';
import { returnsRefusal } from '../returns-refusals.ts';
import { TOTAL_NAMES, type Totals } from '../statistics/reconcile.ts';
import { acknowledgeBy, newHop, NODE } from './expect-hops.ts';
import { changeHop, findHop, type HopRow, insertHop } from './hops.ts';

export type HandIn = {
  readonly caller: Caller;
  readonly month: string;
  /** Whose month it is. */
  readonly institution: string;
  /** The platform it travels through; absent: the institution reports to the node itself. */
  readonly platform?: string | undefined;
  /** From the institution; a platform hands on what it acknowledged, and gives none. */
  readonly totals?: Totals | undefined;
};

/**
 * An institution hands in the totals of its month, to its platform or to the node; a platform hands on to the node what it
 * acknowledged. Throws `returns.already_handed_in`, `returns.totals_missing`, `returns.totals_contradict`,
 * `returns.nothing_to_forward`, `returns.platform_unknown`, `returns.month_not_ended`, `policy.…`.
 */
export async function handInReturn(
  tx: Tx,
  context: ReturnsContext,
  request: HandIn,
): Promise<{ hopId: string }> {
  const step = requireStep(context, request);
  const before = await findHop(tx, { ...step, month: request.month });
  if (before !== undefined && before.state !== 'due')
    throw returnsRefusal('returns.already_handed_in', { month: request.month });
  const totals = await contentOf(tx, request, step);
  if (before === undefined) {
    await requirePlatform(tx, step);
    const hop = newHop(context, request.month, step);
    await insertHop(tx, { ...hop, ...(await carried(tx, context, { request, step, totals })) });
    await keepTotals(tx, context, { request, totals, hopId: hop.hop_id });
    return { hopId: hop.hop_id };
  }
  await changeHop(tx, before.hop_id, await carried(tx, context, { request, step, totals }));
  await keepTotals(tx, context, { request, totals, hopId: before.hop_id });
  return { hopId: before.hop_id };
}

/**
 * What was handed in is put right: a new version that names the old one, which stays. The next party acknowledges anew.
 * Throws `returns.nothing_to_correct`, `returns.reason_missing` and as `handInReturn`.
 */
export async function correctReturn(
  tx: Tx,
  context: ReturnsContext,
  request: HandIn & { readonly reason: string },
): Promise<{ hopId: string; corrects: string }> {
  const step = requireStep(context, request);
  if (request.reason.trim() === '') throw returnsRefusal('returns.reason_missing');
  const before = await findHop(tx, { ...step, month: request.month });
  if (before === undefined || before.state === 'due')
    throw returnsRefusal('returns.nothing_to_correct', { month: request.month });
  const totals = await contentOf(tx, request, step);
  const hop = newHop(context, request.month, step);
  const corrects = before.hop_id;
  await insertHop(tx, {
    ...hop,
    ...(await carried(tx, context, { request, step, totals, corrects })),
    version_no: before.version_no + 1,
    corrects_hop_id: corrects,
    correction_reason: request.reason.trim(),
  });
  await keepTotals(tx, context, { request, totals, hopId: hop.hop_id });
  return { hopId: hop.hop_id, corrects };
}

/** What nobody expected is taken too, but not for a platform that is none. */
async function requirePlatform(tx: Tx, { route, to }: Step): Promise<void> {
  if (route !== 'institution_to_platform') return;
  if ((await readParticipants(tx, [to])).get(to)?.kind !== 'platform')
    throw returnsRefusal('returns.platform_unknown', { platform: to });
}

type Step = {
  readonly route: HopRow['route'];
  readonly about: string;
  readonly from: string;
  readonly to: string;
};

function requireStep(context: ReturnsContext, { caller, month, institution, platform }: HandIn): Step {
  const isPlatform = caller.kind === 'platform';
  const from = isPlatform ? (platform ?? '') : institution;
  requireAllowed(context.policies, caller, 'hand_in_return', { participant: from });
  requireEnded(context, month);
  if (isPlatform) return { route: 'platform_to_node', about: institution, from, to: NODE };
  return platform === undefined
    ? { route: 'institution_to_node', about: institution, from, to: NODE }
    : { route: 'institution_to_platform', about: institution, from, to: platform };
}

async function contentOf(tx: Tx, request: HandIn, { route, about, from }: Step): Promise<Totals> {
  const { month, totals } = request;
  if (route !== 'platform_to_node') return requireTotals(totals);
  const received = await findHop(tx, { month, about, from: about, to: from });
  if (received?.state !== 'acknowledged' || received.content === null)
    throw returnsRefusal('returns.nothing_to_forward', { institution: about, month });
  return received.content as Totals;
}

function requireTotals(totals: Totals | undefined): Totals {
  if (totals === undefined) throw returnsRefusal('returns.totals_missing');
  const of = (name: keyof Totals): bigint => BigInt(totals[name]);
  const holds =
    of('firstBorrowers') <= of('borrowers') &&
    of('borrowers') <= of('loans') &&
    of('creditFen') <= of('lentFen');
  if (!holds) throw returnsRefusal('returns.totals_contradict');
  return Object.fromEntries(TOTAL_NAMES.map((name) => [name, String(of(name))])) as Totals;
}

/** What a hop carries once it is handed in, with its leaf. */
async function carried(
  tx: Tx,
  context: ReturnsContext,
  about: { request: HandIn; step: Step; totals: Totals; corrects?: string },
) {
  const { request, step, totals, corrects = null } = about;
  const { caller, month } = request;
  const at = context.clock.now();
  const contentHash = canonicalHash({ month, about: step.about, totals });
  const receipt = await recordLeaf(tx, context.keys, {
    kind: corrects === null ? 'push' : 'correction',
    at,
    body: { act: 'hand_in_return', month, ...step, contentHash, corrects, caller: caller.id },
  });
  return {
    state: 'handed_in' as const,
    content_hash: contentHash,
    content: JSON.stringify(totals),
    handed_in_by: caller.id,
    handed_in_at: at,
    receipt_id: receipt.id,
    acknowledge_by: acknowledgeBy(context, { route: step.route, month }),
  };
}

/** What an institution says is compared from the moment it says it, whether or not its platform has handed it on. */
async function keepTotals(
  tx: Tx,
  { clock }: ReturnsContext,
  { request, totals, hopId }: { request: HandIn; totals: Totals; hopId: string },
): Promise<void> {
  const { caller, month, institution, platform } = request;
  if (caller.kind === 'platform') return;
  const key = [institution, `${month}-01`, platform ?? 'direct', clock.now()];
  await tx.rows(
    `update returns.reported_totals set known_to = $4
     where institution_id = $1 and month = $2 and channel = $3 and known_to = 'infinity'`,
    key,
  );
  await tx.rows(
    `insert into returns.reported_totals (institution_id, month, channel, known_from, borrowers, first_borrowers,
       loans, lent_fen, credit_fen, balance_fen, hop_id, reported_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [...key, ...TOTAL_NAMES.map((name) => totals[name]), hopId, caller.id],
  );
}
